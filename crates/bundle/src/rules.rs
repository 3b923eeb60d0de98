//! The `bundle` member of a policy.
use crate::BundleVersion;
use alloc::vec::Vec;

/// What is done with JSON members that the format does not know (P02).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnknownMembers {
    /// They are skipped and reported.
    Ignore,
    /// They refuse the document.
    #[default]
    Refuse,
}

/// What a bundle may look like (P02–P10). The default takes every version and has every switch off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleRules {
    /// Whether a 0.3 bundle may hold a certificate chain (P07).
    pub allow_chain_in_v03: bool,
    /// Whether a self-signed certificate in a chain refuses the bundle. Applied by the verifier (P07).
    pub refuse_root_in_chain: bool,
    /// Whether an envelope signed with a managed key must name it (P10).
    pub require_keyid: bool,
    /// Members that the format does not know (P02).
    pub unknown_members: UnknownMembers,
    /// Whether chain elements after the leaf may be path candidates. Applied by the verifier (P08).
    pub use_intermediates: bool,
    /// Accepted versions (P04); an empty list accepts none.
    pub versions: Vec<BundleVersion>,
}

impl Default for BundleRules {
    fn default() -> Self {
        Self {
            allow_chain_in_v03: false,
            refuse_root_in_chain: false,
            require_keyid: false,
            unknown_members: UnknownMembers::Refuse,
            use_intermediates: false,
            versions: BundleVersion::ALL.to_vec(),
        }
    }
}
