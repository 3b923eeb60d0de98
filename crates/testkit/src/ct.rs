//! A certificate transparency log: its promises, embedded or detached.

use cretula_crypto::{HashAlgorithm, SignatureScheme};
use cretula_tlog::spki_id;

use crate::json::Json;
use crate::log::{LogKey, log_json};
use crate::seed::Seed;
use crate::signing_key::{Algorithm, SigningKey};
use crate::window::Window;

/// A CT log.
#[derive(Debug, Clone)]
pub struct CtLog {
    /// Key and instance.
    pub log: LogKey,
}

/// What a CT log signs.
#[derive(Debug, Clone)]
pub struct SctInput {
    /// Milliseconds since 1970.
    pub timestamp: u64,
    /// SHA-256 of the issuer's SPKI and the precertificate's TBS, or the leaf for a detached promise.
    pub entry: SctEntry,
    /// Extensions, opaque.
    pub extensions: Vec<u8>,
}

/// Subject of a promise.
#[derive(Debug, Clone)]
pub enum SctEntry {
    /// Embedded: issuer key hash and TBS without the list.
    Precertificate {
        /// SHA-256 of the SPKI.
        issuer_key_hash: Vec<u8>,
        /// TBSCertificate, DER.
        tbs: Vec<u8>,
    },
    /// Detached: the whole leaf.
    Certificate(Vec<u8>),
}

/// A signed certificate timestamp before it is written.
#[derive(Debug, Clone)]
pub struct Sct {
    /// 0.
    pub version: u8,
    /// 32 bytes.
    pub log_id: Vec<u8>,
    /// Milliseconds since 1970.
    pub timestamp: u64,
    /// Extensions, opaque.
    pub extensions: Vec<u8>,
    /// 4 is SHA-256.
    pub hash: u8,
    /// 1 is RSA, 3 ECDSA.
    pub signature_algorithm: u8,
    /// Signature.
    pub signature: Vec<u8>,
}

impl CtLog {
    /// A log of this operator.
    #[must_use]
    pub fn new(seed: &Seed, operator: &str, algorithm: Algorithm, from: u64) -> Self {
        let key = SigningKey::derive(seed, &format!("ct {operator}"), algorithm);
        let id = spki_id(&key.verification_key()).full_id().to_vec();
        let log = LogKey {
            operator: Some(operator.into()),
            base_url: format!("https://ct.{operator}/2026"),
            window: Some(Window::from(from)),
            id,
            key,
        };
        Self { log }
    }

    /// Signs a promise.
    #[must_use]
    pub fn sign(&self, input: &SctInput) -> Sct {
        let scheme = match self.log.key.algorithm() {
            Algorithm::Rsa(_) => SignatureScheme::RsaPkcs1(HashAlgorithm::Sha256),
            _ => SignatureScheme::Ecdsa(HashAlgorithm::Sha256),
        };
        Sct {
            version: 0,
            log_id: self.log.id.clone(),
            timestamp: input.timestamp,
            extensions: input.extensions.clone(),
            hash: 4,
            signature_algorithm: if matches!(scheme, SignatureScheme::RsaPkcs1(_)) { 1 } else { 3 },
            signature: self.log.key.sign(scheme, &input.encode()),
        }
    }

    pub(crate) fn to_json(&self) -> Json {
        log_json(&self.log)
    }
}

impl SctInput {
    /// RFC 6962 §3.2, `digitally-signed`.
    fn encode(&self) -> Vec<u8> {
        let entry = match &self.entry {
            SctEntry::Precertificate { issuer_key_hash, tbs } => {
                [&[0, 1], issuer_key_hash.as_slice(), &length(3, tbs), tbs].concat()
            }
            SctEntry::Certificate(leaf) => [&[0, 0], length(3, leaf).as_slice(), leaf].concat(),
        };
        [&[0, 0], &self.timestamp.to_be_bytes()[..], &entry, &length(2, &self.extensions), &self.extensions]
            .concat()
    }
}

impl Sct {
    /// RFC 6962 §3.2, `SignedCertificateTimestamp`.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        [
            &[self.version],
            self.log_id.as_slice(),
            &self.timestamp.to_be_bytes(),
            &length(2, &self.extensions),
            &self.extensions,
            &[self.hash, self.signature_algorithm],
            &length(2, &self.signature),
            &self.signature,
        ]
        .concat()
    }
}

/// Value of the extension: OCTET STRING of the TLS list.
pub(crate) fn sct_list(scts: &[Vec<u8>]) -> Vec<u8> {
    let elements: Vec<u8> = scts.iter().flat_map(|sct| [length(2, sct), sct.clone()].concat()).collect();
    crate::asn1::octets(&[length(2, &elements), elements].concat())
}

/// The length of `of` in `octets` octets.
fn length(octets: usize, of: &[u8]) -> Vec<u8> {
    let bytes = u64::try_from(of.len()).expect("a length").to_be_bytes();
    bytes[8 - octets..].to_vec()
}
