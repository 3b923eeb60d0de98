//! Bodies of Rekor v1 (rekor entry schemas `hashedrekord` 0.0.1, `dsse` 0.0.1, `intoto` 0.0.1 and 0.0.2).
use alloc::{string::String, vec::Vec};

use cretula_crypto::Digest;
use cretula_encoding::fields::{Field, Object};

use crate::body_reader::{digest, object, pem_verifier, sha256_digest, twice_encoded};
use crate::{EntryVerifier, Error};

/// `hashedrekord` 0.0.1: a signature over an artifact (L17).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HashedRekord {
    /// Digest of the artifact: SHA-256, SHA-384 or SHA-512.
    pub digest: Digest,
    /// Signature.
    pub signature: Vec<u8>,
    /// Certificate or key.
    pub verifier: EntryVerifier,
}

/// `dsse` 0.0.1: an envelope (L18).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dsse {
    /// SHA-256 of the text of the envelope as it was uploaded.
    pub envelope_hash: Option<Digest>,
    /// SHA-256 of the decoded payload.
    pub payload_hash: Digest,
    /// Signatures of the envelope, any number.
    pub signatures: Vec<DsseSignature>,
}

/// One signature of a `dsse` entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DsseSignature {
    /// Signature.
    pub signature: Vec<u8>,
    /// Certificate or key.
    pub verifier: EntryVerifier,
}

/// `intoto` 0.0.2: an envelope (L19).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intoto {
    /// SHA-256 of the text of the envelope as it was uploaded.
    pub hash: Option<Digest>,
    /// SHA-256 of the decoded payload.
    pub payload_hash: Digest,
    /// Type of the payload.
    pub payload_type: String,
    /// Signatures of the envelope, any number.
    pub signatures: Vec<IntotoSignature>,
}

/// One signature of an `intoto` 0.0.2 entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntotoSignature {
    /// Signature, decoded twice.
    pub signature: Vec<u8>,
    /// Certificate or key.
    pub verifier: EntryVerifier,
}

/// `intoto` 0.0.1: an envelope without its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntotoV001 {
    /// SHA-256 of the text of the envelope as it was uploaded.
    pub hash: Digest,
    /// SHA-256 of the decoded payload; old entries lack it.
    pub payload_hash: Option<Digest>,
    /// Certificate or key.
    pub verifier: EntryVerifier,
}

impl HashedRekord {
    pub(crate) fn read(spec: &mut Object<'_>) -> Result<Self, Error> {
        let mut data = object(spec, "data")?;
        let mut signature = object(spec, "signature")?;
        let mut key = object(&mut signature, "publicKey")?;
        Ok(Self {
            digest: digest(data.require("hash")?)?,
            signature: signature.require("content")?.bytes()?,
            verifier: pem_verifier(&key.require("content")?)?,
        })
    }
}

impl Dsse {
    pub(crate) fn read(spec: &mut Object<'_>) -> Result<Self, Error> {
        Ok(Self {
            envelope_hash: spec.take("envelopeHash").map(sha256_digest).transpose()?,
            payload_hash: sha256_digest(spec.require("payloadHash")?)?,
            signatures: read_all(spec.require("signatures")?, DsseSignature::read)?,
        })
    }
}

impl DsseSignature {
    fn read(members: &mut Object<'_>) -> Result<Self, Error> {
        Ok(Self {
            signature: members.require("signature")?.bytes()?,
            verifier: pem_verifier(&members.require("verifier")?)?,
        })
    }
}

impl Intoto {
    pub(crate) fn read(spec: &mut Object<'_>) -> Result<Self, Error> {
        let mut content = object(spec, "content")?;
        let mut envelope = object(&mut content, "envelope")?;
        Ok(Self {
            hash: content.take("hash").map(sha256_digest).transpose()?,
            payload_hash: sha256_digest(content.require("payloadHash")?)?,
            payload_type: envelope.require("payloadType")?.text()?,
            signatures: read_all(envelope.require("signatures")?, IntotoSignature::read)?,
        })
    }
}

impl IntotoSignature {
    fn read(members: &mut Object<'_>) -> Result<Self, Error> {
        Ok(Self {
            signature: twice_encoded(&members.require("sig")?)?,
            verifier: pem_verifier(&members.require("publicKey")?)?,
        })
    }
}

impl IntotoV001 {
    pub(crate) fn read(spec: &mut Object<'_>) -> Result<Self, Error> {
        let mut content = object(spec, "content")?;
        Ok(Self {
            hash: sha256_digest(content.require("hash")?)?,
            payload_hash: content.take("payloadHash").map(sha256_digest).transpose()?,
            verifier: pem_verifier(&spec.require("publicKey")?)?,
        })
    }
}

/// Reads each object of a list.
pub(crate) fn read_all<T>(
    field: Field<'_>,
    read: impl Fn(&mut Object<'_>) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    // One at a time, so that a list of something else ends at its first element.
    field.items()?.map(|element| read(&mut element?.object()?)).collect()
}
