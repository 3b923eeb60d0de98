//! ID tokens: made by the issuer, read by Fulcio (RFC 7515, OpenID Connect Core 1.0 §2).

use cretula_crypto::{Checker, Message, RustCrypto, SignatureCheck, SignatureEncoding};
use cretula_encoding::base64;
use cretula_encoding::der::{self, Tag};
use cretula_encoding::json::{Kind, Value};

use crate::json::Json;
use crate::signing_key::{Algorithm, SigningKey};

use super::issuer::{AUDIENCE, Issuer};
use super::reading::{at, document, text};

/// A token before it is signed: a test may bend header, claims and key.
#[derive(Debug, Clone)]
pub struct IdToken {
    /// Header.
    pub header: Json,
    /// Claims.
    pub claims: Json,
    /// What signs it.
    pub key: SigningKey,
}

impl IdToken {
    /// The token in its compact form, signed as its key signs.
    #[must_use]
    pub fn encode(&self) -> String {
        let signed = format!("{}.{}", url_safe(&self.header.encode()), url_safe(&self.claims.encode()));
        let signature = self.key.sign(self.key.scheme(), signed.as_bytes());
        let signature = match self.key.algorithm() {
            Algorithm::P256 => fixed_width(&signature, 32),
            Algorithm::P384 => fixed_width(&signature, 48),
            Algorithm::P521 => fixed_width(&signature, 66),
            Algorithm::Ed25519 | Algorithm::Rsa(_) => signature,
        };
        format!("{signed}.{}", url_safe(&signature))
    }
}

/// Claims of a token that was accepted; numbers and truth values as text, `null` as Go writes it.
#[derive(Debug)]
pub(super) struct Claims(Vec<(String, String)>);

impl Claims {
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(present, _)| present == name).map(|(_, value)| value.as_str())
    }
}

/// The claims, if the token is of this issuer, for this audience, and valid now.
pub(super) fn accept(token: &str, issuer: &Issuer, now: u64) -> Option<Claims> {
    let mut parts = token.splitn(4, '.');
    let (header, claims, signature) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let signed = &token[..token.rfind('.')?];
    let signature = base64::decode_lenient(signature).ok()?;
    let header = base64::decode_lenient(header).ok()?;
    let header = document(&header)?;
    let named = text(&header, "alg")? == issuer.algorithm() && text(&header, "kid")? == issuer.key_id();
    if !named || !is_signed(issuer.key(), signed, &signature) {
        return None;
    }
    let claims = base64::decode_lenient(claims).ok()?;
    let claims = document(&claims)?;
    let known = issuer.provider(&text(&claims, "iss")?).is_some();
    (known && is_for_us(&claims) && is_valid(&claims, now)).then(|| collect(&claims))
}

fn is_signed(key: &SigningKey, signed: &str, signature: &[u8]) -> bool {
    let check = SignatureCheck {
        key: &key.verification_key(),
        scheme: key.scheme(),
        encoding: SignatureEncoding::P1363,
        message: Message::Parts(&[signed.as_bytes()]),
        signature,
    };
    Checker::new(&RustCrypto, 8).verify(&check).is_ok()
}

/// One audience, or a list with it.
fn is_for_us(claims: &Value<'_>) -> bool {
    let Some(audience) = at(claims, "aud") else { return false };
    let is_ours = |value: Value<'_>| value.as_text().is_some_and(|text| text == AUDIENCE);
    is_ours(audience) || audience.elements().is_some_and(|mut list| list.any(is_ours))
}

fn is_valid(claims: &Value<'_>, now: u64) -> bool {
    let time = |name| at(claims, name).and_then(|value| value.as_number()?.parse::<u64>().ok());
    let begun = at(claims, "nbf").is_none() || time("nbf").is_some_and(|begin| begin <= now);
    begun && time("iat").is_some_and(|issued| issued <= now) && time("exp").is_some_and(|end| now < end)
}

fn collect(claims: &Value<'_>) -> Claims {
    let text = |value: Value<'_>| match value.kind() {
        Kind::Null => Some("<nil>".to_string()),
        Kind::Bool | Kind::Number => Some(value.source().to_string()),
        Kind::Text => value.as_text().map(|text| text.into_owned()),
        Kind::List | Kind::Object => None,
    };
    let members = claims.members().into_iter().flatten();
    Claims(members.filter_map(|(name, value)| Some((name.into_owned(), text(value)?))).collect())
}

/// Base64 of URLs without padding (RFC 4648 §5).
pub(super) fn url_safe(bytes: &[u8]) -> String {
    base64::encode(bytes).trim_end_matches('=').replace('+', "-").replace('/', "_")
}

/// r‖s of a DER signature.
fn fixed_width(signature: &[u8], width: usize) -> Vec<u8> {
    let mut reader = der::single(signature, Tag::SEQUENCE).expect("a signature").reader();
    let mut number = || {
        let number = reader.expect(Tag::INTEGER).and_then(|integer| integer.unsigned()).expect("a number");
        let digits: Vec<u8> = number.iter().copied().skip_while(|digit| *digit == 0).collect();
        [vec![0; width - digits.len()], digits].concat()
    };
    [number(), number()].concat()
}
