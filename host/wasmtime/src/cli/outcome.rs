//! How the command ends: exit codes, and troubles that are no verdict.

use std::process::ExitCode;

use cretula::{RuntimeError, SandboxError};

/// Exit codes of the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: verified, or written.
    Success,
    /// 1: refused by a check.
    Refused,
    /// 2: wrong use: command line, unreadable file, bad policy or configuration.
    Usage,
    /// 3: sandbox or internal failure.
    Internal,
    /// 4: signing is not finished and can be taken up again.
    Unfinished,
}

impl Exit {
    /// For the operating system.
    pub(crate) fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Success => 0,
            Self::Refused => 1,
            Self::Usage => 2,
            Self::Internal => 3,
            Self::Unfinished => 4,
        })
    }
}

/// Why there is no verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trouble {
    exit: Exit,
    /// Stable code, if the contract has one for it.
    pub(crate) code: Option<String>,
    /// One sentence without full stop.
    pub(crate) message: String,
    /// Paragraphs below the message.
    pub(crate) more: Vec<String>,
    /// What to do next: sentences or command lines.
    pub(crate) advice: Vec<String>,
}

impl Trouble {
    /// Wrong use.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// A check refused what was asked for.
    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self::new(Exit::Refused, message)
    }

    /// Something that should not happen.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(Exit::Internal, message)
    }

    /// With this exit code.
    pub(crate) fn ending(exit: Exit, message: impl Into<String>) -> Self {
        Self::new(exit, message)
    }

    fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, code: None, message: message.into(), more: Vec::new(), advice: Vec::new() }
    }

    /// Adds a paragraph.
    pub(crate) fn more(mut self, paragraph: impl Into<String>) -> Self {
        self.more.push(paragraph.into());
        self
    }

    /// Adds something to try.
    pub(crate) fn try_this(mut self, advice: impl Into<String>) -> Self {
        self.advice.push(advice.into());
        self
    }

    /// Adds the stable code.
    pub(crate) fn coded(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// How the process ends.
    pub(crate) const fn exit(&self) -> Exit {
        self.exit
    }
}

impl From<RuntimeError> for Trouble {
    fn from(error: RuntimeError) -> Self {
        Self::new(Exit::Internal, error.to_string()).coded(SandboxError::CODE)
    }
}

impl From<SandboxError> for Trouble {
    fn from(error: SandboxError) -> Self {
        let message = error.to_string();
        let message = message.strip_prefix("host/sandbox: ").unwrap_or(&message).to_owned();
        Self::new(Exit::Internal, message).coded(SandboxError::CODE)
    }
}
