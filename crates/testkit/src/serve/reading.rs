//! What services read in requests: JSON members, keys, signatures.

use cretula_crypto::{
    Checker, Message, RustCrypto, SignatureCheck, SignatureEncoding, SignatureScheme, VerificationKey,
};
use cretula_encoding::json::{self, Value};
use cretula_encoding::limits::Limits;
use cretula_encoding::{base64, pem};
use cretula_pki::Certificate;

use crate::rekor_v1::EntryKey;

/// A JSON document; strings may be long, as envelopes are.
pub(super) fn document(body: &[u8]) -> Option<Value<'_>> {
    let limits = json::JsonLimits { max_depth: 32, max_members: 4096, max_string_bytes: 32 << 20 };
    json::parse(body, &limits).ok()
}

/// The value at a path of members such as `a/b`.
pub(super) fn at<'a>(value: &Value<'a>, path: &str) -> Option<Value<'a>> {
    path.split('/').try_fold(*value, |value, name| value.member(name))
}

/// The string there.
pub(super) fn text(value: &Value<'_>, path: &str) -> Option<String> {
    Some(at(value, path)?.as_text()?.into_owned())
}

/// The bytes there, in base64.
pub(super) fn bytes(value: &Value<'_>, path: &str) -> Option<Vec<u8>> {
    base64::decode(&text(value, path)?).ok()
}

/// The key that an entry names.
pub(super) fn key(named: &EntryKey) -> Option<VerificationKey> {
    match named {
        EntryKey::Certificate(der) => {
            let certificate = Certificate::parse(der, &Limits::default()).ok()?;
            certificate.key().ok().cloned()
        }
        EntryKey::PublicKey(der) => VerificationKey::parse_spki(der).ok(),
    }
}

/// A certificate or key in PEM.
pub(super) fn named_key(text: &[u8]) -> Option<EntryKey> {
    let block = pem::parse_block(text, &["CERTIFICATE", "PUBLIC KEY"]).ok()?;
    match block.label.as_str() {
        "CERTIFICATE" => Some(EntryKey::Certificate(block.der)),
        _ => Some(EntryKey::PublicKey(block.der)),
    }
}

/// Whether a DER signature verifies.
pub(super) fn verifies(
    key: &VerificationKey,
    scheme: SignatureScheme,
    message: Message<'_>,
    signature: &[u8],
) -> bool {
    let encoding = SignatureEncoding::Der;
    let check = SignatureCheck { key, scheme, encoding, message, signature };
    Checker::new(&RustCrypto, 8).verify(&check).is_ok()
}
