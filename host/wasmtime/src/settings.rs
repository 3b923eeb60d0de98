// Settings of the engine. The build script compiles the module with them and the library loads it with them: this file
// is part of both.

/// Only what the module needs: WebAssembly 2.0 and components, interruption by epochs, no fuel, no proposal beyond.
pub(crate) fn settings() -> wasmtime::Config {
    let mut config = wasmtime::Config::new();
    config
        .epoch_interruption(true)
        .consume_fuel(false)
        .wasm_component_model(true)
        .wasm_tail_call(false)
        .wasm_relaxed_simd(false)
        .wasm_memory64(false)
        .wasm_multi_memory(false)
        .wasm_wide_arithmetic(false);
    config
}
