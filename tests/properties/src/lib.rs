#![doc = include_str!("../README.md")]

mod checked;
mod good;

pub use checked::Checked;
pub use good::{Given, cases, good, judge, verify};

use proptest::test_runner::{Config, RngSeed};

/// The same inputs in every run; `PROPTEST_CASES` says how many.
#[must_use]
pub fn repeatable() -> Config {
    Config { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..Config::default() }
}
