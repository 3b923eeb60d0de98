//! A certificate or timestamp authority of a trusted root (Sigstore protobuf-specs `CertificateAuthority`).
use alloc::{string::String, vec::Vec};

use cretula_encoding::fields::Field;

use crate::reader::{self, Reader};
use crate::{Error, ErrorKind, Window};

/// One authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateAuthorityInstance {
    /// DER, not empty. The last one is the anchor, root or intermediate; the order of the others means nothing (R03).
    pub cert_chain: Vec<Vec<u8>>,
    /// Who runs the authority, if said.
    pub operator: Option<String>,
    /// Name of the authority, for display only.
    pub subject: AuthoritySubject,
    /// URL of the authority; empty if absent.
    pub uri: String,
    /// When the authority was in use.
    pub valid_for: Window,
}

/// Sigstore protobuf-specs `DistinguishedName`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuthoritySubject {
    /// Common name; empty if absent.
    pub common_name: String,
    /// Organization; empty if absent.
    pub organization: String,
}

impl CertificateAuthorityInstance {
    pub(crate) fn read(reader: &mut Reader<'_>, field: Field<'_>) -> Result<Self, Error> {
        let mut object = field.object()?;
        let subject =
            object.take("subject").map(|field| AuthoritySubject::read(reader, field)).transpose()?;
        let uri = reader::text_or_empty(&mut object, "uri")?;
        let cert_chain = match object.take("certChain") {
            Some(chain) => read_chain(reader, chain)?,
            None => return Err(Error::at(ErrorKind::ChainEmpty, object.pointer())),
        };
        let valid_for = Window::read_for_authority(reader, &mut object)?;
        let operator = reader::text_or_empty(&mut object, "operator")?;
        reader.finish(object)?;
        Ok(Self {
            cert_chain,
            operator: Some(operator).filter(|operator| !operator.is_empty()),
            subject: subject.unwrap_or_default(),
            uri,
            valid_for,
        })
    }
}

impl AuthoritySubject {
    fn read(reader: &mut Reader<'_>, field: Field<'_>) -> Result<Self, Error> {
        let mut object = field.object()?;
        let organization = reader::text_or_empty(&mut object, "organization")?;
        let common_name = reader::text_or_empty(&mut object, "commonName")?;
        reader.finish(object)?;
        Ok(Self { common_name, organization })
    }
}

/// R03.
fn read_chain(reader: &mut Reader<'_>, field: Field<'_>) -> Result<Vec<Vec<u8>>, Error> {
    let pointer = field.pointer.clone();
    let chain = reader.certificates(field)?;
    if chain.is_empty() {
        return Err(Error::at(ErrorKind::ChainEmpty, pointer));
    }
    Ok(chain)
}
