//! Where audit lines go: a file, or standard error.

use std::io::Write as _;
use std::path::Path;
use std::sync::Mutex;

use cretula::audit::{AuditError, AuditEvent, AuditSink, FileAudit, LineDigest, MemoryAudit};

use crate::cli::files::shown;
use crate::cli::outcome::Trouble;

/// A file, or standard error.
pub(super) enum Sink {
    File(FileAudit),
    Stderr(Mutex<MemoryAudit>),
}

/// The file, or standard error where none is named.
pub(super) fn sink(path: Option<&Path>) -> Result<Sink, Trouble> {
    match path {
        Some(path) => FileAudit::open(path).map(Sink::File).map_err(|error| {
            Trouble::usage(format!("the audit log {} cannot be used: {}", shown(path), error.detail()))
                .coded(AuditError::CODE)
        }),
        None => Ok(nowhere_but_stderr()),
    }
}

fn nowhere_but_stderr() -> Sink {
    Sink::Stderr(Mutex::new(MemoryAudit::default()))
}

/// For statements that nobody signs.
pub(super) fn nowhere() -> MemoryAudit {
    MemoryAudit::default()
}

impl AuditSink for Sink {
    fn append(&self, event: &AuditEvent) -> Result<LineDigest, AuditError> {
        match self {
            Self::File(file) => file.append(event),
            Self::Stderr(memory) => {
                let memory = memory.lock().map_err(|_| AuditError::unavailable())?;
                let digest = memory.append(event)?;
                let line = memory.lines().pop().unwrap_or_default();
                let mut stderr = std::io::stderr().lock();
                let written = stderr.write_all(b"audit ").and_then(|()| stderr.write_all(&line));
                let written = written.and_then(|()| stderr.write_all(b"\n")).and_then(|()| stderr.flush());
                written.map_err(|_| AuditError::unavailable())?;
                Ok(digest)
            }
        }
    }
}
