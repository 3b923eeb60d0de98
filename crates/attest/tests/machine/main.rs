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

mod chance;
mod crashes;
mod edges;
mod faults;
mod independent;
mod keys;
mod random;
mod recovery;
mod runs;
mod states;
mod vectors;
mod world;
