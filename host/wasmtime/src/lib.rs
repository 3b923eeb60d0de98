#![doc = include_str!("../README.md")]

pub mod attestor;
pub mod audit;
mod bindings;
mod error;
mod foreign;
pub mod id_token;
mod instance;
pub mod keys;
mod reply;
mod runtime;
pub mod services;
mod settings;
mod ticker;
mod verifier;

pub use error::{RuntimeError, SandboxCause, SandboxError};
pub use reply::{Reply, Verdict};
pub use runtime::{MODULE_SHA256, Runtime, RuntimeOptions, module_bytes};
pub use verifier::{InstanceMode, Verifier};
