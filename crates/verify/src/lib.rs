#![doc = include_str!("../README.md")]
#![no_std]
extern crate alloc;

pub mod documents;
mod identity;
mod inspect;
mod operators;
pub mod policy;
pub mod portable;
mod refusal;
pub mod report;
pub mod request;
#[cfg(feature = "schema")]
pub mod schema;
pub mod shape;
#[cfg(feature = "schema")]
pub mod tables;
mod trust;
mod verified;
mod verifier;

pub use identity::IdentityError;
pub use inspect::inspect_bundle;
pub use policy::Policy;
pub use refusal::{Failure, Refusal, Stage};
pub use report::Report;
pub use request::Request;
pub use trust::{RootMemo, TrustedAuthority, TrustedLog, TrustedRoot};
pub use verified::{
    VerifiedArtifact, VerifiedBundle, VerifiedContent, VerifiedEnvelope, VerifiedIdentity, VerifiedKey,
    VerifiedLogEntry, VerifiedSigner, VerifiedStatement, VerifiedTimestamp,
};
pub use verifier::{Outcome, Verifier};
