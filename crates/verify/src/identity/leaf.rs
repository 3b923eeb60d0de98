//! One leaf of the policy against the signer.

use alloc::{format, string::String, vec::Vec};

use cretula_encoding::{
    der::{self, Oid, Tag},
    text::{has_control, quote},
};
use cretula_pki::{Claim as Found, Extension, IssuerClaim, oid};

use super::{
    error::{IdentityError, IdentityErrorKind},
    facts::{CertificateFacts, KeyFacts, SignerFacts},
    is_match,
};
use crate::policy::{
    CertificateRule, Claim, ExtensionRule, ExtensionValue, IssuerRule, KeyRule, Leaf, Match, Outcome,
    SanRule, SignerRule,
};

/// How far a leaf came: the member that it missed first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// A certificate where a key signed, or the other way round; or a negation.
    Kind,
    /// Subject alternative name, or key id.
    Name,
    Issuer,
    Claims,
    Extensions,
    Instance,
}

/// Why a leaf does not hold.
#[derive(Debug, Clone)]
pub(super) struct Miss {
    pub(super) stage: Stage,
    /// The value cannot be compared: below a negation it refuses.
    pub(super) undecidable: bool,
    pub(super) error: IdentityError,
}

impl Miss {
    fn new(stage: Stage, kind: IdentityErrorKind, detail: impl Into<String>) -> Self {
        Self { stage, undecidable: false, error: IdentityError::new(kind, detail) }
    }

    fn undecidable(stage: Stage, error: IdentityError) -> Self {
        Self { stage, undecidable: true, error }
    }

    /// The signer is one that the policy excludes by `not`.
    pub(super) fn of_negation() -> Self {
        let detail = "expected a signer that the node below not does not hold for";
        Self::new(Stage::Kind, IdentityErrorKind::NoMatch, detail)
    }

    /// The refusal below a negation.
    pub(super) fn into_undecidable(self) -> IdentityError {
        IdentityError { kind: IdentityErrorKind::ClaimMalformed, ..self.error }
    }
}

/// Whether a text matches no pattern: too long, or with control characters.
pub(super) fn is_unmatchable(text: &str, max_input: usize) -> bool {
    text.len() > max_input || has_control(text)
}

/// Everything in which the signer misses the leaf, in the order of [`Stage`].
pub(super) fn misses(leaf: &Leaf, facts: &SignerFacts<'_>, max_input: usize, negated: bool) -> Vec<Miss> {
    match (&leaf.rule, facts) {
        (SignerRule::Certificate(rule), SignerFacts::Certificate(facts)) => {
            Certificate { rule, facts, max_input, negated, misses: Vec::new() }.compare()
        }
        (SignerRule::Key(rule), SignerFacts::Key(facts)) => key_miss(rule, facts).into_iter().collect(),
        (SignerRule::Certificate(_), SignerFacts::Key(_)) => {
            let detail = "expected a certificate, found a managed key";
            Vec::from([Miss::new(Stage::Kind, IdentityErrorKind::NoMatch, detail)])
        }
        (SignerRule::Key(_), SignerFacts::Certificate(_)) => {
            let detail = "expected a managed key, found a certificate";
            Vec::from([Miss::new(Stage::Kind, IdentityErrorKind::Key, detail)])
        }
    }
}

/// The id was given with the key that verified; hint and keyid of the bundle have no part in it.
fn key_miss(rule: &KeyRule, facts: &KeyFacts<'_>) -> Option<Miss> {
    let named = |id: &str| rule.ids.iter().any(|wanted| wanted == id);
    let usage = |usage: Option<&str>| rule.usage.as_deref().is_none_or(|wanted| usage == Some(wanted));
    if facts.given.iter().any(|given| named(given.id) && usage(given.usage)) {
        return None;
    }
    let found: Vec<String> = facts.given.iter().map(|given| quote(given.id)).collect();
    let wanted: Vec<String> = rule.ids.iter().map(|id| quote(id)).collect();
    let usage = rule.usage.as_deref().map_or(String::new(), |usage| format!(" for {}", quote(usage)));
    let detail = format!("expected a key given as {}{usage}, found {}", wanted.join(", "), found.join(", "));
    Some(Miss::new(Stage::Name, IdentityErrorKind::Key, detail))
}

/// A certificate rule being compared.
struct Certificate<'r, 'f> {
    rule: &'r CertificateRule,
    facts: &'r CertificateFacts<'f>,
    max_input: usize,
    negated: bool,
    misses: Vec<Miss>,
}

impl<'r> Certificate<'r, '_> {
    fn compare(mut self) -> Vec<Miss> {
        let rule = self.rule;
        if let Some(san) = &rule.san {
            self.compare_san(san);
        }
        self.compare_issuer(rule.issuer.as_ref());
        for (name, claim) in &rule.claims {
            self.compare_claim(name, claim);
        }
        for extension in &rule.extensions {
            self.compare_extension(extension);
        }
        self.compare_instance();
        self.misses
    }

    fn miss(&mut self, stage: Stage, kind: IdentityErrorKind, detail: String) {
        self.misses.push(Miss::new(stage, kind, detail));
    }

    fn undecidable(&mut self, stage: Stage, error: IdentityError) {
        self.misses.push(Miss::undecidable(stage, error));
    }

    /// Compares a text that is there.
    fn compare_text(
        &mut self,
        stage: Stage,
        kind: IdentityErrorKind,
        name: &str,
        wanted: &Match,
        found: &str,
    ) {
        let outcome = wanted.compare(found, self.max_input);
        if is_match(outcome) {
            return;
        }
        let detail = format!("expected {name} {}, found {}", wanted.describe(), quote(found));
        let miss = Miss::new(stage, kind, detail);
        self.misses.push(Miss { undecidable: outcome == Outcome::Unmatchable, ..miss });
    }

    fn compare_san(&mut self, rule: &SanRule) {
        let san = match cretula_pki::signing_san(self.facts.certificate) {
            Ok(san) => san,
            Err(error) => return self.undecidable(Stage::Name, IdentityError::from_san(&error)),
        };
        if let Some(wanted) = rule.san_type
            && wanted != san.san_type
        {
            let detail = format!("expected a name of type {}, found {}", wanted.name(), san.san_type.name());
            self.miss(Stage::Name, IdentityErrorKind::SanType, detail);
        }
        self.compare_text(Stage::Name, IdentityErrorKind::San, "name", &rule.value, san.value);
    }

    fn compare_issuer(&mut self, rule: Option<&IssuerRule>) {
        let found = self.facts.claims.issuer();
        match (rule, found) {
            (None, IssuerClaim::Missing) if self.negated => {}
            (None, IssuerClaim::Value(_) | IssuerClaim::Conflict { .. } | IssuerClaim::Malformed(_)) => {}
            (Some(IssuerRule::Absent), IssuerClaim::Missing) => {}
            (None | Some(IssuerRule::Match(_)), IssuerClaim::Missing) => {
                let detail = String::from("expected an issuer, found none");
                self.miss(Stage::Issuer, IdentityErrorKind::IssuerMissing, detail);
            }
            (Some(IssuerRule::Absent), IssuerClaim::Value(issuer)) => {
                let detail = format!("expected no issuer, found {}", quote(issuer));
                self.miss(Stage::Issuer, IdentityErrorKind::Issuer, detail);
            }
            (Some(IssuerRule::Match(wanted)), IssuerClaim::Value(issuer)) => {
                self.compare_text(Stage::Issuer, IdentityErrorKind::Issuer, "issuer", wanted, issuer);
            }
            (Some(_), IssuerClaim::Conflict { .. } | IssuerClaim::Malformed(_)) => {
                self.undecidable(Stage::Issuer, IdentityError::malformed("the issuer"));
            }
        }
    }

    fn compare_claim(&mut self, name: &str, wanted: &Claim) {
        match (wanted, self.facts.claims.claim(name)) {
            (_, Some(Found::Conflict { current, deprecated })) => {
                self.undecidable(Stage::Claims, IdentityError::claim_conflict(name, &current, &deprecated));
            }
            (_, None | Some(Found::Malformed(_))) => {
                self.undecidable(Stage::Claims, IdentityError::malformed(name));
            }
            (Claim::Absent, Some(Found::Absent)) | (Claim::Present, Some(Found::Value(_))) => {}
            (Claim::Absent, Some(Found::Value(found))) => {
                let detail = format!("expected no {name}, found {}", quote(&found));
                self.miss(Stage::Claims, IdentityErrorKind::Claim, detail);
            }
            (Claim::Present | Claim::Match(_), Some(Found::Absent)) => {
                let detail = format!("expected {name}, found none");
                self.miss(Stage::Claims, IdentityErrorKind::ClaimMissing, detail);
            }
            (Claim::Match(wanted), Some(Found::Value(found))) => {
                self.compare_text(Stage::Claims, IdentityErrorKind::Claim, name, wanted, &found);
            }
        }
    }

    fn compare_extension(&mut self, rule: &ExtensionRule) {
        let facts = self.facts;
        let Some(found) = facts.certificate.extension(Oid::from_content(&rule.oid_content)) else {
            let detail = format!("expected extension {}, found none", rule.oid);
            return self.miss(Stage::Extensions, IdentityErrorKind::ClaimMissing, detail);
        };
        match &rule.value {
            ExtensionValue::Der(bytes) | ExtensionValue::Raw(bytes) if bytes == found.value => {}
            ExtensionValue::Der(_) | ExtensionValue::Raw(_) => {
                let detail = format!("expected other bytes in extension {}", rule.oid);
                self.miss(Stage::Extensions, IdentityErrorKind::Claim, detail);
            }
            ExtensionValue::Utf8(wanted) => match extension_text(&found) {
                Some(text) => {
                    let name = format!("extension {}", rule.oid);
                    self.compare_text(Stage::Extensions, IdentityErrorKind::Claim, &name, wanted, text);
                }
                None => self.undecidable(Stage::Extensions, IdentityError::malformed(&rule.oid)),
            },
        }
    }

    fn compare_instance(&mut self) {
        let (rule, ca) = (self.rule, &self.facts.ca);
        if let Some(wanted) = &rule.ca_sha256
            && *wanted != ca.sha256
        {
            let detail = String::from("expected another anchor certificate");
            self.misses.push(Miss::new(Stage::Instance, IdentityErrorKind::Instance, detail));
        }
        if let Some(wanted) = rule.ca_uri.as_deref()
            && ca.uri != Some(wanted)
        {
            let found = ca.uri.map_or_else(|| String::from("none"), quote);
            let detail = format!("expected CA {}, found {found}", quote(wanted));
            self.misses.push(Miss::new(Stage::Instance, IdentityErrorKind::Instance, detail));
        }
    }
}

/// A DER UTF8String; of the Fulcio extensions 1 to 6, which are older, the value itself.
fn extension_text<'c>(extension: &Extension<'c>) -> Option<&'c str> {
    match extension.oid.content().strip_prefix(oid::FULCIO_ARC.content()) {
        Some([1..=6]) => core::str::from_utf8(extension.value).ok(),
        _ => der::single(extension.value, Tag::UTF8_STRING).and_then(|element| element.utf8()).ok(),
    }
}
