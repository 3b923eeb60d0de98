//! What to trust and where to sign, in one document (Sigstore protobuf-specs `ClientTrustConfig`).
use cretula_encoding::fields::Field;
use cretula_encoding::limits::Limits;

use crate::reader::{self, Reader};
use crate::{Error, ErrorKind, Limit, SigningConfig, TrustedRootDocument, UnknownMembers};

/// Media type of a client trust configuration.
const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json";

/// A client trust configuration as written, with its trusted root read.
#[derive(Debug, Clone)]
pub struct ClientTrustConfig<'a> {
    trusted_root: TrustedRootDocument,
    trusted_root_text: &'a str,
    signing_config: Option<Field<'a>>,
}

impl<'a> ClientTrustConfig<'a> {
    /// Reads the outer document and the trusted root. Who only verifies needs no signing configuration, so that one is
    /// looked at by [`Self::signing_config`].
    ///
    /// # Errors
    /// As [`TrustedRootDocument::parse`]; another media type of the outer document, or no trusted root in it.
    pub fn parse(bytes: &'a [u8], limits: &Limits) -> Result<Self, Error> {
        Self::parse_bounded(bytes, limits).map_err(Error::in_trusted_root)
    }

    fn parse_bounded(bytes: &'a [u8], limits: &Limits) -> Result<Self, Error> {
        let value = reader::document(bytes, limits.trusted_root_bytes, Limit::TrustedRootBytes, limits)?;
        let mut object = Field::root(value).object()?;
        if reader::text_or_empty(&mut object, "mediaType")? != MEDIA_TYPE {
            return Err(Error::at(ErrorKind::MediaType, "/mediaType"));
        }
        let root = object.require("trustedRoot")?;
        let signing_config = object.take("signingConfig");
        Reader::new(UnknownMembers::Ignore, limits).finish(object)?;
        let trusted_root_text = root.value.source();
        let trusted_root = TrustedRootDocument::read(Reader::new(UnknownMembers::Ignore, limits), root)?;
        Ok(Self { trusted_root, trusted_root_text, signing_config })
    }

    /// The trusted root.
    #[must_use]
    pub const fn trusted_root(&self) -> &TrustedRootDocument {
        &self.trusted_root
    }

    /// The trusted root byte for byte: a document of its own.
    #[must_use]
    pub const fn trusted_root_bytes(&self) -> &'a [u8] {
        self.trusted_root_text.as_bytes()
    }

    /// Reads the signing configuration, if there is one.
    ///
    /// # Errors
    /// As [`SigningConfig::parse`], with places in the outer document.
    pub fn signing_config(&self, limits: &Limits) -> Result<Option<SigningConfig>, Error> {
        let field = self.signing_config.clone();
        field.map(|field| SigningConfig::read(field, limits).map_err(Error::in_signing_config)).transpose()
    }

    /// The signing configuration byte for byte, if there is one: a document of its own.
    #[must_use]
    pub fn signing_config_bytes(&self) -> Option<&'a [u8]> {
        self.signing_config.as_ref().map(|field| field.value.source().as_bytes())
    }
}
