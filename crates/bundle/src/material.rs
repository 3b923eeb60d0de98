//! What a bundle says about the key of its signature (P06).
use alloc::{string::String, vec::Vec};

use cretula_encoding::fields::Field;

use crate::Error;
use crate::reader::{self, Reader};

/// Verification material. Exactly one of the three is there; all of it is untrusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Material {
    /// `certificate`: the leaf, DER.
    Certificate(Vec<u8>),
    /// `x509CertificateChain`: DER, leaf first, not empty. Order and self-signed elements are checked by the verifier,
    /// which parses them (P07).
    CertificateChain(Vec<Vec<u8>>),
    /// `publicKey`: a name for a key that the verifier has.
    PublicKey {
        /// The name; empty if absent.
        hint: String,
    },
}

impl Material {
    /// The leaf certificate, DER.
    #[must_use]
    pub fn leaf_certificate(&self) -> Option<&[u8]> {
        match self {
            Self::Certificate(leaf) => Some(leaf),
            Self::CertificateChain(chain) => chain.first().map(Vec::as_slice),
            Self::PublicKey { .. } => None,
        }
    }

    /// The certificates after the leaf, DER, in the order written. They are ignored, or path candidates; never
    /// anchors (P08).
    #[must_use]
    pub fn unverified_intermediates(&self) -> &[Vec<u8>] {
        match self {
            Self::CertificateChain(chain) => chain.get(1..).unwrap_or_default(),
            Self::Certificate(_) | Self::PublicKey { .. } => &[],
        }
    }

    pub(crate) fn read_public_key(reader: &mut Reader<'_>, field: Field<'_>) -> Result<Self, Error> {
        let mut object = field.object()?;
        let hint = reader::text_or_empty(&mut object, "hint")?;
        reader.finish(object)?;
        Ok(Self::PublicKey { hint })
    }
}
