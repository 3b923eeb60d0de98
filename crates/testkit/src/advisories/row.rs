//! One row of the catalogue, before its cases are made.

use crate::cases::defect::Defect;

/// A row: the cases that exist already by name, and those made for it.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) id: &'static str,
    pub(super) also: &'static [&'static str],
    pub(super) class: &'static str,
    pub(super) story: &'static str,
    pub(super) stage: &'static str,
    /// Names of cases; a star at the end stands for the rest of the name. Twins come along.
    pub(super) reused: &'static [&'static str],
    pub(super) added: fn() -> Vec<Defect>,
    pub(super) in_test: &'static str,
}

/// A row without further ids and without cases of its own.
pub(super) fn row(
    id: &'static str,
    class: &'static str,
    story: &'static str,
    stage: &'static str,
    reused: &'static [&'static str],
) -> Row {
    Row { id, also: &[], class, story, stage, reused, added: Vec::new, in_test: "" }
}

impl Row {
    pub(super) fn also(mut self, ids: &'static [&'static str]) -> Self {
        self.also = ids;
        self
    }

    pub(super) fn adding(mut self, added: fn() -> Vec<Defect>) -> Self {
        self.added = added;
        self
    }

    /// What the test makes because it is too large for a file, or too many.
    pub(super) fn in_test(mut self, what: &'static str) -> Self {
        self.in_test = what;
        self
    }
}
