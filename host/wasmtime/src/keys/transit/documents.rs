//! What the transit engine says and wants to hear.

use cretula_encoding::{base64, json, pem};
use pkcs8::EncodePublicKey as _;
use serde::Serialize;

use crate::keys::{KeyAlgorithm, KeyError};

/// Certificates of a chain that are read; the module takes 4.
const MAX_CERTIFICATES: usize = 8;

/// A key has a member for each of its versions.
const LIMITS: json::JsonLimits =
    json::JsonLimits { max_depth: 8, max_members: 4096, max_string_bytes: 256 * 1024 };

/// One version of a key.
struct Version {
    number: u64,
    public_key: String,
    certificate_chain: String,
}

/// Reply to `GET MOUNT/keys/KEY`.
pub(super) struct KeyDocument {
    pub(super) latest_version: u64,
    kind: String,
    /// 0: every version that is there.
    first_signing_version: u64,
    derived: bool,
    versions: Vec<Version>,
}

impl KeyDocument {
    /// # Errors
    /// [`KeyError::Other`] for another document.
    pub(super) fn parse(reply: &[u8]) -> Result<Self, KeyError> {
        let document = json::parse(reply, &LIMITS).map_err(|_| malformed())?;
        document.member("data").and_then(|data| Self::read(&data)).ok_or_else(malformed)
    }

    fn read(data: &json::Value<'_>) -> Option<Self> {
        let number = |name| data.member(name)?.as_number()?.parse().ok();
        Some(Self {
            latest_version: number("latest_version")?,
            kind: text(data, "type")?,
            first_signing_version: number("min_encryption_version").unwrap_or(0),
            derived: data.member("derived").and_then(|value| value.as_bool()).unwrap_or(false),
            versions: data.member("keys")?.members()?.map(Version::read).collect::<Option<_>>()?,
        })
    }

    /// The algorithm of a type of keys. RSA always signs as PKCS#1 v1.5, as its reader expects.
    ///
    /// # Errors
    /// [`KeyError::Unsupported`] for types that do not sign, or not with an algorithm that Cretula signs with.
    pub(super) fn algorithm(&self) -> Result<KeyAlgorithm, KeyError> {
        if self.derived {
            return Err(KeyError::unsupported("a key of the transit engine with derivation"));
        }
        match self.kind.as_str() {
            "ecdsa-p256" => Ok(KeyAlgorithm::EcdsaP256),
            "ecdsa-p384" => Ok(KeyAlgorithm::EcdsaP384),
            "ecdsa-p521" => Ok(KeyAlgorithm::EcdsaP521),
            "ed25519" => Ok(KeyAlgorithm::Ed25519),
            "rsa-3072" => Ok(KeyAlgorithm::RsaPkcs1v15With3072),
            "rsa-4096" => Ok(KeyAlgorithm::RsaPkcs1v15With4096),
            "rsa-2048" => Err(KeyError::unsupported("RSA keys sign with 3072 or 4096 bits")),
            _ => Err(KeyError::unsupported("a key of the transit engine that does not sign")),
        }
    }

    /// SubjectPublicKeyInfo of a version, DER.
    ///
    /// # Errors
    /// [`KeyError::Other`] if it is not there or cannot be read.
    pub(super) fn spki(&self, version: u64) -> Result<Vec<u8>, KeyError> {
        let text = &self.version(version).ok_or_else(malformed)?.public_key;
        if self.kind == "ed25519" {
            return ed25519_spki(text).ok_or_else(malformed);
        }
        let block = pem::parse_block(text.as_bytes(), &["PUBLIC KEY"]);
        block.map(|block| block.der).map_err(|_| malformed())
    }

    /// Certificates that were stored with a version, DER; none is common.
    ///
    /// # Errors
    /// [`KeyError::Other`] if there is a chain that cannot be read (K7).
    pub(super) fn certificate_chain(&self, version: u64) -> Result<Vec<Vec<u8>>, KeyError> {
        let text = &self.version(version).ok_or_else(malformed)?.certificate_chain;
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let blocks = pem::parse_blocks(text.as_bytes(), MAX_CERTIFICATES).map_err(|_| malformed())?;
        let certificate = |block: pem::PemBlock| (block.label == "CERTIFICATE").then_some(block.der);
        blocks.into_iter().map(certificate).collect::<Option<_>>().ok_or_else(malformed)
    }

    /// Whether this version is there, may sign, and still has this public half.
    pub(super) fn signs_with(&self, version: u64, spki: &[u8]) -> bool {
        version >= self.first_signing_version && self.spki(version).is_ok_and(|present| present == spki)
    }

    fn version(&self, number: u64) -> Option<&Version> {
        self.versions.iter().find(|version| version.number == number)
    }
}

impl Version {
    fn read((number, value): (std::borrow::Cow<'_, str>, json::Value<'_>)) -> Option<Self> {
        // Keys that only encrypt have a time in place of an object; they are refused by their type.
        Some(Self {
            number: number.parse().ok()?,
            public_key: text(&value, "public_key").unwrap_or_default(),
            certificate_chain: text(&value, "certificate_chain").unwrap_or_default(),
        })
    }
}

fn text(value: &json::Value<'_>, name: &str) -> Option<String> {
    Some(value.member(name)?.as_text()?.into_owned())
}

fn malformed() -> KeyError {
    KeyError::other("the transit engine's reply is not one of its documents")
}

/// The engine writes the 32 octets of the point as base64.
fn ed25519_spki(text: &str) -> Option<Vec<u8>> {
    let octets = base64::decode(text.trim_ascii()).ok()?;
    let key = ed25519_dalek::VerifyingKey::from_bytes(octets.as_slice().try_into().ok()?).ok()?;
    Some(key.to_public_key_der().ok()?.into_vec())
}

/// Body of `POST MOUNT/sign/KEY`. Nothing is left to the engine's defaults.
#[derive(Serialize)]
pub(super) struct SignRequest {
    input: String,
    prehashed: bool,
    key_version: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    hash_algorithm: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    marshaling_algorithm: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature_algorithm: Option<&'static str>,
}

impl SignRequest {
    /// `input` is the digest; for Ed25519 the message.
    pub(super) fn new(algorithm: KeyAlgorithm, input: &[u8], key_version: u64) -> Self {
        let hash_algorithm = match algorithm {
            KeyAlgorithm::EcdsaP384 => Some("sha2-384"),
            KeyAlgorithm::EcdsaP521 | KeyAlgorithm::Ed25519Ph => Some("sha2-512"),
            KeyAlgorithm::Ed25519 => None,
            KeyAlgorithm::EcdsaP256
            | KeyAlgorithm::RsaPkcs1v15With3072
            | KeyAlgorithm::RsaPkcs1v15With4096
            | KeyAlgorithm::RsaPssWith3072
            | KeyAlgorithm::RsaPssWith4096 => Some("sha2-256"),
        };
        let rsa = algorithm.name().starts_with("PKIX_RSA_PKCS1V15");
        Self {
            input: base64::encode(input),
            prehashed: hash_algorithm.is_some(),
            key_version,
            hash_algorithm,
            marshaling_algorithm: (algorithm.encoding() == "der").then_some("asn1"),
            signature_algorithm: rsa.then_some("pkcs1v15"),
        }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        // Serializing texts and numbers cannot fail.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// Version and bytes of `vault:v<N>:<base64>`.
///
/// # Errors
/// [`KeyError::Other`] for another document.
pub(super) fn parse_signature(reply: &[u8]) -> Result<(u64, Vec<u8>), KeyError> {
    let document = json::parse(reply, &LIMITS).map_err(|_| malformed())?;
    let signature = document.member("data").and_then(|data| text(&data, "signature"));
    signature.and_then(|signature| split(&signature)).ok_or_else(malformed)
}

fn split(signature: &str) -> Option<(u64, Vec<u8>)> {
    let (version, bytes) = signature.strip_prefix("vault:v")?.split_once(':')?;
    let number: u64 = version.parse().ok()?;
    let bytes = base64::decode(bytes).ok()?;
    // "01" and "+1" are not how the engine writes a version.
    (number.to_string() == version).then_some((number, bytes))
}
