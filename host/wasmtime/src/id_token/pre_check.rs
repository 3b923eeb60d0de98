//! A look at the token for the certificate authority before it is sent there.

use std::fmt;

use cretula_encoding::json::Value;

use super::compact::{decode, object};
use super::secret::IdToken;

/// What the authority expects of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorityExpectation {
    /// Its audience: `sigstore` for the public instance.
    pub audience: String,
    /// Issuers that it knows; empty if the host cannot tell.
    pub issuers: Vec<String>,
}

/// A claim because of which the authority would refuse the token. Names it, without its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PreCheckError {
    /// `aud`, `iss` or `exp`; `token` if it cannot be read at all.
    pub claim: &'static str,
    /// What is wrong with it.
    pub sentence: &'static str,
}

impl fmt::Display for PreCheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the certificate authority would refuse the ID token: {}: {}", self.claim, self.sentence)
    }
}

impl std::error::Error for PreCheckError {}

/// Looks at audience, issuer and expiry. Nothing is verified: that is the authority's business.
///
/// # Errors
/// The first claim that does not fit.
pub fn pre_check(token: &IdToken, expected: &AuthorityExpectation, now: u64) -> Result<(), PreCheckError> {
    let wrong = |claim, sentence| PreCheckError { claim, sentence };
    let mut parts = token.as_str().split('.');
    let (Some(_), Some(payload), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(wrong("token", "it does not have three parts"));
    };
    let payload =
        zeroize::Zeroizing::new(decode(payload).map_err(|_| wrong("token", "it is not base64url"))?);
    let claims = object(&payload).map_err(|_| wrong("token", "its claims are no strict JSON object"))?;
    let is_audience = |value: Value<'_>| value.as_text().is_some_and(|text| text == expected.audience);
    let audience = claims.member("aud");
    let in_list =
        || audience.and_then(|value| value.elements()).is_some_and(|mut list| list.any(is_audience));
    if !audience.is_some_and(is_audience) && !in_list() {
        return Err(wrong("aud", "it is for another audience"));
    }
    let issuer = claims.member("iss").and_then(|value| value.as_text());
    let is_known =
        |issuer: &str| expected.issuers.is_empty() || expected.issuers.iter().any(|known| known == issuer);
    if !issuer.is_some_and(|issuer| is_known(&issuer)) {
        return Err(wrong("iss", "the authority does not know this issuer"));
    }
    let expires = claims.member("exp").and_then(|value| value.as_number()?.parse::<u64>().ok());
    match expires {
        Some(expires) if expires > now => Ok(()),
        Some(_) => Err(wrong("exp", "it has expired")),
        None => Err(wrong("exp", "it has no expiry")),
    }
}
