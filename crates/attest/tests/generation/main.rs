//! Generation from whole requests: what is built, and what is refused.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "bends the project's own requests with an independent reader; a test that cannot stops"
)]

mod build_types;
mod certificates;
mod determinism;
mod hostile;
mod origin;
mod predicates;
mod refusals;
mod requests;
mod support;
mod vsa;
