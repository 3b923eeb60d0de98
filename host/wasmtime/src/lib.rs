#![doc = include_str!("../README.md")]

mod bindings;
mod error;
mod instance;
mod reply;
mod runtime;
mod settings;
mod ticker;
mod verifier;

pub use error::{RuntimeError, SandboxCause, SandboxError};
pub use reply::{Reply, Verdict};
pub use runtime::{MODULE_SHA256, Runtime, RuntimeOptions, module_bytes};
pub use verifier::{InstanceMode, Verifier};
