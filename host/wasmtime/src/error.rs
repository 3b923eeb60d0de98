//! What can go wrong between host and module. None of it is ever a success.

use std::fmt;

/// The engine or the embedded module cannot be used on this machine.
#[derive(Debug)]
pub struct RuntimeError(pub(crate) wasmtime::Error);

impl fmt::Display for RuntimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the sandbox cannot start: {:#}", self.0)
    }
}

impl std::error::Error for RuntimeError {}

/// Why the sandbox ended a call (code `host/sandbox`). Always a denial; the instance is thrown away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxError {
    /// Which of the five causes.
    pub cause: SandboxCause,
    /// For people; never input text.
    pub detail: String,
}

/// The five ways in which a call ends without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SandboxCause {
    /// The deadline passed.
    Deadline,
    /// Fuel ran out (tests and measurements only).
    Fuel,
    /// More memory was asked for than the limit.
    Memory,
    /// The reply is not a document of the contract.
    Reply,
    /// The module trapped, or could not be instantiated.
    Trap,
}

impl SandboxError {
    /// Stable code.
    pub const CODE: &'static str = "host/sandbox";

    pub(crate) fn new(cause: SandboxCause, detail: impl Into<String>) -> Self {
        Self { cause, detail: detail.into() }
    }

    /// From an error of the engine; `memory_denied` tells that growth was refused before.
    pub(crate) fn of_engine(error: &wasmtime::Error, memory_denied: bool) -> Self {
        let trap = error.downcast_ref::<wasmtime::Trap>();
        let cause = match trap {
            Some(wasmtime::Trap::Interrupt) => SandboxCause::Deadline,
            Some(wasmtime::Trap::OutOfFuel) => SandboxCause::Fuel,
            Some(_) | None if memory_denied => SandboxCause::Memory,
            Some(_) | None => SandboxCause::Trap,
        };
        Self::new(cause, trap.map_or_else(|| error.to_string(), ToString::to_string))
    }
}

impl fmt::Display for SandboxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cause = match self.cause {
            SandboxCause::Deadline => "the deadline passed",
            SandboxCause::Fuel => "fuel ran out",
            SandboxCause::Memory => "the memory limit was reached",
            SandboxCause::Reply => "the reply cannot be read",
            SandboxCause::Trap => "the module trapped",
        };
        write!(f, "{}: {cause}: {}", Self::CODE, self.detail)
    }
}

impl std::error::Error for SandboxError {}
