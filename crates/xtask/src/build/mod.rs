//! Builds the module into `target/cretula/` and checks what was built.

mod compile;
mod compose;
mod custom;
mod encode;
mod inspect;
pub(crate) mod pack;
mod reproducible;
mod size;

use std::{fs, path::Path};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::{process, root::Root, say};

/// Builds the module into target/cretula/, checks it and prints its sizes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Also build copies in two other folders and fail unless all bytes are equal.
    #[arg(long)]
    pub(crate) check_reproducible: bool,
    /// Print the code size of each crate of the module.
    #[arg(long)]
    pub(crate) sizes: bool,
    /// Also build the npm package around the module and pack it. Needs Node and npm.
    #[arg(long)]
    pub(crate) pack: bool,
}

/// File name of the component.
pub(crate) const COMPONENT: &str = "cretula.wasm";

/// File name of the core module inside the component.
pub(crate) const CORE: &str = "cretula.core.wasm";

/// File name of the module with the adapter around it.
pub(crate) const SIGNER: &str = "cretula-signer.wasm";

/// File whose time says when the module was last built; it holds the digest of the component.
const STAMP: &str = "cretula.wasm.sha256";

/// Folder whose files the Go package embeds; git ignores what is copied there.
const GO_MODULE: &str = "host/go/module";

/// The built files.
pub(crate) struct Built {
    /// The component.
    pub(crate) component: Vec<u8>,
    /// The core module, byte for byte what lies in the component.
    pub(crate) core: Vec<u8>,
    /// What the linker wrote, with the names of functions.
    pub(crate) named: Vec<u8>,
    /// The component inside the adapter.
    pub(crate) signer: Vec<u8>,
}

/// Builds, checks and writes the module.
///
/// # Errors
/// If a build fails, or the built files break a promise: imports, exports, nesting, features, floats, size.
pub(crate) fn run(root: &Root, arguments: &Arguments) -> Result<()> {
    let (built, time) = process::timed(|| build(root));
    let built = built?;
    say::line(&format!("built in {time:.1?}"));
    if arguments.sizes {
        size::print_by_crate(&built.named)?;
    }
    inspect::check(root, &built)?;
    size::check(root, &built)?;
    if arguments.check_reproducible {
        reproducible::check(root, &built)?;
    }
    if arguments.pack {
        pack::pack(root)?;
    }
    Ok(())
}

/// Compiles, encodes and composes module and signer and writes them to the output folder of `root`; what the Go package
/// embeds is copied to its folder.
///
/// # Errors
/// If the compiler, the encoder or the composition fails.
pub(crate) fn build(root: &Root) -> Result<Built> {
    process::ensure_wasm_target(root)?;
    let named = compile::compile(root, "cretula-component")?;
    let component = encode::encode(&named)?;
    let core = encode::inner_module(&component)?.to_vec();
    let adapter = encode::encode(&compile::compile(root, "cretula-signer")?)?;
    let signer = compose::compose(&component, &adapter)?;
    let output = root.output();
    fs::create_dir_all(&output).with_context(|| format!("cannot create {}", output.display()))?;
    write_if_changed(&output.join(COMPONENT), &component)?;
    write_if_changed(&output.join(CORE), &core)?;
    write_if_changed(&output.join(SIGNER), &signer)?;
    fs::write(output.join(STAMP), sha256_hex(&component)).context("cannot write the stamp")?;
    let embedded = root.join(GO_MODULE);
    fs::create_dir_all(&embedded).with_context(|| format!("cannot create {}", embedded.display()))?;
    write_if_changed(&embedded.join(CORE), &core)?;
    write_if_changed(&embedded.join(STAMP), sha256_hex(&component).as_bytes())?;
    Ok(Built { component, core, named, signer })
}

/// Writes a file unless it has this content, so that nothing that depends on it is rebuilt in vain.
fn write_if_changed(path: &Path, content: &[u8]) -> Result<()> {
    if fs::read(path).ok().as_deref() != Some(content) {
        fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// SHA-256 in lower-case hex.
pub(crate) fn sha256_hex(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}
