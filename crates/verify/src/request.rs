//! The inputs of one verification: everything the verifier may know.

use alloc::{collections::BTreeMap, string::String, vec::Vec};
use cretula_crypto::{Digest, HashAlgorithm, KeyDetails, SignatureEncoding, VerificationKey};
use cretula_encoding::{
    limits::Limits,
    time::{Time, TimeRange},
};

/// One call: a bundle, the artifacts it should be about, what to trust, and what to demand.
#[derive(Debug, Clone)]
pub struct Request {
    /// Exactly one bundle, JSON.
    pub bundle: Vec<u8>,
    /// Trusted roots, JSON; each is tried alone.
    pub roots: Vec<Vec<u8>>,
    /// The only keys that verify `publicKey` bundles.
    pub keys: Vec<ManagedKey>,
    /// Policy document, JSON.
    pub policy: Vec<u8>,
    /// What the caller has.
    pub artifacts: Vec<Artifact>,
    /// The rest.
    pub options: Options,
}

/// Optional inputs.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Present time in Unix seconds; only M03, time mode `current` and ages read it.
    pub now: Option<Time>,
    /// Bounds in force.
    pub limits: Limits,
    /// What the caller put into its own timestamp request, or has beside the bundle.
    pub expect: Expectations,
}

/// Values that evidence must carry if they are given.
#[derive(Debug, Clone, Default)]
pub struct Expectations {
    /// Nonce of the timestamp request: magnitude bytes, big-endian.
    pub nonce: Option<Vec<u8>>,
    /// Policy OID of the timestamp authority, dotted.
    pub tsa_policy: Option<String>,
    /// DER GeneralName of the timestamp authority.
    pub tsa_name: Option<Vec<u8>>,
    /// A TLS-encoded SCT delivered beside the certificate.
    pub detached_sct: Option<Vec<u8>>,
}

/// A verification key that the caller vouches for.
#[derive(Debug, Clone)]
pub struct ManagedKey {
    /// Name under which the caller knows it; empty: any hint.
    pub id: String,
    /// The key.
    pub key: VerificationKey,
    /// Registered scheme; `None`: the default of the key type.
    pub details: Option<KeyDetails>,
    /// Form of its ECDSA signatures.
    pub encoding: SignatureEncoding,
    /// What the key is for, compared with a policy leaf's `usage`.
    pub usage: Option<String>,
    /// When it may have signed.
    pub valid_for: Option<TimeRange>,
}

/// What the caller has: digests that it computed, or the bytes.
#[derive(Debug, Clone, Default)]
pub struct Artifact {
    digests: Vec<Digest>,
    named: BTreeMap<String, String>,
    bytes: Option<Vec<u8>>,
}

impl Artifact {
    /// From bytes: all SHA-2 digests are computed.
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        let all = [HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512];
        let digests = all.map(|algorithm| algorithm.digest(&[&bytes])).to_vec();
        Self { digests, named: BTreeMap::new(), bytes: Some(bytes) }
    }

    /// From digests that the caller computed; at most one per algorithm.
    #[must_use]
    pub fn from_digests(digests: impl IntoIterator<Item = Digest>) -> Self {
        let mut artifact = Self::default();
        for digest in digests {
            if artifact.digest(digest.algorithm()).is_none() {
                artifact.digests.push(digest);
            }
        }
        artifact
    }

    /// Adds a digest under a name that is no SHA-2 algorithm (`gitCommit`, a vendor id): compared as text, and only if
    /// the policy lists the name.
    #[must_use]
    pub fn with_named(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.named.insert(name.into(), value.into());
        self
    }

    /// The digest of this algorithm, if known.
    #[must_use]
    pub fn digest(&self, algorithm: HashAlgorithm) -> Option<&Digest> {
        self.digests.iter().find(|digest| digest.algorithm() == algorithm)
    }

    /// The bytes, if given.
    #[must_use]
    pub fn bytes(&self) -> Option<&[u8]> {
        self.bytes.as_deref()
    }

    /// All digests: algorithm name, value as text.
    #[must_use]
    pub fn entries(&self) -> BTreeMap<String, String> {
        let mut entries = self.named.clone();
        for digest in &self.digests {
            entries
                .insert(digest.algorithm().name().into(), cretula_encoding::hex::encode(digest.as_bytes()));
        }
        entries
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.digests.is_empty() && self.named.is_empty()
    }
}
