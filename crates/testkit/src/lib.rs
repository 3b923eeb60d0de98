#![doc = include_str!("../README.md")]

pub mod advisories;
mod asn1;
mod bundle_builder;
mod ca;
pub mod cases;
mod certificate;
mod ct;
mod inputs;
mod instance;
mod json;
mod log;
mod memo;
mod merkle;
mod note;
mod rekor_v1;
mod rekor_v2;
mod seed;
#[cfg(feature = "serve")]
pub mod serve;
mod signing_key;
mod token;
mod tsa;
mod window;
mod witness;

pub use bundle_builder::{
    BundleBuilder, CertificateForm, ContentSpec, Edit, EntryKind, EntryLog, EntrySpec, SctSpec, SetInput,
    SignerSpec, TimestampSpec, Version,
};
pub use ca::{CertificateAuthority, Identity, Member};
pub use cases::{Case, Defect, Expected, cases};
pub use certificate::{CertificateSpec, Extension};
pub use ct::{CtLog, Sct, SctEntry, SctInput};
pub use inputs::{GivenArtifact, GivenKey, GivenOptions, Inputs};
pub use instance::{Instance, OPERATORS, RootVersion, WITNESS_OPERATORS};
pub use json::Json;
pub use log::LogKey;
pub use merkle::MerkleTree;
pub use note::{CheckpointText, Note, NoteLine};
pub use rekor_v1::{EntryKey, RekorV1, dsse_body, hashedrekord_body, intoto_body};
pub use rekor_v2::{RekorV2, dsse_v2_body, hashedrekord_v2_body};
pub use seed::Seed;
pub use signing_key::{Algorithm, SigningKey, algorithm_identifier};
pub use token::TokenSpec;
pub use tsa::TimestampAuthority;
pub use window::{Window, rfc3339};
pub use witness::Witness;
