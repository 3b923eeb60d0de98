//! Reading the vectors themselves: trusted files, into types.
use cretula_encoding::{base64, pem};
use cretula_pki::Certificate;
use serde::{Deserialize, de::DeserializeOwned};

use cretula_crypto::{Checker, RustCrypto, VerificationKey};
use cretula_encoding::limits::Limits;

use crate::FormatCase;

/// Signature checks of one vector: far more than any needs.
pub(crate) const CHECKS: u32 = 4096;

/// A checker with the production arithmetic.
pub(crate) fn checker() -> Checker<'static> {
    Checker::new(&RustCrypto, CHECKS)
}

/// JSON of a vector or of its expectations.
#[expect(clippy::disallowed_methods, reason = "vectors and manifest are trusted and outside the module")]
pub(crate) fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    serde_json::from_slice(bytes).map_err(|error| format!("unreadable vector: {error}"))
}

/// The expectations of a case.
pub(crate) fn expects<T: DeserializeOwned>(case: &FormatCase) -> Result<T, String> {
    json(&case.expects)
}

/// Base64 text in a vector; `null` is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Option<String>")]
pub(crate) struct Base64(pub(crate) Vec<u8>);

impl TryFrom<Option<String>> for Base64 {
    type Error = String;

    fn try_from(text: Option<String>) -> Result<Self, String> {
        base64::decode(&text.unwrap_or_default()).map(Self).map_err(|error| error.to_string())
    }
}

/// Hexadecimal text in a vector.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Hex(pub(crate) Vec<u8>);

impl TryFrom<String> for Hex {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        cretula_encoding::hex::decode(&text).map(Self).map_err(|error| error.to_string())
    }
}

/// A public key that the harness uses; it has to be readable.
pub(crate) fn public_key(text: &[u8]) -> Result<VerificationKey, String> {
    let block = pem::parse_block(text, &["PUBLIC KEY"]).map_err(|error| format!("key: {error}"))?;
    VerificationKey::parse_spki(&block.der).map_err(|error| format!("key: {error:?}"))
}

/// Certificates of a PEM text, each parsed or refused by itself.
pub(crate) fn certificates(
    text: &[u8],
    limits: &Limits,
) -> Result<Vec<Result<Certificate, cretula_pki::Error>>, String> {
    let blocks = pem::parse_blocks(text, 64).map_err(|error| format!("certificates: {error}"))?;
    Ok(blocks.iter().map(|block| Certificate::parse(&block.der, limits)).collect())
}
