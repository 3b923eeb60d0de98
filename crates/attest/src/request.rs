//! `cretula/attest-request/v1`: facts of the control plane, claims of the tenant, and the job.
use alloc::string::String;
use alloc::vec::Vec;

use cretula_encoding::fields::{Field, FieldErrorKind, Object};

use crate::config::Config;
use crate::document::{self, Document, MAX_INTEGER};
use crate::error::{AttestError, ErrorKind};
use crate::facts::ControlPlaneFacts;
use crate::limits::Limits;
use crate::predicate::PredicateRequest;
use crate::tenant::TenantClaims;

/// The `schema` member of a request.
pub const REQUEST_SCHEMA: &str = "cretula/attest-request/v1";
/// Longest request: a raw predicate of 16 MiB in base64, configuration, trust and the verify requests of a summary.
const MAX_BYTES: usize = 48 << 20;
/// What the host decides for one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    pub(crate) mode: String,
    pub(crate) entropy: Entropy,
    pub(crate) config: Config,
    pub(crate) trust: Document,
    pub(crate) deadline: Option<u64>,
    pub(crate) predicate: PredicateRequest,
}

/// 32 bytes of the host's random source. They seed every nonce, so they are never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Entropy([u8; 32]);

impl core::fmt::Debug for Entropy {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.write_str("Entropy")
    }
}

impl Entropy {
    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Job {
    /// Reads the members `mode`, `entropy`, `config`, `trust`, `predicate` and `deadline` of a request, given as a
    /// document of their own.
    ///
    /// # Errors
    /// `input/…`, `limits/config-bytes`, `limits/schema-bytes`, and those of [`Config::parse`].
    pub fn parse(text: &[u8], limits: &Limits) -> Result<Self, AttestError> {
        check_length(text)?;
        let mut object = Field::root(document::parse(text)?).object()?;
        let job = Self::take(&mut object, limits)?;
        object.finish()?;
        Ok(job)
    }

    fn take(object: &mut Object<'_>, limits: &Limits) -> Result<Self, AttestError> {
        let mode = object.require("mode")?.text()?;
        let entropy = entropy(&object.require("entropy")?)?;
        let config = Config::read(object.require("config")?, limits)?;
        let trust = object.require("trust")?;
        if trust.value.source().len() > limits.config_bytes {
            let detail = alloc::format!("at most {} bytes are allowed", limits.config_bytes);
            return Err(AttestError::new(ErrorKind::LimitConfigBytes, detail).at(trust.pointer));
        }
        let trust = Document::of_object(&trust)?;
        let predicate = PredicateRequest::read(object.require("predicate")?)?;
        let deadline = object.take("deadline").map(|field| field.uint(MAX_INTEGER)).transpose()?;
        Ok(Self { mode, entropy, config, trust, deadline, predicate })
    }

    /// Name of the mode.
    #[must_use]
    pub fn mode(&self) -> &str {
        &self.mode
    }

    /// Seed of every nonce.
    #[must_use]
    pub const fn entropy(&self) -> &Entropy {
        &self.entropy
    }

    /// What the host has decided for all modes.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// `ClientTrustConfig` as the host wrote it.
    #[must_use]
    pub fn trust(&self) -> &[u8] {
        self.trust.text().as_bytes()
    }

    /// Unix seconds after which nothing is begun.
    #[must_use]
    pub const fn deadline(&self) -> Option<u64> {
        self.deadline
    }

    /// What is to be stated.
    #[must_use]
    pub const fn predicate(&self) -> &PredicateRequest {
        &self.predicate
    }
}

/// A request. Facts and claims are types of their own, so one cannot stand for the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    facts: ControlPlaneFacts,
    tenant: TenantClaims,
    job: Job,
    limits: Limits,
}

impl Request {
    /// From its three parts, with the default limits.
    #[must_use]
    pub fn new(facts: ControlPlaneFacts, tenant: TenantClaims, job: Job) -> Self {
        Self { facts, tenant, job, limits: Limits::default() }
    }

    /// The same under other limits; `statement-bytes` is cut to its cap.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        let statement_bytes = limits.statement_bytes.min(Limits::STATEMENT_BYTES_CAP);
        Self { limits: Limits { statement_bytes, ..limits }, ..self }
    }

    /// What the control plane says.
    #[must_use]
    pub const fn facts(&self) -> &ControlPlaneFacts {
        &self.facts
    }

    /// What the tenant says.
    #[must_use]
    pub const fn tenant(&self) -> &TenantClaims {
        &self.tenant
    }

    /// What the host has decided.
    #[must_use]
    pub const fn job(&self) -> &Job {
        &self.job
    }

    /// Bounds in force.
    #[must_use]
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }
}

/// Reads a request strictly, with the default limits.
///
/// # Errors
/// As [`parse_request_within`].
pub fn parse_request(text: &[u8]) -> Result<Request, AttestError> {
    parse_request_within(text, &Limits::default())
}

/// Reads a request strictly.
///
/// # Errors
/// `input/…` with the pointer of the member at fault; `limits/…`; `tenant/forbidden-field`; `subject/…`; `claims/type`;
/// and those of [`Config::parse`].
pub fn parse_request_within(text: &[u8], limits: &Limits) -> Result<Request, AttestError> {
    check_length(text)?;
    let mut object = Field::root(document::parse(text)?).object()?;
    object.require("schema")?.one_of(&[REQUEST_SCHEMA])?;
    let facts = ControlPlaneFacts::read(object.require("facts")?, limits)?;
    let tenant = TenantClaims::read(object.require("tenant")?, limits)?;
    let job = Job::take(&mut object, limits)?;
    object.finish()?;
    Ok(Request::new(facts, tenant, job).with_limits(limits.clone()))
}

fn check_length(text: &[u8]) -> Result<(), AttestError> {
    if text.len() > MAX_BYTES {
        return Err(AttestError::new(ErrorKind::InputTooLarge, "a request has at most 48 MiB"));
    }
    Ok(())
}

fn entropy(field: &Field<'_>) -> Result<Entropy, AttestError> {
    let bytes: Vec<u8> = field.bytes()?;
    let bytes = <[u8; 32]>::try_from(bytes.as_slice());
    bytes.map(Entropy).map_err(|_| field.error(FieldErrorKind::Type("32 bytes")).into())
}
