//! Predicates: kinds, their types, and what a request asks for.
use crate::base::base;

mod ai;
mod checked_raw;
mod level;
mod request;
mod shapes;
mod typed;
mod vsa;
mod vsa_report;

pub(crate) use ai::check_ai;
pub(crate) use checked_raw::{RESERVED, build_checked_raw, build_raw};
pub(crate) use level::{FAILED, check_levels, is_above, is_track_level, is_within};
pub use request::{PredicateRequest, check_caller_predicate};
pub(crate) use typed::build_typed;
pub use vsa::{AssertedSummary, SummaryRequest};
pub(crate) use vsa::{SLSA_VERSION, build_asserted, is_source, is_source_summary};
pub(crate) use vsa_report::build_from_reports;
pub use vsa_report::{VerifiedReport, VsaReports};

/// Type of SLSA provenance.
pub const PROVENANCE_TYPE: &str = "https://slsa.dev/provenance/v1";
/// Type of verification summaries.
pub const VSA_TYPE: &str = "https://slsa.dev/verification_summary/v1";

/// A kind of predicate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What an AI tool did.
    Ai,
    /// cosign's image signature.
    CosignSign,
    /// CycloneDX.
    Cyclonedx,
    /// SLSA provenance.
    Provenance,
    /// Anything with a type of the caller.
    Raw,
    /// A release.
    Release,
    /// Attributes of an artifact.
    Scai,
    /// SPDX 2.
    Spdx,
    /// SPDX 3.
    Spdx3,
    /// A simple verification result.
    Svr,
    /// A test result.
    TestResult,
    /// A verification summary.
    Vsa,
    /// A vulnerability scan.
    Vulns,
}

impl Kind {
    /// Every kind with its name and, but for raw ones, its type.
    pub const ALL: [(Self, &'static str, Option<&'static str>); 13] = [
        (Self::Ai, "ai", Some(concat!(base!(), "/predicates/ai-provenance/v1"))),
        (Self::CosignSign, "cosign-sign", Some("https://sigstore.dev/cosign/sign/v1")),
        (Self::Cyclonedx, "cyclonedx", Some("https://cyclonedx.org/bom")),
        (Self::Provenance, "provenance", Some(PROVENANCE_TYPE)),
        (Self::Raw, "raw", None),
        (Self::Release, "release", Some("https://in-toto.io/attestation/release/v0.1")),
        (Self::Scai, "scai", Some("https://in-toto.io/attestation/scai/v0.3")),
        (Self::Spdx, "spdx", Some("https://spdx.dev/Document")),
        (Self::Spdx3, "spdx3", Some("https://spdx.dev/Document/v3")),
        (Self::Svr, "svr", Some("https://in-toto.io/attestation/svr/v0.2")),
        (Self::TestResult, "test-result", Some("https://in-toto.io/attestation/test-result/v0.1")),
        (Self::Vsa, "vsa", Some(VSA_TYPE)),
        (Self::Vulns, "vulns", Some("https://in-toto.io/attestation/vulns/v0.2")),
    ];

    /// The kind with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, _)| *known == name).map(|(kind, _, _)| *kind)
    }

    /// Name in requests and configurations.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _, _)| *kind == self).map_or("", |(_, name, _)| name)
    }

    /// Type that is written, unless the caller chooses the versioned one.
    #[must_use]
    pub fn predicate_type(self) -> Option<&'static str> {
        Self::ALL.iter().find(|(kind, _, _)| *kind == self).and_then(|(_, _, uri)| *uri)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uri::is_type_uri;

    #[test]
    fn names_and_types() {
        for (kind, name, uri) in Kind::ALL {
            assert_eq!((Kind::from_name(name), kind.name(), kind.predicate_type()), (Some(kind), name, uri));
            assert!(uri.is_none_or(is_type_uri));
        }
        assert_eq!(Kind::from_name("vsa2"), None);
    }
}
