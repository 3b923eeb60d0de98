//! Limits in the module: the same verdicts as natively, and work that is bounded.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

mod cases;
mod fuel;
mod growth;
mod hostile;
mod inputs;
mod memory;
mod worst;

use std::sync::OnceLock;

use cretula_sandbox_tests::{Measured, Metered, built};
use serde::Deserialize;

/// Most fuel of a call with legal input: the most expensive one that is known (README.md), rounded up.
const WORST_LEGAL_FUEL: u64 = 5_000_000_000;

/// What no input may exceed.
const FUEL_CAP: u64 = 10 * WORST_LEGAL_FUEL;

/// 64 MiB.
const MAX_PAGES: usize = 1024;

/// The module, compiled once.
fn metered() -> &'static Metered {
    static METERED: OnceLock<Metered> = OnceLock::new();
    METERED.get_or_init(|| Metered::new(&built("cretula.core.wasm").unwrap()).unwrap())
}

/// The members of a reply that decide.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
struct Reply {
    verdict: Option<String>,
    code: Option<String>,
    stage: Option<String>,
    check_id: Option<String>,
    error: Option<Failure>,
}

#[derive(Deserialize, Debug)]
struct Failure {
    code: String,
}

impl Reply {
    fn read(reply: &[u8]) -> Self {
        serde_json::from_slice(reply).unwrap()
    }

    /// `verified`, or the code of the refusal or failure.
    fn of(measured: &Measured) -> String {
        match &measured.reply {
            Ok(reply) => Self::read(reply).outcome(),
            Err(denial) => format!("{denial:?}"),
        }
    }

    fn outcome(&self) -> String {
        match (self.verdict.as_deref(), &self.code, &self.error) {
            (Some("verified"), None, None) => "verified".to_owned(),
            (Some("refused"), Some(code), None) => code.clone(),
            (None, _, Some(failure)) => failure.code.clone(),
            _ => panic!("{self:?}"),
        }
    }
}

/// A millionth of fuel.
fn mega(fuel: u64) -> String {
    format!("{}.{}", fuel / 1_000_000, fuel / 100_000 % 10)
}
