//! What a run came to.
use std::collections::{BTreeMap, BTreeSet};

/// What one entry came to.
#[derive(Debug, Clone)]
pub struct CaseOutcome {
    /// Entry.
    pub id: String,
    /// Kind.
    pub kind: String,
    /// `accept`, `reject` or `per-vector`.
    pub expected: &'static str,
    /// The same, `differs` for other facts or vectors than stated, or `error`.
    pub got: &'static str,
    /// Code of a refusal, otherwise its reason.
    pub code: Option<String>,
    /// What else there is to say about a difference.
    pub detail: String,
    /// Whether the verdict is the expected one.
    pub agrees: bool,
    /// Whether the engine or the harness failed, which nothing excuses.
    pub broken: bool,
    /// Vectors inside of the file; 1 for a plain entry.
    pub vectors: u64,
    /// IDs of the checks that failed.
    pub failed_checks: BTreeSet<String>,
}

/// Counts of one kind.
#[derive(Debug, Clone, Copy, Default)]
pub struct KindCount {
    /// Entries whose verdict counts.
    pub ran: u64,
    /// Those that differ.
    pub mismatches: u64,
    /// Entries that may go either way.
    pub either_ok: u64,
    /// Entries reported apart.
    pub optional: u64,
    /// Those of them that differ.
    pub optional_differ: u64,
    /// Vectors inside of the entries.
    pub vectors: u64,
}

/// What a run came to.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// By kind.
    pub kinds: BTreeMap<String, KindCount>,
    /// Entries that differ.
    pub mismatches: Vec<CaseOutcome>,
    /// Entries that may go either way and went another way than the manifest; an exception names each.
    pub either_differ: Vec<CaseOutcome>,
    /// Optional entries that differ.
    pub optional_differ: Vec<CaseOutcome>,
    /// Entries of kinds that nothing here judges.
    pub not_covered: u64,
    /// How often each check failed in entries that have to be refused and were.
    pub failed_checks: BTreeMap<String, u64>,
}

/// How an entry counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    /// The verdict counts.
    Counted,
    /// Either verdict is right.
    EitherOk,
    /// Reported apart.
    Optional,
}

impl Summary {
    /// Entries whose verdict counts.
    #[must_use]
    pub fn ran(&self) -> u64 {
        self.sum(|count| count.ran)
    }

    /// A sum over all kinds.
    pub(crate) fn sum(&self, of: impl Fn(&KindCount) -> u64) -> u64 {
        self.kinds.values().map(of).fold(0, u64::saturating_add)
    }

    /// Number of entries that differ.
    #[must_use]
    pub fn failed(&self) -> u64 {
        u64::try_from(self.mismatches.len()).unwrap_or(u64::MAX)
    }

    /// Number of entries as expected.
    #[must_use]
    pub fn passed(&self) -> u64 {
        self.ran().saturating_sub(self.sum(|count| count.mismatches))
    }

    /// Adds an entry. An exception excuses nothing that counts, and one that is not needed is a mismatch.
    pub(crate) fn add(&mut self, mut outcome: CaseOutcome, weight: Weight, excepted: bool) {
        let count = self.kinds.entry(outcome.kind.clone()).or_default();
        count.vectors = count.vectors.saturating_add(outcome.vectors);
        if outcome.agrees && outcome.expected == "reject" {
            for check in &outcome.failed_checks {
                let times = self.failed_checks.entry(check.clone()).or_default();
                *times = times.saturating_add(1);
            }
        }
        let stale = excepted && outcome.agrees;
        if stale {
            outcome.detail = "exceptions.json names it, and it agrees".to_owned();
        }
        match weight {
            Weight::Counted => {
                count.ran = count.ran.saturating_add(1);
                if !outcome.agrees || stale {
                    count.mismatches = count.mismatches.saturating_add(1);
                    self.mismatches.push(outcome);
                }
            }
            Weight::EitherOk => {
                count.either_ok = count.either_ok.saturating_add(1);
                if outcome.broken || stale {
                    self.mismatches.push(outcome);
                } else if !outcome.agrees {
                    self.either_differ.push(outcome);
                }
            }
            Weight::Optional => {
                count.optional = count.optional.saturating_add(1);
                if outcome.broken || stale {
                    self.mismatches.push(outcome);
                } else if !outcome.agrees {
                    count.optional_differ = count.optional_differ.saturating_add(1);
                    self.optional_differ.push(outcome);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(agrees: bool, broken: bool) -> CaseOutcome {
        CaseOutcome {
            id: "case".into(),
            kind: "kind".into(),
            expected: "reject",
            got: if agrees { "reject" } else { "accept" },
            code: None,
            detail: String::new(),
            agrees,
            broken,
            vectors: 1,
            failed_checks: BTreeSet::from(["L14".to_owned()]),
        }
    }

    fn failed(agrees: bool, broken: bool, weight: Weight, excepted: bool) -> u64 {
        let mut summary = Summary::default();
        summary.add(outcome(agrees, broken), weight, excepted);
        summary.failed()
    }

    #[test]
    fn a_counted_entry_fails_when_it_differs_whatever_the_exceptions_say() {
        assert_eq!(failed(true, false, Weight::Counted, false), 0);
        assert_eq!(failed(false, false, Weight::Counted, false), 1);
        assert_eq!(failed(false, false, Weight::Counted, true), 1);
    }

    #[test]
    fn an_exception_that_is_not_needed_fails() {
        for weight in [Weight::Counted, Weight::EitherOk, Weight::Optional] {
            assert_eq!(failed(true, false, weight, true), 1, "{weight:?}");
        }
        assert_eq!(failed(false, false, Weight::EitherOk, true), 0);
        assert_eq!(failed(false, false, Weight::EitherOk, false), 0);
    }

    #[test]
    fn nothing_excuses_a_crash() {
        for weight in [Weight::Counted, Weight::EitherOk, Weight::Optional] {
            assert_eq!(failed(false, true, weight, true), 1, "{weight:?}");
        }
        assert_eq!(failed(false, false, Weight::Optional, false), 0);
    }

    #[test]
    fn checks_are_counted_where_the_refusal_was_expected() {
        let mut summary = Summary::default();
        summary.add(outcome(true, false), Weight::Counted, false);
        summary.add(outcome(false, false), Weight::Counted, false);
        assert_eq!(summary.failed_checks, BTreeMap::from([("L14".to_owned(), 1)]));
        assert_eq!((summary.ran(), summary.passed(), summary.failed()), (2, 1, 1));
    }
}
