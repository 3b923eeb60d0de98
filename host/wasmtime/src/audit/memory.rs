//! An audit log in memory, for tests.

use std::sync::{Mutex, PoisonError};

use super::event::AuditEvent;
use super::sink::{AuditError, AuditSink, LineDigest};

/// Keeps lines in memory; it can be told to fail.
#[derive(Debug, Default)]
pub struct MemoryAudit {
    lines: Mutex<Vec<Vec<u8>>>,
    fails: std::sync::atomic::AtomicBool,
}

impl MemoryAudit {
    /// An empty log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// From here on nothing can be written, or it can again.
    pub fn fail(&self, fails: bool) {
        self.fails.store(fails, std::sync::atomic::Ordering::SeqCst);
    }

    /// The lines, without line feeds.
    #[must_use]
    pub fn lines(&self) -> Vec<Vec<u8>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl AuditSink for MemoryAudit {
    fn append(&self, event: &AuditEvent) -> Result<LineDigest, AuditError> {
        if self.fails.load(std::sync::atomic::Ordering::SeqCst) {
            return Err(AuditError::unavailable());
        }
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let previous = lines.last().map_or(LineDigest::START, |line| LineDigest::of(line));
        let line = event.line(previous);
        let digest = LineDigest::of(&line);
        lines.push(line);
        Ok(digest)
    }
}
