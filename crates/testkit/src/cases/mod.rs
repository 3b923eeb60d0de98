//! Cases as data: good bundles, one defect at a time, and values on both sides of a boundary.

mod cert_id;
mod certificate_path;
mod certificate_profile;
mod checkpoint;
pub mod data;
pub(crate) mod defect;
mod document;
mod entry_body;
mod entry_form;
mod evidence_form;
pub mod good;
mod inclusion;
mod issuer;
mod limits_cases;
mod log_instance;
mod material;
mod policy;
mod promise;
mod sct;
mod signer;
mod signing;
mod statement;
mod time_rules;
mod token_authority;
mod token_form;
mod trust;

use cretula_verify::{Stage, tables::CHECKS};

use crate::bundle_builder::BundleBuilder;
use crate::inputs::Inputs;
use crate::instance::Instance;
use crate::seed::Seed;

pub use defect::{Defect, Expected};
pub use good::Good;
pub use limits_cases::limits_cases;

/// Seed of the fixtures.
pub const SEED: Seed = Seed::new(*b"cretula-testkit-fixtures-seed-01");

/// The present of the fixtures: 2026-01-01T00:00:00Z.
pub const NOW: u64 = 1_767_225_600;

/// One call and what it must come to.
#[derive(Debug, Clone)]
pub struct Case {
    /// Unique, kebab case.
    pub name: String,
    /// The check that it is about.
    pub check: &'static str,
    /// What is wrong, or what is good.
    pub sentence: String,
    /// Public clause of the check.
    pub clause: &'static str,
    /// The call.
    pub inputs: Inputs,
    /// What it must come to.
    pub expected: Expected,
    /// Check and code of what the report must say as well, in a row or a warning: evidence that was ignored, an
    /// instance that was set aside.
    pub noted: Option<(&'static str, &'static str)>,
    /// The case that differs in exactly one thing and is accepted.
    pub twin: Option<String>,
}

impl Case {
    /// Stage of the expected refusal.
    #[must_use]
    pub fn stage(&self) -> Option<Stage> {
        match self.expected {
            Expected::Refused { code, .. } => Some(Stage::of_code(code)),
            Expected::Failed { .. } | Expected::Verified => None,
        }
    }
}

/// All defects and boundary values, in the order of the contract.
#[must_use]
pub fn defects() -> Vec<Defect> {
    [
        document::rows(),
        material::rows(),
        evidence_form::rows(),
        trust::rows(),
        entry_form::rows(),
        entry_body::rows(),
        log_instance::rows(),
        checkpoint::rows(),
        inclusion::rows(),
        promise::rows(),
        token_form::rows(),
        cert_id::rows(),
        token_authority::rows(),
        time_rules::rows(),
        certificate_profile::rows(),
        certificate_path::rows(),
        sct::rows(),
        signing::rows(),
        statement::rows(),
        signer::rows(),
        issuer::rows(),
        policy::rows(),
    ]
    .concat()
}

/// All cases of the fixtures, limits apart ([`limits_cases`]).
#[must_use]
pub fn cases() -> Vec<Case> {
    cases_of(&Instance::new(SEED, NOW))
}

/// All cases of an instance.
#[must_use]
pub fn cases_of(instance: &Instance) -> Vec<Case> {
    let good = good::ALL.iter().map(|good| good_case(good, instance));
    good.chain(defects().iter().flat_map(|defect| defect_cases(defect, instance))).collect()
}

pub(crate) fn good_case(good: &Good, instance: &Instance) -> Case {
    Case {
        name: good.case_name(),
        check: good.check,
        sentence: good.sentence.into(),
        clause: clause(good.check),
        inputs: (good.make)(instance).build(),
        expected: Expected::Verified,
        noted: None,
        twin: None,
    }
}

/// The defect, and its twin unless that is the good bundle itself.
pub(crate) fn defect_cases(defect: &Defect, instance: &Instance) -> Vec<Case> {
    let name = defect.case_name();
    let mut wrong = arranged(defect, instance);
    (defect.bend)(&mut wrong);
    let mut cases = vec![Case {
        name: name.clone(),
        check: defect.check,
        sentence: defect.sentence.into(),
        clause: clause(defect.check),
        inputs: wrong.build(),
        expected: defect.expected,
        noted: defect.noted,
        twin: None,
    }];
    if defect.expected == Expected::Verified {
        return cases;
    }
    if !defect.has_own_twin {
        cases[0].twin = Some(defect.base.case_name());
        return cases;
    }
    let twin = format!("{name}-twin");
    cases[0].twin = Some(twin.clone());
    cases.push(Case {
        name: twin,
        check: defect.check,
        sentence: format!("as {name}, without the defect"),
        clause: clause(defect.check),
        inputs: arranged(defect, instance).build(),
        expected: Expected::Verified,
        noted: None,
        twin: None,
    });
    cases
}

fn arranged(defect: &Defect, instance: &Instance) -> BundleBuilder {
    let mut builder = (defect.base.make)(instance);
    (defect.arrange)(&mut builder);
    builder
}

fn clause(check: &str) -> &'static str {
    CHECKS.iter().find(|row| row.id == check).map_or("Cretula", |row| row.clause)
}
