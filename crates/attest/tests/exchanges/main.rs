//! Requests to services in memory, and what is said about their replies: honest ones, and every lie.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "bends replies with an independent reader; a test that cannot stops"
)]

mod fulcio;
mod hostile;
mod limits;
mod rekor_v1;
mod rekor_v2;
mod support;
mod tiles;
mod tsa;
