//! The inputs of one verification: everything the verifier may know.

use crate::refusal::Failure;
use alloc::{collections::BTreeMap, string::String, vec::Vec};
use cretula_crypto::{Digest, HashAlgorithm, KeyDetails, KeyError, SignatureEncoding, VerificationKey};
use cretula_encoding::{
    der, hex,
    limits::{LimitError, Limits},
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

impl Options {
    /// Sets a limit by its name.
    ///
    /// # Errors
    /// `input/limit-cap` above the hard cap, `input/unknown-member` for another name.
    pub fn set_limit(&mut self, name: &str, value: u64) -> Result<(), Failure> {
        self.limits.set(name, value).map_err(|error| match error {
            LimitError::AboveCap => Failure::new("input/limit-cap", "above the hard cap of this limit"),
            LimitError::Unknown => Failure::new("input/unknown-member", "no limit has this name"),
        })
    }

    /// Sets the present time.
    ///
    /// # Errors
    /// `input/number` after the year 9999.
    pub fn set_now(&mut self, secs: u64) -> Result<(), Failure> {
        let time = Time::from_secs(secs);
        self.now = Some(
            time.ok_or_else(|| Failure::new("input/number", "expected Unix seconds before year 10000"))?,
        );
        Ok(())
    }
}

impl Expectations {
    /// Sets the nonce from lower-case hex.
    ///
    /// # Errors
    /// `input/type`.
    pub fn set_nonce(&mut self, text: &str) -> Result<(), Failure> {
        let nonce = hex::decode(text).map_err(|_| Failure::new("input/type", "expected lower-case hex"))?;
        self.nonce = Some(nonce);
        Ok(())
    }

    /// Sets the policy of the timestamp authority from dotted decimal.
    ///
    /// # Errors
    /// `input/type`.
    pub fn set_tsa_policy(&mut self, text: &str) -> Result<(), Failure> {
        der::parse_dotted(text)
            .map_err(|_| Failure::new("input/type", "expected a dotted object identifier"))?;
        self.tsa_policy = Some(text.into());
        Ok(())
    }
}

/// A managed key as documents write it.
#[derive(Debug, Clone, Copy)]
pub struct ManagedKeyParts<'a> {
    /// See [`ManagedKey::id`].
    pub id: &'a str,
    /// SubjectPublicKeyInfo, DER; RSAPublicKey for `PKCS1_RSA_PKCS1V5`.
    pub key: &'a [u8],
    /// Name of the Sigstore registry.
    pub key_details: Option<&'a str>,
    /// `der` or `p1363`.
    pub encoding: Option<&'a str>,
    /// See [`ManagedKey::usage`].
    pub usage: Option<&'a str>,
    /// See [`ManagedKey::valid_for`].
    pub valid_for: Option<TimeRange>,
}

impl ManagedKey {
    /// Parses and checks a key.
    ///
    /// # Errors
    /// `input/key` for a key that is not supported or not of the kind that `key_details` names, `input/type` for
    /// another encoding or a window that ends before it starts.
    pub fn parse(parts: &ManagedKeyParts<'_>) -> Result<Self, Failure> {
        let details = parts.key_details.map(parse_details).transpose()?;
        let key = match details.is_some_and(KeyDetails::is_pkcs1) {
            true => VerificationKey::parse_pkcs1(parts.key),
            false => VerificationKey::parse_spki(parts.key),
        }
        .map_err(key_failure)?;
        if details.is_some_and(|details| !details.fits(&key)) {
            return Err(Failure::new("input/key", "the key is not of the kind that keyDetails names"));
        }
        let encoding = match parts.encoding {
            None | Some("der") => SignatureEncoding::Der,
            Some("p1363") => SignatureEncoding::P1363,
            Some(_) => return Err(Failure::new("input/type", "expected der or p1363")),
        };
        if parts
            .valid_for
            .is_some_and(|range| matches!((range.start, range.end), (Some(start), Some(end)) if end < start))
        {
            return Err(Failure::new("input/type", "the window ends before it starts"));
        }
        let usage = parts.usage.map(Into::into);
        Ok(Self { id: parts.id.into(), key, details, encoding, usage, valid_for: parts.valid_for })
    }
}

fn parse_details(name: &str) -> Result<KeyDetails, Failure> {
    let expected = "expected a supported keyDetails name, such as PKIX_ECDSA_P256_SHA_256";
    KeyDetails::from_name(name).ok_or_else(|| Failure::new("input/key", expected))
}

fn key_failure(error: KeyError) -> Failure {
    let detail = match error {
        KeyError::Der => "expected a SubjectPublicKeyInfo in strict DER",
        KeyError::Point => "the point is not on the curve, or not uncompressed",
        KeyError::Rsa => {
            "an RSA key needs an odd modulus of 2048 to 8192 bits and an odd exponent of 3 or more"
        }
        KeyError::Unsupported | _ => "expected ECDSA P-256, P-384 or P-521, Ed25519, or RSA",
    };
    Failure::new("input/key", detail)
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

    /// From pairs of algorithm name and value; names other than SHA-2 are kept as text.
    ///
    /// # Errors
    /// `input/digest` for no pair, a name given twice, or a SHA-2 value that is not lower-case hex of the right length.
    pub fn from_entries<'a>(entries: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Failure> {
        let mut artifact = Self::default();
        for (name, value) in entries {
            if artifact.entries().contains_key(name) {
                return Err(Failure::new("input/digest", "each algorithm at most once"));
            }
            let Some(algorithm) = HashAlgorithm::from_name(name) else {
                artifact = artifact.with_named(name, value);
                continue;
            };
            let expected = "expected lower-case hex of the length of the algorithm";
            let digest =
                Digest::from_hex(algorithm, value).map_err(|_| Failure::new("input/digest", expected))?;
            artifact.digests.push(digest);
        }
        if artifact.is_empty() {
            return Err(Failure::new("input/digest", "expected at least one digest"));
        }
        Ok(artifact)
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
