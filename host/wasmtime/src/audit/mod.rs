//! The audit log: one line for every decision about a signature, written before the signature leaves the host.
//!
//! Each line holds the SHA-256 of the line before, so that nothing can be taken out unseen. A sink that cannot write means
//! that nothing is signed.

mod chain;
mod event;
mod file;
mod memory;
mod sink;

pub use chain::{ChainBreak, ChainSummary, verify_chain};
pub use event::{AuditEvent, AuditVerdict, Caller};
pub use file::FileAudit;
pub use memory::MemoryAudit;
pub use sink::{AuditError, AuditSink, LineDigest};

#[cfg(test)]
mod tests;
