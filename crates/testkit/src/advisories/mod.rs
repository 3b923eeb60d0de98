//! Published advisories and lessons about verifiers of signatures, logs, certificates and policies: what went wrong
//! elsewhere, as cases that are refused here, each beside an accepted one.

mod binding;
mod bounds;
mod certificates;
pub mod document;
mod forms;
mod identities;
pub mod large;
mod later;
mod logs;
mod malformed;
mod patterns;
mod policies;
mod row;
mod statements;
mod thresholds;
mod times;

use std::collections::{BTreeMap, BTreeSet};

use crate::cases::{Case, Expected, NOW, SEED, cases_of, defect_cases, good_case, limits_cases};
use crate::instance::Instance;

pub use later::{LATER, Later};
use row::Row;

/// What went wrong elsewhere, and the cases that show that it is refused here.
#[derive(Debug, Clone)]
pub struct Advisory {
    /// Name of its folder: a public id, or `lesson-…`.
    pub id: &'static str,
    /// Further public ids of the same failure.
    pub also: &'static [&'static str],
    /// Kind of the failure.
    pub class: &'static str,
    /// What went wrong.
    pub story: &'static str,
    /// Where it is refused here: area of the code of its main case.
    pub stage: &'static str,
    /// Cases that are refused or fail, and their accepted twins.
    pub cases: Vec<Case>,
    /// Names of those that stand in the files of the checks too.
    pub of_checks: BTreeSet<String>,
    /// What is not kept as a file and made by the test instead; empty if there is nothing.
    pub in_test: &'static str,
}

impl Advisory {
    /// Its public ids; a lesson has none.
    pub fn ids(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.id).chain(self.also.iter().copied()).filter(|id| !id.starts_with("lesson-"))
    }

    /// Cases of its file: those that stand nowhere else, and the shortest one that is refused at its stage, with their
    /// twins.
    pub fn filed(&self) -> impl Iterator<Item = &Case> {
        let refused = self.negatives().filter(|case| stage(case) == Some(self.stage));
        let first =
            refused.min_by_key(|case| (self.of_checks.contains(&case.name), case.inputs.bundle.len()));
        let mut names: BTreeSet<&str> = self
            .cases
            .iter()
            .map(|case| case.name.as_str())
            .filter(|name| !self.of_checks.contains(*name))
            .collect();
        names.extend(first.map(|case| case.name.as_str()));
        let twins = self.cases.iter().filter(|case| names.contains(case.name.as_str()));
        let twins: Vec<&str> = twins.filter_map(|case| case.twin.as_deref()).collect();
        names.extend(twins);
        self.cases.iter().filter(move |case| names.contains(case.name.as_str()))
    }

    /// Cases that must not be verified.
    pub fn negatives(&self) -> impl Iterator<Item = &Case> {
        self.cases.iter().filter(|case| case.expected != Expected::Verified)
    }

    /// Cases that must be verified.
    pub fn positives(&self) -> impl Iterator<Item = &Case> {
        self.cases.iter().filter(|case| case.expected == Expected::Verified)
    }
}

/// Code of the failure that a case must come to.
#[must_use]
pub const fn code(case: &Case) -> Option<&'static str> {
    match case.expected {
        Expected::Refused { code, .. } | Expected::Failed { code } => Some(code),
        Expected::Verified => None,
    }
}

/// Area of the failure that a case must come to.
#[must_use]
pub fn stage(case: &Case) -> Option<&'static str> {
    code(case).and_then(|code| code.split('/').next())
}

/// All of them, in the order of the catalogue.
#[must_use]
pub fn advisories() -> Vec<Advisory> {
    let instance = Instance::new(SEED, NOW);
    let of_checks = cases_of(&instance);
    let names = of_checks.iter().map(|case| case.name.clone()).collect();
    let known = of_checks.into_iter().chain(limits_cases()).map(|case| (case.name.clone(), case)).collect();
    rows().iter().map(|row| advisory(row, &instance, &known, &names)).collect()
}

fn rows() -> Vec<Row> {
    [
        binding::rows(),
        statements::rows(),
        times::rows(),
        thresholds::rows(),
        bounds::rows(),
        malformed::rows(),
        certificates::rows(),
        policies::rows(),
        patterns::rows(),
        identities::rows(),
        logs::rows(),
        forms::rows(),
    ]
    .concat()
}

fn advisory(
    row: &Row,
    instance: &Instance,
    known: &BTreeMap<String, Case>,
    of_checks: &BTreeSet<String>,
) -> Advisory {
    let mut made = BTreeMap::new();
    for defect in (row.added)() {
        let base = good_case(defect.base, instance);
        made.extend(
            defect_cases(&defect, instance).into_iter().chain([base]).map(|case| (case.name.clone(), case)),
        );
    }
    let find =
        |name: &str| known.get(name).or_else(|| made.get(name)).unwrap_or_else(|| panic!("no case {name}"));
    let reused = row.reused.iter().flat_map(|name| selected(name, known));
    let added = made.keys().filter(|name| !name.starts_with("good-")).cloned();
    let mut cases: Vec<Case> = Vec::new();
    for name in reused.chain(added) {
        let twin = find(&name).twin.clone();
        for name in [Some(name), twin].into_iter().flatten() {
            if cases.iter().all(|case| case.name != name) {
                cases.push(find(&name).clone());
            }
        }
    }
    let of_checks =
        cases.iter().map(|case| &case.name).filter(|name| of_checks.contains(*name)).cloned().collect();
    Advisory {
        id: row.id,
        also: row.also,
        class: row.class,
        story: row.story,
        stage: row.stage,
        cases,
        of_checks,
        in_test: row.in_test,
    }
}

/// Names that a pattern stands for: itself, or, with a star at its end, all that begin so.
fn selected(pattern: &str, known: &BTreeMap<String, Case>) -> Vec<String> {
    let Some(prefix) = pattern.strip_suffix('*') else {
        assert!(known.contains_key(pattern), "no case {pattern}");
        return vec![pattern.to_string()];
    };
    let found: Vec<String> = known
        .keys()
        .filter(|name| name.starts_with(prefix) && !name.ends_with("-twin") && !name.contains("-limit-"))
        .cloned()
        .collect();
    assert!(!found.is_empty(), "no case {pattern}");
    found
}
