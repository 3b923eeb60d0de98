//! Embeds the module: finds `target/cretula/cretula.wasm` and precompiles it for this target.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    reason = "a build script reads cargo's variables and talks to it"
)]

use std::{
    env, fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

#[path = "src/settings.rs"]
mod settings;

/// Where the core's sources lie; a module older than them is suspicious.
const SOURCES: &[&str] =
    &["attest", "attestation", "bundle", "component", "crypto", "encoding", "pki", "tlog", "verify"];

fn main() {
    println!("cargo::rerun-if-changed=src/settings.rs");
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("set by cargo")).join("../..");
    let module = root.join("target/cretula/cretula.wasm");
    println!("cargo::rerun-if-changed={}", module.display());
    let Ok(bytes) = fs::read(&module) else {
        println!("cargo::error=target/cretula/cretula.wasm is missing: run `cargo xtask build` first");
        std::process::exit(1);
    };
    warn_if_older(&root, &module);
    embed(&bytes);
}

/// Precompiled code is made by this build, from these bytes, and nowhere else.
fn embed(module: &[u8]) {
    let out = PathBuf::from(env::var("OUT_DIR").expect("set by cargo"));
    let target = env::var("TARGET").expect("set by cargo");
    let mut config = settings::settings();
    config.target(&target).expect("a target that the compiler knows");
    let engine = wasmtime::Engine::new(&config).expect("an engine");
    let compiled = engine.precompile_component(module).expect("a component that compiles");
    fs::write(out.join("cretula.cwasm"), compiled).expect("OUT_DIR is writable");
    fs::write(out.join("cretula.wasm"), module).expect("OUT_DIR is writable");
    println!("cargo::rustc-env=CRETULA_MODULE_SHA256={}", sha256(module));
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn warn_if_older(root: &Path, module: &Path) {
    let built = modified(module);
    let newest = SOURCES.iter().map(|name| newest(&root.join("crates").join(name).join("src"))).max();
    if newest.flatten() > built {
        println!("cargo::warning=the module is older than the core's sources: run `cargo xtask build`");
    }
}

fn newest(folder: &Path) -> Option<SystemTime> {
    let entries = fs::read_dir(folder).ok()?.filter_map(Result::ok).map(|entry| entry.path());
    entries.filter_map(|path| if path.is_dir() { newest(&path) } else { modified(&path) }).max()
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}
