//! Why no certification path was found.
use alloc::string::String;
use core::fmt;

use cretula_encoding::time::Time;

use crate::leaf::LeafError;

/// Why a certificate has no accepted path to an anchor.
///
/// `position` counts certificates from the leaf, which is 0. Of several failed candidates the most specific
/// reason is kept, see [`PathError::rank`].
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathError {
    /// A key or signature algorithm is not supported, or they do not fit (C03).
    Algorithm {
        /// Certificate with that key or signature.
        position: u32,
    },
    /// A path would be longer than the limit `chain`.
    Chain {
        /// Greatest number of certificates, leaf and anchor included.
        limit: u32,
    },
    /// An extension that must be processed is not known here (C06).
    CriticalExtension {
        /// Certificate with that extension.
        position: u32,
        /// Its identifier, dotted.
        oid: String,
    },
    /// A certificate may not issue others (C04).
    IssuerProfile {
        /// That certificate.
        position: u32,
        /// What is wrong.
        violation: ProfileViolation,
    },
    /// Key identifiers are missing or critical (C03).
    KeyIdentifier {
        /// That certificate.
        position: u32,
        /// What is wrong.
        violation: KeyIdentifierViolation,
    },
    /// The leaf is not of the demanded form (C01).
    Leaf(LeafError),
    /// The leaf may not be used for the purpose (C05).
    LeafProfile(ProfileViolation),
    /// The budget of name comparisons is spent.
    NameComparisons,
    /// A name constraint is violated, or has a form that is not processed (C07).
    NameConstraints {
        /// The certificate that holds the constraint.
        position: u32,
    },
    /// No issuer is known, or none leads to the anchor.
    NoPath,
    /// A certificate is not valid at the time (C02).
    NotValid {
        /// That certificate.
        position: u32,
        /// The time of validation.
        time: Time,
        /// First instant of its validity.
        not_before: Time,
        /// Last instant of its validity.
        not_after: Time,
    },
    /// The budget of candidates is spent.
    PathSteps,
    /// A signature does not verify under the key of the candidate issuer (C03).
    Signature {
        /// The certificate whose signature was checked.
        position: u32,
    },
    /// The budget of signature checks of this search is spent.
    SignatureChecks,
    /// The budget of signature checks of the whole call is spent.
    SignatureTotal,
}

/// What a profile demands and a certificate lacks.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProfileViolation {
    /// BasicConstraints absent, not critical, or without CA.
    BasicConstraints,
    /// The leaf is a certificate authority.
    CertificateAuthority,
    /// ExtendedKeyUsage absent where demanded, empty, or without the purpose.
    ExtendedKeyUsage,
    /// KeyUsage absent where demanded, or without the demanded bit.
    KeyUsage,
    /// More certificates below than pathLenConstraint allows.
    PathLength,
    /// The subject is the empty name.
    Subject,
}

/// What is wrong with the key identifiers.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyIdentifierViolation {
    /// AuthorityKeyIdentifier absent, or without keyIdentifier.
    AuthorityMissing,
    /// SubjectKeyIdentifier absent.
    SubjectMissing,
}

impl PathError {
    /// Stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Algorithm { .. } => "chain/algorithm",
            Self::Chain { .. } => "limits/chain",
            Self::CriticalExtension { .. } => "chain/critical-extension",
            Self::IssuerProfile { .. } => "chain/issuer-profile",
            Self::KeyIdentifier { .. } | Self::NoPath => "chain/no-path",
            Self::Leaf(_) => "chain/leaf",
            Self::LeafProfile(_) => "chain/leaf-profile",
            Self::NameComparisons => "limits/name-comparisons",
            Self::NameConstraints { .. } => "chain/name-constraints",
            Self::NotValid { .. } => "chain/not-valid",
            Self::PathSteps => "limits/path-steps",
            Self::Signature { .. } => "chain/signature",
            Self::SignatureChecks => "limits/signature-checks",
            Self::SignatureTotal => "limits/signature-total",
        }
    }

    /// The check that failed, such as `C04`; a limit counts as the check that reached it.
    #[must_use]
    pub const fn check_id(&self) -> &'static str {
        match self {
            Self::Leaf(_) => "C01",
            Self::NotValid { .. } => "C02",
            Self::Algorithm { .. } | Self::KeyIdentifier { .. } | Self::Signature { .. } => "C03",
            Self::IssuerProfile { .. } => "C04",
            Self::LeafProfile(_) => "C05",
            Self::CriticalExtension { .. } => "C06",
            Self::NameConstraints { .. } => "C07",
            Self::Chain { .. }
            | Self::NameComparisons
            | Self::NoPath
            | Self::PathSteps
            | Self::SignatureChecks
            | Self::SignatureTotal => "C08",
        }
    }

    /// Whether the search must end: a budget is spent.
    #[must_use]
    pub const fn is_fatal(&self) -> bool {
        matches!(self, Self::NameComparisons | Self::PathSteps | Self::SignatureChecks | Self::SignatureTotal)
    }

    /// How specific the reason is; of several failed candidates, also of several anchors, the highest is reported.
    #[must_use]
    pub const fn rank(&self) -> u8 {
        match self {
            Self::NoPath => 0,
            Self::Signature { .. } => 1,
            Self::Chain { .. } => 2,
            Self::Algorithm { .. } => 3,
            Self::KeyIdentifier { .. } => 4,
            Self::IssuerProfile { .. } => 5,
            Self::CriticalExtension { .. } => 6,
            Self::NameConstraints { .. } => 7,
            Self::NotValid { .. } => 8,
            Self::LeafProfile(_) => 9,
            Self::Leaf(_) => 10,
            Self::NameComparisons | Self::PathSteps | Self::SignatureChecks | Self::SignatureTotal => 11,
        }
    }

    /// The more specific of two reasons; the first when they are equal.
    #[must_use]
    pub fn more_specific(self, other: Self) -> Self {
        if other.rank() > self.rank() { other } else { self }
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Algorithm { position } => {
                write!(f, "key or signature algorithm of certificate {position} is not supported")
            }
            Self::Chain { limit } => write!(f, "path is longer than {limit} certificates"),
            Self::CriticalExtension { position, oid } => {
                write!(f, "critical extension {oid} of certificate {position} is not processed")
            }
            Self::IssuerProfile { position, violation } => {
                write!(f, "certificate {position} may not issue certificates: {violation}")
            }
            Self::KeyIdentifier { position, violation } => {
                write!(f, "key identifiers of certificate {position}: {violation}")
            }
            Self::Leaf(error) => error.fmt(f),
            Self::LeafProfile(violation) => write!(f, "leaf may not be used for this: {violation}"),
            Self::NameComparisons => f.write_str("too many name comparisons"),
            Self::NameConstraints { position } => {
                write!(f, "name constraints of certificate {position} are not met")
            }
            Self::NoPath => f.write_str("no path to the anchor"),
            Self::NotValid { position, time, not_before, not_after } => write!(
                f,
                "certificate {position} is not valid at {}: valid from {} to {}",
                time.to_rfc3339(),
                not_before.to_rfc3339(),
                not_after.to_rfc3339()
            ),
            Self::PathSteps => f.write_str("too many candidate issuers"),
            Self::Signature { position } => write!(f, "signature of certificate {position} does not verify"),
            Self::SignatureChecks => f.write_str("too many signature checks in one path search"),
            Self::SignatureTotal => f.write_str("too many signature checks"),
        }
    }
}

impl core::error::Error for PathError {}

impl fmt::Display for ProfileViolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BasicConstraints => "basic constraints are not critical with CA true",
            Self::CertificateAuthority => "it is a certificate authority",
            Self::ExtendedKeyUsage => "extended key usage lacks the purpose",
            Self::KeyUsage => "key usage lacks the demanded bit",
            Self::PathLength => "path length constraint exceeded",
            Self::Subject => "empty subject",
        })
    }
}

impl fmt::Display for KeyIdentifierViolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AuthorityMissing => "authority key identifier is missing",
            Self::SubjectMissing => "subject key identifier is missing",
        })
    }
}
