//! Runs over HTTP against a virtual Sigstore.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "documents of the project, read with serde_json"
)]

mod faults;
mod hostile_module;
mod misbehaving_keys;
mod records;
mod sealing;
mod secrets;
mod world;
