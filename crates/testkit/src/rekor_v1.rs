//! A Rekor v1 log: entry bodies, promises, and checkpoints of a shard.

use cretula_crypto::{Digest, HashAlgorithm};
use cretula_encoding::{base64, pem};
use cretula_tlog::{SignedEntryTimestamp, signed_entry_timestamp_payload, spki_id};

use crate::json::Json;
use crate::log::{LogKey, log_json};
use crate::note::NoteLine;
use crate::seed::Seed;
use crate::signing_key::{Algorithm, SigningKey};
use crate::window::Window;

/// A Rekor v1 log with one shard.
#[derive(Debug, Clone)]
pub struct RekorV1 {
    /// Key and instance.
    pub log: LogKey,
    /// Id of the tree of the shard.
    pub tree_id: u64,
    /// Entries of earlier shards: global indices count them too.
    pub shard_offset: u64,
}

/// With what an entry says its signature verifies.
#[derive(Debug, Clone)]
pub enum EntryKey {
    /// Certificate, DER.
    Certificate(Vec<u8>),
    /// SubjectPublicKeyInfo, DER.
    PublicKey(Vec<u8>),
}

impl EntryKey {
    /// PEM, as entries of v1 hold it.
    #[must_use]
    pub fn pem(&self) -> String {
        match self {
            Self::Certificate(der) => pem::encode("CERTIFICATE", der),
            Self::PublicKey(der) => pem::encode("PUBLIC KEY", der),
        }
    }
}

impl RekorV1 {
    /// A log of this operator.
    #[must_use]
    pub fn new(seed: &Seed, operator: &str, algorithm: Algorithm, from: u64) -> Self {
        let key = SigningKey::derive(seed, &format!("rekor v1 {operator}"), algorithm);
        let id = spki_id(&key.verification_key()).full_id().to_vec();
        let log = LogKey {
            operator: Some(operator.into()),
            base_url: format!("https://rekor.{operator}"),
            window: Some(Window::from(from)),
            id,
            key,
        };
        Self { log, tree_id: 1_193_050_959_916_656_506, shard_offset: 4_163_431 }
    }

    /// First line of its checkpoints.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("{} - {}", self.log.name(), self.tree_id)
    }

    /// Signs a checkpoint text.
    #[must_use]
    pub fn checkpoint_line(&self, text: &str) -> NoteLine {
        self.log.line(text, spki_id(&self.log.key.verification_key()).key_id())
    }

    /// The promise to include an entry.
    #[must_use]
    pub fn promise(&self, entry: &SignedEntryTimestamp<'_>) -> Vec<u8> {
        self.log.key.sign(self.log.key.scheme(), &signed_entry_timestamp_payload(entry))
    }

    pub(crate) fn to_json(&self) -> Json {
        log_json(&self.log)
    }
}

/// `hashedrekord` 0.0.1.
#[must_use]
pub fn hashedrekord_body(digest: &Digest, signature: &[u8], key: &EntryKey) -> Json {
    let hash = Json::object([
        ("algorithm", Json::text(digest.algorithm().name())),
        ("value", Json::text(digest.to_hex())),
    ]);
    let public_key = Json::object([("content", Json::bytes(key.pem().as_bytes()))]);
    let signature = Json::object([("content", Json::bytes(signature)), ("publicKey", public_key)]);
    let spec = Json::object([("data", Json::object([("hash", hash)])), ("signature", signature)]);
    body("0.0.1", "hashedrekord", spec)
}

/// `dsse` 0.0.1.
#[must_use]
pub fn dsse_body(payload: &[u8], signature: &[u8], key: &EntryKey) -> Json {
    let signed = Json::object([
        ("signature", Json::bytes(signature)),
        ("verifier", Json::bytes(key.pem().as_bytes())),
    ]);
    let spec = Json::object([
        ("envelopeHash", sha256_json(b"the envelope as it was uploaded")),
        ("payloadHash", sha256_json(payload)),
        ("signatures", Json::List(vec![signed])),
    ]);
    body("0.0.1", "dsse", spec)
}

/// `intoto` 0.0.2.
#[must_use]
pub fn intoto_body(payload_type: &str, payload: &[u8], signature: &[u8], key: &EntryKey) -> Json {
    let signed = Json::object([
        ("publicKey", Json::bytes(key.pem().as_bytes())),
        ("sig", Json::bytes(base64::encode(signature).as_bytes())),
    ]);
    let envelope =
        Json::object([("payloadType", Json::text(payload_type)), ("signatures", Json::List(vec![signed]))]);
    let content = Json::object([
        ("envelope", envelope),
        ("hash", sha256_json(b"the envelope as it was uploaded")),
        ("payloadHash", sha256_json(payload)),
    ]);
    body("0.0.2", "intoto", Json::object([("content", content)]))
}

pub(crate) fn body(version: &str, kind: &str, spec: Json) -> Json {
    Json::object([("apiVersion", Json::text(version)), ("kind", Json::text(kind)), ("spec", spec)])
}

fn sha256_json(bytes: &[u8]) -> Json {
    let value = HashAlgorithm::Sha256.digest(&[bytes]).to_hex();
    Json::object([("algorithm", Json::text("sha256")), ("value", Json::text(value))])
}
