//! JSON Web Key Sets of issuers (RFC 7517 §5).

use std::collections::BTreeMap;
use std::fmt;

use cretula_crypto::{Checker, Message, RustCrypto, SignatureCheck, SignatureEncoding};
use cretula_encoding::json::{self, JsonLimits, Value};

use super::algorithm::Algorithm;
use super::compact::Compact;
use super::error::{Rule, TokenError};
use super::jwk::{Key, UnusedKey};

/// Longest key set, in bytes.
pub const MAX_KEY_SET_BYTES: usize = 64 << 10;
/// Most keys of a set.
const MAX_KEYS: usize = 128;
const LIMITS: JsonLimits = JsonLimits { max_depth: 8, max_members: 256, max_string_bytes: MAX_KEY_SET_BYTES };
/// Members of private and symmetric keys (RFC 7518 §6).
const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "k"];
/// One verification of any kind of key; see [`Checker`].
const CHECKS: u32 = 8;

/// The keys of one issuer, by their ids.
#[derive(Debug, Clone)]
pub struct Jwks {
    keys: BTreeMap<String, Result<Key, UnusedKey>>,
}

/// Why a key set is refused as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeySetError {
    /// Two keys have the same id (rule J20).
    DuplicateKeyId,
    /// Not strict JSON.
    Json,
    /// A private or symmetric key: whoever read it can make tokens.
    PrivateKey,
    /// No list of objects under `keys`, an id that is no text, or more than 128 keys.
    Shape,
    /// More than 64 KiB.
    TooLarge,
}

impl fmt::Display for KeySetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DuplicateKeyId => "two keys of the set have the same id",
            Self::Json => "the key set is not strict JSON",
            Self::PrivateKey => "the key set discloses a private or symmetric key",
            Self::Shape => "the key set is no object with a list of at most 128 keys",
            Self::TooLarge => "the key set has more than 64 KiB",
        })
    }
}

impl std::error::Error for KeySetError {}

impl Jwks {
    /// Reads a key set. Keys that cannot verify tokens are kept as unused, with the reason; those without an id are left
    /// out, because nothing can name them.
    ///
    /// # Errors
    /// See [`KeySetError`].
    pub fn parse(text: &[u8]) -> Result<Self, KeySetError> {
        if text.len() > MAX_KEY_SET_BYTES {
            return Err(KeySetError::TooLarge);
        }
        let document = json::parse(text, &LIMITS).map_err(|_| KeySetError::Json)?;
        let list = document.member("keys").and_then(|keys| keys.elements()).ok_or(KeySetError::Shape)?;
        let mut keys = BTreeMap::new();
        for (index, jwk) in list.enumerate() {
            let is_object = jwk.members().is_some();
            if !is_object || index >= MAX_KEYS {
                return Err(KeySetError::Shape);
            }
            if PRIVATE.iter().any(|name| jwk.member(name).is_some()) {
                return Err(KeySetError::PrivateKey);
            }
            let Some(key_id) = key_id(&jwk)? else { continue };
            if keys.insert(key_id, Key::read(&jwk)).is_some() {
                return Err(KeySetError::DuplicateKeyId);
            }
        }
        Ok(Self { keys })
    }

    /// Whether a key of this id can verify tokens.
    #[must_use]
    pub fn has_key(&self, key_id: &str) -> bool {
        self.keys.get(key_id).is_some_and(Result::is_ok)
    }

    /// Keys that are never used, for the operator.
    pub fn unused(&self) -> impl Iterator<Item = (&str, UnusedKey)> {
        self.keys.iter().filter_map(|(id, key)| Some((id.as_str(), *key.as_ref().err()?)))
    }

    /// Verifies a compact JWS with the key that its header names and returns the payload, whatever it is.
    ///
    /// # Errors
    /// Rules J1 to J8 and J27. An unknown key and a wrong signature give the same error after the same work.
    pub fn verify_jws(&self, text: &str) -> Result<Vec<u8>, TokenError> {
        let compact = Compact::parse(text)?;
        self.verify(&compact)?;
        Ok(compact.payload.to_vec())
    }

    pub(super) fn verify(&self, token: &Compact<'_>) -> Result<(), TokenError> {
        let named = self.keys.get(&token.header.key_id).and_then(|key| key.as_ref().ok());
        if named.is_some_and(|key| key.algorithm != token.header.algorithm) {
            return Err(TokenError::of_claim(Rule::J4, "alg", "the algorithm of the key"));
        }
        let is_signed = named.or_else(|| self.stand_in(token.header.algorithm)).is_some_and(|key| {
            let check = SignatureCheck {
                key: &key.key,
                scheme: key.algorithm.scheme(),
                encoding: SignatureEncoding::P1363,
                message: Message::Parts(&[token.signed.as_bytes()]),
                signature: &token.signature,
            };
            Checker::new(&RustCrypto, CHECKS).verify(&check).is_ok()
        });
        if named.is_some() && is_signed {
            return Ok(());
        }
        Err(TokenError::new(Rule::J27, "signed by a key of the issuer"))
    }

    /// A key with which the signature of an unknown one is checked, so that both take the same time.
    fn stand_in(&self, algorithm: Algorithm) -> Option<&Key> {
        self.keys.values().filter_map(|key| key.as_ref().ok()).find(|key| key.algorithm == algorithm)
    }
}

fn key_id(jwk: &Value<'_>) -> Result<Option<String>, KeySetError> {
    let Some(value) = jwk.member("kid") else { return Ok(None) };
    value.as_text().map(|text| Some(text.into_owned())).ok_or(KeySetError::Shape)
}

/// Key sets by issuer.
#[derive(Debug, Clone, Default)]
pub struct KeySets(BTreeMap<String, std::sync::Arc<Jwks>>);

impl KeySets {
    /// Sets the keys of an issuer.
    #[must_use]
    pub fn with(mut self, issuer: &str, keys: impl Into<std::sync::Arc<Jwks>>) -> Self {
        self.0.insert(issuer.to_owned(), keys.into());
        self
    }

    /// The keys of exactly this issuer.
    #[must_use]
    pub fn of_issuer(&self, issuer: &str) -> Option<&Jwks> {
        self.0.get(issuer).map(std::convert::AsRef::as_ref)
    }
}
