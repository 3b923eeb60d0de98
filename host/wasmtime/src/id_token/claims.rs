//! Rules about claims. They are read here only after the signature was verified.

use cretula_attest::CLAIM_ROWS;
use cretula_attest::config::Provider;
use cretula_encoding::json::{Kind, Value};
use cretula_encoding::text::has_control;

use super::error::{Rule, TokenError};
use super::issuer::{IssuerConfig, SIGSTORE_AUDIENCE};

/// Tolerance for clocks, in seconds.
const SKEW_SECS: u64 = 30;
/// 2000-01-01 and 2100-01-01, Unix seconds.
const EARLIEST: u64 = 946_684_800;
const LATEST: u64 = 4_102_444_800;
/// Longest subject and token id, in bytes.
const MAX_NAME_BYTES: usize = 1024;

/// Claims that GitLab writes as `null` where the pipeline's configuration is stored outside of the instance.
const MAY_BE_NULL: [&str; 2] = ["ci_config_ref_uri", "ci_config_sha"];

/// Claims by which tokens of one provider are told from those of another.
const GITHUB_MARKS: [&str; 3] = ["job_workflow_ref", "repository", "repository_owner"];
const GITLAB_MARKS: [&str; 3] = ["ci_config_ref_uri", "project_path", "namespace_path"];

/// What is kept of the claims that every token has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Common {
    pub(super) subject: String,
    pub(super) token_id: String,
    pub(super) expires: u64,
}

/// Rules J10 to J15, J22 (there), J23, J24 and J28.
pub(super) fn check(claims: &Value<'_>, issuer: &IssuerConfig, now: u64) -> Result<Common, TokenError> {
    check_audience(claims, &issuer.audience)?;
    let expires = check_times(claims, issuer, now)?;
    let token_id = name(claims, "jti", Rule::J22)?;
    let subject = name(claims, "sub", Rule::J23)?;
    check_provider(claims, issuer.provider)?;
    check_required(claims, issuer.provider)?;
    Ok(Common { subject, token_id, expires })
}

/// Exactly one audience, ours (RFC 7519 §4.1.3; stricter: a list has one element).
fn check_audience(claims: &Value<'_>, ours: &str) -> Result<(), TokenError> {
    let wrong = || TokenError::of_claim(Rule::J10, "aud", "the audience of this host, alone");
    let audience = claims.member("aud").ok_or_else(wrong)?;
    let only = match audience.elements() {
        Some(mut list) => list.next().filter(|_| list.next().is_none()),
        None => Some(audience),
    };
    let audience = only.and_then(|value| value.as_text()).ok_or_else(wrong)?;
    let is_ours = audience == ours && !ours.is_empty() && audience != SIGSTORE_AUDIENCE;
    if is_ours { Ok(()) } else { Err(wrong()) }
}

/// Returns the expiry.
fn check_times(claims: &Value<'_>, issuer: &IssuerConfig, now: u64) -> Result<u64, TokenError> {
    let (expires, issued, starts) = (time(claims, "exp")?, time(claims, "iat")?, time(claims, "nbf")?);
    let latest = now.saturating_add(SKEW_SECS);
    if starts > latest {
        return Err(TokenError::of_claim(Rule::J12, "nbf", "in the past"));
    }
    if issued > latest {
        return Err(TokenError::of_claim(Rule::J12, "iat", "in the past"));
    }
    if expires <= now.saturating_sub(SKEW_SECS) {
        return Err(TokenError::of_claim(Rule::J12, "exp", "in the future"));
    }
    let limit = issuer.lifetime_secs();
    if expires.checked_sub(issued).is_none_or(|life| life > limit) {
        return Err(TokenError::of_claim(Rule::J13, "exp", "within the longest life of the issuer's tokens"));
    }
    if now.saturating_sub(issued) > limit {
        return Err(TokenError::of_claim(Rule::J14, "iat", "within the greatest age of the issuer's tokens"));
    }
    Ok(expires)
}

/// A NumericDate (RFC 7519 §2); stricter: an integer.
fn time(claims: &Value<'_>, claim: &'static str) -> Result<u64, TokenError> {
    let integer = claims
        .member(claim)
        .and_then(|value| value.as_number())
        .filter(|text| text.bytes().all(|digit| digit.is_ascii_digit()));
    let integer = integer.ok_or_else(|| TokenError::of_claim(Rule::J11, claim, "a JSON integer"))?;
    let time = integer.parse().ok().filter(|time| (EARLIEST..LATEST).contains(time));
    time.ok_or_else(|| TokenError::of_claim(Rule::J15, claim, "within the years 2000 to 2100"))
}

/// A text of 1 to 1024 bytes without control characters.
fn name(claims: &Value<'_>, claim: &'static str, rule: Rule) -> Result<String, TokenError> {
    let text = claims.member(claim).and_then(|value| value.as_text());
    let text = text.filter(|text| (1..=MAX_NAME_BYTES).contains(&text.len()) && !has_control(text));
    text.map(String::from).ok_or_else(|| {
        TokenError::of_claim(rule, claim, "a text of 1 to 1024 bytes without control characters")
    })
}

/// No token has the marks of a provider that is not the configured one.
fn check_provider(claims: &Value<'_>, provider: Provider) -> Result<(), TokenError> {
    let foreign: &[&[&'static str]] = match provider {
        Provider::Github => &[&GITLAB_MARKS],
        Provider::Gitlab => &[&GITHUB_MARKS],
        Provider::Other => &[&GITHUB_MARKS, &GITLAB_MARKS],
    };
    let found = foreign.iter().copied().flatten().find(|mark| is_there(claims, mark));
    found.map_or(Ok(()), |mark| Err(TokenError::of_claim(Rule::J28, mark, "no claim of another provider")))
}

fn is_there(claims: &Value<'_>, claim: &str) -> bool {
    claims.members().into_iter().flatten().any(|(name, _)| name == claim)
}

/// The required claims of the one table of claims.
fn check_required(claims: &Value<'_>, provider: Provider) -> Result<(), TokenError> {
    for claim in required(provider) {
        let is_null =
            MAY_BE_NULL.contains(&claim) && claims.member(claim).is_none() && is_there(claims, claim);
        let has_value = claims.member(claim).is_some_and(|value| match value.kind() {
            Kind::Text => value.as_text().is_some_and(|text| !text.is_empty() && !has_control(&text)),
            Kind::Number => {
                value.as_number().is_some_and(|text| text.bytes().all(|digit| digit.is_ascii_digit()))
            }
            Kind::Null | Kind::Bool | Kind::List | Kind::Object => false,
        });
        if !has_value && !is_null {
            return Err(TokenError::of_claim(Rule::J24, claim, "a text or an integer"));
        }
    }
    Ok(())
}

/// Names of the claims that tokens of a provider must have.
pub(super) fn required(provider: Provider) -> impl Iterator<Item = &'static str> {
    let columns = CLAIM_ROWS.iter().filter_map(move |row| row.column(provider));
    columns.filter(|column| column.required).flat_map(|column| column.source.claims())
}
