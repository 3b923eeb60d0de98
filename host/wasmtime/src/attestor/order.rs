//! What is to be sealed: one mode, facts, subjects, a predicate, and what the caller was granted.

use async_trait::async_trait;

use crate::attestor::journal::Journal;
use crate::audit::Caller;
use crate::id_token::IdToken;
use crate::services::TokenSlot;

/// What the control plane knows. JSON documents are given as text; the digest of the module is added by the library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Facts {
    /// Claims of an ID token that was verified, as a JSON object, besides what the host read of the event and recorded.
    VerifiedToken {
        /// Claims.
        claims: Vec<u8>,
        /// Event: `name`, `inputs`, `release`, `vars`.
        event: Vec<u8>,
        /// Members named like those of the predicate that they fill.
        record: Vec<u8>,
    },
    /// The control plane's own records.
    ControlPlane {
        /// Claims, if there are any.
        claims: Option<Vec<u8>>,
        /// Event.
        event: Vec<u8>,
        /// Record.
        record: Vec<u8>,
    },
}

impl Facts {
    /// Claims of a verified token alone.
    #[must_use]
    pub fn of_token(claims: &[u8]) -> Self {
        Self::VerifiedToken { claims: claims.to_vec(), event: b"{}".to_vec(), record: b"{}".to_vec() }
    }

    /// Records alone.
    #[must_use]
    pub fn of_record(record: &[u8]) -> Self {
        Self::ControlPlane { claims: None, event: b"{}".to_vec(), record: record.to_vec() }
    }
}

/// What the caller of the host was granted, beyond the mode. Nothing here comes from the caller.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    /// Predicate types that may be signed; empty: the one that the order names, if the mode lists it.
    pub predicate_types: Vec<String>,
    /// Greatest level of a verification summary.
    pub max_vsa_level: Option<String>,
    /// Values without a level that a summary may state.
    pub vsa_properties: Vec<String>,
    /// What `resourceUri` of a summary begins with; without it there is no summary.
    pub resource_prefix: Option<String>,
}

/// Brings ID tokens for the certificate authority. A token is dropped as soon as the authority has answered, so a run
/// that needs another certificate needs another token.
#[async_trait]
pub trait TokenSource: Send + Sync {
    /// A token of the job, for the audience of the authority.
    ///
    /// # Errors
    /// There is none; the text is for people and holds nothing of a token.
    async fn token(&self) -> Result<IdToken, String>;
}

/// One request.
pub struct AttestOrder<'a> {
    pub(super) mode: String,
    pub(super) facts: Facts,
    pub(super) tenant: Vec<u8>,
    pub(super) predicate: Vec<u8>,
    pub(super) deadline: Option<u64>,
    pub(super) grants: Grants,
    pub(super) token: TokenSlot,
    pub(super) tokens: Option<&'a dyn TokenSource>,
    pub(super) caller: Option<Caller>,
    pub(super) request_id: Option<String>,
    pub(super) journal: Option<&'a dyn Journal>,
}

impl std::fmt::Debug for AttestOrder<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AttestOrder").field("mode", &self.mode).finish_non_exhaustive()
    }
}

impl<'a> AttestOrder<'a> {
    /// SLSA provenance in a mode. `tenant` is the member `tenant` of a request: subjects, and what a tenant may add.
    #[must_use]
    pub fn new(mode: &str, facts: Facts, tenant: &[u8]) -> Self {
        Self {
            mode: mode.to_owned(),
            facts,
            tenant: tenant.to_vec(),
            predicate: br#"{"kind":"provenance"}"#.to_vec(),
            deadline: None,
            grants: Grants::default(),
            token: TokenSlot::default(),
            tokens: None,
            caller: None,
            request_id: None,
            journal: None,
        }
    }

    /// Another predicate: the member `predicate` of a request.
    #[must_use]
    pub fn with_predicate(self, predicate: &[u8]) -> Self {
        Self { predicate: predicate.to_vec(), ..self }
    }

    /// Until when it is tried, Unix seconds; otherwise 10 minutes.
    #[must_use]
    pub fn with_deadline(self, deadline: u64) -> Self {
        Self { deadline: Some(deadline), ..self }
    }

    /// What the caller was granted.
    #[must_use]
    pub fn with_grants(self, grants: Grants) -> Self {
        Self { grants, ..self }
    }

    /// The ID token for the certificate authority.
    #[must_use]
    pub fn with_token(self, token: TokenSlot) -> Self {
        Self { token, ..self }
    }

    /// Where further ID tokens come from, for runs that need more than one certificate.
    #[must_use]
    pub fn with_token_source(self, tokens: &'a dyn TokenSource) -> Self {
        Self { tokens: Some(tokens), ..self }
    }

    /// Who asked, for the audit log.
    #[must_use]
    pub fn with_caller(self, caller: Caller) -> Self {
        Self { caller: Some(caller), ..self }
    }

    /// Id of the request at the host, for the audit log; otherwise random.
    #[must_use]
    pub fn with_request_id(self, request_id: &str) -> Self {
        Self { request_id: Some(request_id.to_owned()), ..self }
    }

    /// Where the run is kept before every action, so that it survives the end of the process.
    #[must_use]
    pub fn with_journal(self, journal: &'a dyn Journal) -> Self {
        Self { journal: Some(journal), ..self }
    }
}
