//! The inner core module through `portable`, by the canonical ABI alone: what Go, Java or OPA do.

use anyhow::{Context, Result};
use wasmtime::{Instance, Module, Store, TypedFunc};

use crate::Engine;

/// wasmtime's core API: no component model.
pub struct CoreEngine {
    engine: wasmtime::Engine,
    module: Module,
}

impl std::fmt::Debug for CoreEngine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CoreEngine").finish_non_exhaustive()
    }
}

impl CoreEngine {
    /// Compiles a core module, such as `cretula.core.wasm`.
    ///
    /// # Errors
    /// It is no module.
    pub fn new(bytes: &[u8]) -> Result<Self> {
        let engine = wasmtime::Engine::default();
        let module = Module::new(&engine, bytes)?;
        Ok(Self { engine, module })
    }

    /// Calls a function of `portable` that takes one list of bytes.
    ///
    /// # Errors
    /// A trap, or an export that is missing.
    pub fn call(&self, name: &str, argument: &[u8]) -> Result<Vec<u8>> {
        let mut store = Store::new(&self.engine, ());
        // No import is offered: a module that wants one does not instantiate.
        let instance = Instance::new(&mut store, &self.module, &[])?;
        let memory = instance.get_memory(&mut store, "memory").context("no memory is exported")?;
        let allocate: TypedFunc<(u32, u32, u32, u32), u32> =
            instance.get_typed_func(&mut store, "cabi_realloc")?;
        let function = format!("cretula:core/portable@1.0.0#{name}");
        let call: TypedFunc<(u32, u32), u32> = instance.get_typed_func(&mut store, &function)?;
        let release: TypedFunc<u32, ()> =
            instance.get_typed_func(&mut store, &format!("cabi_post_{function}"))?;

        let length = u32::try_from(argument.len())?;
        let pointer = allocate.call(&mut store, (0, 0, 1, length))?;
        memory.write(&mut store, usize::try_from(pointer)?, argument)?;
        let reply = call.call(&mut store, (pointer, length))?;
        let bytes = read_list(memory.data(&store), reply)?;
        release.call(&mut store, reply)?;
        Ok(bytes)
    }
}

/// A list is a pointer and a length, both 32 bits, little-endian.
pub(crate) fn read_list(data: &[u8], place: u32) -> Result<Vec<u8>> {
    let place = usize::try_from(place)?;
    let words =
        data.get(place..).and_then(|rest| rest.first_chunk::<8>()).context("reply outside of memory")?;
    let [a, b, c, d, e, f, g, h] = *words;
    let start = usize::try_from(u32::from_le_bytes([a, b, c, d]))?;
    let length = usize::try_from(u32::from_le_bytes([e, f, g, h]))?;
    let list = data.get(start..).and_then(|rest| rest.get(..length)).context("reply outside of memory")?;
    Ok(list.to_vec())
}

impl Engine for CoreEngine {
    fn name(&self) -> &'static str {
        "core module in wasmtime"
    }

    fn verify(&mut self, request: &[u8]) -> Result<Vec<u8>> {
        self.call("verify", request)
    }
}
