#![doc = include_str!("../README.md")]
#![no_std]
extern crate alloc;

mod certificate;
#[cfg(test)]
mod certificate_tests;
mod constraints;
mod error;
mod extension;
mod fields;
mod fulcio;
mod leaf;
mod name;
pub mod oid;
mod path;
mod path_error;
mod precertificate;
mod profile;
mod san;
mod sct;
pub mod timestamp;

#[cfg(test)]
mod path_tests;
#[cfg(test)]
mod testing;

pub use certificate::{Certificate, Extension};
pub use error::{Error, KnownExtension};
pub use extension::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAltName,
    SubjectKeyIdentifier,
};
pub use fulcio::{CLAIMS, Claim, ClaimDefect, ClaimRow, ClaimState, FulcioClaims, IssuerClaim};
pub use leaf::{ClassError, LeafError, check_leaf, check_leaf_profile, is_ca, is_leaf, is_root_ca};
pub use name::{GeneralName, NameConstraints};
pub use path::{Path, PathBudget, PathRules, Purpose, verify_path};
pub use path_error::{KeyIdentifierViolation, PathError, ProfileViolation};
pub use precertificate::precertificate_tbs;
pub use san::{SanError, SanType, SigningSan, signing_san};
pub use sct::{SctError, SctKind, SignedCertificateTimestamp, parse_sct, parse_sct_list, verify_sct};
