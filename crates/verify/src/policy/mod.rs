//! The policy: what a caller demands of a bundle, read strictly and completely before anything is verified.
//!
//! A member that is unknown, contradicts another or cannot take effect refuses the policy (I07), so that no demand is
//! silently ignored.

mod conflicts;
mod document;
mod error;
mod evidence;
mod glob;
mod literal;
mod pattern;
mod presets;
mod read_evidence;
mod read_signers;
mod reader;
mod regex;
mod render;
mod signers;
mod tables;
#[cfg(test)]
mod tests;

pub use document::{
    Dangerous, IN_TOTO_PAYLOAD_TYPE, Policy, STATEMENT_TYPES, StatementRules, SubjectMatch, SubjectRules,
};
pub use error::{PolicyError, PolicyErrorKind};
pub use evidence::{
    AlgorithmRules, CertId, CertificateRules, Compat, Evidence, LogRules, OnInvalidToken, OutsideCertificate,
    SctRules, TimeMode, TimeRules, TrustRules, Witness, WitnessRules,
};
pub use pattern::{Claim, Match, Outcome};
pub use presets::Preset;
pub use signers::{
    CertificateRule, Denied, ExtensionRule, ExtensionValue, IssuerRule, KeyRule, Leaf, Node, SanRule,
    SignerRule,
};
pub use tables::{POLICY, SCHEMA};
