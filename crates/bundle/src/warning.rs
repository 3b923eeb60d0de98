//! What was tolerated while reading.
use alloc::{string::String, vec::Vec};

/// Kinds of [`Warning`].
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WarningKind {
    /// A member that the format does not know was skipped (P02; always in a trusted root).
    UnknownMember,
    /// A trusted key or authority declares no validity window (R02).
    WindowNotDeclared,
    /// The validity window of an authority has no start (R02).
    WindowStartMissing,
}

/// One tolerated thing and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// What was tolerated.
    pub kind: WarningKind,
    /// RFC 6901 pointer.
    pub pointer: String,
}

/// The first [`Warnings::KEPT`] warnings of a document, and how many there were.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Warnings {
    kept: Vec<Warning>,
    total: usize,
}

impl Warnings {
    /// How many are kept. The others are only counted, so that a hostile document cannot fill the memory.
    pub const KEPT: usize = 64;

    /// The kept ones, in the order found.
    #[must_use]
    pub fn kept(&self) -> &[Warning] {
        &self.kept
    }

    /// Number of all, kept or not.
    #[must_use]
    pub const fn total(&self) -> usize {
        self.total
    }

    pub(crate) fn push(&mut self, kind: WarningKind, pointer: String) {
        self.total = self.total.saturating_add(1);
        if self.kept.len() < Self::KEPT {
            self.kept.push(Warning { kind, pointer });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_kept_is_counted() {
        let mut warnings = Warnings::default();
        for _ in 0..100 {
            warnings.push(WarningKind::UnknownMember, String::new());
        }
        assert_eq!((warnings.kept().len(), warnings.total()), (Warnings::KEPT, 100));
    }
}
