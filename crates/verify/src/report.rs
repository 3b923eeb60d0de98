//! The report of one verification: one row per check, and the facts that were established.

use crate::refusal::{Refusal, Stage};
use alloc::{boxed::Box, collections::BTreeMap, string::String, vec::Vec};
use cretula_crypto::Digest;
use cretula_encoding::{json::Tree, time::Time};

/// Verified, or refused. Read it through [`Report::verdict`]; only the verifier sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every required check passed.
    Verified,
    /// At least one check failed.
    Refused,
}

/// What a check came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckOutcome {
    /// Passed.
    Pass,
    /// Failed: the bundle is refused.
    Fail,
    /// Evidence of an unknown party, which counts for nothing.
    Ignored,
    /// Switched off by the policy.
    Off,
    /// The bundle has nothing that this check is about.
    NotApplicable,
}

impl CheckOutcome {
    /// Name in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Ignored => "ignored",
            Self::Off => "off",
            Self::NotApplicable => "not-applicable",
        }
    }
}

/// One row of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckRow {
    /// Check ID, such as `T11`.
    pub id: &'static str,
    /// What it came to.
    pub outcome: CheckOutcome,
    /// Code of a failure or of the reason for ignoring.
    pub code: Option<&'static str>,
    /// Which item of several it was about.
    pub index: Option<u32>,
    /// For people; input text is escaped and cut.
    pub detail: Option<String>,
}

/// The rows of one verification, in the order in which the checks ran.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checks {
    rows: Vec<CheckRow>,
}

impl Checks {
    /// The rows.
    #[must_use]
    pub fn rows(&self) -> &[CheckRow] {
        &self.rows
    }

    pub(crate) fn pass(&mut self, id: &'static str, index: Option<u32>) {
        self.push(id, CheckOutcome::Pass, None, index, None);
    }

    pub(crate) fn pass_with(&mut self, id: &'static str, index: Option<u32>, detail: impl Into<String>) {
        self.push(id, CheckOutcome::Pass, None, index, Some(detail.into()));
    }

    pub(crate) fn fail(
        &mut self,
        id: &'static str,
        code: &'static str,
        index: Option<u32>,
        detail: impl Into<String>,
    ) {
        self.push(id, CheckOutcome::Fail, Some(code), index, Some(detail.into()));
    }

    pub(crate) fn ignored(
        &mut self,
        id: &'static str,
        code: &'static str,
        index: Option<u32>,
        detail: impl Into<String>,
    ) {
        self.push(id, CheckOutcome::Ignored, Some(code), index, Some(detail.into()));
    }

    pub(crate) fn off(&mut self, id: &'static str, index: Option<u32>) {
        self.push(id, CheckOutcome::Off, None, index, None);
    }

    pub(crate) fn not_applicable(&mut self, id: &'static str, detail: impl Into<String>) {
        self.push(id, CheckOutcome::NotApplicable, None, None, Some(detail.into()));
    }

    fn push(
        &mut self,
        id: &'static str,
        outcome: CheckOutcome,
        code: Option<&'static str>,
        index: Option<u32>,
        detail: Option<String>,
    ) {
        let detail = detail.filter(|text| !text.is_empty()).map(cretula_encoding::text::clip);
        self.rows.push(CheckRow { id, outcome, code, index, detail });
    }

    /// The first failure in stage order; rows of one stage keep the order in which they ran.
    #[must_use]
    pub fn primary_failure(&self) -> Option<Refusal> {
        let failed = self.rows.iter().filter(|row| row.outcome == CheckOutcome::Fail);
        let first = failed.min_by_key(|row| Stage::of_code(row.code.unwrap_or_default()))?;
        Some(Refusal {
            check: first.id,
            code: first.code.unwrap_or_default(),
            index: first.index,
            detail: first.detail.clone().unwrap_or_default(),
        })
    }
}

/// Whether a time comes from a log (signed entry timestamp, witness) or from a timestamp authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TimeSource {
    /// Transparency log.
    Log,
    /// RFC 3161 timestamp authority.
    TimestampAuthority,
    /// The caller's `now`, in time mode `current`.
    Caller,
}

impl TimeSource {
    /// Name in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::TimestampAuthority => "tsa",
            Self::Caller => "now",
        }
    }
}

/// A verified time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedTime {
    /// When.
    pub time: Time,
    /// Kind of source.
    pub source: TimeSource,
    /// Which instance: log id, or SHA-256 of the authority's signing certificate; hex.
    pub authority: String,
    /// Operator, if the trusted root names one.
    pub operator: Option<String>,
    /// Key of the source, for counting: SHA-256 of its SPKI.
    pub(crate) key: Option<Digest>,
}

/// One instance of a kind and what its evidence came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// Which instance: log id, or SHA-256 of a certificate; hex.
    pub instance: String,
    /// What its evidence came to.
    pub outcome: CheckOutcome,
    /// Log index, as decimal text in documents.
    pub index: Option<u64>,
    /// Operator, if the trusted root names one.
    pub operator: Option<String>,
}

/// Demanded and reached number of one kind of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threshold {
    /// Demanded by the policy.
    pub wanted: u32,
    /// Counted by distinct operators.
    pub reached: u32,
}

/// Who signed, established by the path or by the managed key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signer {
    /// A certificate that chains to an authority of the trusted root.
    Certificate(Box<CertificateSigner>),
    /// A managed key.
    Key {
        /// Id that the caller gave with the key.
        id: String,
        /// SHA-256 of the SPKI.
        sha256: Digest,
    },
}

/// The signing certificate as the report shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateSigner {
    /// SHA-256 of the DER.
    pub sha256: Digest,
    /// `uri`, `email` or `other`.
    pub san_type: &'static str,
    /// Subject alternative name.
    pub san: String,
    /// OIDC issuer; empty if the certificate has none.
    pub issuer: String,
    /// Fulcio claims by name.
    pub claims: BTreeMap<String, String>,
    /// All extensions: dotted OID, DER value.
    pub extensions: BTreeMap<String, Vec<u8>>,
    /// First second of validity.
    pub not_before: Time,
    /// Last second of validity.
    pub not_after: Time,
    /// SHA-256 of each certificate of the path, leaf first.
    pub path: Vec<Digest>,
    /// SHA-256 of the anchor.
    pub ca: Digest,
}

/// An artifact of the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactReport {
    /// Its digests as given or computed: algorithm, value.
    pub digests: BTreeMap<String, String>,
    /// Index of the subject that matched.
    pub subject: Option<u32>,
    /// Algorithm by which it matched.
    pub algorithm: Option<String>,
}

/// The verified statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementReport {
    /// Payload bytes exactly as signed.
    pub payload: Vec<u8>,
    /// `_type`.
    pub statement_type: String,
    /// `predicateType`.
    pub predicate_type: String,
    /// Subjects: name, digests.
    pub subjects: Vec<(Option<String>, BTreeMap<String, String>)>,
}

/// A remark that does not change the verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Stable code.
    pub code: &'static str,
    /// For people.
    pub detail: Option<String>,
}

/// What was verified, by digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inputs {
    /// SHA-256 of the bundle.
    pub bundle: Digest,
    /// SHA-256 of the trusted root that was used.
    pub trusted_root: Option<Digest>,
    /// SHA-256 of the policy.
    pub policy: Digest,
    /// Limits in force.
    pub limits: Vec<(&'static str, u64)>,
}

/// The report of one bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    pub(crate) verdict: Verdict,
    /// The first failed check in stage order.
    pub refusal: Option<Refusal>,
    /// One row per check.
    pub checks: Checks,
    /// Who signed; only after the path or the managed key was established.
    pub signer: Option<Signer>,
    /// Verified times.
    pub times: Vec<VerifiedTime>,
    /// Transparency logs.
    pub logs: Vec<Party>,
    /// Timestamp authorities.
    pub timestamps: Vec<Party>,
    /// Certificate transparency logs.
    pub scts: Vec<Party>,
    /// Witnesses.
    pub witnesses: Vec<Party>,
    /// The caller's artifacts.
    pub artifacts: Vec<ArtifactReport>,
    /// The statement; only after its signature verified.
    pub statement: Option<StatementReport>,
    /// Demanded and reached numbers by kind.
    pub thresholds: BTreeMap<&'static str, Threshold>,
    /// Members of the bundle that were skipped.
    pub ignored: Vec<String>,
    /// Remarks.
    pub warnings: Vec<Warning>,
    /// Members of `dangerous` in effect.
    pub dangerous: Vec<&'static str>,
    /// The policy as applied.
    pub policy: Tree,
    /// Digests of the inputs, and the limits.
    pub inputs: Inputs,
}

impl Report {
    /// Verified or refused.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Whether the bundle was verified.
    #[must_use]
    pub const fn is_verified(&self) -> bool {
        matches!(self.verdict, Verdict::Verified)
    }
}
