//! Issuers of ID tokens whose claims the host may pass on.
use alloc::string::String;

use cretula_encoding::fields::{Field, FieldErrorKind};

use crate::document::MAX_INTEGER;
use crate::error::AttestError;
use crate::uri::is_server;

/// Whose tokens an issuer gives out: which claims there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    /// GitHub Actions.
    Github,
    /// GitLab CI.
    Gitlab,
    /// Anything else: only issuer and subject are known.
    Other,
}

/// One issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// Compared exactly with claim `iss`.
    pub issuer: String,
    /// Which claims there are.
    pub provider: Provider,
    /// What repositories and projects are relative to, without a slash at the end.
    pub server: String,
    /// Audience that tokens for the host must have.
    pub audience: String,
    /// Longest life of a token, in seconds.
    pub max_lifetime_secs: Option<u64>,
    /// How many attestations one token may ask for.
    pub attestations_per_token: Option<u64>,
}

impl Issuer {
    pub(super) fn read(field: Field<'_>) -> Result<Self, AttestError> {
        let mut object = field.object()?;
        let issuer = object.require("issuer")?.text()?;
        let provider = match object.require("provider")?.one_of(&["github", "gitlab", "other"])? {
            0 => Provider::Github,
            1 => Provider::Gitlab,
            _ => Provider::Other,
        };
        let server = object.require("server")?;
        if !is_server(&server.text()?) {
            return Err(server.error(FieldErrorKind::Type("a server URL without slash at the end")).into());
        }
        let audience = object.require("audience")?.text()?;
        let mut number = |name: &str| object.take(name).map(|field| field.uint(MAX_INTEGER)).transpose();
        let max_lifetime_secs = number("maxLifetimeSeconds")?;
        let attestations_per_token = number("attestationsPerToken")?;
        object.finish()?;
        let server = server.text()?;
        Ok(Self { issuer, provider, server, audience, max_lifetime_secs, attestations_per_token })
    }
}
