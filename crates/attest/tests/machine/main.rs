//! The signing machine against the virtual Sigstore, in memory.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test stops at its own mistakes, and reads documents with serde_json"
)]

mod edges;
mod faults;
mod independent;
mod keys;
mod recovery;
mod runs;
mod world;
