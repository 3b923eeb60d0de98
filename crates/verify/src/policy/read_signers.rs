//! Reading the signers tree and `deny`.

use alloc::{boxed::Box, string::String, vec::Vec};

use cretula_crypto::{Digest, HashAlgorithm};
use cretula_encoding::{
    der,
    fields::{Field, Object},
};
use cretula_pki::SanType;

use super::{
    error::{PolicyError, PolicyErrorKind},
    reader::{Reader, choice, list, texts},
    signers::{
        CertificateRule, Denied, ExtensionRule, ExtensionValue, IssuerRule, KeyRule, Leaf, Node, SanRule,
        SignerRule,
    },
    tables,
};

/// Names of SAN types.
pub(super) const SAN_TYPES: [(&str, SanType); 3] =
    [("uri", SanType::Uri), ("email", SanType::Email), ("other", SanType::OtherName)];

/// Levels of elements inside a `der` extension value.
const DER_DEPTH: usize = 16;

impl Reader<'_> {
    /// A node, which stands on level `level` (the root on 1).
    ///
    /// Recursion: as deep as limit `policy-depth`, which is checked before descending.
    pub(super) fn read_node(&mut self, field: Field<'_>, level: usize) -> Result<Node, PolicyError> {
        if level > self.limits.policy_depth {
            let detail =
                alloc::format!("expected at most {} levels of signer nodes", self.limits.policy_depth);
            return Err(PolicyError::new(PolicyErrorKind::PolicyDepth, &field.pointer, detail));
        }
        self.count_node(&field.pointer)?;
        let below = level.saturating_add(1);
        let mut object = field.object()?;
        if let Some(nodes) = list(&mut object, "any", |node| self.read_node(node, below))? {
            return Ok(Node::Any(nodes));
        }
        if let Some(nodes) = list(&mut object, "all", |node| self.read_node(node, below))? {
            return Ok(Node::All(nodes));
        }
        if let Some(node) = object.take("not") {
            return Ok(Node::Not(Box::new(self.read_node(node, below)?)));
        }
        self.read_leaf(&mut object).map(Node::Leaf)
    }

    /// An entry of `deny`.
    pub(super) fn read_denied(&mut self, field: Field<'_>) -> Result<Denied, PolicyError> {
        self.count_node(&field.pointer)?;
        let mut object = field.object()?;
        if let Some(field) = object.take("certificateSha256") {
            return sha256(&field).map(Denied::CertificateSha256);
        }
        if let Some(field) = object.take("sourceCommit") {
            return commit(&field).map(Denied::SourceCommit);
        }
        if let Some(field) = object.take("keyId") {
            return Ok(Denied::KeyId(field.text()?));
        }
        self.read_leaf(&mut object).map(Denied::Leaf)
    }

    fn read_leaf(&mut self, object: &mut Object<'_>) -> Result<Leaf, PolicyError> {
        let pointer = String::from(object.pointer());
        let rule = match object.take("certificate") {
            Some(field) => SignerRule::Certificate(Box::new(self.read_certificate_rule(field)?)),
            None => SignerRule::Key(read_key_rule(object.require("key")?)?),
        };
        Ok(Leaf { pointer, rule })
    }

    fn read_certificate_rule(&mut self, field: Field<'_>) -> Result<CertificateRule, PolicyError> {
        let mut object = field.object()?;
        let mut rule = CertificateRule {
            san: object.take("san").map(|field| self.read_san(field)).transpose()?,
            issuer: object.take("issuer").map(|field| self.read_issuer(field)).transpose()?,
            claims: object
                .take("claims")
                .map(|field| self.read_claims(field))
                .transpose()?
                .unwrap_or_default(),
            ..CertificateRule::default()
        };
        if let Some(field) = object.take("extensions") {
            let entries = field.object()?.rest().into_iter();
            rule.extensions =
                entries.map(|(oid, field)| self.read_extension(oid, field)).collect::<Result<_, _>>()?;
        }
        if let Some(field) = object.take("ca") {
            let mut ca = field.object()?;
            rule.ca_uri = ca.take("uri").map(|field| field.text()).transpose()?;
            rule.ca_sha256 = ca.take("sha256").map(|field| sha256(&field)).transpose()?;
            refuse_empty(ca.pointer(), rule.ca_uri.is_none() && rule.ca_sha256.is_none())?;
        }
        refuse_empty(object.pointer(), rule.is_empty())?;
        Ok(rule)
    }

    fn read_san(&mut self, field: Field<'_>) -> Result<SanRule, PolicyError> {
        if let Ok(mut object) = field.clone().object()
            && let Some(san_type) = choice(&mut object, "type", &SAN_TYPES)?
        {
            let value = self.read_match(object.require("match")?)?;
            return Ok(SanRule { san_type: Some(san_type), value });
        }
        Ok(SanRule { san_type: None, value: self.read_match(field)? })
    }

    fn read_issuer(&mut self, field: Field<'_>) -> Result<IssuerRule, PolicyError> {
        if let Ok(mut object) = field.clone().object()
            && object.take("absent").is_some()
        {
            return Ok(IssuerRule::Absent);
        }
        self.read_match(field).map(IssuerRule::Match)
    }

    fn read_claims(&mut self, field: Field<'_>) -> Result<Vec<(&'static str, super::Claim)>, PolicyError> {
        let mut object = field.object()?;
        let mut claims = Vec::new();
        for member in tables::CLAIMS.members {
            if let Some(field) = object.take(member.name) {
                claims.push((member.name, self.read_claim(field)?));
            }
        }
        refuse_empty(object.pointer(), claims.is_empty())?;
        Ok(claims)
    }

    fn read_extension(&mut self, oid: String, field: Field<'_>) -> Result<ExtensionRule, PolicyError> {
        let oid_content = der::parse_dotted(&oid)
            .map_err(|_| PolicyError::malformed(&field.pointer, "expected a dotted object identifier"))?;
        let mut object = field.object()?;
        let value = if let Some(field) = object.take("raw") {
            ExtensionValue::Raw(field.bytes()?)
        } else if let Some(field) = object.take("der") {
            ExtensionValue::Der(der_element(&field)?)
        } else {
            ExtensionValue::Utf8(self.read_match(object.require("utf8")?)?)
        };
        Ok(ExtensionRule { oid, oid_content, value })
    }
}

fn read_key_rule(field: Field<'_>) -> Result<KeyRule, PolicyError> {
    let mut object = field.object()?;
    let usage = object.take("usage").map(|field| field.text()).transpose()?;
    let ids = texts(&mut object, "ids")?.unwrap_or_default();
    Ok(KeyRule { ids, usage })
}

fn sha256(field: &Field<'_>) -> Result<Digest, PolicyError> {
    Digest::from_hex(HashAlgorithm::Sha256, &field.text()?)
        .map_err(|_| PolicyError::malformed(&field.pointer, "expected lower-case hex of 32 bytes"))
}

/// A whole commit; an abbreviated one would never be equal to any.
fn commit(field: &Field<'_>) -> Result<String, PolicyError> {
    let text = field.text()?;
    if !matches!(text.len(), 40 | 64) {
        return Err(PolicyError::malformed(&field.pointer, "expected 40 or 64 hex digits"));
    }
    Ok(text)
}

fn der_element(field: &Field<'_>) -> Result<Vec<u8>, PolicyError> {
    let bytes = field.bytes()?;
    der::check(&bytes, DER_DEPTH)
        .map_err(|_| PolicyError::malformed(&field.pointer, "expected base64 of one DER element"))?;
    Ok(bytes)
}

/// A rule without members would hold for everybody.
fn refuse_empty(pointer: &str, is_empty: bool) -> Result<(), PolicyError> {
    if is_empty { Err(PolicyError::malformed(pointer, "expected at least one member")) } else { Ok(()) }
}
