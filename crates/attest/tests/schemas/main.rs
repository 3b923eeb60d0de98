//! The published JSON Schemas of generation and signing against the hand-written readers and writers.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "bends the project's own documents with an independent reader; a test that cannot stops"
)]

mod inputs;
mod outputs;
mod published;
mod replies;
#[expect(dead_code, reason = "shared with the tests of generation, which need more of it")]
#[path = "../generation/support.rs"]
mod requests;
#[expect(dead_code, reason = "shared with the tests of the guard, which need more of it")]
#[path = "../guard/support.rs"]
mod support;
mod tables;
#[expect(dead_code, reason = "shared with the tests of the machine, which need more of it")]
#[path = "../machine/world.rs"]
mod world;
