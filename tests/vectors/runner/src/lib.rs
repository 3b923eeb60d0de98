#![doc = include_str!("../README.md")]

mod bundle;
mod engine;
mod exceptions;
mod folder;
mod formats;
#[cfg(feature = "sandbox")]
mod jose;
mod outcome;
mod policy;
mod replies;
mod report;
mod run;
#[cfg(feature = "sandbox")]
mod sandbox;

pub use bundle::{BundleCase, Prepared, bundle_requests};
pub use engine::{Engines, NativeEngine, VerifyEngine};
pub use exceptions::Exceptions;
pub use folder::{Entry, Folder, Verdict};
pub use outcome::{CaseOutcome, Summary};
pub use report::{write_checks, write_json, write_table};
pub use run::run;
#[cfg(feature = "sandbox")]
pub use sandbox::{SandboxEngine, WasmJudge};
