//! A private certificate authority: leaf certificates that the host's own key signs.
//!
//! The encoding is a function of its arguments, so a guard can repeat it.
mod encode;
mod leaf;

pub use leaf::{
    Authority, BACKDATED_SECS, LeafRequest, SERIAL_BYTES, assemble, authority_certificate, find_authority,
    leaf_secs, tbs_certificate, verify_leaf,
};
