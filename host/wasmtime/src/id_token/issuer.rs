//! Issuers whose tokens are accepted: part of the host's configuration.

use std::fmt;

pub use cretula_attest::config::Provider;

/// Longest life that any configuration can allow, in seconds.
const MAX_LIFETIME_SECS: u64 = 24 * 60 * 60;
/// Life without a configured one, in seconds.
const DEFAULT_LIFETIME_SECS: u64 = 15 * 60;

/// One issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerConfig {
    /// Compared byte for byte with claim `iss`.
    pub issuer: String,
    /// Which claims its tokens have.
    pub provider: Provider,
    /// Server to which repositories and projects are relative.
    pub server: String,
    /// The only audience that is accepted.
    pub audience: String,
    /// Longest life and greatest age of a token in seconds, at most 24 hours; 15 minutes unless configured.
    pub max_lifetime_secs: u64,
    /// Attestations that one token may ask for, each of another predicate type.
    pub attestations_per_token: u64,
}

/// An issuer that would accept tokens that are meant for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssuerConfigError {
    /// The audience is empty or `sigstore`, which every client of the public instance sends around.
    Audience,
}

impl fmt::Display for IssuerConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Audience => f.write_str("the audience of an issuer is empty or sigstore"),
        }
    }
}

impl std::error::Error for IssuerConfigError {}

/// Audience of the public Sigstore instance.
pub(super) const SIGSTORE_AUDIENCE: &str = "sigstore";

impl TryFrom<&cretula_attest::config::Issuer> for IssuerConfig {
    type Error = IssuerConfigError;

    fn try_from(issuer: &cretula_attest::config::Issuer) -> Result<Self, IssuerConfigError> {
        if issuer.audience.is_empty() || issuer.audience == SIGSTORE_AUDIENCE {
            return Err(IssuerConfigError::Audience);
        }
        Ok(Self {
            issuer: issuer.issuer.clone(),
            provider: issuer.provider,
            server: issuer.server.clone(),
            audience: issuer.audience.clone(),
            max_lifetime_secs: issuer
                .max_lifetime_secs
                .unwrap_or(DEFAULT_LIFETIME_SECS)
                .min(MAX_LIFETIME_SECS),
            attestations_per_token: issuer.attestations_per_token.unwrap_or(1),
        })
    }
}

impl IssuerConfig {
    /// The limit in force: never above 24 hours, whatever a caller wrote.
    pub(super) fn lifetime_secs(&self) -> u64 {
        self.max_lifetime_secs.min(MAX_LIFETIME_SECS)
    }
}
