//! Why a token was refused, and what was tolerated.
use core::fmt;

use cretula_crypto::SignatureError;
use cretula_encoding::time::{Time, TimeRange};

use crate::PathError;

/// Why a timestamp token was refused.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenError {
    /// A signed attribute is missing, repeated or different (T04).
    Attributes(AttributeFault),
    /// No certificate of this authority is the signer that the token names (T06).
    Authority,
    /// The signing-certificate attribute is missing or names another certificate (T05).
    CertId(CertIdFault),
    /// No path leads from the signer to the anchor of this authority at `genTime` (T09).
    Chain(PathError),
    /// The digest algorithm of the SignerInfo is not SHA-256, SHA-384 or SHA-512 (T03).
    Digest,
    /// The message imprint is not the digest of the signature that is to be dated (T11).
    Imprint,
    /// Not a strict token (T02).
    Malformed(TokenFault),
    /// The signer's certificate is not that of a timestamp authority (T08).
    Profile(ProfileFault),
    /// A member differs from what the caller demands (T12).
    Request(RequestMember),
    /// Not a strict `TimeStampResp` with a token inside (T01).
    Response(TokenFault),
    /// The signature over the signed attributes does not verify (T07).
    Signature(SignatureError),
    /// The signature algorithm of the SignerInfo, or the signer's key, is not supported (T07).
    SignatureAlgorithm,
    /// Not exactly one SignerInfo (T03).
    SignerCount {
        /// How many there are.
        present: u32,
    },
    /// The authority did not grant the request (T01).
    Status {
        /// PKIStatus; `None` above 64 bits.
        status: Option<u64>,
    },
    /// The response is longer than the limit `token-bytes`.
    TokenBytes {
        /// Length in bytes.
        present: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// More certificates than the limit `token-certificates`.
    TokenCertificates {
        /// The limit.
        limit: u64,
    },
    /// `genTime` lies outside the window of the authority (T10).
    Window {
        /// `genTime`.
        time: Time,
        /// The window.
        window: TimeRange,
    },
}

impl TokenError {
    /// The stable code of the refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Attributes(_) => "time/token-attributes",
            Self::Authority => "time/token-authority",
            Self::CertId(_) => "time/token-cert-id",
            Self::Chain(error) if error.is_fatal() => error.code(),
            Self::Chain(_) => "time/token-chain",
            Self::Digest => "time/token-digest",
            Self::Imprint => "time/token-imprint",
            Self::Malformed(_) | Self::Response(_) => "time/token",
            Self::Profile(_) => "time/token-profile",
            Self::Request(_) => "time/token-request",
            Self::Signature(SignatureError::Budget) => "limits/signature-total",
            Self::Signature(_) | Self::SignatureAlgorithm => "time/token-signature",
            Self::SignerCount { .. } => "time/token-signer",
            Self::Status { .. } => "time/token-status",
            Self::TokenBytes { .. } => "limits/token-bytes",
            Self::TokenCertificates { .. } => "limits/token-certificates",
            Self::Window { .. } => "time/token-window",
        }
    }

    /// The same fault, of the response around the token.
    pub(super) fn in_response(self) -> Self {
        if let Self::Malformed(fault) = self { Self::Response(fault) } else { self }
    }

    /// The check that failed, such as `T06`; a limit counts as the check that reached it.
    #[must_use]
    pub const fn check_id(&self) -> &'static str {
        match self {
            Self::Response(_) | Self::Status { .. } => "T01",
            Self::Malformed(_) | Self::TokenBytes { .. } | Self::TokenCertificates { .. } => "T02",
            Self::Digest | Self::SignerCount { .. } => "T03",
            Self::Attributes(_) => "T04",
            Self::CertId(_) => "T05",
            Self::Authority => "T06",
            Self::Signature(_) | Self::SignatureAlgorithm => "T07",
            Self::Profile(_) => "T08",
            Self::Chain(_) => "T09",
            Self::Window { .. } => "T10",
            Self::Imprint => "T11",
            Self::Request(_) => "T12",
        }
    }

    /// Whether the token is malformed (T01, T02), in contrast to well-formed but no evidence.
    #[must_use]
    pub const fn is_malformed(&self) -> bool {
        matches!(self, Self::Malformed(_) | Self::Response(_) | Self::Status { .. })
    }

    /// Whether a limit ended the work, so that nothing was decided about the token.
    #[must_use]
    pub const fn is_limit(&self) -> bool {
        if let Self::Chain(error) = self {
            return error.is_fatal();
        }
        matches!(
            self,
            Self::Signature(SignatureError::Budget)
                | Self::TokenBytes { .. }
                | Self::TokenCertificates { .. }
        )
    }
}

impl From<cretula_encoding::Error> for TokenError {
    fn from(error: cretula_encoding::Error) -> Self {
        Self::Malformed(TokenFault::Der(error))
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attributes(fault) => write!(f, "signed attributes are not acceptable: {fault:?}"),
            Self::Authority => f.write_str("the signer of the token is no certificate of this authority"),
            Self::CertId(fault) => {
                write!(f, "signing-certificate attribute does not fit the signer: {fault:?}")
            }
            Self::Chain(error) => {
                write!(f, "no path from the signer to the anchor of the authority: {error}")
            }
            Self::Digest => f.write_str("digest algorithm of the token is not supported"),
            Self::Imprint => f.write_str("message imprint is not the digest of the signature"),
            Self::Malformed(fault) => write!(f, "timestamp token is malformed: {fault}"),
            Self::Profile(fault) => write!(f, "signer is not a timestamp authority: {fault:?}"),
            Self::Request(member) => write!(f, "token differs from what the caller demands: {member:?}"),
            Self::Response(fault) => write!(f, "timestamp response is malformed: {fault}"),
            Self::Signature(error) => write!(f, "signature of the token was not accepted: {error:?}"),
            Self::SignatureAlgorithm => {
                f.write_str("signature algorithm or key of the token is not supported")
            }
            Self::SignerCount { present } => write!(f, "expected one SignerInfo, found {present}"),
            Self::Status { status: Some(status) } => write!(f, "expected status 0 or 1, found {status}"),
            Self::Status { status: None } => f.write_str("expected status 0 or 1, found a larger one"),
            Self::TokenBytes { present, limit } => {
                write!(f, "expected at most {limit} bytes, found {present}")
            }
            Self::TokenCertificates { limit } => {
                write!(f, "expected at most {limit} certificates, found more")
            }
            Self::Window { time, .. } => {
                write!(f, "genTime {} is outside the window of the authority", time.to_rfc3339())
            }
        }
    }
}

impl core::error::Error for TokenError {}

/// What makes a response malformed. Offsets count from the start of the response, inside of TSTInfo from its start.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenFault {
    /// `accuracy` holds a number outside its range.
    Accuracy,
    /// The signed attributes are not in the order of DER (X.690 §11.6).
    AttributeOrder,
    /// Content type of the CMS object is not id-signedData, or that of its content not id-ct-TSTInfo.
    ContentType,
    /// TSTInfo has an extension that is critical; none is known.
    CriticalExtension,
    /// A default value is written out (X.690 §11.5).
    Default,
    /// Not strict DER, or not the structure of the specification.
    Der(cretula_encoding::Error),
    /// An INTEGER that is empty or not minimal (X.690 §8.3.2).
    Integer,
    /// Status says granted and there is no token.
    TokenMissing,
    /// A version number of SignedData, SignerInfo or TSTInfo is not one of the specification.
    Version,
}

impl fmt::Display for TokenFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accuracy => "accuracy outside its range",
            Self::AttributeOrder => "signed attributes are not in DER order",
            Self::ContentType => "another content type",
            Self::CriticalExtension => "unknown critical extension",
            Self::Default => "default value written out",
            Self::Der(error) => return write!(f, "not strict DER at byte {}", error.offset),
            Self::Integer => "integer is not minimal",
            Self::TokenMissing => "no token",
            Self::Version => "another version",
        })
    }
}

/// What is wrong with the signed attributes.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttributeFault {
    /// content-type is absent or not id-ct-TSTInfo.
    ContentType,
    /// message-digest is absent or not the digest of TSTInfo.
    MessageDigest,
    /// There are no signed attributes.
    Missing,
    /// An attribute occurs twice, or has not exactly one value.
    Repeated,
}

/// What is wrong with the signing-certificate attribute.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertIdFault {
    /// The first certificate hash is not that of the signer.
    Hash,
    /// The issuer and serial number of the first entry are not those of the signer.
    IssuerSerial,
    /// Neither signing-certificate nor signing-certificate-v2 is there.
    Missing,
    /// Not the structure of RFC 5035.
    Shape,
}

/// What is wrong with the certificate of the signer.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfileFault {
    /// It is a certificate authority.
    Ca,
    /// Extended key usage is absent, not critical, or not exactly timeStamping.
    ExtendedKeyUsage,
    /// Key usage has neither digitalSignature nor nonRepudiation, or may sign certificates.
    KeyUsage,
}

/// A member that the caller may demand.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestMember {
    /// `nonce`.
    Nonce,
    /// `policy`.
    Policy,
    /// `tsa`.
    TsaName,
}

/// What was tolerated in a token that verified.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenWarning {
    /// The certificate hash in the signing-certificate attribute is not that of the certificate in the trusted root (T05).
    CertIdHash,
}
