//! The trusted root (Sigstore protobuf-specs `TrustedRoot`).
use alloc::{string::String, vec::Vec};

use cretula_encoding::fields::{Field, Object};
use cretula_encoding::json::JsonErrorKind;
use cretula_encoding::limits::Limits;

use crate::reader::{self, Reader};
use crate::{CertificateAuthorityInstance, Error, ErrorKind, Limit, LogInstance, UnknownMembers, Warnings};

/// A trusted root as written. Nothing is filtered by the present time (R04), and no key or certificate is parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedRootDocument {
    certificate_authorities: Vec<CertificateAuthorityInstance>,
    ctlogs: Vec<LogInstance>,
    media_type: String,
    timestamp_authorities: Vec<CertificateAuthorityInstance>,
    tlogs: Vec<LogInstance>,
    warnings: Warnings,
}

/// Media types of a trusted root (R01).
const MEDIA_TYPES: [&str; 3] = [
    "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    "application/vnd.dev.sigstore.trustedroot.v0.1+json",
    "application/vnd.dev.sigstore.trustedroot.v0.2+json",
];

impl TrustedRootDocument {
    /// Reads one trusted root in JSON. Unknown members are skipped with a warning; enum members are names or numbers.
    ///
    /// # Errors
    /// The first violation of R01 to R03, or of a limit; [`Error::check_id`] names it.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, Error> {
        Self::parse_bounded(bytes, limits).map_err(Error::in_trusted_root)
    }

    fn parse_bounded(bytes: &[u8], limits: &Limits) -> Result<Self, Error> {
        let value = reader::document(bytes, limits.trusted_root_bytes, Limit::TrustedRootBytes, limits)?;
        Self::read(Reader::new(UnknownMembers::Ignore, limits), Field::root(value))
    }

    pub(crate) fn read(mut reader: Reader<'_>, field: Field<'_>) -> Result<Self, Error> {
        let mut root = field.object()?;
        let media_type = reader::text_or_empty(&mut root, "mediaType")?;
        if !MEDIA_TYPES.contains(&media_type.as_str()) {
            return Err(Error::at(ErrorKind::MediaType, alloc::format!("{}/mediaType", root.pointer())));
        }
        let tlogs = instances(&mut reader, &mut root, "tlogs", LogInstance::read)?;
        let authority = CertificateAuthorityInstance::read;
        let certificate_authorities = instances(&mut reader, &mut root, "certificateAuthorities", authority)?;
        let ctlogs = instances(&mut reader, &mut root, "ctlogs", LogInstance::read)?;
        let timestamp_authorities = instances(&mut reader, &mut root, "timestampAuthorities", authority)?;
        reader.finish(root)?;
        let warnings = reader.warnings;
        Ok(Self { certificate_authorities, ctlogs, media_type, timestamp_authorities, tlogs, warnings })
    }

    /// Certificate authorities, in the order written.
    #[must_use]
    pub fn certificate_authorities(&self) -> &[CertificateAuthorityInstance] {
        &self.certificate_authorities
    }

    /// Certificate transparency logs, in the order written.
    #[must_use]
    pub fn ctlogs(&self) -> &[LogInstance] {
        &self.ctlogs
    }

    /// The media type as written.
    #[must_use]
    pub fn media_type(&self) -> &str {
        &self.media_type
    }

    /// Timestamp authorities, in the order written.
    #[must_use]
    pub fn timestamp_authorities(&self) -> &[CertificateAuthorityInstance] {
        &self.timestamp_authorities
    }

    /// Transparency logs, in the order written.
    #[must_use]
    pub fn tlogs(&self) -> &[LogInstance] {
        &self.tlogs
    }

    /// What was tolerated while reading.
    #[must_use]
    pub const fn warnings(&self) -> &Warnings {
        &self.warnings
    }
}

/// Reads the list of one kind; an absent list is an empty one.
fn instances<'a, T>(
    reader: &mut Reader<'_>,
    root: &mut Object<'a>,
    name: &str,
    read: impl Fn(&mut Reader<'_>, Field<'a>) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let max = reader.limits.trusted_root_instances;
    let list = reader::bounded_list(root.take(name), Limit::TrustedRootInstances, max)?;
    list.into_iter().map(|instance| read(reader, instance)).collect()
}

/// Reads trusted roots from JSON lines: one document a line, each within the limit of a trusted root. Lines of white
/// space only are skipped.
///
/// # Errors
/// As [`TrustedRootDocument::parse`], of the first line that is refused; no document at all is no JSON; more documents
/// than the limit `trusted-roots`.
pub fn parse_trusted_root_lines(bytes: &[u8], limits: &Limits) -> Result<Vec<TrustedRootDocument>, Error> {
    let mut roots = Vec::new();
    let mut offset = 0_usize;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if !line.trim_ascii().is_empty() {
            if roots.len() >= limits.trusted_roots {
                return Err(at_end(ErrorKind::Limit(Limit::TrustedRoots), offset));
            }
            let root = TrustedRootDocument::parse(line, limits);
            roots.push(root.map_err(|error| error.in_line(roots.len(), offset))?);
        }
        offset = offset.saturating_add(line.len());
    }
    if roots.is_empty() {
        return Err(at_end(ErrorKind::Json(JsonErrorKind::Syntax), offset));
    }
    Ok(roots)
}

fn at_end(kind: ErrorKind, offset: usize) -> Error {
    Error::at_offset(kind, offset).in_trusted_root()
}
