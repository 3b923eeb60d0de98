//! What a message is: found by parsing, never by a flag (G12).
use cretula_encoding::der::{self, Tag};

use crate::error::{AttestError, ErrorKind};

/// What every pre-authentication encoding begins with (DSSE v1.0 protocol).
pub(super) const PAE_START: &[u8] = b"DSSEv1 ";

/// The kinds of message that are ever signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKind {
    /// Pre-authentication encoding of a statement.
    Attestation,
    /// TBSCertificate (RFC 5280 §4.1).
    Certificate,
    /// CertificationRequestInfo (RFC 2986 §4.1).
    CertificateRequest,
}

impl MessageKind {
    /// `attestation`, `certificate` or `csr`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Attestation => "attestation",
            Self::Certificate => "certificate",
            Self::CertificateRequest => "csr",
        }
    }

    /// The kind with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let kinds = [Self::Attestation, Self::Certificate, Self::CertificateRequest];
        kinds.into_iter().find(|kind| kind.name() == name)
    }
}

/// A message whose kind is known, and nothing else about it.
pub(super) enum Message<'m> {
    Attestation(&'m [u8]),
    Certificate(&'m [u8]),
    CertificateRequest(&'m [u8]),
}

impl<'m> Message<'m> {
    /// The first bytes of an encoding and the tag of a DER SEQUENCE differ; inside of one, a certificate begins with its
    /// version in `[0]`, a request with an INTEGER.
    ///
    /// # Errors
    /// `guard/unknown-message`.
    pub(super) fn parse(message: &'m [u8]) -> Result<Self, AttestError> {
        if message.starts_with(PAE_START) {
            return Ok(Self::Attestation(message));
        }
        let first = der::single(message, Tag::SEQUENCE).ok().and_then(|sequence| sequence.reader().peek());
        match first {
            Some(tag) if tag == Tag::context_constructed(0) => Ok(Self::Certificate(message)),
            Some(Tag::INTEGER) => Ok(Self::CertificateRequest(message)),
            Some(_) | None => Err(AttestError::new(
                ErrorKind::GuardUnknownMessage,
                "expected an encoding of a statement, a certificate request or a certificate",
            )),
        }
    }

    pub(super) const fn kind(&self) -> MessageKind {
        match self {
            Self::Attestation(_) => MessageKind::Attestation,
            Self::Certificate(_) => MessageKind::Certificate,
            Self::CertificateRequest(_) => MessageKind::CertificateRequest,
        }
    }
}
