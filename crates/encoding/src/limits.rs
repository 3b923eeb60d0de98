//! The one table of limits.
//!
//! A limit is checked before memory is taken; what is above it is refused with code `limits/<name>`. A caller may lower
//! each limit freely, and raise it up to its hard cap.
use crate::json::JsonLimits;

const KIB: u32 = 1 << 10;
const MIB: u32 = 1 << 20;

/// Fewest bits of an RSA modulus (NIST SP 800-131A).
pub const RSA_BITS_MIN: u32 = 2048;
/// Most bits of an RSA modulus: bounds the cost of one check.
pub const RSA_BITS_MAX: u32 = 8192;
/// Smallest public exponent of an RSA key, which is odd too.
pub const RSA_EXPONENT_MIN: u32 = 3;
/// Greatest public exponent of an RSA key: bounds the cost of one check.
pub const RSA_EXPONENT_MAX: u32 = u32::MAX;

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Name as in codes: `limits/<name>`.
    pub name: &'static str,
    /// Value unless raised or lowered.
    pub default: u64,
    /// The caller may not raise it above this.
    pub cap: u64,
    /// `bytes`, `levels`, …
    pub unit: &'static str,
    /// Where the number comes from.
    pub why: &'static str,
}

/// A range that belongs to a kind of key and cannot be set.
#[derive(Debug, Clone, Copy)]
pub struct FixedRow {
    /// Name as in codes: `limits/<name>`.
    pub name: &'static str,
    /// Least value.
    pub min: u64,
    /// Greatest value.
    pub max: u64,
    /// `bits`, …
    pub unit: &'static str,
    /// Where the numbers come from.
    pub why: &'static str,
}

/// Ranges that cannot be set.
pub const FIXED_ROWS: &[FixedRow] = &[
    FixedRow {
        name: "rsa-bits",
        min: widen(RSA_BITS_MIN),
        max: widen(RSA_BITS_MAX),
        unit: "bits",
        why: "smaller moduli are weak, larger ones make one check expensive",
    },
    FixedRow {
        name: "rsa-exponent",
        min: widen(RSA_EXPONENT_MIN),
        max: widen(RSA_EXPONENT_MAX),
        unit: "odd number",
        why: "1 and even exponents are degenerate, large ones make one check expensive",
    },
];

/// Why a limit was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitError {
    /// The value is above the hard cap (`input/limit-cap`).
    AboveCap,
    /// There is no limit of that name.
    Unknown,
}

impl core::fmt::Display for LimitError {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.write_str(match self {
            Self::AboveCap => "limit above its hard cap",
            Self::Unknown => "no limit of that name",
        })
    }
}

impl core::error::Error for LimitError {}

/// Types of limits. All values fit 32 bits.
trait Value: Sized {
    /// A value that is at most a cap of the table.
    fn from_table(value: u64) -> Self;
    fn widened(&self) -> u64;
}

impl Value for usize {
    fn from_table(value: u64) -> Self {
        Self::try_from(value).unwrap_or(Self::MAX)
    }

    fn widened(&self) -> u64 {
        u64::try_from(*self).unwrap_or(u64::MAX)
    }
}

impl Value for u32 {
    fn from_table(value: u64) -> Self {
        Self::try_from(value).unwrap_or(Self::MAX)
    }

    fn widened(&self) -> u64 {
        u64::from(*self)
    }
}

/// Widens a constant.
const fn widen(value: u32) -> u64 {
    let [a, b, c, d] = value.to_be_bytes();
    u64::from_be_bytes([0, 0, 0, 0, a, b, c, d])
}

/// Each row: field, type, name, default (`/` hard cap, if that is higher), unit, reason.
macro_rules! limits {
    ($($field:ident: $type:ty = $name:literal, $default:expr $(=> $cap:expr)?, $unit:literal, $why:literal;)*) => {
        /// Every limit with the value in force; see the table [`ROWS`] for defaults and hard caps.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Limits {
            $(
                #[doc = concat!("`", $name, "`, in ", $unit, ": ", $why, ".")]
                pub $field: $type,
            )*
        }

        /// The table, in the order of the documentation.
        pub const ROWS: &[Row] = &[$(
            Row {
                name: $name,
                default: widen($default),
                cap: limits!(@cap $default $(, $cap)?),
                unit: $unit,
                why: $why,
            },
        )*];

        impl Default for Limits {
            fn default() -> Self {
                Self { $($field: Value::from_table(widen($default)),)* }
            }
        }

        impl Limits {
            /// Sets one by its kebab-case name.
            ///
            /// # Errors
            /// Unknown name, or above the hard cap.
            pub fn set(&mut self, name: &str, value: u64) -> Result<(), LimitError> {
                let row = ROWS.iter().find(|row| row.name == name).ok_or(LimitError::Unknown)?;
                if value > row.cap {
                    return Err(LimitError::AboveCap);
                }
                match name {
                    $($name => self.$field = Value::from_table(value),)*
                    _ => return Err(LimitError::Unknown),
                }
                Ok(())
            }

            /// All names with the values in force, in table order (report `inputs.limits`).
            pub fn entries(&self) -> impl Iterator<Item = (&'static str, u64)> + use<> {
                [$(($name, self.$field.widened()),)*].into_iter()
            }
        }
    };
    (@cap $default:expr) => { widen($default) };
    (@cap $default:expr, $cap:expr) => { widen($cap) };
}

limits! {
    bundle_bytes: usize = "bundle-bytes", MIB => 16 * MIB, "bytes",
        "bundles in use have 4 to 25 KiB, statements with an SBOM need the cap; `blobs` together count alike";
    json_depth: usize = "json-depth", 32, "levels",
        "nesting of every document but predicates: nothing recurses over input";
    predicate_depth: usize = "predicate-depth", 64, "levels",
        "nesting of statements, whose predicates are free JSON";
    json_members: usize = "json-members", 4096, "members",
        "members of one object outside of predicates";
    json_string_bytes: usize = "json-string-bytes", 16 * MIB, "bytes",
        "one string as written; payloads are strings";
    log_entries: usize = "log-entries", 8 => 32, "entries",
        "each costs signature checks; no threshold in use is above 8";
    timestamps: usize = "timestamps", 8 => 32, "tokens",
        "each costs signature checks; no threshold in use is above 8";
    subjects: usize = "subjects", 1024, "subjects",
        "the largest published producers write 1024";
    digests_per_subject: usize = "digests-per-subject", 16 => 32, "digests",
        "more algorithms than anyone writes";
    artifacts: usize = "artifacts", 64, "artifacts",
        "each is compared with each subject";
    artifact_bytes: usize = "artifact-bytes", 16 * MIB, "bytes",
        "all artifacts together, where a digest does not do";
    proof_hashes: usize = "proof-hashes", 63, "hashes",
        "depth of a tree whose indices have 63 bits";
    checkpoint_bytes: usize = "checkpoint-bytes", 256 * KIB, "bytes",
        "room for 64 lines of ML-DSA-44 signatures";
    checkpoint_lines: usize = "checkpoint-lines", 64, "lines",
        "readers must take 16 signature lines";
    witnesses: usize = "witnesses", 64, "witnesses",
        "one for each signature line";
    certificate_bytes: usize = "certificate-bytes", 16 * KIB, "bytes",
        "leaf certificates have 0.7 to 2 KiB";
    extensions: usize = "extensions", 64, "extensions",
        "in one certificate; leaf certificates have about 30";
    san_entries: usize = "san-entries", 16, "names",
        "in one certificate; leaf certificates have one";
    scts: usize = "scts", 16, "timestamps",
        "in one certificate; leaf certificates have one or two";
    chain: usize = "chain", 4, "certificates",
        "leaf and anchor included; the deepest public deployment has 4";
    signature_checks: u32 = "signature-checks", 32, "checks",
        "in one path search: building paths can take exponential time";
    path_steps: u32 = "path-steps", 1000, "steps",
        "in one path search: building paths can take exponential time";
    name_comparisons: u32 = "name-comparisons", 10_000, "comparisons",
        "in one path search: names times constraints";
    token_bytes: usize = "token-bytes", 64 * KIB, "bytes",
        "timestamp tokens have 0.6 to 1.5 KiB";
    token_certificates: usize = "token-certificates", 8, "certificates",
        "embedded in one timestamp token";
    trusted_root_bytes: usize = "trusted-root-bytes", MIB, "bytes",
        "public roots have 3 to 32 KiB";
    trusted_root_instances: usize = "trusted-root-instances", 64, "instances",
        "of each kind: each may be tried";
    policy_bytes: usize = "policy-bytes", 256 * KIB, "bytes",
        "a policy may come from a tenant of a platform";
    policy_nodes: usize = "policy-nodes", 256, "nodes",
        "each is evaluated";
    policy_depth: usize = "policy-depth", 8, "levels",
        "nested alternatives";
    pattern_bytes: usize = "pattern-bytes", KIB, "bytes",
        "one pattern as written";
    pattern_compiled: usize = "pattern-compiled", 64 * KIB, "bytes",
        "automaton of one pattern; a short pattern can have a large one";
    pattern_compiled_total: usize = "pattern-compiled-total", 256 * KIB, "bytes",
        "automata of all patterns: linear time is not little time";
    pattern_input: usize = "pattern-input", 2 * KIB, "bytes",
        "text that a pattern is matched with";
    claim_bytes: usize = "claim-bytes", 2 * KIB, "bytes",
        "one claim, which is shown and matched";
    managed_keys: usize = "managed-keys", 256, "keys",
        "tried one by one only if their ids collide";
    trusted_roots: usize = "trusted-roots", 8, "documents",
        "each is tried alone";
    container_items: usize = "container-items", 256, "items",
        "attestations of a document, layers, lines";
    signature_total: u32 = "signature-total", 256, "checks",
        "for one bundle, over all evidence; P-384, P-521 and RSA above 3072 bits count 4, above 4096 bits 8";
    container_signature_total: u32 = "container-signature-total", 2048, "checks",
        "for one container, over all its bundles; P-384, P-521 and RSA above 3072 bits count 4, above 4096 bits 8";
}

impl Limits {
    /// Limits of JSON outside of predicates.
    #[must_use]
    pub const fn json(&self) -> JsonLimits {
        JsonLimits {
            max_depth: self.json_depth,
            max_members: self.json_members,
            max_string_bytes: self.json_string_bytes,
        }
    }

    /// Limits of statements: deeper, and any number of members in an object.
    #[must_use]
    pub const fn predicate_json(&self) -> JsonLimits {
        JsonLimits {
            max_depth: self.predicate_depth,
            max_members: usize::MAX,
            max_string_bytes: self.json_string_bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn errors_are_written_for_people() {
        use alloc::string::ToString;
        assert_eq!(LimitError::AboveCap.to_string(), "limit above its hard cap");
        assert_eq!(LimitError::Unknown.to_string(), "no limit of that name");
    }

    #[test]
    fn the_table_is_sound() {
        for (index, row) in ROWS.iter().enumerate() {
            assert!(
                0 < row.default && row.default <= row.cap && row.cap <= u64::from(u32::MAX),
                "{}",
                row.name
            );
            assert!(!row.unit.is_empty() && !row.why.is_empty());
            assert!(row.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", row.name);
            assert!(ROWS[..index].iter().all(|other| other.name != row.name), "{}", row.name);
        }
    }

    #[test]
    fn every_row_can_be_set_up_to_its_cap() {
        for row in ROWS {
            let mut limits = Limits::default();
            let value = |limits: &Limits| limits.entries().find(|(name, _)| *name == row.name);
            assert_eq!(value(&limits), Some((row.name, row.default)));
            assert_eq!(limits.set(row.name, row.cap), Ok(()));
            assert_eq!(limits.set(row.name, row.cap + 1), Err(LimitError::AboveCap));
            assert_eq!(value(&limits), Some((row.name, row.cap)));
            assert_eq!(limits.set(row.name, 0), Ok(()));
            assert_eq!(value(&limits), Some((row.name, 0)));
            let changed = limits.entries().zip(Limits::default().entries()).filter(|(new, old)| new != old);
            assert_eq!(changed.count(), 1);
        }
        assert_eq!(Limits::default().set("bundle_bytes", 1), Err(LimitError::Unknown));
        assert_eq!(Limits::default().set("rsa-bits", 2048), Err(LimitError::Unknown));
    }

    #[test]
    fn entries_are_in_table_order() {
        let names: Vec<_> = Limits::default().entries().map(|(name, _)| name).collect();
        assert_eq!(names, ROWS.iter().map(|row| row.name).collect::<Vec<_>>());
    }

    #[test]
    fn defaults_differ_from_caps_only_where_documented() {
        let raisable: Vec<_> = ROWS.iter().filter(|row| row.default != row.cap).map(|row| row.name).collect();
        assert_eq!(raisable, ["bundle-bytes", "log-entries", "timestamps", "digests-per-subject"]);
        let limits = Limits::default();
        assert_eq!((limits.json().max_depth, limits.predicate_json().max_depth), (32, 64));
        assert_eq!((limits.json().max_members, limits.predicate_json().max_members), (4096, usize::MAX));
    }
}
