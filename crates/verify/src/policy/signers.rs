//! Who may sign: the tree of the `signers` member and the leaves of `deny`.

use alloc::{boxed::Box, string::String, vec::Vec};

use cretula_crypto::Digest;
use cretula_pki::SanType;

use super::pattern::{Claim, Match};

/// A node of the signers tree; at most `policy-depth` levels and `policy-nodes` nodes.
#[derive(Debug, Clone)]
pub enum Node {
    /// All hold; not empty.
    All(Vec<Self>),
    /// At least one holds; not empty.
    Any(Vec<Self>),
    /// A rule about the signer.
    Leaf(Leaf),
    /// It does not hold.
    Not(Box<Self>),
}

/// A rule about the signer, and where it stands.
#[derive(Debug, Clone)]
pub struct Leaf {
    /// RFC 6901 pointer in the policy.
    pub pointer: String,
    /// The rule.
    pub rule: SignerRule,
}

/// A rule about the signer.
#[derive(Debug, Clone)]
pub enum SignerRule {
    /// The signer has such a certificate.
    Certificate(Box<CertificateRule>),
    /// The signer is such a managed key.
    Key(KeyRule),
}

/// What a certificate says; all members hold, and there is at least one.
#[derive(Debug, Clone, Default)]
pub struct CertificateRule {
    /// Subject alternative name (I01, I02).
    pub san: Option<SanRule>,
    /// OIDC issuer (I03).
    pub issuer: Option<IssuerRule>,
    /// Fulcio claims by name (I04).
    pub claims: Vec<(&'static str, Claim)>,
    /// Extensions (I04).
    pub extensions: Vec<ExtensionRule>,
    /// URI of the CA instance (I08).
    pub ca_uri: Option<String>,
    /// SHA-256 of the anchor certificate (I08).
    pub ca_sha256: Option<Digest>,
}

/// What the subject alternative name is.
#[derive(Debug, Clone)]
pub struct SanRule {
    /// Its type, if the policy demands one.
    pub san_type: Option<SanType>,
    /// Its value.
    pub value: Match,
}

/// What the issuer is.
#[derive(Debug, Clone)]
pub enum IssuerRule {
    /// There is none.
    Absent,
    /// It matches.
    Match(Match),
}

/// What an extension is.
#[derive(Debug, Clone)]
pub struct ExtensionRule {
    /// Object identifier, dotted.
    pub oid: String,
    /// Content octets of the object identifier.
    pub oid_content: Vec<u8>,
    /// Its value.
    pub value: ExtensionValue,
}

/// What the value of an extension is.
#[derive(Debug, Clone)]
pub enum ExtensionValue {
    /// One DER element with these bytes.
    Der(Vec<u8>),
    /// These bytes.
    Raw(Vec<u8>),
    /// A text: a DER UTF8String; of the Fulcio extensions 1 to 6, the value itself.
    Utf8(Match),
}

/// A managed key.
#[derive(Debug, Clone)]
pub struct KeyRule {
    /// Ids that the caller gave with the key that verified; one of them. Not empty.
    pub ids: Vec<String>,
    /// Usage that the caller gave with that key.
    pub usage: Option<String>,
}

/// An entry of `deny`.
#[derive(Debug, Clone)]
pub enum Denied {
    /// SHA-256 of the signing certificate.
    CertificateSha256(Digest),
    /// Any id under which the verifying key is given.
    KeyId(String),
    /// A signer.
    Leaf(Leaf),
    /// Commit, lower-case hex of 20 or 32 bytes.
    SourceCommit(String),
}

/// Claims that bind together with an issuer.
const BINDING_CLAIMS: [&str; 6] = [
    "sourceRepositoryUri",
    "sourceRepositoryId",
    "sourceRepositoryOwnerUri",
    "sourceRepositoryOwnerId",
    "buildSignerUri",
    "tokenSubject",
];

impl Node {
    /// Whether nobody is admitted who is not named (I05): negation never binds, alternatives bind only all together.
    ///
    /// Recursion: as deep as limit `policy-depth`, which the reader has enforced.
    #[must_use]
    pub fn is_bound(&self) -> bool {
        match self {
            Self::All(nodes) => nodes.iter().any(Self::is_bound),
            Self::Any(nodes) => nodes.iter().all(Self::is_bound),
            Self::Leaf(leaf) => leaf.is_bound(),
            Self::Not(_) => false,
        }
    }

    /// All leaves, and whether a `not` stands above them; in document order.
    #[must_use]
    pub fn leaves(&self) -> Vec<(&Leaf, bool)> {
        let mut leaves = Vec::new();
        let mut pending = Vec::from([(self, false)]);
        while let Some((node, negated)) = pending.pop() {
            match node {
                Self::All(nodes) | Self::Any(nodes) => {
                    pending.extend(nodes.iter().rev().map(|node| (node, negated)));
                }
                Self::Leaf(leaf) => leaves.push((leaf, negated)),
                Self::Not(node) => pending.push((node, true)),
            }
        }
        leaves
    }
}

impl Leaf {
    /// Whether the rule names its signer (I05).
    #[must_use]
    pub fn is_bound(&self) -> bool {
        match &self.rule {
            SignerRule::Certificate(rule) => rule.is_bound(),
            SignerRule::Key(rule) => !rule.ids.is_empty(),
        }
    }

    /// The rule about a certificate.
    #[must_use]
    pub fn certificate(&self) -> Option<&CertificateRule> {
        match &self.rule {
            SignerRule::Certificate(rule) => Some(rule),
            SignerRule::Key(_) => None,
        }
    }
}

impl CertificateRule {
    /// Name and issuer, name and pinned anchor, or issuer and a claim that names a repository, owner, builder or
    /// subject; each by a match with a literal character.
    fn is_bound(&self) -> bool {
        let san = self.san.as_ref().is_some_and(|san| san.value.has_literal());
        let issuer = matches!(&self.issuer, Some(IssuerRule::Match(issuer)) if issuer.has_literal());
        let claim = self.claims.iter().any(|(name, claim)| {
            BINDING_CLAIMS.contains(name) && matches!(claim, Claim::Match(value) if value.has_literal())
        });
        (san && (issuer || self.ca_sha256.is_some())) || (issuer && claim)
    }

    /// Whether no member is written.
    pub(super) fn is_empty(&self) -> bool {
        self.san.is_none()
            && self.issuer.is_none()
            && self.claims.is_empty()
            && self.extensions.is_empty()
            && self.ca_uri.is_none()
            && self.ca_sha256.is_none()
    }
}
