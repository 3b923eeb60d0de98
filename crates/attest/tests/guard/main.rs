//! The guard: what may be signed, and every row that refuses.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "bends the project's own documents with an independent reader; a test that cannot stops"
)]

mod authorisations;
mod certificates;
mod claims;
mod counts;
mod hostile;
mod leaves;
mod messages;
#[expect(dead_code, reason = "shared with the tests of generation, which need more of it")]
#[path = "../generation/support.rs"]
mod requests;
mod summaries;
mod support;
