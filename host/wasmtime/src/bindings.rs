//! Host side of the world `module`, generated from `wit/`: exports only, since the module imports nothing.

wasmtime::component::bindgen!({ path: "../../wit", world: "module" });
