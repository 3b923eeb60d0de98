//! Calls into the sandbox.

use std::sync::{Mutex, PoisonError};

use crate::{
    error::SandboxError,
    instance::{Call, Instance},
    reply::Reply,
    runtime::Runtime,
};

/// Whether an instance serves one call or several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InstanceMode {
    /// One store per call: nothing of a call is there in the next one.
    #[default]
    Fresh,
    /// Instances are kept for verification and remember parsed trusted roots; one is replaced after an error and when
    /// its memory has grown. Use one verifier per trusted root.
    Warm,
}

/// Above this an instance is not used again: memory never shrinks.
const WARM_MEMORY_BYTES: usize = 8 << 20;
/// Idle instances that a warm verifier keeps.
const WARM_INSTANCES: usize = 8;

/// Verifies bundles in the sandbox. May be shared between threads.
pub struct Verifier {
    runtime: Runtime,
    mode: InstanceMode,
    idle: Mutex<Vec<Instance>>,
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier").field("mode", &self.mode).finish_non_exhaustive()
    }
}

impl Verifier {
    /// A verifier over a runtime.
    #[must_use]
    pub fn new(runtime: &Runtime, mode: InstanceMode) -> Self {
        Self { runtime: runtime.clone(), mode, idle: Mutex::new(Vec::new()) }
    }

    /// Verifies one request, a `cretula/verify-request/v1` document.
    ///
    /// # Errors
    /// The sandbox ended the call: always a denial. A refused bundle and a wrong request are replies, not errors;
    /// [`Reply::is_verified`] is the only success.
    pub fn verify_json(&self, request: &[u8]) -> Result<Reply, SandboxError> {
        self.call(Call::Verify(request)).and_then(Reply::read)
    }

    /// Shows what a bundle says of itself, as JSON. Nothing in it is verified.
    ///
    /// # Errors
    /// The sandbox ended the call.
    pub fn inspect_json(&self, bundle: &[u8]) -> Result<Vec<u8>, SandboxError> {
        self.call(Call::Inspect(bundle))
    }

    /// Reads a policy and writes it with its preset written out, or a `cretula/error/v1` document.
    ///
    /// # Errors
    /// The sandbox ended the call.
    pub fn check_policy_json(&self, policy: &[u8]) -> Result<Vec<u8>, SandboxError> {
        self.call(Call::CheckPolicy(policy))
    }

    /// Version of the module, as JSON.
    ///
    /// # Errors
    /// The sandbox ended the call.
    pub fn version_json(&self) -> Result<Vec<u8>, SandboxError> {
        self.call(Call::Version)
    }

    /// An instance that ended with an error is dropped here, whatever the mode.
    fn call(&self, call: Call<'_>) -> Result<Vec<u8>, SandboxError> {
        let mut instance = match self.take() {
            Some(instance) => instance,
            None => self.runtime.instantiate()?,
        };
        let reply = instance.call(call)?;
        self.keep(instance);
        Ok(reply)
    }

    fn take(&self) -> Option<Instance> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn keep(&self, instance: Instance) {
        if self.mode == InstanceMode::Fresh || instance.memory_bytes() > WARM_MEMORY_BYTES {
            return;
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < WARM_INSTANCES {
            idle.push(instance);
        }
    }
}
