//! A whole instance: every service, and the trusted root that names them.

use crate::ca::CertificateAuthority;
use crate::ct::CtLog;
use crate::json::Json;
use crate::rekor_v1::RekorV1;
use crate::rekor_v2::RekorV2;
use crate::seed::Seed;
use crate::signing_key::Algorithm;
use crate::tsa::TimestampAuthority;
use crate::witness::Witness;

/// Operators of the services: one of each kind belongs to the first, one to the second.
pub const OPERATORS: [&str; 2] = ["north.example", "south.example"];

/// Operators of the witnesses.
pub const WITNESS_OPERATORS: [&str; 3] = ["ada.example", "bob.example", "cyd.example"];

/// Services have been in use for this long.
const AGE: u64 = 400 * 86_400;

/// Version of the trusted root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RootVersion {
    /// `application/vnd.dev.sigstore.trustedroot+json;version=0.1`
    V01,
    /// `application/vnd.dev.sigstore.trustedroot.v0.1+json`
    V01Short,
    /// `application/vnd.dev.sigstore.trustedroot.v0.2+json`
    V02,
}

impl RootVersion {
    /// The media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::V01 => "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            Self::V01Short => "application/vnd.dev.sigstore.trustedroot.v0.1+json",
            Self::V02 => "application/vnd.dev.sigstore.trustedroot.v0.2+json",
        }
    }
}

/// A virtual Sigstore in memory.
#[derive(Debug, Clone)]
pub struct Instance {
    /// From which keys derive.
    pub seed: Seed,
    /// The present, in seconds since 1970.
    pub now: u64,
    /// Certificate authorities.
    pub certificate_authorities: Vec<CertificateAuthority>,
    /// CT logs.
    pub ct_logs: Vec<CtLog>,
    /// Rekor v1 logs.
    pub rekor_v1: Vec<RekorV1>,
    /// Rekor v2 logs.
    pub rekor_v2: Vec<RekorV2>,
    /// Timestamp authorities.
    pub timestamp_authorities: Vec<TimestampAuthority>,
    /// Witnesses.
    pub witnesses: Vec<Witness>,
    /// Version of the trusted root.
    pub root_version: RootVersion,
}

impl Instance {
    /// Two of each service, by two operators, and three witnesses. Everything derives from `seed` and `now`.
    #[must_use]
    pub fn new(seed: Seed, now: u64) -> Self {
        let from = now - AGE;
        let p256 = Algorithm::P256;
        Self {
            seed,
            now,
            certificate_authorities: OPERATORS
                .map(|operator| CertificateAuthority::new(&seed, operator, p256, from))
                .into(),
            ct_logs: OPERATORS.map(|operator| CtLog::new(&seed, operator, p256, from)).into(),
            rekor_v1: OPERATORS.map(|operator| RekorV1::new(&seed, operator, p256, from)).into(),
            rekor_v2: OPERATORS
                .map(|operator| RekorV2::new(&seed, operator, Algorithm::Ed25519, from))
                .into(),
            timestamp_authorities: OPERATORS
                .map(|operator| TimestampAuthority::new(&seed, operator, p256, from))
                .into(),
            witnesses: WITNESS_OPERATORS.map(|operator| Witness::new(&seed, operator)).into(),
            root_version: RootVersion::V02,
        }
    }

    /// When its services came into use.
    #[must_use]
    pub const fn start(&self) -> u64 {
        self.now - AGE
    }

    /// The trusted root, as JSON.
    #[must_use]
    pub fn trusted_root(&self) -> Vec<u8> {
        self.trusted_root_json().encode()
    }

    pub(crate) fn trusted_root_json(&self) -> Json {
        let v1 = self.rekor_v1.iter().map(RekorV1::to_json);
        let v2 = self.rekor_v2.iter().map(RekorV2::to_json);
        Json::object([
            ("mediaType", Json::text(self.root_version.media_type())),
            ("tlogs", Json::List(v1.chain(v2).collect())),
            ("ctlogs", Json::List(self.ct_logs.iter().map(CtLog::to_json).collect())),
            (
                "certificateAuthorities",
                Json::List(self.certificate_authorities.iter().map(CertificateAuthority::to_json).collect()),
            ),
            (
                "timestampAuthorities",
                Json::List(self.timestamp_authorities.iter().map(TimestampAuthority::to_json).collect()),
            ),
        ])
    }
}
