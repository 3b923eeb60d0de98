#![doc = include_str!("../README.md")]
#![no_std]
extern crate alloc;

pub mod base64;
pub mod der;
pub mod fields;
pub mod hex;
pub mod jcs;
pub mod json;
pub mod limits;
pub mod pem;
pub mod text;
pub mod time;

mod error;
pub use error::{Error, ErrorKind};

/// Property tests try the same cases in every run.
#[cfg(test)]
fn repeatable() -> proptest::test_runner::Config {
    use proptest::test_runner::{Config, RngSeed};
    Config { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..Config::default() }
}
