//! A Rekor v2 log: entry bodies, and checkpoints named after the log.

use cretula_crypto::{Digest, HashAlgorithm};
use cretula_tlog::c2sp_id;

use crate::json::Json;
use crate::log::{LogKey, log_json};
use crate::note::NoteLine;
use crate::rekor_v1::{EntryKey, body};
use crate::seed::Seed;
use crate::signing_key::{Algorithm, SigningKey};
use crate::window::Window;

/// A Rekor v2 log.
#[derive(Debug, Clone)]
pub struct RekorV2 {
    /// Key and instance.
    pub log: LogKey,
}

impl RekorV2 {
    /// A log of this operator.
    ///
    /// # Panics
    /// For kinds of keys that do not sign notes.
    #[must_use]
    pub fn new(seed: &Seed, operator: &str, algorithm: Algorithm, from: u64) -> Self {
        let key = SigningKey::derive(seed, &format!("rekor v2 {operator}"), algorithm);
        let name = format!("log2026.{operator}");
        let id = c2sp_id(&name, &key.verification_key()).expect("a key of a log").full_id().to_vec();
        let log = LogKey {
            operator: Some(operator.into()),
            base_url: format!("https://{name}"),
            window: Some(Window::from(from)),
            id,
            key,
        };
        Self { log }
    }

    /// First line of its checkpoints.
    #[must_use]
    pub fn origin(&self) -> String {
        self.log.name().into()
    }

    /// Signs a checkpoint text.
    ///
    /// # Panics
    /// For kinds of keys that do not sign notes.
    #[must_use]
    pub fn checkpoint_line(&self, text: &str) -> NoteLine {
        let id = c2sp_id(self.log.name(), &self.log.key.verification_key()).expect("a key of a log");
        self.log.line(text, id.key_id())
    }

    pub(crate) fn to_json(&self) -> Json {
        log_json(&self.log)
    }
}

/// The member `verifier`.
fn verifier(key: &EntryKey, details: &str) -> Json {
    let (member, der) = match key {
        EntryKey::Certificate(der) => ("x509Certificate", der),
        EntryKey::PublicKey(der) => ("publicKey", der),
    };
    let raw = Json::object([("rawBytes", Json::bytes(der))]);
    Json::object([("keyDetails", Json::text(details)), (member, raw)])
}

/// `hashedrekord` 0.0.2; `details` is the registry's name of key and scheme.
#[must_use]
pub fn hashedrekord_v2_body(digest: &Digest, signature: &[u8], key: &EntryKey, details: &str) -> Json {
    let data = Json::object([
        ("algorithm", Json::text(digest.algorithm().sigstore_name())),
        ("digest", Json::bytes(digest.as_bytes())),
    ]);
    let signature = Json::object([("content", Json::bytes(signature)), ("verifier", verifier(key, details))]);
    let record = Json::object([("data", data), ("signature", signature)]);
    body("0.0.2", "hashedrekord", Json::object([("hashedRekordV002", record)]))
}

/// `dsse` 0.0.2, which was withdrawn.
#[must_use]
pub fn dsse_v2_body(payload: &[u8], signature: &[u8], key: &EntryKey, details: &str) -> Json {
    let digest = HashAlgorithm::Sha256.digest(&[payload]);
    let hash =
        Json::object([("algorithm", Json::text("SHA2_256")), ("digest", Json::bytes(digest.as_bytes()))]);
    let signed = Json::object([("content", Json::bytes(signature)), ("verifier", verifier(key, details))]);
    let record = Json::object([("payloadHash", hash), ("signatures", Json::List(vec![signed]))]);
    body("0.0.2", "dsse", Json::object([("dsseV002", record)]))
}
