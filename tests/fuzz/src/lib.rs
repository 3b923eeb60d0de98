#![doc = include_str!("../README.md")]

mod bundle;
mod certificate;
mod checkpoint;
mod component_abi;
mod dice;
mod document;
mod encodings;
mod inclusion_proof;
mod jcs;
mod log_body;
pub mod mutation;
mod oracle;
mod policy;
mod resume_state;
mod sct_list;
pub mod seeds;
mod signing;
mod signing_replies;
mod statement;
mod timestamp_token;
mod trusted_root;
mod verify_structured;

pub use bundle::bundle;
pub use certificate::certificate;
pub use checkpoint::checkpoint;
pub use component_abi::component_abi;
pub use dice::Dice;
pub use encodings::encodings;
pub use inclusion_proof::inclusion_proof;
pub use jcs::jcs;
pub use log_body::log_body;
pub use policy::policy;
pub use resume_state::resume_state;
pub use sct_list::sct_list;
pub use signing_replies::signing_replies;
pub use statement::statement;
pub use timestamp_token::timestamp_token;
pub use trusted_root::trusted_root;
pub use verify_structured::verify_structured;

/// A fuzz target: it panics when a property does not hold.
pub type Run = fn(&[u8]);

/// Every target by its name, sorted.
pub const TARGETS: &[(&str, Run)] = &[
    ("bundle", bundle),
    ("certificate", certificate),
    ("checkpoint", checkpoint),
    ("component_abi", component_abi),
    ("encodings", encodings),
    ("inclusion_proof", inclusion_proof),
    ("jcs", jcs),
    ("log_body", log_body),
    ("policy", policy),
    ("resume_state", resume_state),
    ("sct_list", sct_list),
    ("signing_replies", signing_replies),
    ("statement", statement),
    ("timestamp_token", timestamp_token),
    ("trusted_root", trusted_root),
    ("verify_structured", verify_structured),
];
