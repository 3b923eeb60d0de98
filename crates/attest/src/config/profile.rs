//! Profiles: which evidence a bundle has, and which key algorithms can have it.
use crate::error::{AttestError, ErrorKind};

/// Longest life of a leaf certificate of a private authority: 24 hours.
pub(super) const MAX_LEAF_SECS: u64 = 86_400;

/// A set of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Managed key with a log, timestamps, or both.
    Managed,
    /// Managed key without any evidence of time.
    ManagedOffline,
    /// Short-lived certificate of a private authority, with timestamps.
    PrivateCa,
    /// Fulcio and Rekor v1.
    PublicV1,
    /// Fulcio, Rekor v2 and timestamps.
    PublicV2,
    /// Fulcio and timestamps.
    Tsa,
}

/// Version of a transparency log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogVersion {
    /// Rekor v1, type `dsse`.
    V1,
    /// Rekor v2.
    V2,
}

/// What the services that were selected will give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evidence {
    /// The log, if there is one. Only version 1 tells a time.
    pub log: Option<LogVersion>,
    /// Number of timestamp authorities.
    pub timestamps: u32,
    /// Life of the leaf certificate of a private authority.
    pub leaf_secs: u64,
}

/// What one key algorithm can be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlgorithmRow {
    /// Name of the registry.
    pub name: &'static str,
    /// Ephemeral with Fulcio.
    pub fulcio: bool,
    /// Rekor v1 `dsse`.
    pub rekor_v1: bool,
    /// Rekor v2.
    pub rekor_v2: bool,
}

const fn row(name: &'static str, fulcio: bool, rekor_v1: bool, rekor_v2: bool) -> AlgorithmRow {
    AlgorithmRow { name, fulcio, rekor_v1, rekor_v2 }
}

/// Every algorithm that signs. With timestamps alone each can be used.
pub const ALGORITHMS: &[AlgorithmRow] = &[
    row("PKIX_ECDSA_P256_SHA_256", true, true, true),
    row("PKIX_ECDSA_P384_SHA_384", true, true, true),
    row("PKIX_ECDSA_P521_SHA_512", false, true, true),
    row("PKIX_ED25519", false, true, false),
    row("PKIX_ED25519_PH", false, false, true),
    row("PKIX_RSA_PKCS1V15_3072_SHA256", false, true, true),
    row("PKIX_RSA_PKCS1V15_4096_SHA256", false, true, true),
    row("PKIX_RSA_PSS_3072_SHA256", false, false, false),
    row("PKIX_RSA_PSS_4096_SHA256", false, false, false),
];

impl Profile {
    /// Every profile, in the order of [`Profile::NAMES`].
    pub const ALL: [Self; 6] =
        [Self::Managed, Self::ManagedOffline, Self::PrivateCa, Self::PublicV1, Self::PublicV2, Self::Tsa];
    /// Names in configurations.
    pub const NAMES: [&'static str; 6] =
        ["managed", "managed-offline", "private-ca", "public-v1", "public-v2", "tsa"];

    /// Name in configurations.
    #[must_use]
    pub fn name(self) -> &'static str {
        let position = Self::ALL.iter().position(|profile| *profile == self);
        position.and_then(|position| Self::NAMES.get(position)).copied().unwrap_or_default()
    }

    /// Whether Fulcio certifies the key.
    #[must_use]
    pub const fn uses_fulcio(self) -> bool {
        matches!(self, Self::PublicV1 | Self::PublicV2 | Self::Tsa)
    }

    /// Whether a certificate says who signed.
    #[must_use]
    pub const fn has_certificate(self) -> bool {
        self.uses_fulcio() || matches!(self, Self::PrivateCa)
    }

    /// The log that the profile itself demands.
    #[must_use]
    pub const fn required_log(self) -> Option<LogVersion> {
        match self {
            Self::PublicV1 => Some(LogVersion::V1),
            Self::PublicV2 => Some(LogVersion::V2),
            Self::Managed | Self::ManagedOffline | Self::PrivateCa | Self::Tsa => None,
        }
    }

    /// Whether a log of the profile is public, so that its certificates disclose the names of the project.
    ///
    /// Only the profile can say so: no address tells a public instance from a private one. The logs of the other
    /// profiles are the host's own, or hold digest, signature and key of a managed key, which name no project.
    #[must_use]
    pub const fn has_public_log(self) -> bool {
        matches!(self, Self::PublicV1 | Self::PublicV2)
    }

    /// Whether a key algorithm can be used with this profile and, if there is one, this log.
    ///
    /// # Errors
    /// `profile/algorithm`.
    pub fn check_algorithm(self, name: &str, log: Option<LogVersion>) -> Result<(), AttestError> {
        let fits = |row: &&AlgorithmRow| {
            let logged = match self.required_log().or(log) {
                Some(LogVersion::V1) => row.rekor_v1,
                Some(LogVersion::V2) => row.rekor_v2,
                None => true,
            };
            row.name == name && logged && (row.fulcio || !self.uses_fulcio())
        };
        let detail = "the profile cannot be used with this key algorithm";
        ALGORITHMS
            .iter()
            .find(fits)
            .map(|_| ())
            .ok_or_else(|| AttestError::new(ErrorKind::ProfileAlgorithm, detail))
    }

    /// Whether the evidence will prove when the signature was made.
    ///
    /// # Errors
    /// `profile/evidence` for a log that the profile demands and that is not there, for no time where one is needed,
    /// or for a leaf certificate that lives longer than 24 hours.
    pub fn check_evidence(self, evidence: Evidence) -> Result<(), AttestError> {
        let refuse = |detail| Err(AttestError::new(ErrorKind::ProfileEvidence, detail));
        if self.required_log().is_some_and(|required| evidence.log != Some(required)) {
            return refuse("the log of the profile is missing");
        }
        let has_time = evidence.log == Some(LogVersion::V1) || evidence.timestamps > 0;
        let needs_timestamp = matches!(self, Self::PublicV2 | Self::Tsa | Self::PrivateCa);
        if needs_timestamp && evidence.timestamps == 0 || !has_time && self != Self::ManagedOffline {
            return refuse("nothing would prove the time of the signature");
        }
        if self == Self::PrivateCa && evidence.leaf_secs > MAX_LEAF_SECS {
            return refuse("a leaf certificate lives at most 24 hours");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn algorithms_by_profile() {
        let check =
            |profile: Profile, name, log| profile.check_algorithm(name, log).map_err(|error| error.code());
        let refused = Err("profile/algorithm");
        for (profile, name, log, expected) in [
            (Profile::PublicV1, "PKIX_ECDSA_P256_SHA_256", None, Ok(())),
            (Profile::PublicV1, "PKIX_ECDSA_P521_SHA_512", None, refused),
            (Profile::PublicV2, "PKIX_ECDSA_P384_SHA_384", None, Ok(())),
            (Profile::Tsa, "PKIX_ED25519", None, refused),
            (Profile::Managed, "PKIX_ED25519", Some(LogVersion::V1), Ok(())),
            (Profile::Managed, "PKIX_ED25519", Some(LogVersion::V2), refused),
            (Profile::Managed, "PKIX_ED25519", None, Ok(())),
            (Profile::Managed, "PKIX_ED25519_PH", Some(LogVersion::V1), refused),
            (Profile::Managed, "PKIX_ED25519_PH", Some(LogVersion::V2), Ok(())),
            (Profile::PrivateCa, "PKIX_RSA_PSS_3072_SHA256", None, Ok(())),
            (Profile::PrivateCa, "PKIX_RSA_PSS_3072_SHA256", Some(LogVersion::V1), refused),
            (Profile::Managed, "PKIX_RSA_PKCS1V15_2048_SHA256", None, refused),
            (Profile::Managed, "ML_DSA_65", None, refused),
        ] {
            assert_eq!(check(profile, name, log), expected, "{profile:?} {name} {log:?}");
        }
    }

    #[test]
    fn evidence_by_profile() {
        let check = |profile: Profile, log, timestamps, leaf_secs| {
            profile.check_evidence(Evidence { log, timestamps, leaf_secs }).map_err(|error| error.code())
        };
        let refused = Err("profile/evidence");
        assert_eq!(check(Profile::PublicV1, Some(LogVersion::V1), 0, 0), Ok(()));
        assert_eq!(check(Profile::PublicV1, None, 1, 0), refused);
        assert_eq!(check(Profile::PublicV2, Some(LogVersion::V2), 1, 0), Ok(()));
        assert_eq!(check(Profile::PublicV2, Some(LogVersion::V2), 0, 0), refused);
        assert_eq!(check(Profile::Tsa, None, 1, 0), Ok(()));
        assert_eq!(check(Profile::Tsa, None, 0, 0), refused);
        assert_eq!(check(Profile::Managed, Some(LogVersion::V1), 0, 0), Ok(()));
        assert_eq!(check(Profile::Managed, Some(LogVersion::V2), 0, 0), refused);
        assert_eq!(check(Profile::ManagedOffline, None, 0, 0), Ok(()));
        assert_eq!(check(Profile::PrivateCa, Some(LogVersion::V1), 0, 600), refused);
        assert_eq!(check(Profile::PrivateCa, None, 1, 86_400), Ok(()));
        assert_eq!(check(Profile::PrivateCa, None, 1, 86_401), refused);
    }
}
