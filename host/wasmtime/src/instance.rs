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
            Call::Statement { request, now } => portable.call_statement(store, request, now),
            Call::Version => portable.call_version(store),
        };
        reply.map_err(|error| SandboxError::of_engine(&error, self.store.data().denied()))
    }
}

impl Instance {
    /// Runs one call of `portable` that gives a step of signing, within a fresh deadline.
    pub(crate) fn step(&mut self, call: StepCall<'_>) -> Result<StepDocuments, SandboxError> {
        self.store.set_epoch_deadline(self.deadline_ticks);
        let portable = self.module.cretula_core_portable();
        let store = &mut self.store;
        let step = match call {
            StepCall::Begin { request, now } => portable.call_begin(store, request, now),
            StepCall::Resume { state, reply, now } => portable.call_resume(store, state, reply, now),
        };
        let step = step.map_err(|error| SandboxError::of_engine(&error, self.store.data().denied()))?;
        Ok(StepDocuments { state: step.state, action: step.action })
    }
}

/// A function of `portable` that gives a step, and its arguments.
#[derive(Debug, Clone, Copy)]
pub(crate) enum StepCall<'a> {
    Begin { request: &'a [u8], now: u64 },
    Resume { state: &'a [u8], reply: &'a [u8], now: u64 },
}

/// A step: the state to keep, and the `cretula/action/v1` document.
#[derive(Debug, Clone)]
pub(crate) struct StepDocuments {
    pub(crate) state: Vec<u8>,
    pub(crate) action: Vec<u8>,
}

/// A function of `portable` and its argument.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Call<'a> {
    Verify(&'a [u8]),
    Inspect(&'a [u8]),
    CheckPolicy(&'a [u8]),
    Statement { request: &'a [u8], now: u64 },
    Version,
}

#[cfg(test)]
mod tests {
    use crate::bindings::exports::cretula::core::verification::{
        Artifact, Digest, Expectations, Limit, Options, Report, Trust, Verdict,
    };
    use crate::{Runtime, RuntimeOptions};

    fn options() -> Options {
        let expect = Expectations { nonce: None, tsa_policy: None, tsa_name: None, detached_sct: None };
        Options { container: None, blobs: Vec::new(), now: None, limits: Vec::new(), expect }
    }

    fn typed(artifact: &str, options: &Options) -> Result<Report, String> {
        let mut instance = Runtime::new(RuntimeOptions::default()).unwrap().instantiate().unwrap();
        let bundle = include_bytes!("../data/signed-package-2.1.0-hb0f4dca_0.conda.sigstore.json");
        let trust =
            Trust { roots: vec![include_bytes!("../data/trusted_root.json").to_vec()], keys: Vec::new() };
        let policy = br#"{"schema":"cretula/policy/v1","signers":{"certificate":{"issuer":"https://token.actions.githubusercontent.com","san":{"glob":"https://github.com/prefix-dev/**"}}}}"#;
        let digest = Digest { algorithm: "sha256".to_owned(), value: artifact.to_owned() };
        let verification = instance.module.cretula_core_verification();
        verification
            .call_verify(
                &mut instance.store,
                bundle,
                &[Artifact::Digests(vec![digest])],
                &trust,
                policy,
                options,
            )
            .unwrap()
            .map_err(|failure| failure.code)
    }

    const SIGNED: &str = "54303491a8418fbed24344b513546182c29b43bf282ceb433af65e2299f9271f";

    #[test]
    fn the_typed_interface_gives_the_same_verdicts() {
        let report = typed(SIGNED, &options()).unwrap();
        assert_eq!((report.verdict, report.code), (Verdict::Verified, None));
        assert!(report.checks.len() > 50 && report.times.len() == 1 && report.logs.len() == 1);
        assert_eq!(report.statement.map(|statement| statement.subjects.len()), Some(1));
        let refused = typed(&"0".repeat(64), &options()).unwrap();
        assert_eq!((refused.verdict, refused.code.as_deref()), (Verdict::Refused, Some("artifact/mismatch")));
    }

    #[test]
    fn the_typed_interface_refuses_wrong_calls() {
        assert_eq!(typed("junk", &options()).unwrap_err(), "input/digest");
        let limits = vec![Limit { name: "bundle-bytes".to_owned(), value: u64::MAX }];
        assert_eq!(typed(SIGNED, &Options { limits, ..options() }).unwrap_err(), "input/limit-cap");
        let container = Some("npm".to_owned());
        assert_eq!(typed(SIGNED, &Options { container, ..options() }).unwrap_err(), "input/unsupported");
    }
}
