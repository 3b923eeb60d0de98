//! Bodies of Rekor v2 (rekor-tiles `api/proto/rekor/v2`).
use alloc::{format, vec::Vec};

use cretula_crypto::{Digest, KeyDetails};
use cretula_encoding::base64;
use cretula_encoding::fields::Object;

use crate::body_reader::{key_details, object, sigstore_sha256_digest};
use crate::entry_v1::read_all;
use crate::{DsseSignature, EntryVerifier, Error};

/// `hashedrekord` 0.0.2: the one choice that a bundle does not carry. All else is compared by rebuilding the body
/// (L15).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashedRekordV002 {
    /// How the log verified the signature; it must fit the key.
    pub key_details: KeyDetails,
}

/// `dsse` 0.0.2: an envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DsseV002 {
    /// SHA-256 of the decoded payload.
    pub payload_hash: Digest,
    /// Signatures of the envelope, any number.
    pub signatures: Vec<DsseSignature>,
}

/// With what the log verified a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VerifierRef<'a> {
    /// Certificate, DER.
    Certificate(&'a [u8]),
    /// SubjectPublicKeyInfo, DER.
    PublicKey(&'a [u8]),
}

impl HashedRekordV002 {
    pub(crate) fn read(spec: &mut Object<'_>) -> Result<Self, Error> {
        let mut record = object(spec, "hashedRekordV002")?;
        let mut signature = object(&mut record, "signature")?;
        let mut verifier = object(&mut signature, "verifier")?;
        Ok(Self { key_details: key_details(&verifier.require("keyDetails")?)? })
    }
}

impl DsseV002 {
    pub(crate) fn read(spec: &mut Object<'_>) -> Result<Self, Error> {
        let mut record = object(spec, "dsseV002")?;
        Ok(Self {
            payload_hash: sigstore_sha256_digest(record.require("payloadHash")?)?,
            signatures: read_all(record.require("signatures")?, read_signature)?,
        })
    }
}

fn read_signature(members: &mut Object<'_>) -> Result<DsseSignature, Error> {
    Ok(DsseSignature {
        signature: members.require("content")?.bytes()?,
        verifier: read_verifier(&mut object(members, "verifier")?)?,
    })
}

/// Exactly one of `x509Certificate` and `publicKey`.
fn read_verifier(members: &mut Object<'_>) -> Result<EntryVerifier, Error> {
    let raw_bytes = |name: &str, members: &mut Object<'_>| -> Result<Option<Vec<u8>>, Error> {
        let Some(field) = members.take(name) else { return Ok(None) };
        Ok(Some(field.object()?.require("rawBytes")?.bytes()?))
    };
    match (raw_bytes("x509Certificate", members)?, raw_bytes("publicKey", members)?) {
        (Some(certificate), None) => Ok(EntryVerifier::Certificate(certificate)),
        (None, Some(key)) => Ok(EntryVerifier::PublicKey(key)),
        (Some(_), Some(_)) | (None, None) => Err(Error::BodyVerifier(members.pointer().into())),
    }
}

/// The body that a Rekor v2 log makes of a signature: RFC 8785 JSON, to be hashed as leaf (L15).
///
/// `digest` is that of the artifact or of the pre-authentication encoding of an envelope, by the hash of
/// `key_details`. Source: Rekor v2 specification, "Canonicalization".
#[must_use]
pub fn rebuild_hashedrekord_v002(
    digest: &Digest,
    key_details: KeyDetails,
    signature: &[u8],
    verifier: VerifierRef<'_>,
) -> Vec<u8> {
    let (member, raw_bytes) = match verifier {
        VerifierRef::Certificate(der) => ("x509Certificate", der),
        VerifierRef::PublicKey(der) => ("publicKey", der),
    };
    let data = format!(
        r#"{{"algorithm":"{}","digest":"{}"}}"#,
        digest.algorithm().sigstore_name(),
        base64::encode(digest.as_bytes()),
    );
    let verifier = format!(
        r#"{{"keyDetails":"{}","{member}":{{"rawBytes":"{}"}}}}"#,
        key_details.name(),
        base64::encode(raw_bytes),
    );
    format!(
        r#"{{"apiVersion":"0.0.2","kind":"hashedrekord","spec":{{"hashedRekordV002":{{"data":{data},"signature":{{"content":"{}","verifier":{verifier}}}}}}}}}"#,
        base64::encode(signature),
    )
    .into_bytes()
}
