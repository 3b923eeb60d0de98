//! One instance of the module in its own store.

use wasmtime::{ResourceLimiter, Store};

use crate::{bindings::Module, error::SandboxError};

/// Bounds of a store, and whether they were met.
#[derive(Debug)]
pub(crate) struct Bounds {
    max_memory_bytes: usize,
    memory_bytes: usize,
    denied: bool,
}

impl Bounds {
    pub(crate) const fn new(max_memory_bytes: usize) -> Self {
        Self { max_memory_bytes, memory_bytes: 0, denied: false }
    }

    /// Whether growth of memory was refused.
    pub(crate) const fn denied(&self) -> bool {
        self.denied
    }
}

impl ResourceLimiter for Bounds {
    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let allowed = desired <= self.max_memory_bytes;
        if allowed {
            self.memory_bytes = desired;
        } else {
            self.denied = true;
        }
        Ok(allowed)
    }

    fn table_growing(&mut self, current: usize, _: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        // The module's table is made when it is instantiated and never grows.
        Ok(current == 0)
    }
}

/// An instance. After an error it must be dropped.
pub(crate) struct Instance {
    store: Store<Bounds>,
    module: Module,
    deadline_ticks: u64,
}

impl Instance {
    pub(crate) const fn new(store: Store<Bounds>, module: Module, deadline_ticks: u64) -> Self {
        Self { store, module, deadline_ticks }
    }

    /// Bytes of linear memory; it never shrinks.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.store.data().memory_bytes
    }

    /// Runs one call of `portable` within a fresh deadline.
    pub(crate) fn call(&mut self, call: Call<'_>) -> Result<Vec<u8>, SandboxError> {
        self.store.set_epoch_deadline(self.deadline_ticks);
        let portable = self.module.cretula_core_portable();
        let store = &mut self.store;
        let reply = match call {
            Call::Verify(request) => portable.call_verify(store, request),
            Call::Inspect(bundle) => portable.call_inspect(store, bundle),
            Call::CheckPolicy(policy) => portable.call_check_policy(store, policy),
            Call::Version => portable.call_version(store),
        };
        reply.map_err(|error| SandboxError::of_engine(&error, self.store.data().denied()))
    }
}

/// A function of `portable` and its argument.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Call<'a> {
    Verify(&'a [u8]),
    Inspect(&'a [u8]),
    CheckPolicy(&'a [u8]),
    Version,
}
