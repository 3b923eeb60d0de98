//! What a Fulcio certificate says about the identity and the build (Fulcio `oid-info`; checks I03, I04).
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use cretula_encoding::der::{self, Oid, Tag};
use cretula_encoding::limits::Limits;

use crate::certificate::Certificate;
use crate::error::Error;
use crate::oid;

/// OIDC issuer of GitHub Actions, under which an absent current claim is read from its deprecated twin.
const GITHUB_ISSUER: &str = "https://token.actions.githubusercontent.com";
/// Server of the repositories of [`GITHUB_ISSUER`].
const GITHUB_SERVER: &str = "https://github.com";
/// Numbers of the issuer claims: current and deprecated.
const ISSUER: u8 = 8;
const ISSUER_DEPRECATED: u8 = 1;
/// Current and deprecated repository; the deprecated one lacks the server.
const REPOSITORY_URI: u8 = 12;

/// One row of the table of claims: extension 1.3.6.1.4.1.57264.1.`number`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClaimRow {
    /// Last arc of the extension identifier.
    pub number: u8,
    /// Name in policy and report.
    pub name: &'static str,
    /// Number of the deprecated claim that says the same.
    pub twin: Option<u8>,
}

const fn row(number: u8, name: &'static str, twin: Option<u8>) -> ClaimRow {
    ClaimRow { number, name, twin }
}

/// All claims but the issuer, in the order of their numbers. Numbers 2 to 6 are deprecated and hold raw UTF-8; those
/// from 9 on hold a DER UTF8String.
pub const CLAIMS: &[ClaimRow] = &[
    row(2, "githubWorkflowTrigger", None),
    row(3, "githubWorkflowSha", None),
    row(4, "githubWorkflowName", None),
    row(5, "githubWorkflowRepository", None),
    row(6, "githubWorkflowRef", None),
    row(9, "buildSignerUri", None),
    row(10, "buildSignerDigest", None),
    row(11, "runnerEnvironment", None),
    row(12, "sourceRepositoryUri", Some(5)),
    row(13, "sourceRepositoryDigest", Some(3)),
    row(14, "sourceRepositoryRef", Some(6)),
    row(15, "sourceRepositoryId", None),
    row(16, "sourceRepositoryOwnerUri", None),
    row(17, "sourceRepositoryOwnerId", None),
    row(18, "buildConfigUri", None),
    row(19, "buildConfigDigest", None),
    row(20, "buildTrigger", Some(2)),
    row(21, "runInvocationUri", None),
    row(22, "sourceRepositoryVisibility", None),
    row(23, "deploymentEnvironment", None),
    row(24, "tokenSubject", None),
];

/// What one extension holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimState<'c> {
    /// There is no such extension.
    Absent,
    /// The extension is not of its form.
    Malformed(ClaimDefect),
    /// Its text, possibly empty.
    Value(&'c str),
}

/// Why an extension has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClaimDefect {
    /// Not exactly one DER UTF8String.
    Der,
    /// Raw text that is not UTF-8.
    Utf8,
}

/// What a claim says once its deprecated twin has been considered (I04).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It is not there.
    Absent,
    /// Current and deprecated form disagree.
    Conflict {
        /// Text of the current form.
        current: String,
        /// Text of the deprecated form.
        deprecated: String,
    },
    /// It, or its twin, is not of its form.
    Malformed(ClaimDefect),
    /// Its text, possibly empty.
    Value(String),
}

/// The OIDC issuer (I03).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssuerClaim<'c> {
    /// Both forms are present and differ.
    Conflict {
        /// Text of extension .8.
        current: &'c str,
        /// Text of extension .1.
        deprecated: &'c str,
    },
    /// One of the forms is present and malformed.
    Malformed(ClaimDefect),
    /// Neither form is present.
    Missing,
    /// The issuer.
    Value(&'c str),
}

/// The claims of one certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FulcioClaims {
    present: Vec<(u8, Result<String, ClaimDefect>)>,
}

impl FulcioClaims {
    /// Reads the extensions .1 to .6 and .8 to .24; those that are malformed are kept as such.
    ///
    /// # Errors
    /// [`Error::ClaimBytes`] for an extension value longer than limit `claim-bytes`.
    pub fn parse(certificate: &Certificate, limits: &Limits) -> Result<Self, Error> {
        let mut present = Vec::new();
        for extension in certificate.extensions() {
            let Some(number) = claim_number(extension.oid) else { continue };
            let text = if number < ISSUER { raw_text(extension.value) } else { der_text(extension.value) };
            let length = text.as_ref().map_or(extension.value.len(), |text| text.len());
            if length > limits.claim_bytes {
                return Err(Error::ClaimBytes);
            }
            present.push((number, text.map(ToString::to_string)));
        }
        Ok(Self { present })
    }

    /// What extension .`number` holds.
    #[must_use]
    pub fn state(&self, number: u8) -> ClaimState<'_> {
        match self.present.iter().find(|(present, _)| *present == number) {
            None => ClaimState::Absent,
            Some((_, Ok(text))) => ClaimState::Value(text),
            Some((_, Err(defect))) => ClaimState::Malformed(*defect),
        }
    }

    /// What the extension with this identifier holds; absent for identifiers that are no claims.
    #[must_use]
    pub fn state_by_oid(&self, oid: Oid<'_>) -> ClaimState<'_> {
        claim_number(oid).map_or(ClaimState::Absent, |number| self.state(number))
    }

    /// The OIDC issuer: .8, else .1. A malformed form never falls back to the other (I03).
    #[must_use]
    pub fn issuer(&self) -> IssuerClaim<'_> {
        match (self.state(ISSUER), self.state(ISSUER_DEPRECATED)) {
            (ClaimState::Malformed(defect), _) | (_, ClaimState::Malformed(defect)) => {
                IssuerClaim::Malformed(defect)
            }
            (ClaimState::Absent, ClaimState::Absent) => IssuerClaim::Missing,
            (ClaimState::Value(current), ClaimState::Value(deprecated)) if current != deprecated => {
                IssuerClaim::Conflict { current, deprecated }
            }
            (ClaimState::Value(issuer), _) | (ClaimState::Absent, ClaimState::Value(issuer)) => {
                IssuerClaim::Value(issuer)
            }
        }
    }

    /// The claim with this name of [`CLAIMS`], twins considered; `None` for another name (I04).
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<Claim> {
        CLAIMS.iter().find(|row| row.name == name).map(|row| self.claim_of(row))
    }

    /// All claims that are present or malformed, in the order of [`CLAIMS`].
    pub fn claims(&self) -> impl Iterator<Item = (&'static str, Claim)> {
        CLAIMS.iter().map(|row| (row.name, self.claim_of(row))).filter(|(_, claim)| *claim != Claim::Absent)
    }

    /// Names of the claims whose current and deprecated form disagree.
    pub fn conflicts(&self) -> impl Iterator<Item = &'static str> {
        self.claims().filter(|(_, claim)| matches!(claim, Claim::Conflict { .. })).map(|(name, _)| name)
    }

    fn claim_of(&self, row: &ClaimRow) -> Claim {
        let twin = row.twin.map_or(ClaimState::Absent, |twin| self.state(twin));
        match (self.state(row.number), twin) {
            (ClaimState::Malformed(defect), _) | (ClaimState::Value(_), ClaimState::Malformed(defect)) => {
                Claim::Malformed(defect)
            }
            (ClaimState::Absent, twin) => self.claim_from_twin(row, twin),
            (ClaimState::Value(current), ClaimState::Value(deprecated))
                if !forms_agree(row.number, current, deprecated) =>
            {
                Claim::Conflict { current: current.to_string(), deprecated: deprecated.to_string() }
            }
            (ClaimState::Value(current), ClaimState::Absent | ClaimState::Value(_)) => {
                Claim::Value(current.to_string())
            }
        }
    }

    /// Certificates older than the current claims: only GitHub's issuer wrote the deprecated ones.
    fn claim_from_twin(&self, row: &ClaimRow, twin: ClaimState<'_>) -> Claim {
        if self.issuer() != IssuerClaim::Value(GITHUB_ISSUER) {
            return Claim::Absent;
        }
        match twin {
            ClaimState::Absent => Claim::Absent,
            ClaimState::Malformed(defect) => Claim::Malformed(defect),
            ClaimState::Value(text) if row.number == REPOSITORY_URI => {
                Claim::Value([GITHUB_SERVER, "/", text].concat())
            }
            ClaimState::Value(text) => Claim::Value(text.to_string()),
        }
    }
}

/// Equal texts; for the repository, a server, `/` and the deprecated text.
fn forms_agree(number: u8, current: &str, deprecated: &str) -> bool {
    if number != REPOSITORY_URI {
        return current == deprecated;
    }
    let server = current.strip_suffix(deprecated).and_then(|head| head.strip_suffix('/'));
    let host = server.and_then(|server| server.split_once("://")).map(|(_, host)| host);
    host.is_some_and(|host| !host.is_empty() && !host.contains('/'))
}

/// Last arc of an identifier 1.3.6.1.4.1.57264.1.n with n in 1..=6 or 8..=24.
fn claim_number(oid: Oid<'_>) -> Option<u8> {
    match oid.content().strip_prefix(oid::FULCIO_ARC.content()) {
        Some([number @ (1..=6 | 8..=24)]) => Some(*number),
        _ => None,
    }
}

fn raw_text(value: &[u8]) -> Result<&str, ClaimDefect> {
    core::str::from_utf8(value).map_err(|_| ClaimDefect::Utf8)
}

pub(crate) fn der_text(value: &[u8]) -> Result<&str, ClaimDefect> {
    der::single(value, Tag::UTF8_STRING).and_then(|element| element.utf8()).map_err(|_| ClaimDefect::Der)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{claim, three, utf8};

    fn claims(extensions: &[(u8, Vec<u8>)]) -> FulcioClaims {
        claims_with(extensions, &Limits::default()).unwrap()
    }

    fn claims_with(extensions: &[(u8, Vec<u8>)], limits: &Limits) -> Result<FulcioClaims, Error> {
        let [_, _, mut leaf] = three();
        for (number, value) in extensions {
            leaf = leaf.with(claim(*number, value));
        }
        FulcioClaims::parse(&leaf.build(), limits)
    }

    fn raw(text: &str) -> Vec<u8> {
        text.as_bytes().to_vec()
    }

    #[test]
    fn issuer_has_five_outcomes() {
        let issuer = "https://issuer.example";
        let both = [(1, raw(issuer)), (8, utf8(issuer))];
        assert_eq!(claims(&both).issuer(), IssuerClaim::Value(issuer));
        assert_eq!(claims(&both[..1]).issuer(), IssuerClaim::Value(issuer));
        assert_eq!(claims(&both[1..]).issuer(), IssuerClaim::Value(issuer));
        assert_eq!(claims(&[]).issuer(), IssuerClaim::Missing);
        let conflict = claims(&[(1, raw("x")), (8, utf8("y"))]);
        assert_eq!(conflict.issuer(), IssuerClaim::Conflict { current: "y", deprecated: "x" });
        let malformed = claims(&[(1, raw(issuer)), (8, raw(issuer))]);
        assert_eq!(malformed.issuer(), IssuerClaim::Malformed(ClaimDefect::Der));
        let trailing = claims(&[(8, [utf8(issuer), utf8(issuer)].concat())]);
        assert_eq!(trailing.issuer(), IssuerClaim::Malformed(ClaimDefect::Der));
        let not_utf8 = claims(&[(1, alloc::vec![0xff])]);
        assert_eq!(not_utf8.issuer(), IssuerClaim::Malformed(ClaimDefect::Utf8));
    }

    #[test]
    fn absent_is_not_empty() {
        let claims = claims(&[(11, utf8(""))]);
        assert_eq!(claims.claim("runnerEnvironment"), Some(Claim::Value(String::new())));
        assert_eq!(claims.claim("sourceRepositoryId"), Some(Claim::Absent));
        assert_eq!(claims.claim("issuer"), None);
        assert_eq!(claims.claims().count(), 1);
    }

    #[test]
    fn twins_must_agree() {
        let agree = claims(&[(5, raw("o/r")), (12, utf8("https://git.example/o/r"))]);
        assert_eq!(agree.claim("sourceRepositoryUri"), Some(Claim::Value("https://git.example/o/r".into())));
        for other in ["https://git.example/x/o/r", "https://git.example/o/R", "https:///o/r", "o/r"] {
            let conflict = claims(&[(5, raw("o/r")), (12, utf8(other))]);
            assert_eq!(conflict.conflicts().collect::<Vec<_>>(), ["sourceRepositoryUri"], "{other}");
        }
        let refs = claims(&[(6, raw("refs/heads/a")), (14, utf8("refs/heads/b"))]);
        assert!(matches!(refs.claim("sourceRepositoryRef"), Some(Claim::Conflict { .. })));
        let malformed = claims(&[(2, alloc::vec![0xff]), (20, utf8("push"))]);
        assert_eq!(malformed.claim("buildTrigger"), Some(Claim::Malformed(ClaimDefect::Utf8)));
    }

    #[test]
    fn twins_stand_in_under_one_issuer_only() {
        let old = |issuer: &str| claims(&[(1, raw(issuer)), (3, raw("abc")), (5, raw("o/r"))]);
        let github = old(GITHUB_ISSUER);
        assert_eq!(github.claim("sourceRepositoryDigest"), Some(Claim::Value("abc".into())));
        assert_eq!(github.claim("sourceRepositoryUri"), Some(Claim::Value("https://github.com/o/r".into())));
        assert_eq!(old("https://issuer.example").claim("sourceRepositoryUri"), Some(Claim::Absent));
    }

    #[test]
    fn claims_are_limited() {
        let limits = Limits { claim_bytes: 4, ..Limits::default() };
        assert!(claims_with(&[(9, utf8("1234")), (1, raw("1234"))], &limits).is_ok());
        assert_eq!(claims_with(&[(9, utf8("12345"))], &limits), Err(Error::ClaimBytes));
        assert_eq!(claims_with(&[(1, raw("12345"))], &limits), Err(Error::ClaimBytes));
    }
}
