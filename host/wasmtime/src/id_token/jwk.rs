//! One JSON Web Key as a verification key (RFC 7517 §4, RFC 7518 §6, RFC 8037 §2).

use cretula_crypto::VerificationKey;
use cretula_encoding::der::{self, Tag};
use cretula_encoding::json::Value;

use super::algorithm::Algorithm;
use super::compact::decode;
use super::roca;

/// A key that can verify tokens, and the one algorithm it does that with.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) algorithm: Algorithm,
    pub(super) key: VerificationKey,
}

/// Why a key of a set is never used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnusedKey {
    /// `alg` names another algorithm than the one of such keys.
    Algorithm,
    /// `kty` or `crv` is none of RSA, P-256, P-384, Ed25519.
    Kind,
    /// Its numbers are no acceptable key: base64url, leading zeros, point not on the curve, RSA below 2048 or above 8192
    /// bits, even or small exponent.
    Numbers,
    /// `use` or `key_ops` says that it is not for signatures.
    Purpose,
    /// A modulus of the weak generator of CVE-2017-15361.
    Weak,
}

/// OIDs, DER: id-ecPublicKey (RFC 5480 §2.1.1), secp256r1, secp384r1.
const EC_PUBLIC_KEY: &[u8] = &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const P256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22];

impl Key {
    /// Rule J21, and the algorithm of rule J4.
    pub(super) fn read(jwk: &Value<'_>) -> Result<Self, UnusedKey> {
        let text = |name: &str| jwk.member(name).and_then(|value| value.as_text());
        if !is_for_signatures(jwk) {
            return Err(UnusedKey::Purpose);
        }
        let key = match (text("kty").as_deref(), text("crv").as_deref()) {
            (Some("EC"), Some("P-256")) => point(jwk, P256, 32)?,
            (Some("EC"), Some("P-384")) => point(jwk, P384, 48)?,
            (Some("OKP"), Some("Ed25519")) => {
                VerificationKey::parse_ed25519(&bytes(jwk, "x")?).map_err(|_| UnusedKey::Numbers)?
            }
            (Some("RSA"), None) => rsa(jwk)?,
            _ => return Err(UnusedKey::Kind),
        };
        let algorithm = Algorithm::of_key(key.kind()).ok_or(UnusedKey::Kind)?;
        match jwk.member("alg") {
            Some(_) if text("alg").as_deref() != Some(algorithm.name()) => Err(UnusedKey::Algorithm),
            _ => Ok(Self { algorithm, key }),
        }
    }
}

/// `use` is `sig` and `key_ops` has `verify`, where they are there (RFC 7517 §4.2, §4.3).
fn is_for_signatures(jwk: &Value<'_>) -> bool {
    let is = |value: Value<'_>, wanted: &str| value.as_text().as_deref() == Some(wanted);
    let has_verify =
        |value: Value<'_>| value.elements().is_some_and(|mut list| list.any(|item| is(item, "verify")));
    jwk.member("use").is_none_or(|value| is(value, "sig")) && jwk.member("key_ops").is_none_or(has_verify)
}

fn bytes(jwk: &Value<'_>, name: &str) -> Result<Vec<u8>, UnusedKey> {
    let text = jwk.member(name).and_then(|value| value.as_text()).ok_or(UnusedKey::Numbers)?;
    decode(&text).map_err(|_| UnusedKey::Numbers)
}

/// Coordinates have the width of the field (RFC 7518 §6.2.1.2).
fn point(jwk: &Value<'_>, curve: &[u8], width: usize) -> Result<VerificationKey, UnusedKey> {
    let (x, y) = (bytes(jwk, "x")?, bytes(jwk, "y")?);
    if x.len() != width || y.len() != width {
        return Err(UnusedKey::Numbers);
    }
    let algorithm = der::encode(Tag::SEQUENCE, &[EC_PUBLIC_KEY, curve]);
    let point = der::encode(Tag::BIT_STRING, &[&[0, 4], &x, &y]);
    let spki = der::encode(Tag::SEQUENCE, &[&algorithm, &point]);
    VerificationKey::parse_spki(&spki).map_err(|_| UnusedKey::Numbers)
}

/// Numbers are as short as possible (RFC 7518 §2, §6.3.1).
fn rsa(jwk: &Value<'_>) -> Result<VerificationKey, UnusedKey> {
    let (modulus, exponent) = (bytes(jwk, "n")?, bytes(jwk, "e")?);
    let is_minimal = |number: &[u8]| number.first().is_some_and(|digit| *digit != 0);
    if !is_minimal(&modulus) || !is_minimal(&exponent) {
        return Err(UnusedKey::Numbers);
    }
    let pkcs1 = der::encode(Tag::SEQUENCE, &[&integer(&modulus), &integer(&exponent)]);
    let key = VerificationKey::parse_pkcs1(&pkcs1).map_err(|_| UnusedKey::Numbers)?;
    if roca::is_weak(&modulus) { Err(UnusedKey::Weak) } else { Ok(key) }
}

/// INTEGER of a positive number without leading zeros.
fn integer(number: &[u8]) -> Vec<u8> {
    let sign: &[u8] = if number.first().is_some_and(|digit| *digit >= 0x80) { &[0] } else { &[] };
    der::encode(Tag::INTEGER, &[sign, number])
}
