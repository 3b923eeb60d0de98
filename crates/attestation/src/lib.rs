#![doc = include_str!("../README.md")]
#![no_std]
extern crate alloc;

mod digest_set;
mod envelope;
mod error;
mod pae;
mod provenance;
mod statement;

pub use digest_set::{AcceptedAlgorithms, DigestSet, SubjectMatch};
pub use envelope::{Envelope, EnvelopeSignature};
pub use error::{DocumentError, Error};
pub use pae::{PreAuthEncoding, pae};
pub use provenance::{Provenance, ResourceDescriptor};
pub use statement::{MatchedSubject, Statement, StatementType, Subject, SubjectMismatch};
