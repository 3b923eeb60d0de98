//! Members that several body formats share.
use alloc::string::String;
use alloc::vec::Vec;

use cretula_crypto::{Digest, HashAlgorithm, KeyDetails};
use cretula_encoding::fields::{Field, FieldErrorKind, Object};
use cretula_encoding::{base64, pem};

use crate::{EntryVerifier, Error};

/// An object inside an object.
pub(crate) fn object<'a>(parent: &mut Object<'a>, name: &str) -> Result<Object<'a>, Error> {
    Ok(parent.require(name)?.object()?)
}

/// `{"algorithm": …, "value": <hex>}`.
pub(crate) fn digest(field: Field<'_>) -> Result<Digest, Error> {
    let pointer = field.pointer.clone();
    let mut members = field.object()?;
    let algorithm = members.require("algorithm")?.text()?;
    let value = members.require("value")?.text()?;
    HashAlgorithm::from_name(&algorithm)
        .and_then(|algorithm| Digest::from_hex(algorithm, &value).ok())
        .ok_or(Error::BodyDigest(pointer))
}

/// As [`digest`], with SHA-256 only.
pub(crate) fn sha256_digest(field: Field<'_>) -> Result<Digest, Error> {
    let pointer = field.pointer.clone();
    let digest = digest(field)?;
    if digest.algorithm() == HashAlgorithm::Sha256 { Ok(digest) } else { Err(Error::BodyDigest(pointer)) }
}

/// `{"algorithm": "SHA2_256", "digest": <base64>}`.
pub(crate) fn sigstore_sha256_digest(field: Field<'_>) -> Result<Digest, Error> {
    let pointer = field.pointer.clone();
    let mut members = field.object()?;
    let algorithm = members.require("algorithm")?.text()?;
    let value = members.require("digest")?.bytes()?;
    let algorithm =
        HashAlgorithm::from_sigstore_name(&algorithm).filter(|found| *found == HashAlgorithm::Sha256);
    algorithm
        .and_then(|algorithm| Digest::from_bytes(algorithm, &value).ok())
        .ok_or(Error::BodyDigest(pointer))
}

/// Base64 of one PEM block.
pub(crate) fn pem_verifier(field: &Field<'_>) -> Result<EntryVerifier, Error> {
    let text = field.bytes()?;
    let block = pem::parse_block(&text, &["CERTIFICATE", "PUBLIC KEY"]);
    let block = block.map_err(|_| Error::BodyPem(field.pointer.clone()))?;
    match block.label.as_str() {
        "CERTIFICATE" => Ok(EntryVerifier::Certificate(block.der)),
        _ => Ok(EntryVerifier::PublicKey(block.der)),
    }
}

/// Base64 of the base64 text of a signature.
pub(crate) fn twice_encoded(field: &Field<'_>) -> Result<Vec<u8>, Error> {
    let text = field.bytes()?;
    core::str::from_utf8(&text)
        .ok()
        .and_then(|text| base64::decode(text).ok())
        .ok_or_else(|| Error::BodyField(field.error(FieldErrorKind::Base64)))
}

/// The name of a registry entry.
pub(crate) fn key_details(field: &Field<'_>) -> Result<KeyDetails, Error> {
    let name: String = field.text()?;
    KeyDetails::from_name(&name).ok_or_else(|| Error::BodyKeyDetails(field.pointer.clone()))
}
