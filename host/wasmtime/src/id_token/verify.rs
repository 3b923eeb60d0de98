//! The one way from a token to claims that may be used.

use std::fmt;

use cretula_attest::config::Provider;
use cretula_attest::{AttestError, Limits, match_tokens};
use cretula_crypto::{Digest, HashAlgorithm};

use super::claims::{self, Common};
use super::compact::{Compact, object};
use super::error::{Rule, TokenError};
use super::issuer::IssuerConfig;
use super::key_set::KeySets;
use super::secret::IdToken;
use crate::audit::Caller;

/// A token that was verified: whose it is, and its claims.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifiedToken {
    issuer: IssuerConfig,
    claims: Vec<u8>,
    common: Common,
}

/// Verifies a token against configured issuers and their keys at a time (Unix seconds).
///
/// Of the claims only `iss` is read before the signature is checked, to find the keys; it has to be equal to that of a
/// configured issuer. Single use of token ids is the caller's: see [`VerifiedToken::replay_key`].
///
/// # Errors
/// The rule that was broken. Remote callers get [`TokenError::CODE`] only.
pub fn verify_id_token(
    token: &IdToken,
    issuers: &[IssuerConfig],
    keys: &KeySets,
    now: u64,
) -> Result<VerifiedToken, TokenError> {
    let compact = Compact::parse(token.as_str())?;
    let claims = compact.claims()?;
    let issuer = configured_issuer(&compact, issuers)?;
    let keys = keys.of_issuer(&issuer.issuer);
    keys.ok_or_else(|| TokenError::new(Rule::J16, "the keys of the issuer"))?.verify(&compact)?;
    let common = claims::check(&claims, issuer, now)?;
    Ok(VerifiedToken { issuer: issuer.clone(), claims: compact.payload.to_vec(), common })
}

/// Which keys a token needs. Nothing of it is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnverifiedSelector<'a> {
    /// The configured issuer that the token names.
    pub issuer: &'a IssuerConfig,
    /// The key that the token names.
    pub key_id: String,
}

/// Tells which keys to fetch for a token.
///
/// # Errors
/// Rules J1 to J9.
pub fn unverified_selector<'a>(
    token: &IdToken,
    issuers: &'a [IssuerConfig],
) -> Result<UnverifiedSelector<'a>, TokenError> {
    let compact = Compact::parse(token.as_str())?;
    let issuer = configured_issuer(&compact, issuers)?;
    Ok(UnverifiedSelector { issuer, key_id: compact.header.key_id })
}

/// Rule J9.
fn configured_issuer<'a>(
    token: &Compact<'_>,
    issuers: &'a [IssuerConfig],
) -> Result<&'a IssuerConfig, TokenError> {
    let wrong = || TokenError::of_claim(Rule::J9, "iss", "a configured issuer, byte for byte");
    let claims = token.claims()?;
    let name = claims.member("iss").and_then(|value| value.as_text()).ok_or_else(wrong)?;
    issuers.iter().find(|issuer| issuer.issuer == name).ok_or_else(wrong)
}

impl VerifiedToken {
    /// The issuer, as configured.
    #[must_use]
    pub const fn issuer(&self) -> &IssuerConfig {
        &self.issuer
    }

    /// The claims, JSON, exactly as signed: `facts.claims` of a request.
    #[must_use]
    pub fn claims(&self) -> &[u8] {
        &self.claims
    }

    /// A text or integer among the claims.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<String> {
        let claims = object(&self.claims).ok()?;
        let value = claims.member(name)?;
        value.as_text().map(String::from).or_else(|| value.as_number().map(String::from))
    }

    /// Unix seconds at which the token expires.
    #[must_use]
    pub const fn expires(&self) -> u64 {
        self.common.expires
    }

    /// What a store of used tokens keeps until [`Self::expires`]: SHA-256 over issuer and token id.
    #[must_use]
    pub fn replay_key(&self) -> Digest {
        let parts: [&[u8]; 3] = [self.issuer.issuer.as_bytes(), &[0], self.common.token_id.as_bytes()];
        HashAlgorithm::Sha256.digest(&parts)
    }

    /// Who asks, for the audit log.
    #[must_use]
    pub fn caller(&self) -> Caller {
        let (repository, job) = match self.issuer.provider {
            Provider::Github => (self.claim("repository_id"), self.github_job()),
            Provider::Gitlab => (self.claim("project_id"), self.claim("job_id")),
            Provider::Other => (None, None),
        };
        Caller {
            issuer: self.issuer.issuer.clone(),
            subject: self.common.subject.clone(),
            repository_id: repository,
            job_id: job,
        }
    }

    fn github_job(&self) -> Option<String> {
        Some(format!("{}/{}", self.claim("run_id")?, self.claim("run_attempt")?))
    }

    /// Whether a second token, such as the one for the certificate authority, is of the same job: every claim but `aud`,
    /// `exp`, `iat`, `nbf` and `jti` is equal. The second token is verified by whom it is for.
    ///
    /// # Errors
    /// [`SecondTokenError`].
    pub fn match_second(&self, second: &IdToken) -> Result<(), SecondTokenError> {
        let second = Compact::parse(second.as_str()).map_err(SecondTokenError::Form)?;
        match_tokens(&self.claims, &second.payload, &Limits::default()).map_err(SecondTokenError::Claims)
    }
}

/// Why a second token is not of the same job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecondTokenError {
    /// `claims/token-mismatch` with the claim, `input/…`.
    Claims(AttestError),
    /// It is no token.
    Form(TokenError),
}

impl SecondTokenError {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Claims(error) => error.code(),
            Self::Form(_) => TokenError::CODE,
        }
    }
}

impl fmt::Display for SecondTokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for SecondTokenError {}

/// Shows the issuer only.
impl fmt::Debug for VerifiedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedToken").field("issuer", &self.issuer.issuer).finish_non_exhaustive()
    }
}
