//! Presets: evidence defaults by name. Members written in a policy win over them.

use super::evidence::{
    AlgorithmRules, CertId, CertificateRules, Compat, Evidence, LogRules, OnInvalidToken, OutsideCertificate,
    SctRules, TimeMode, TimeRules, TrustRules,
};

/// A set of evidence defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// A local CA with leaves of years, without log and timestamps; every certificate leaf pins its CA.
    LongLivedCa,
    /// Managed keys with a log.
    ManagedKey,
    /// A private CA whose signatures are timestamped.
    PrivateCa,
    /// An instance with RFC 3161 timestamps and without log and CT.
    PrivateTsa,
    /// The defaults.
    PublicGood,
}

/// What a preset sets; everything else is the same in all of them.
struct Row {
    preset: Preset,
    name: &'static str,
    log_threshold: u32,
    sct_threshold: u32,
    time_mode: TimeMode,
    time_threshold: u32,
    signed_threshold: u32,
    /// Whether mode and thresholds count as written, so that they bind managed keys too.
    writes_time: bool,
    /// Whether every certificate leaf must pin the anchor.
    pins_anchor: bool,
}

/// Names in the order of [`ROWS`].
pub(super) const PRESET_NAMES: &[&str] =
    &["public-good", "private-tsa", "managed-key", "private-ca", "long-lived-ca"];

const ROWS: [Row; 5] = [
    Row {
        preset: Preset::PublicGood,
        name: "public-good",
        log_threshold: 1,
        sct_threshold: 1,
        time_mode: TimeMode::Observer,
        time_threshold: 1,
        signed_threshold: 0,
        writes_time: false,
        pins_anchor: false,
    },
    Row {
        preset: Preset::PrivateTsa,
        name: "private-tsa",
        log_threshold: 0,
        sct_threshold: 0,
        time_mode: TimeMode::Tsa,
        time_threshold: 1,
        signed_threshold: 1,
        writes_time: true,
        pins_anchor: false,
    },
    Row {
        preset: Preset::ManagedKey,
        name: "managed-key",
        log_threshold: 1,
        sct_threshold: 1,
        time_mode: TimeMode::None,
        time_threshold: 0,
        signed_threshold: 0,
        writes_time: true,
        pins_anchor: false,
    },
    Row {
        preset: Preset::PrivateCa,
        name: "private-ca",
        log_threshold: 0,
        sct_threshold: 0,
        time_mode: TimeMode::Tsa,
        time_threshold: 1,
        signed_threshold: 0,
        writes_time: true,
        pins_anchor: false,
    },
    Row {
        preset: Preset::LongLivedCa,
        name: "long-lived-ca",
        log_threshold: 0,
        sct_threshold: 0,
        time_mode: TimeMode::Current,
        time_threshold: 1,
        signed_threshold: 0,
        writes_time: true,
        pins_anchor: true,
    },
];

impl Preset {
    /// Name in documents.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// From [`Self::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        ROWS.iter().find(|row| row.name == name).map(|row| row.preset)
    }

    /// Whether every certificate leaf of the policy must pin `ca.sha256`.
    pub(super) fn pins_anchor(self) -> bool {
        self.row().pins_anchor
    }

    fn row(self) -> &'static Row {
        const { &ROWS }.iter().find(|row| row.preset == self).unwrap_or(const { &ROWS[0] })
    }
}

/// The evidence that a preset demands; no preset means `public-good`.
pub(super) fn evidence(preset: Option<Preset>) -> Evidence {
    let row = preset.unwrap_or(Preset::PublicGood).row();
    Evidence {
        log: LogRules {
            threshold: row.log_threshold,
            require_proof: false,
            legacy_dsse_v2: false,
            only: None,
        },
        sct: SctRules { threshold: row.sct_threshold, detached: false },
        time: TimeRules {
            mode: row.time_mode,
            threshold: row.time_threshold,
            signed_threshold: row.signed_threshold,
            on_invalid_token: OnInvalidToken::Ignore,
            outside_certificate: OutsideCertificate::Fail,
            cert_id: CertId::Pinned,
            policy_oids: None,
            names: None,
            only: None,
            written: row.writes_time,
        },
        witness: None,
        trust: TrustRules { require_windows: false },
        algorithms: AlgorithmRules { allow: None, compat: Compat::Warn },
        certificate: CertificateRules { max_lifetime_seconds: None, allow_missing_key_ids: false },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_rows() {
        let names: alloc::vec::Vec<&str> = ROWS.iter().map(|row| row.name).collect();
        assert_eq!(names, PRESET_NAMES);
        for row in &ROWS {
            assert_eq!(Preset::from_name(row.preset.name()), Some(row.preset));
        }
        assert_eq!(Preset::from_name("public"), None);
    }

    #[test]
    fn only_public_good_leaves_times_of_managed_keys_alone() {
        for row in &ROWS {
            assert_eq!(evidence(Some(row.preset)).time.written, row.preset != Preset::PublicGood);
        }
        assert!(!evidence(None).time.written);
    }
}
