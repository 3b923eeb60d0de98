//! What the logs of every kind share: key, ids, and their place in the trusted root.

use cretula_crypto::{KeyDetails, SignatureScheme};

use crate::json::Json;
use crate::note::NoteLine;
use crate::signing_key::SigningKey;
use crate::window::Window;

/// One key of a log, as a trusted root lists it.
#[derive(Debug, Clone)]
pub struct LogKey {
    /// Who runs the log.
    pub operator: Option<String>,
    /// URL.
    pub base_url: String,
    /// When the key is in use.
    pub window: Option<Window>,
    /// `logId.keyId`.
    pub id: Vec<u8>,
    /// The key.
    pub key: SigningKey,
}

impl LogKey {
    /// URL without scheme.
    #[must_use]
    pub fn name(&self) -> &str {
        self.base_url.trim_start_matches("https://").trim_end_matches('/')
    }

    /// The line of this log under a text; `key_id` is that of its generation.
    pub(crate) fn line(&self, text: &str, key_id: [u8; 4]) -> NoteLine {
        let signature = self.key.sign(note_scheme(&self.key), text.as_bytes());
        NoteLine { name: self.name().into(), key_id, signature }
    }
}

/// Notes are signed over SHA-256, or without a hash (C2SP signed-note).
pub(crate) fn note_scheme(key: &SigningKey) -> SignatureScheme {
    cretula_tlog::note_scheme(&key.verification_key()).expect("a key of a log")
}

/// The registry's name of a key with its usual scheme.
pub(crate) fn key_details(key: &SigningKey, scheme: SignatureScheme) -> &'static str {
    KeyDetails::for_key(key.verification_key().kind(), scheme).expect("a registered combination").name()
}

/// A member of `tlogs` or `ctlogs`.
pub(crate) fn log_json(log: &LogKey) -> Json {
    let mut public_key = Json::object([
        ("rawBytes", Json::bytes(&log.key.spki())),
        ("keyDetails", Json::text(key_details(&log.key, log.key.scheme()))),
    ]);
    if let Some(window) = &log.window {
        public_key.set("/validFor", window.to_json());
    }
    let mut instance = Json::object([
        ("baseUrl", Json::text(&log.base_url)),
        ("hashAlgorithm", Json::text("SHA2_256")),
        ("publicKey", public_key),
        ("logId", Json::object([("keyId", Json::bytes(&log.id))])),
    ]);
    if let Some(operator) = &log.operator {
        instance.set("/operator", Json::text(operator));
    }
    instance
}
