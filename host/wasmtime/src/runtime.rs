//! The engine with the embedded module: made once, shared by everything.

use std::{sync::Arc, time::Duration};

use wasmtime::{
    Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store,
    component::{Component, Linker},
};

use crate::{
    bindings::ModulePre,
    error::{RuntimeError, SandboxError},
    instance::{Bounds, Call, Instance, StepCall, StepDocuments},
    settings::settings,
    ticker::{Ticker, ticks},
};

/// SHA-256 of the embedded component, hex.
pub const MODULE_SHA256: &str = env!("CRETULA_MODULE_SHA256");

/// The embedded component.
#[must_use]
pub fn module_bytes() -> &'static [u8] {
    include_bytes!(concat!(env!("OUT_DIR"), "/cretula.wasm"))
}

/// Bounds of every call.
#[derive(Debug, Clone)]
pub struct RuntimeOptions {
    /// Most memory of one instance, in bytes. It bounds the guest's linear memory, not the request and the reply that
    /// the host holds.
    pub max_memory_bytes: usize,
    /// Longest time of one call, in steps of 10 ms. It bounds the guest, not the host's own work.
    pub deadline: Duration,
    /// Instances that may exist at once; one more waits for nobody and is refused.
    pub max_instances: u32,
}

impl Default for RuntimeOptions {
    /// 64 MiB, 1 s, 64 instances.
    fn default() -> Self {
        Self { max_memory_bytes: 64 << 20, deadline: Duration::from_secs(1), max_instances: 64 }
    }
}

/// An engine, the loaded module, and the bounds. Cheap to clone and share between threads.
#[derive(Clone)]
pub struct Runtime {
    shared: Arc<Shared>,
}

struct Shared {
    engine: Engine,
    module: ModulePre<Bounds>,
    options: RuntimeOptions,
    _ticker: Ticker,
    /// Every step so far, for the search for secrets in the memory of the module.
    #[cfg(test)]
    steps: std::sync::Mutex<Vec<OwnedStep>>,
}

/// A call of `begin` or `resume`: its documents in their order, and the time.
#[cfg(test)]
#[derive(Debug, Clone)]
pub(crate) struct OwnedStep {
    pub(crate) function: &'static str,
    pub(crate) documents: Vec<Vec<u8>>,
    pub(crate) now: u64,
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runtime").field("options", &self.shared.options).finish_non_exhaustive()
    }
}

impl Runtime {
    /// Starts the engine and loads the embedded module.
    ///
    /// # Errors
    /// The machine lacks what the precompiled code needs, or address space for the instances.
    pub fn new(options: RuntimeOptions) -> Result<Self, RuntimeError> {
        Self::start(options, load).map_err(RuntimeError)
    }

    fn start(
        options: RuntimeOptions,
        load: impl FnOnce(&Engine) -> Result<Component, wasmtime::Error>,
    ) -> Result<Self, wasmtime::Error> {
        let mut config = settings();
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(&options)));
        let engine = Engine::new(&config)?;
        let component = load(&engine)?;
        // Nothing is added to the linker: a module that imports anything cannot be instantiated.
        let module = ModulePre::new(Linker::new(&engine).instantiate_pre(&component)?)?;
        let ticker = Ticker::start(&engine)?;
        let shared = Shared {
            engine,
            module,
            options,
            _ticker: ticker,
            #[cfg(test)]
            steps: std::sync::Mutex::default(),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The bounds in force.
    #[must_use]
    pub fn options(&self) -> &RuntimeOptions {
        &self.shared.options
    }

    /// Begins a run of signing, in a fresh instance.
    pub(crate) fn begin(&self, request: &[u8], now: u64) -> Result<StepDocuments, SandboxError> {
        #[cfg(test)]
        self.note("begin", &[request], now);
        self.instantiate()?.step(StepCall::Begin { request, now })
    }

    /// Goes on with a run of signing, in a fresh instance.
    pub(crate) fn resume(&self, state: &[u8], reply: &[u8], now: u64) -> Result<StepDocuments, SandboxError> {
        #[cfg(test)]
        self.note("resume", &[state, reply], now);
        self.instantiate()?.step(StepCall::Resume { state, reply, now })
    }

    #[cfg(test)]
    fn note(&self, function: &'static str, documents: &[&[u8]], now: u64) {
        let documents = documents.iter().map(|document| document.to_vec()).collect();
        self.shared.steps.lock().unwrap().push(OwnedStep { function, documents, now });
    }

    /// Every step so far.
    #[cfg(test)]
    pub(crate) fn steps(&self) -> Vec<OwnedStep> {
        self.shared.steps.lock().unwrap().clone()
    }

    /// Builds a statement, in a fresh instance.
    pub(crate) fn statement(&self, request: &[u8], now: u64) -> Result<Vec<u8>, SandboxError> {
        self.instantiate()?.call(Call::Statement { request, now })
    }

    /// A new instance in a store of its own, with a fresh deadline.
    pub(crate) fn instantiate(&self) -> Result<Instance, SandboxError> {
        let shared = &self.shared;
        let mut store = Store::new(&shared.engine, Bounds::new(shared.options.max_memory_bytes));
        store.limiter(|bounds| bounds);
        store.epoch_deadline_trap();
        store.set_epoch_deadline(ticks(shared.options.deadline));
        let module = shared.module.instantiate(&mut store);
        let module = module.map_err(|error| SandboxError::of_engine(&error, store.data().denied()))?;
        Ok(Instance::new(store, module, ticks(shared.options.deadline)))
    }
}

/// Core instances of a component: the module, and what a toolchain may put around it.
const CORE_INSTANCES: u32 = 3;

/// One memory and the few tables of a component with one core module.
fn pool(options: &RuntimeOptions) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.max_memory_size(options.max_memory_bytes)
        .total_component_instances(options.max_instances)
        .total_core_instances(options.max_instances.saturating_mul(CORE_INSTANCES))
        .total_memories(options.max_instances)
        .total_tables(options.max_instances.saturating_mul(CORE_INSTANCES))
        .max_memories_per_component(1)
        .max_memories_per_module(1)
        .max_tables_per_component(CORE_INSTANCES)
        .max_core_instances_per_component(CORE_INSTANCES);
    pool
}

/// Loads the code that the build script made from the embedded component.
#[expect(unsafe_code, reason = "the one audited block that loads precompiled code")]
fn load(engine: &Engine) -> Result<Component, wasmtime::Error> {
    // SAFETY: these bytes were made by `Engine::precompile_component` in this crate's build script, of the same wasmtime
    // and the same settings, and were embedded at compile time. Nobody can put other bytes in their place: they are not
    // read from a file, a variable or a request.
    unsafe { Component::deserialize(engine, include_bytes!(concat!(env!("OUT_DIR"), "/cretula.cwasm"))) }
}

#[cfg(test)]
#[path = "hostile_tests.rs"]
mod hostile_tests;
