//! The core module with a counter of instructions and a bound of memory: what work is measured with.
//!
//! Fuel is the same on every machine, so that limits of work can be asserted where time cannot.

use anyhow::Result;
use wasmtime::{Config, Instance, Module, ResourceLimiter, Store, Trap, TypedFunc};

use crate::core_module::read_list;

/// Bytes of a page of linear memory.
pub const PAGE: usize = 64 << 10;

/// The core module under an engine that counts fuel.
pub struct Metered {
    engine: wasmtime::Engine,
    module: Module,
}

impl std::fmt::Debug for Metered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Metered").finish_non_exhaustive()
    }
}

/// Bounds of one call.
#[derive(Debug, Clone, Copy)]
pub struct Allowance {
    /// Fuel of the call, instantiation and copies included.
    pub fuel: u64,
    /// Pages of linear memory.
    pub pages: usize,
}

impl Allowance {
    /// 64 MiB, and more fuel than anything needs.
    pub const GENEROUS: Self = Self { fuel: 1 << 50, pages: 1024 };
}

/// Why a call gave no reply. Always a denial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denial {
    /// Fuel ran out.
    Fuel,
    /// Memory was refused, and the module gave up.
    Memory,
    /// Another trap.
    Trap(String),
}

/// One call and what it took.
#[derive(Debug)]
pub struct Measured {
    /// The reply, or why there is none.
    pub reply: Result<Vec<u8>, Denial>,
    /// Fuel used.
    pub fuel: u64,
    /// Most pages of memory.
    pub pages: usize,
    /// Whether more memory was refused.
    pub refused: bool,
}

impl Measured {
    /// The reply, as text.
    ///
    /// # Errors
    /// There is none.
    pub fn text(&self) -> Result<String, Denial> {
        self.reply.clone().map(|reply| String::from_utf8_lossy(&reply).into_owned())
    }
}

/// Memory of the store.
#[derive(Debug)]
struct Bound {
    pages: usize,
    present: usize,
    refused: bool,
}

impl ResourceLimiter for Bound {
    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let pages = desired.div_ceil(PAGE);
        let allowed = pages <= self.pages;
        if allowed {
            self.present = pages;
        } else {
            self.refused = true;
        }
        Ok(allowed)
    }

    fn table_growing(&mut self, current: usize, _: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(current == 0)
    }
}

impl Metered {
    /// Compiles the core module with counting.
    ///
    /// # Errors
    /// It is no module.
    pub fn new(core: &[u8]) -> Result<Self> {
        let mut config = Config::new();
        config.consume_fuel(true);
        let engine = wasmtime::Engine::new(&config)?;
        let module = Module::new(&engine, core)?;
        Ok(Self { engine, module })
    }

    /// An instance of its own, which may serve several calls.
    ///
    /// # Errors
    /// As for a call.
    pub fn start(&self, allowance: Allowance) -> Result<Session, Measured> {
        let bound = Bound { pages: allowance.pages, present: 0, refused: false };
        let mut store = Store::new(&self.engine, bound);
        store.limiter(|bound| bound);
        let started = store.set_fuel(allowance.fuel).and_then(|()| {
            // No import is offered.
            Instance::new(&mut store, &self.module, &[])
        });
        match started {
            Ok(instance) => Ok(Session { store, instance }),
            Err(error) => Err(measured(&store, allowance.fuel, Err(error))),
        }
    }

    /// One call of `verify` in an instance of its own.
    #[must_use]
    pub fn verify(&self, request: &[u8], allowance: Allowance) -> Measured {
        match self.start(allowance) {
            Ok(mut session) => session.verify(request, allowance.fuel),
            Err(measured) => measured,
        }
    }
}

/// An instance in its store.
pub struct Session {
    store: Store<Bound>,
    instance: Instance,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

impl Session {
    /// One more call of `verify`, with this much fuel.
    pub fn verify(&mut self, request: &[u8], fuel: u64) -> Measured {
        let reply = self.store.set_fuel(fuel).and_then(|()| self.call(request));
        measured(&self.store, fuel, reply)
    }

    fn call(&mut self, request: &[u8]) -> wasmtime::Result<Vec<u8>> {
        let (store, instance) = (&mut self.store, &self.instance);
        let memory = instance.get_memory(&mut *store, "memory");
        let memory = memory.ok_or_else(|| wasmtime::Error::msg("no memory is exported"))?;
        let allocate: TypedFunc<(u32, u32, u32, u32), u32> =
            instance.get_typed_func(&mut *store, "cabi_realloc")?;
        let function = "cretula:core/portable@1.0.0#verify";
        let call: TypedFunc<(u32, u32), u32> = instance.get_typed_func(&mut *store, function)?;
        let release: TypedFunc<u32, ()> =
            instance.get_typed_func(&mut *store, &format!("cabi_post_{function}"))?;
        let length = u32::try_from(request.len())?;
        let pointer = allocate.call(&mut *store, (0, 0, 1, length))?;
        memory.write(&mut *store, usize::try_from(pointer)?, request)?;
        let place = call.call(&mut *store, (pointer, length))?;
        let reply = read_list(memory.data(&*store), place)
            .map_err(|error| wasmtime::Error::msg(error.to_string()))?;
        release.call(&mut *store, place)?;
        Ok(reply)
    }
}

fn measured(store: &Store<Bound>, given: u64, reply: wasmtime::Result<Vec<u8>>) -> Measured {
    let left = store.get_fuel().unwrap_or_default();
    let Bound { present, refused, .. } = *store.data();
    let reply = reply.map_err(|error| match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => Denial::Fuel,
        _ if refused => Denial::Memory,
        _ => Denial::Trap(format!("{error:#}")),
    });
    Measured { reply, fuel: given.saturating_sub(left), pages: present, refused }
}
