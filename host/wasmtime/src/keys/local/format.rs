//! From the bytes of a file to a key.

use pkcs8::{AssociatedOid as _, PrivateKeyInfoRef, SecretDocument, der::Decode as _};

use super::{LocalKeyError, Material, cosign};
use crate::keys::{KeyAlgorithm, Secret};

/// The labels of PEM files, in the order in which they are looked for.
#[derive(Clone, Copy)]
enum Label {
    Cosign,
    Pkcs8,
    Sec1,
    Refused(&'static str),
}

const LABELS: &[(&str, Label)] = &[
    (cosign::LABEL, Label::Cosign),
    (cosign::OLD_LABEL, Label::Cosign),
    ("PRIVATE KEY", Label::Pkcs8),
    ("EC PRIVATE KEY", Label::Sec1),
    ("RSA PRIVATE KEY", Label::Refused("PKCS#1: convert it with `openssl pkcs8 -topk8 -nocrypt`")),
    (
        "ENCRYPTED PRIVATE KEY",
        Label::Refused("encrypted PKCS#8: convert it with `openssl pkcs8` or use cosign's form"),
    ),
    ("OPENSSH PRIVATE KEY", Label::Refused("OpenSSH's own form: write PKCS#8 instead")),
    ("PUBLIC KEY", Label::Refused("a public key")),
    ("CERTIFICATE", Label::Refused("a certificate")),
];

/// Reads PEM or, if there is none, PKCS#8 as DER.
///
/// # Errors
/// Those of [`super::LocalKey::parse`].
pub(super) fn parse(
    content: &[u8],
    passphrase: Option<&Secret>,
    algorithm: Option<KeyAlgorithm>,
) -> Result<Material, LocalKeyError> {
    let Some((label, block)) = find_block(content) else {
        return parse_pkcs8(content, algorithm);
    };
    match label {
        Label::Cosign => {
            let passphrase = passphrase.ok_or(LocalKeyError::PassphraseRequired)?;
            parse_pkcs8(&cosign::decrypt(block.as_bytes(), passphrase)?, algorithm)
        }
        Label::Pkcs8 => parse_pkcs8(decode(block)?.as_bytes(), algorithm),
        Label::Sec1 => parse_sec1(decode(block)?.as_bytes(), algorithm),
        Label::Refused(what) => Err(LocalKeyError::Unsupported { what }),
    }
}

/// The text from the first known begin mark; what stands before (`EC PARAMETERS` of openssl, comments) is skipped.
fn find_block(content: &[u8]) -> Option<(Label, &str)> {
    let text = std::str::from_utf8(content).ok()?;
    LABELS.iter().find_map(|(label, kind)| {
        let start = text.find(&format!("-----BEGIN {label}-----"))?;
        Some((*kind, text.get(start..)?.trim_end()))
    })
}

/// The document is zeroed when dropped, as is the decoder's buffer.
fn decode(block: &str) -> Result<SecretDocument, LocalKeyError> {
    SecretDocument::from_pem(block).map(|(_, document)| document).map_err(|_| LocalKeyError::Format)
}

/// PrivateKeyInfo or OneAsymmetricKey (RFC 5208 §5, RFC 5958 §2).
fn parse_pkcs8(der: &[u8], algorithm: Option<KeyAlgorithm>) -> Result<Material, LocalKeyError> {
    let info = PrivateKeyInfoRef::from_der(der).map_err(|_| LocalKeyError::Format)?;
    Material::from_pkcs8(info, algorithm)
}

/// ECPrivateKey (RFC 5915 §3), with its curve.
fn parse_sec1(der: &[u8], algorithm: Option<KeyAlgorithm>) -> Result<Material, LocalKeyError> {
    let key = sec1::EcPrivateKey::from_der(der).map_err(|_| LocalKeyError::Format)?;
    let curve = key.parameters.as_ref().and_then(|parameters| parameters.named_curve());
    match curve.ok_or(LocalKeyError::Unsupported { what: "a curve without a name" })? {
        p256::NistP256::OID => Material::p256(p256::SecretKey::try_from(key), algorithm),
        p384::NistP384::OID => Material::p384(p384::SecretKey::try_from(key), algorithm),
        p521::NistP521::OID => Material::p521(p521::SecretKey::try_from(key), algorithm),
        _ => Err(LocalKeyError::Unsupported { what: "another curve than P-256, P-384 and P-521" }),
    }
}
