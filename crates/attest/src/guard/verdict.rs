//! `cretula/guard/v1`: what a message is that may be signed. The host writes its audit event from it.
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use cretula_crypto::HashAlgorithm;
use cretula_encoding::json::Tree;

use super::{MessageKind, Signed};

/// The `schema` member of a verdict.
pub const GUARD_SCHEMA: &str = "cretula/guard/v1";

/// A message that may be signed. Only [`super::check`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    signed: Signed,
    content: Option<AttestedContent>,
}

/// What a statement says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttestedContent {
    pub(super) payload_sha256: String,
    pub(super) predicate_type: String,
    pub(super) subjects: Vec<String>,
    pub(super) builder_id: Option<String>,
}

impl Verdict {
    pub(super) fn new(kind: MessageKind, message: &[u8], spki: &[u8]) -> Self {
        let sha256 = |bytes: &[u8]| HashAlgorithm::Sha256.digest(&[bytes]).to_hex();
        Self { signed: Signed { kind, sha256: sha256(message), key: sha256(spki) }, content: None }
    }

    pub(super) fn attestation(message: &[u8], spki: &[u8], content: AttestedContent) -> Self {
        Self { content: Some(content), ..Self::new(MessageKind::Attestation, message, spki) }
    }

    /// Kind of the message.
    #[must_use]
    pub const fn kind(&self) -> MessageKind {
        self.signed.kind
    }

    /// SHA-256 of the message, in hex.
    #[must_use]
    pub fn message_sha256(&self) -> &str {
        &self.signed.sha256
    }

    /// What the statement says, if the message is one.
    #[must_use]
    pub const fn content(&self) -> Option<&AttestedContent> {
        self.content.as_ref()
    }

    /// The entry that the host adds to [`super::Authorisation::signed`] once it has signed.
    #[must_use]
    pub const fn signed(&self) -> &Signed {
        &self.signed
    }

    /// The document `cretula/guard/v1`.
    #[must_use]
    pub fn to_document(&self) -> Vec<u8> {
        let mut document = Tree::object();
        document.set("schema", GUARD_SCHEMA).set("kind", self.signed.kind.name());
        document.set("messageSha256", self.signed.sha256.as_str()).set("key", self.signed.key.as_str());
        if let Some(content) = &self.content {
            let subjects = content.subjects.iter().map(|subject| Tree::from(subject.as_str()));
            document.set("payloadSha256", content.payload_sha256.as_str());
            document.set("predicateType", content.predicate_type.as_str());
            document.set("subjects", subjects.collect::<Vec<Tree>>());
            document.set_some("builderId", content.builder_id.as_deref());
        }
        document.encode()
    }
}

impl AttestedContent {
    /// SHA-256 of the payload, in hex.
    #[must_use]
    pub fn payload_sha256(&self) -> &str {
        &self.payload_sha256
    }

    /// `predicateType`.
    #[must_use]
    pub fn predicate_type(&self) -> &str {
        &self.predicate_type
    }

    /// One digest of each subject: SHA-256 where there is one.
    pub fn subjects(&self) -> impl ExactSizeIterator<Item = &str> {
        self.subjects.iter().map(String::as_str)
    }

    /// `builder.id` of provenance.
    #[must_use]
    pub fn builder_id(&self) -> Option<&str> {
        self.builder_id.as_deref()
    }
}

/// SHA-256 if there is one, else the first digest.
pub(super) fn shown_digest(digests: &[(&str, &str)]) -> String {
    let sha256 = digests.iter().find(|(name, _)| *name == "sha256");
    sha256.or(digests.first()).map_or("", |(_, value)| value).to_string()
}
