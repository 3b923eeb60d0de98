//! What a bundle signs: an artifact by its signature, or an envelope (P05, P09).
use alloc::{string::String, vec::Vec};

use cretula_encoding::fields::{Field, FieldErrorKind, Object};

use crate::reader::{self, Reader};
use crate::{Error, ErrorKind, HashAlgorithmRef};

/// What a bundle signs. Exactly one of the two is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// `dsseEnvelope`
    Envelope(Envelope),
    /// `messageSignature`
    MessageSignature(MessageSignature),
}

/// A signature over an artifact that is not in the bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageSignature {
    /// What the signer says the artifact's digest is; it never replaces the digest of the artifact (A03).
    pub message_digest: Option<MessageDigest>,
    /// The signature; empty if the member is absent.
    pub signature: Vec<u8>,
}

/// A digest as the bundle states it. Its length is not checked against the algorithm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageDigest {
    /// Hash function.
    pub algorithm: HashAlgorithmRef,
    /// Value; empty if the member is absent.
    pub digest: Vec<u8>,
}

/// A DSSE envelope with exactly one signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Key id of the signature; empty if absent. Untrusted.
    pub keyid: String,
    /// The payload, decoded; the signature covers these bytes.
    pub payload: Vec<u8>,
    /// Type of the payload, not empty.
    pub payload_type: String,
    /// The signature, decoded, not empty.
    pub signature: Vec<u8>,
}

impl Content {
    /// The raw signature bytes.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        match self {
            Self::Envelope(envelope) => &envelope.signature,
            Self::MessageSignature(message) => &message.signature,
        }
    }
}

impl MessageSignature {
    pub(crate) fn read(reader: &mut Reader<'_>, field: Field<'_>) -> Result<Self, Error> {
        let mut object = field.object()?;
        let digest = object.take("messageDigest");
        let message_digest = digest.map(|digest| MessageDigest::read(reader, digest)).transpose()?;
        let signature = reader::bytes_or_empty(&mut object, "signature")?;
        reader.finish(object)?;
        Ok(Self { message_digest, signature })
    }
}

impl MessageDigest {
    fn read(reader: &mut Reader<'_>, field: Field<'_>) -> Result<Self, Error> {
        let mut object = field.object()?;
        let unspecified = FieldErrorKind::Type("the name of a hash algorithm");
        let algorithm = match object.take("algorithm") {
            Some(algorithm) => HashAlgorithmRef::read_name(&algorithm)?,
            None => return Err(object.error("algorithm", unspecified).into()),
        };
        let digest = reader::bytes_or_empty(&mut object, "digest")?;
        reader.finish(object)?;
        Ok(Self { algorithm, digest })
    }
}

impl Envelope {
    pub(crate) fn read(reader: &mut Reader<'_>, field: Field<'_>) -> Result<Self, Error> {
        let mut object = field.object()?;
        let signature = only_signature(&mut object)?;
        let payload_type = reader::text_or_empty(&mut object, "payloadType")?;
        let payload = match object.take("payload") {
            Some(payload) => payload.bytes()?,
            None => return Err(missing(&object, "payload")),
        };
        reader.finish(object)?;
        let (signature, keyid) = read_signature(reader, signature)?;
        Ok(Self { keyid, payload, payload_type, signature })
    }
}

/// The one signature of an envelope (P09).
fn only_signature<'a>(object: &mut Object<'a>) -> Result<Field<'a>, Error> {
    let none = ErrorKind::SignatureCount { present: 0 };
    let Some(list) = object.take("signatures") else {
        return Err(Error::at(none, object.pointer()));
    };
    let present = reader::count_up_to(&list, COUNTED_SIGNATURES);
    let pointer = list.pointer.clone();
    let count = ErrorKind::SignatureCount { present: u32::try_from(present).unwrap_or(u32::MAX) };
    if present > 1 {
        return Err(Error::at(count, pointer));
    }
    list.list()?.pop().ok_or_else(|| Error::at(none, pointer))
}

/// More signatures than these are not counted.
const COUNTED_SIGNATURES: usize = 1024;

fn read_signature(reader: &mut Reader<'_>, field: Field<'_>) -> Result<(Vec<u8>, String), Error> {
    let mut object = field.object()?;
    let signature = reader::bytes_or_empty(&mut object, "sig")?;
    let keyid = reader::text_or_empty(&mut object, "keyid")?;
    reader.finish(object)?;
    Ok((signature, keyid))
}

fn missing(object: &Object<'_>, name: &'static str) -> Error {
    Error::at(ErrorKind::EnvelopeMember(name), object.pointer())
}
