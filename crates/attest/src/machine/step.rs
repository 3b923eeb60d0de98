//! What the machine asks the host to do, and what the host answers.
use alloc::string::String;
use alloc::vec::Vec;

use crate::error::AttestError;

/// One step: the state to keep, and the action to perform before [`super::resume`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Opaque CBOR. The host persists it before it performs the action.
    pub state: Vec<u8>,
    /// Number of the action; the reply repeats it.
    pub id: u64,
    /// What is to be done.
    pub action: Action,
}

/// What the host does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Read a fresh trust configuration.
    NeedConfig {
        /// Why: `frozen` for a log that takes no more entries.
        reason: &'static str,
    },
    /// Send requests, in parallel if possible.
    NeedExchange {
        /// The requests; replies come in the same order.
        requests: Vec<ExchangeRequest>,
    },
    /// Open a signing key and tell its public half.
    NeedKey {
        /// Name of the key in the mode.
        key: String,
        /// Algorithm that a key made for this bundle should have; a configured key has its own.
        algorithm: Option<&'static str>,
        /// Milliseconds to wait before.
        delay_ms: u32,
    },
    /// Sign a whole message.
    NeedSignature {
        /// Name of the key in the mode.
        key: String,
        /// Pre-authentication encoding, certification request info or certificate body.
        message: Vec<u8>,
        /// Milliseconds to wait before.
        delay_ms: u32,
    },
    /// The bundle is finished and verified.
    Done(Finished),
    /// Nothing is returned.
    Failed(Failure),
}

/// A bundle that passed the verifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// Sigstore bundle v0.3, JSON.
    pub bundle: Vec<u8>,
    /// `cretula/report/v1` of its verification.
    pub report: Vec<u8>,
    /// What exists outside besides what is in the bundle.
    pub evidence: Evidence,
}

/// Why there is no bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Code, place and sentence.
    pub error: AttestError,
    /// Whether `resume` with [`Reply::Again`] takes the run up again.
    pub resumable: bool,
    /// What exists outside already.
    pub evidence: Evidence,
}

/// What a run left with services, whether or not it is in a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Evidence {
    /// Serial numbers of issued certificates, lower-case hex.
    pub certificates: Vec<String>,
    /// Log entries: URL of the log as the signing configuration writes it, index.
    pub log_entries: Vec<(String, u64)>,
}

/// Which kind of service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// Certificate authority.
    Fulcio,
    /// Transparency log.
    Rekor,
    /// Timestamp authority.
    Tsa,
}

impl Service {
    /// `fulcio`, `rekor` or `tsa`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fulcio => "fulcio",
            Self::Rekor => "rekor",
            Self::Tsa => "tsa",
        }
    }
}

/// One HTTP request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeRequest {
    /// Kind of service.
    pub service: Service,
    /// URL of the service as the signing configuration writes it, and its `majorApiVersion`.
    pub service_url: String,
    /// See `service_url`.
    pub api_version: u64,
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Complete URL: that of the service with a path of this contract.
    pub url: String,
    /// `Content-Type`; empty without a body.
    pub content_type: &'static str,
    /// `Accept`.
    pub accept: &'static str,
    /// The body; empty for `GET`.
    pub body: Vec<u8>,
    /// Whether the host adds `Authorization: Bearer` with the ID token for this authority.
    pub with_token: bool,
    /// Longest time for the reply.
    pub timeout_ms: u32,
    /// Time to wait before; the host adds up to half of it at random.
    pub delay_ms: u32,
}

/// What a service answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServiceReply {
    /// Status code.
    pub status: u16,
    /// `Content-Type`, without parameters, lower case.
    pub content_type: String,
    /// `Location`.
    pub location: Option<String>,
    /// `Retry-After` in seconds.
    pub retry_after: Option<u32>,
    /// `X-Log-Index`.
    pub log_index: Option<u64>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why an action could not be performed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostError {
    /// The host refuses: no such name, or not for this request.
    Denied,
    /// A redirect, which nobody follows.
    Redirected,
    /// Not now; after this time, if known.
    Throttled {
        /// Milliseconds.
        retry_after_ms: Option<u32>,
    },
    /// No answer in time.
    TimedOut,
    /// More bytes than allowed, or compressed ones.
    TooLarge,
    /// Not reached, or broken off.
    Unavailable,
    /// The key has another version than the one that was read.
    WrongVersion,
    /// Anything else; final.
    Other,
}

/// Public half of a key, and its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyReply {
    /// SubjectPublicKeyInfo, DER.
    pub public_key: Vec<u8>,
    /// Name of the algorithm, such as `PKIX_ECDSA_P256_SHA_256`.
    pub algorithm: String,
    /// Id of the key at the host.
    pub key_id: String,
    /// Version of the key at the host.
    pub version: Option<String>,
    /// Certificates, leaf first; empty without any.
    pub chain: Vec<Vec<u8>>,
}

/// A signature of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureReply {
    /// The bytes.
    pub signature: Vec<u8>,
    /// `der`, `p1363` or `raw`.
    pub encoding: String,
    /// Version of the key that signed.
    pub version: Option<String>,
}

/// What the host did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// A run that failed for a while is taken up again.
    Again {
        /// Until when, Unix seconds; `None`: as long as the first time.
        deadline: Option<u64>,
    },
    /// A fresh trust configuration.
    Config(Vec<u8>),
    /// The action could not be performed.
    Error(HostError),
    /// Replies, in the order of the requests.
    Exchange(Vec<Result<ServiceReply, HostError>>),
    /// The key.
    Key(KeyReply),
    /// The signature.
    Signature(SignatureReply),
}
