//! What only the verifier can build: values that exist because every required check passed.
//!
//! All fields are private and no type here has a public constructor, `Default`, or a conversion into it:
//!
//! ```compile_fail,E0451
//! # use cretula_verify::VerifiedKey;
//! # fn forge(sha256: cretula_crypto::Digest) {
//! let key = VerifiedKey { id: String::new(), sha256 };
//! # }
//! ```
//! ```compile_fail,E0451
//! # use cretula_verify::VerifiedEnvelope;
//! let envelope = VerifiedEnvelope { payload: vec![], payload_type: String::new() };
//! ```
//! ```compile_fail,E0624
//! # fn mint(bundle: &cretula_bundle::Bundle, report: &cretula_verify::Report) {
//! let verified = cretula_verify::VerifiedBundle::mint(bundle, report);
//! # }
//! ```
//! ```compile_fail,E0599
//! let verified = cretula_verify::VerifiedBundle::default();
//! ```

use crate::refusal::Refusal;
use crate::report::{ArtifactReport, CertificateSigner, CheckOutcome, Party, Report, Signer, TimeSource};
use alloc::{
    boxed::Box,
    collections::BTreeMap,
    string::{String, ToString},
    vec::Vec,
};
use cretula_bundle::{Bundle, Content};
use cretula_crypto::Digest;
use cretula_encoding::time::Time;

/// A bundle for which every required check passed.
#[derive(Debug, Clone)]
pub struct VerifiedBundle {
    signer: VerifiedSigner,
    content: VerifiedContent,
    artifacts: Vec<VerifiedArtifact>,
    log_entries: Vec<VerifiedLogEntry>,
    timestamps: Vec<VerifiedTimestamp>,
}

/// Who signed.
#[derive(Debug, Clone)]
pub enum VerifiedSigner {
    /// The holder of a certificate.
    Identity(VerifiedIdentity),
    /// The holder of a managed key.
    Key(VerifiedKey),
}

/// The identity in a certificate that was valid at every verified time.
#[derive(Debug, Clone)]
pub struct VerifiedIdentity {
    certificate: Box<CertificateSigner>,
}

/// A managed key under which the signature verified.
#[derive(Debug, Clone)]
pub struct VerifiedKey {
    id: String,
    sha256: Digest,
}

/// What was signed.
#[derive(Debug, Clone)]
pub enum VerifiedContent {
    /// The one artifact of the caller.
    Message,
    /// An envelope whose payload nobody asked to be a statement.
    Envelope(VerifiedEnvelope),
    /// An in-toto statement.
    Statement(VerifiedStatement),
}

/// Payload and type exactly as signed.
#[derive(Debug, Clone)]
pub struct VerifiedEnvelope {
    payload: Vec<u8>,
    payload_type: String,
}

/// A statement parsed from the verified bytes.
#[derive(Debug, Clone)]
pub struct VerifiedStatement {
    envelope: VerifiedEnvelope,
    statement_type: String,
    predicate_type: String,
}

/// An artifact of the caller, and the subject that it matched.
#[derive(Debug, Clone)]
pub struct VerifiedArtifact {
    digests: BTreeMap<String, String>,
    subject: Option<u32>,
}

/// An entry of a known log about this signature, key and digest.
#[derive(Debug, Clone)]
pub struct VerifiedLogEntry {
    log_id: String,
    log_index: u64,
}

/// A time at which a trusted authority or log saw the signature.
#[derive(Debug, Clone)]
pub struct VerifiedTimestamp {
    time: Time,
    source: TimeSource,
}

impl VerifiedBundle {
    /// From a report without a failed row. A missing fact is a refusal, never an empty success.
    pub(crate) fn mint(bundle: &Bundle, report: &Report) -> Result<Self, Refusal> {
        if let Some(refusal) = report.checks.primary_failure() {
            return Err(refusal);
        }
        let passed = |party: &&Party| party.outcome == CheckOutcome::Pass;
        Ok(Self {
            signer: VerifiedSigner::mint(report)?,
            content: VerifiedContent::mint(bundle, report),
            artifacts: report.artifacts.iter().map(VerifiedArtifact::mint).collect(),
            log_entries: report.logs.iter().filter(passed).map(VerifiedLogEntry::mint).collect(),
            timestamps: report
                .times
                .iter()
                .filter(|time| time.source != TimeSource::Caller)
                .map(|time| VerifiedTimestamp { time: time.time, source: time.source })
                .collect(),
        })
    }

    /// Who signed.
    #[must_use]
    pub const fn signer(&self) -> &VerifiedSigner {
        &self.signer
    }

    /// What was signed.
    #[must_use]
    pub const fn content(&self) -> &VerifiedContent {
        &self.content
    }

    /// The caller's artifacts that it is about.
    #[must_use]
    pub fn artifacts(&self) -> &[VerifiedArtifact] {
        &self.artifacts
    }

    /// Where it is logged.
    #[must_use]
    pub fn log_entries(&self) -> &[VerifiedLogEntry] {
        &self.log_entries
    }

    /// When it was signed, at the latest.
    #[must_use]
    pub fn timestamps(&self) -> &[VerifiedTimestamp] {
        &self.timestamps
    }
}

impl VerifiedSigner {
    fn mint(report: &Report) -> Result<Self, Refusal> {
        match &report.signer {
            Some(Signer::Certificate(certificate)) => {
                Ok(Self::Identity(VerifiedIdentity { certificate: certificate.clone() }))
            }
            Some(Signer::Key { id, sha256 }) => {
                Ok(Self::Key(VerifiedKey { id: id.clone(), sha256: *sha256 }))
            }
            None => Err(Refusal {
                check: "A01",
                code: "signature/invalid",
                index: None,
                detail: "no signer was established".to_string(),
            }),
        }
    }
}

impl VerifiedContent {
    fn mint(bundle: &Bundle, report: &Report) -> Self {
        let Content::Envelope(envelope) = bundle.content() else { return Self::Message };
        let verified = VerifiedEnvelope {
            payload: envelope.payload.clone(),
            payload_type: envelope.payload_type.clone(),
        };
        match &report.statement {
            Some(statement) => Self::Statement(VerifiedStatement {
                envelope: verified,
                statement_type: statement.statement_type.clone(),
                predicate_type: statement.predicate_type.clone(),
            }),
            None => Self::Envelope(verified),
        }
    }
}

impl VerifiedArtifact {
    fn mint(artifact: &ArtifactReport) -> Self {
        Self { digests: artifact.digests.clone(), subject: artifact.subject }
    }

    /// Digests of the artifact by algorithm.
    #[must_use]
    pub const fn digests(&self) -> &BTreeMap<String, String> {
        &self.digests
    }

    /// Index of the subject that it matched; `None` for a message signature.
    #[must_use]
    pub const fn subject(&self) -> Option<u32> {
        self.subject
    }
}

impl VerifiedLogEntry {
    fn mint(party: &Party) -> Self {
        Self { log_id: party.instance.clone(), log_index: party.index.unwrap_or_default() }
    }

    /// Log id, hex.
    #[must_use]
    pub fn log_id(&self) -> &str {
        &self.log_id
    }

    /// Index as the bundle gives it.
    #[must_use]
    pub const fn log_index(&self) -> u64 {
        self.log_index
    }
}

impl VerifiedTimestamp {
    /// When.
    #[must_use]
    pub const fn time(&self) -> Time {
        self.time
    }

    /// Who says so.
    #[must_use]
    pub const fn source(&self) -> TimeSource {
        self.source
    }
}

impl VerifiedIdentity {
    /// Subject alternative name.
    #[must_use]
    pub fn subject_alt_name(&self) -> &str {
        &self.certificate.san
    }

    /// OIDC issuer; empty if the certificate names none and the policy allows that.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.certificate.issuer
    }

    /// Fulcio claims by name.
    #[must_use]
    pub const fn claims(&self) -> &BTreeMap<String, String> {
        &self.certificate.claims
    }

    /// The certificate as the report shows it.
    #[must_use]
    pub const fn certificate(&self) -> &CertificateSigner {
        &self.certificate
    }
}

impl VerifiedKey {
    /// Id under which the caller gave the key.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// SHA-256 of its SubjectPublicKeyInfo.
    #[must_use]
    pub const fn sha256(&self) -> &Digest {
        &self.sha256
    }
}

impl VerifiedEnvelope {
    /// Payload bytes exactly as signed.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Payload type as signed.
    #[must_use]
    pub fn payload_type(&self) -> &str {
        &self.payload_type
    }
}

impl VerifiedStatement {
    /// The envelope that holds it.
    #[must_use]
    pub const fn envelope(&self) -> &VerifiedEnvelope {
        &self.envelope
    }

    /// `_type`.
    #[must_use]
    pub fn statement_type(&self) -> &str {
        &self.statement_type
    }

    /// `predicateType`.
    #[must_use]
    pub fn predicate_type(&self) -> &str {
        &self.predicate_type
    }
}
