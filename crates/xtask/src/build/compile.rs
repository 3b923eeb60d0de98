//! Compiles the core crates to WebAssembly so that the place of the build leaves no trace.

use std::{fs, path::Path};

use anyhow::{Context, Result};

use crate::{process, root::Root};

/// Compilation target of the module.
const TARGET: &str = "wasm32-unknown-unknown";

/// Compiles a package, such as `cretula-component`, and returns the core module as linked, with names and component type.
///
/// # Errors
/// If cargo fails.
pub(super) fn compile(root: &Root, package: &str) -> Result<Vec<u8>> {
    let mut cargo = process::cargo(root);
    cargo.args(["build", "--locked", "--profile", "wasm", "--target", TARGET, "--package", package]);
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags(root)?);
    cargo.env("CARGO_TARGET_DIR", root.join("target"));
    cargo.env_remove("RUSTC_WRAPPER");
    process::run(&mut cargo)?;
    let file = format!("{}.wasm", package.replace('-', "_"));
    let path = root.join("target").join(TARGET).join("wasm").join(file);
    fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
}

/// Flags of the compiler: the features of WebAssembly 2.0 and neutral names for the folders of this machine.
fn flags(root: &Root) -> Result<String> {
    let sysroot = process::capture(process::rustc(root).args(["--print", "sysroot"]))
        .context("cannot ask for the sysroot")?;
    let mut flags = vec!["-Ctarget-feature=+simd128,+bulk-memory".to_owned()];
    for (place, name) in
        [(cargo_home(), "/cargo"), (sysroot.trim().to_owned(), "/rust"), (shown(root.path()), "/cretula")]
    {
        flags.push(format!("--remap-path-prefix={place}={name}"));
    }
    Ok(flags.join("\u{1f}"))
}

fn cargo_home() -> String {
    process::variable("CARGO_HOME")
        .unwrap_or_else(|| format!("{}/.cargo", process::variable("HOME").unwrap_or_default()))
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
