//! The module under wasmtime, and the formats on 32 bits.
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use cretula::{InstanceMode, Runtime, RuntimeOptions, Verifier};
use cretula_vector_formats::{FormatCase, Verdict};
use wasmtime::{Engine, Instance, Module, Store};

use crate::engine::{SecondJudge, VerifyEngine};
use crate::folder::read_json;

/// The component, by the host library; each call in an instance of its own.
pub struct SandboxEngine {
    verifier: Verifier,
}

impl SandboxEngine {
    /// Starts the engine.
    ///
    /// # Errors
    /// The runtime cannot start on this machine.
    pub fn new() -> Result<Self> {
        let runtime = Runtime::new(RuntimeOptions::default())?;
        Ok(Self { verifier: Verifier::new(&runtime, InstanceMode::Fresh) })
    }
}

impl VerifyEngine for SandboxEngine {
    fn verify(&mut self, request: &[u8]) -> Result<Vec<u8>> {
        Ok(self.verifier.verify_json(request)?.into_json())
    }
}

/// `cretula-vector-judge` in wasmtime's core engine; each case in an instance of its own.
pub struct WasmJudge {
    engine: Engine,
    module: Module,
}

impl WasmJudge {
    /// Compiles the module.
    ///
    /// # Errors
    /// It is not there or is no module.
    pub fn load(path: &Path) -> Result<Self> {
        let engine = Engine::default();
        let bytes = std::fs::read(path)
            .with_context(|| format!("cannot read {}: run `cargo xtask vectors`", path.display()))?;
        let module = Module::new(&engine, &bytes).map_err(of_engine)?;
        Ok(Self { engine, module })
    }
}

impl SecondJudge for WasmJudge {
    fn judge(&mut self, case: &FormatCase) -> Result<Verdict> {
        read_json(&self.call(&case.to_frames()?).map_err(of_engine)?)
    }
}

impl WasmJudge {
    fn call(&self, frames: &[u8]) -> wasmtime::Result<Vec<u8>> {
        let mut store = Store::new(&self.engine, ());
        let instance = Instance::new(&mut store, &self.module, &[])?;
        let allocate = instance.get_typed_func::<u32, u32>(&mut store, "allocate")?;
        let judge = instance.get_typed_func::<(u32, u32), u32>(&mut store, "judge")?;
        let memory = instance.get_memory(&mut store, "memory").ok_or_else(|| foreign("no memory"))?;
        let length = u32::try_from(frames.len())?;
        let pointer = allocate.call(&mut store, length)?;
        memory.write(&mut store, usize::try_from(pointer)?, frames)?;
        let reply = judge.call(&mut store, (pointer, length))?;
        let reply = read_reply(memory.data(&store), usize::try_from(reply)?);
        reply.map(<[u8]>::to_vec).ok_or_else(|| foreign("a reply outside of memory"))
    }
}

/// A u32 length, little-endian, and that many bytes.
fn read_reply(memory: &[u8], pointer: usize) -> Option<&[u8]> {
    let (length, rest) = memory.get(pointer..)?.split_first_chunk::<4>()?;
    rest.get(..usize::try_from(u32::from_le_bytes(*length)).ok()?)
}

fn foreign(what: &str) -> wasmtime::Error {
    wasmtime::Error::msg(format!("the judge is another module: {what}"))
}

fn of_engine(error: wasmtime::Error) -> anyhow::Error {
    anyhow!("{error:#}")
}
