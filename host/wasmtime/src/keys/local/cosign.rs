//! cosign's encrypted key file: PEM around JSON around NaCl's secretbox of PKCS#8, with scrypt.
//!
//! The form is that of `go-securesystemslib/encrypted`. Only small crates of RustCrypto are needed for it.

use cretula_encoding::{base64, json, pem};
use crypto_secretbox::{
    KeyInit as _, XSalsa20Poly1305,
    aead::{Aead as _, generic_array::GenericArray},
};
use serde::Serialize;
use zeroize::Zeroizing;

use super::LocalKeyError;
use crate::keys::Secret;

/// What cosign writes since version 2.
pub(super) const LABEL: &str = "ENCRYPTED SIGSTORE PRIVATE KEY";
/// What cosign wrote before.
pub(super) const OLD_LABEL: &str = "ENCRYPTED COSIGN PRIVATE KEY";

/// What cosign writes: N, r, p.
const COST: Cost = Cost { log_n: 16, r: 8, p: 1 };
/// Greatest cost that is paid before a passphrase is known to be right.
const MAX_LOG_N: u8 = 20;
const MAX_R_TIMES_P: u32 = 64;
/// Stricter: scrypt takes 128·N·r bytes, 8 GiB at N = 2²⁰ and r = 64; more than 1 GiB is refused.
const MAX_N_TIMES_R: u32 = 1 << 23;

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
const SALT_BYTES: usize = 32;

const LIMITS: json::JsonLimits =
    json::JsonLimits { max_depth: 8, max_members: 16, max_string_bytes: 64 * 1024 };

/// Parameters of scrypt (RFC 7914 §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cost {
    log_n: u8,
    r: u32,
    p: u32,
}

impl Cost {
    /// Checked before any work.
    fn new(n: u32, r: u32, p: u32) -> Result<Self, LocalKeyError> {
        let log_n = n.checked_ilog2().and_then(|log| u8::try_from(log).ok());
        let log_n = log_n.filter(|_| n.is_power_of_two() && n > 1).ok_or(LocalKeyError::Decrypt)?;
        let affordable = log_n <= MAX_LOG_N
            && r.checked_mul(p).is_some_and(|product| product <= MAX_R_TIMES_P)
            && n.checked_mul(r).is_some_and(|product| product <= MAX_N_TIMES_R);
        if affordable { Ok(Self { log_n, r, p }) } else { Err(LocalKeyError::Cost) }
    }

    fn derive(self, passphrase: &Secret, salt: &[u8]) -> Result<Zeroizing<[u8; KEY_BYTES]>, LocalKeyError> {
        let parameters =
            scrypt::Params::new(self.log_n, self.r, self.p).map_err(|_| LocalKeyError::Decrypt)?;
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        scrypt::scrypt(passphrase.expose(), salt, &parameters, key.as_mut())
            .map_err(|_| LocalKeyError::Decrypt)?;
        Ok(key)
    }
}

/// The content of the file.
struct Sealed {
    cost: Cost,
    salt: Vec<u8>,
    nonce: [u8; NONCE_BYTES],
    ciphertext: Vec<u8>,
}

/// PKCS#8 from a file. A wrong passphrase and a damaged file look the same.
///
/// # Errors
/// [`LocalKeyError::Cost`], [`LocalKeyError::Decrypt`].
pub(super) fn decrypt(block: &[u8], passphrase: &Secret) -> Result<Zeroizing<Vec<u8>>, LocalKeyError> {
    let body = pem::parse_block(block, &[LABEL, OLD_LABEL]).map_err(|_| LocalKeyError::Decrypt)?.der;
    let sealed = parse(&body)?;
    let key = sealed.cost.derive(passphrase, &sealed.salt)?;
    let opened = cipher(&key).decrypt(GenericArray::from_slice(&sealed.nonce), sealed.ciphertext.as_slice());
    opened.map(Zeroizing::new).map_err(|_| LocalKeyError::Decrypt)
}

fn cipher(key: &[u8; KEY_BYTES]) -> XSalsa20Poly1305 {
    XSalsa20Poly1305::new(GenericArray::from_slice(key))
}

fn parse(body: &[u8]) -> Result<Sealed, LocalKeyError> {
    let document = json::parse(body, &LIMITS).map_err(|_| LocalKeyError::Decrypt)?;
    let cost = parse_cost(&document)?;
    read(&document, cost).ok_or(LocalKeyError::Decrypt)
}

fn parse_cost(document: &json::Value<'_>) -> Result<Cost, LocalKeyError> {
    let parameters = document.member("kdf").and_then(|kdf| kdf.member("params"));
    let number = |name| parameters.and_then(|all| all.member(name)?.as_number()?.parse::<u64>().ok());
    let [Some(n), Some(r), Some(p)] = ["N", "r", "p"].map(number) else { return Err(LocalKeyError::Decrypt) };
    // What does not fit 32 bits costs too much in any case.
    let small = |number: u64| u32::try_from(number).map_err(|_| LocalKeyError::Cost);
    Cost::new(small(n)?, small(r)?, small(p)?)
}

fn read(document: &json::Value<'_>, cost: Cost) -> Option<Sealed> {
    let (kdf, cipher) = (document.member("kdf")?, document.member("cipher")?);
    let named = |value: &json::Value<'_>, name| Some(value.member("name")?.as_text()? == name);
    if !named(&kdf, "scrypt")? || !named(&cipher, "nacl/secretbox")? {
        return None;
    }
    let bytes = |value: &json::Value<'_>, name| base64::decode(&value.member(name)?.as_text()?).ok();
    let nonce = bytes(&cipher, "nonce")?.try_into().ok()?;
    Some(Sealed { cost, salt: bytes(&kdf, "salt")?, nonce, ciphertext: bytes(document, "ciphertext")? })
}

#[derive(Serialize)]
struct Document<'a> {
    kdf: Kdf<'a>,
    cipher: Cipher<'a>,
    ciphertext: &'a str,
}

#[derive(Serialize)]
struct Kdf<'a> {
    name: &'a str,
    params: Params,
    salt: &'a str,
}

#[derive(Serialize)]
struct Params {
    #[serde(rename = "N")]
    n: u32,
    r: u32,
    p: u32,
}

#[derive(Serialize)]
struct Cipher<'a> {
    name: &'a str,
    nonce: &'a str,
}

/// The file, as cosign writes it.
///
/// # Errors
/// [`LocalKeyError::Random`].
pub(super) fn encrypt(pkcs8: &[u8], passphrase: &Secret) -> Result<String, LocalKeyError> {
    let mut salt = [0; SALT_BYTES];
    let mut nonce = [0; NONCE_BYTES];
    getrandom::fill(&mut salt).map_err(|_| LocalKeyError::Random)?;
    getrandom::fill(&mut nonce).map_err(|_| LocalKeyError::Random)?;
    let key = COST.derive(passphrase, &salt)?;
    let sealed = cipher(&key).encrypt(GenericArray::from_slice(&nonce), pkcs8);
    let ciphertext = sealed.map_err(|_| LocalKeyError::Format)?;
    Ok(pem::encode(LABEL, document(&salt, &nonce, &ciphertext).as_bytes()))
}

fn document(salt: &[u8], nonce: &[u8], ciphertext: &[u8]) -> String {
    let document = Document {
        kdf: Kdf {
            name: "scrypt",
            params: Params { n: 1_u32 << COST.log_n, r: COST.r, p: COST.p },
            salt: &base64::encode(salt),
        },
        cipher: Cipher { name: "nacl/secretbox", nonce: &base64::encode(nonce) },
        ciphertext: &base64::encode(ciphertext),
    };
    // Serializing texts and numbers cannot fail.
    serde_json::to_string(&document).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_at_their_limits() {
        let accepted = [(1 << 20, 8, 1), (1 << 17, 64, 1), (1 << 16, 8, 8), (1 << 15, 8, 1), (2, 1, 64)];
        for (n, r, p) in accepted {
            assert!(Cost::new(n, r, p).is_ok(), "{n} {r} {p}");
        }
        let dear = [(1 << 21, 1, 1), (1 << 20, 9, 1), (1 << 16, 65, 1), (1 << 16, 8, 9), (2, u32::MAX, 2)];
        for (n, r, p) in dear {
            assert_eq!(Cost::new(n, r, p), Err(LocalKeyError::Cost), "{n} {r} {p}");
        }
        for n in [0, 1, 3, 65_535] {
            assert_eq!(Cost::new(n, 8, 1), Err(LocalKeyError::Decrypt), "{n}");
        }
    }
}
