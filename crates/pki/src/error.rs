//! Why bytes are no certificate, or no list of signed certificate timestamps.
use core::fmt;

use cretula_encoding::Error as DerError;

/// Why certificate material was not accepted. Paths have their own [`crate::PathError`].
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// The two signature algorithms of a certificate differ (RFC 5280 §4.1.1.2).
    AlgorithmMismatch,
    /// Longer than limit `certificate-bytes`.
    CertificateBytes,
    /// A Fulcio claim is longer than limit `claim-bytes`.
    ClaimBytes,
    /// A default value is written out (X.690 §11.5).
    DefaultValue {
        /// Byte offset in the certificate, or in the extension value.
        offset: usize,
    },
    /// Not strict DER, or not the ASN.1 type that belongs there.
    Der(DerError),
    /// One extension occurs twice (RFC 5280 §4.2).
    DuplicateExtension {
        /// Byte offset of the second one in the certificate.
        offset: usize,
    },
    /// A list that must have an element has none.
    EmptyList {
        /// Byte offset in the certificate, or in the extension value.
        offset: usize,
    },
    /// A known extension does not have its form.
    Extension {
        /// Which.
        extension: KnownExtension,
        /// Byte offset of its value in the certificate.
        offset: usize,
    },
    /// More than limit `extensions`.
    Extensions,
    /// Not an RDNSequence, or a general name that is not of its type.
    Name {
        /// Byte offset in the certificate, or in the extension value.
        offset: usize,
    },
    /// More than limit `san-entries`.
    SanEntries,
    /// Not a signed certificate timestamp of version 1 (S02).
    Sct,
    /// Not a list of signed certificate timestamps (S01).
    SctList,
    /// More than limit `scts`.
    Scts,
    /// Serial number negative or above 20 octets (RFC 5280 §4.1.2.2).
    SerialNumber,
    /// A unique identifier is present (RFC 5280 §4.1.2.8).
    UniqueIdentifier,
    /// Validity in another form than RFC 5280 §4.1.2.5 allows.
    Validity,
    /// Not a version 3 certificate.
    Version,
}

/// Extensions that are parsed together with the certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownExtension {
    /// 2.5.29.35
    AuthorityKeyIdentifier,
    /// 2.5.29.19
    BasicConstraints,
    /// 2.5.29.32
    CertificatePolicies,
    /// 2.5.29.37
    ExtendedKeyUsage,
    /// 2.5.29.15
    KeyUsage,
    /// 2.5.29.30
    NameConstraints,
    /// 2.5.29.17
    SubjectAltName,
    /// 2.5.29.14
    SubjectKeyIdentifier,
}

impl Error {
    /// Name of the limit that was exceeded, if it was one (`limits/<name>`).
    #[must_use]
    pub const fn limit(&self) -> Option<&'static str> {
        match self {
            Self::CertificateBytes => Some("certificate-bytes"),
            Self::ClaimBytes => Some("claim-bytes"),
            Self::Extensions => Some("extensions"),
            Self::SanEntries => Some("san-entries"),
            Self::Scts => Some("scts"),
            Self::AlgorithmMismatch
            | Self::DefaultValue { .. }
            | Self::Der(_)
            | Self::DuplicateExtension { .. }
            | Self::EmptyList { .. }
            | Self::Extension { .. }
            | Self::Name { .. }
            | Self::Sct
            | Self::SctList
            | Self::SerialNumber
            | Self::UniqueIdentifier
            | Self::Validity
            | Self::Version => None,
        }
    }
}

impl From<DerError> for Error {
    fn from(error: DerError) -> Self {
        Self::Der(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlgorithmMismatch => f.write_str("inner and outer signature algorithm differ"),
            Self::CertificateBytes => f.write_str("certificate is longer than the limit"),
            Self::ClaimBytes => f.write_str("certificate claim is longer than the limit"),
            Self::DefaultValue { offset } => write!(f, "default value written out at byte {offset}"),
            Self::Der(error) => write!(f, "not strict DER at byte {}", error.offset),
            Self::DuplicateExtension { offset } => write!(f, "duplicate extension at byte {offset}"),
            Self::EmptyList { offset } => write!(f, "empty list at byte {offset}"),
            Self::Extension { extension, offset } => {
                write!(f, "malformed extension {extension:?} at byte {offset}")
            }
            Self::Extensions => f.write_str("more extensions than the limit"),
            Self::Name { offset } => write!(f, "malformed name at byte {offset}"),
            Self::SanEntries => f.write_str("more subject alternative names than the limit"),
            Self::Sct => f.write_str("malformed signed certificate timestamp"),
            Self::SctList => f.write_str("malformed list of signed certificate timestamps"),
            Self::Scts => f.write_str("more signed certificate timestamps than the limit"),
            Self::SerialNumber => f.write_str("serial number is negative or longer than 20 octets"),
            Self::UniqueIdentifier => f.write_str("unique identifier present"),
            Self::Validity => f.write_str("malformed validity"),
            Self::Version => f.write_str("not an X.509 version 3 certificate"),
        }
    }
}

impl core::error::Error for Error {}
