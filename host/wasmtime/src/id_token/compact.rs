//! The compact form and its header (RFC 7515).

use cretula_encoding::base64;
use cretula_encoding::json::{self, JsonLimits, Kind, Value};
use zeroize::Zeroizing;

use super::algorithm::Algorithm;
use super::error::{Rule, TokenError};
use super::secret::MAX_TOKEN_BYTES;

/// Longest key id, in bytes.
const MAX_KEY_ID_BYTES: usize = 128;

/// Bounds of header and claims.
pub(super) const LIMITS: JsonLimits =
    JsonLimits { max_depth: 8, max_members: 256, max_string_bytes: MAX_TOKEN_BYTES };

/// Headers that bring or name a key, or that change what the others mean (RFC 7515 §4.1, RFC 7797 §3).
const FORBIDDEN: [&str; 6] = ["crit", "jku", "jwk", "x5u", "x5c", "b64"];

/// A token in its three parts, decoded. Nothing is verified.
pub(super) struct Compact<'a> {
    /// What is signed: header and payload as they came.
    pub(super) signed: &'a str,
    pub(super) header: Header,
    pub(super) payload: Zeroizing<Vec<u8>>,
    pub(super) signature: Vec<u8>,
}

/// What is read of a header.
pub(super) struct Header {
    pub(super) algorithm: Algorithm,
    pub(super) key_id: String,
}

impl<'a> Compact<'a> {
    /// Rules J1 to J8.
    pub(super) fn parse(text: &'a str) -> Result<Self, TokenError> {
        let wrong = || TokenError::new(Rule::J1, "three parts with two dots between, at most 8192 bytes");
        if text.len() > MAX_TOKEN_BYTES || text.bytes().filter(|byte| *byte == b'.').count() != 2 {
            return Err(wrong());
        }
        let (signed, signature) = text.rsplit_once('.').ok_or_else(wrong)?;
        let (header, payload) = signed.split_once('.').ok_or_else(wrong)?;
        let header = Header::parse(&decode(header)?)?;
        let payload = Zeroizing::new(decode(payload)?);
        Ok(Self { signed, header, payload, signature: decode(signature)? })
    }

    /// The claims: an object (rule J3).
    pub(super) fn claims(&self) -> Result<Value<'_>, TokenError> {
        object(&self.payload)
    }
}

/// Base64url without padding, unused bits zero (RFC 7515 §2, RFC 4648 §3.5).
pub(super) fn decode(part: &str) -> Result<Vec<u8>, TokenError> {
    let wrong = || TokenError::new(Rule::J2, "strict base64url without padding");
    let is_url_safe = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !part.bytes().all(is_url_safe) {
        return Err(wrong());
    }
    base64::decode_lenient(part).map_err(|_| wrong())
}

/// Strict JSON, an object at the top.
pub(super) fn object(text: &[u8]) -> Result<Value<'_>, TokenError> {
    let wrong = || TokenError::new(Rule::J3, "a strict JSON object");
    let value = json::parse(text, &LIMITS).map_err(|_| wrong())?;
    if value.kind() == Kind::Object { Ok(value) } else { Err(wrong()) }
}

impl Header {
    fn parse(text: &[u8]) -> Result<Self, TokenError> {
        let header = object(text)?;
        let is_there = |name: &str| header.members().into_iter().flatten().any(|(found, _)| found == name);
        if let Some(name) = FORBIDDEN.into_iter().find(|name| is_there(name)) {
            return Err(TokenError::of_claim(Rule::J6, name, "this header is refused"));
        }
        let text = |name: &str| header.member(name).and_then(|value| value.as_text());
        let algorithm = text("alg").as_deref().and_then(Algorithm::from_name);
        let algorithm = algorithm.ok_or_else(|| {
            TokenError::of_claim(Rule::J5, "alg", "RS256, ES256, ES384 or EdDSA, spelled so")
        })?;
        if is_there("typ") && text("typ").as_deref() != Some("JWT") {
            return Err(TokenError::of_claim(Rule::J7, "typ", "absent or JWT"));
        }
        let key_id = text("kid").filter(|kid| (1..=MAX_KEY_ID_BYTES).contains(&kid.len()));
        let key_id =
            key_id.ok_or_else(|| TokenError::of_claim(Rule::J8, "kid", "a text of 1 to 128 bytes"))?;
        Ok(Self { algorithm, key_id: key_id.into_owned() })
    }
}
