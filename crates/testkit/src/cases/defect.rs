//! One way to be wrong.

use crate::bundle_builder::BundleBuilder;

use super::good::Good;

/// A change of a description.
pub(crate) type Change = fn(&mut BundleBuilder);

/// What a call must come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// The bundle is verified.
    Verified,
    /// The bundle is refused.
    Refused {
        /// Code of the primary failure.
        code: &'static str,
        /// Check that it is reported by.
        check: &'static str,
    },
    /// The call is wrong.
    Failed {
        /// Code of the failure.
        code: &'static str,
    },
}

/// A defect: it changes exactly one thing of a bundle that is verified without it.
#[derive(Debug, Clone)]
pub struct Defect {
    /// Check that it is about.
    pub check: &'static str,
    /// Kebab case, unique within the check.
    pub id: &'static str,
    /// What is wrong.
    pub sentence: &'static str,
    /// What it must come to.
    pub expected: Expected,
    /// Check and code of a row that must be there as well.
    pub noted: Option<(&'static str, &'static str)>,
    pub(crate) base: &'static Good,
    pub(crate) arrange: Change,
    pub(crate) bend: Change,
    pub(crate) has_own_twin: bool,
}

impl Defect {
    /// Name of its case.
    #[must_use]
    pub fn case_name(&self) -> String {
        format!("{}-{}", self.check.to_ascii_lowercase(), self.id)
    }

    /// What the defect and its twin share beyond the good bundle.
    pub(crate) fn arranged(mut self, arrange: Change) -> Self {
        self.arrange = arrange;
        self.has_own_twin = true;
        self
    }

    /// The refusal is reported by another check than the one that the case is about.
    pub(crate) fn reported_by(mut self, check: &'static str) -> Self {
        if let Expected::Refused { code, .. } = self.expected {
            self.expected = Expected::Refused { code, check };
        }
        self
    }

    /// A row of the case's check that says what was ignored or set aside.
    pub(crate) fn noting(self, code: &'static str) -> Self {
        let check = self.check;
        self.noting_at(check, code)
    }

    pub(crate) fn noting_at(mut self, check: &'static str, code: &'static str) -> Self {
        self.noted = Some((check, code));
        self
    }
}

/// A bundle that must be refused with this code by this check.
pub(crate) fn refuses(
    check: &'static str,
    id: &'static str,
    code: &'static str,
    base: &'static Good,
    sentence: &'static str,
    bend: Change,
) -> Defect {
    Defect {
        check,
        id,
        sentence,
        expected: Expected::Refused { code, check },
        noted: None,
        base,
        arrange: |_| {},
        bend,
        has_own_twin: false,
    }
}

/// A call that must fail with this code.
pub(crate) fn fails(
    check: &'static str,
    id: &'static str,
    code: &'static str,
    base: &'static Good,
    sentence: &'static str,
    bend: Change,
) -> Defect {
    Defect { expected: Expected::Failed { code }, ..refuses(check, id, code, base, sentence, bend) }
}

/// A change that must not matter.
pub(crate) fn accepts(
    check: &'static str,
    id: &'static str,
    base: &'static Good,
    sentence: &'static str,
    bend: Change,
) -> Defect {
    Defect { expected: Expected::Verified, ..refuses(check, id, "", base, sentence, bend) }
}
