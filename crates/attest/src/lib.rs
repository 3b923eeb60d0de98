#![doc = include_str!("../README.md")]
#![no_std]
extern crate alloc;

mod admission;
pub mod assembly;
mod base;
mod build_type;
mod canonical;
mod claim_table;
mod claims;
pub mod config;
mod digest;
mod document;
mod error;
pub mod exchange;
mod expected;
mod facts;
mod git_ref;
pub mod guard;
mod limits;
pub mod machine;
mod parameters;
mod parts;
pub mod portable;
mod predicate;
pub mod private_ca;
mod request;
mod reserialize;
mod resource;
#[cfg(feature = "schema")]
pub mod schema;
mod second_look;
mod secret;
pub mod selection;
pub mod self_verification;
mod statement;
mod subject;
mod summary;
mod tenant;
mod timestamp;
pub mod trust;
mod uri;

pub use admission::check_visibility;
pub use base::BASE;
pub use build_type::{BuildType, Class, Parameter, ParameterType, Schema};
pub use claim_table::{CLAIM_ROWS, ClaimRow, Column, Paths, Place, Source, match_predicate};
pub use claims::{Claims, match_tokens};
pub use config::Config;
pub use cretula_verify::RootMemo;
pub use error::{AttestError, ErrorKind};
pub use expected::{ExpectedExtension, ExpectedIdentity, expected_extensions};
pub use facts::{ControlPlaneFacts, Origin};
pub use limits::Limits;
pub use parts::{FactsParts, JobParts, TenantParts, encode_request};
pub use predicate::{
    AssertedSummary, Kind, PROVENANCE_TYPE, PredicateRequest, SummaryRequest, VSA_TYPE, VerifiedReport,
    VsaReports, check_caller_predicate,
};
pub use request::{Entropy, Job, REQUEST_SCHEMA, Request, parse_request, parse_request_within};
pub use second_look::{ManagedSigner, verify_against};
pub use statement::{Builder, BuiltStatement, PAYLOAD_TYPE, build_statement, build_summary};
pub use subject::Subject;
pub use summary::build_statement_verifying;
pub use tenant::TenantClaims;
