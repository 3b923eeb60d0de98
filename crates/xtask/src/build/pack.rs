//! The npm package: built from its sources and the module, and packed.

use std::path::PathBuf;

use anyhow::{Context, Result};

use super::sha256_hex;
use crate::{process, root::Root, say};

/// Folder of the package.
pub(crate) const FOLDER: &str = "npm";

/// Installs the development dependencies of a package by its lock file, and nothing else.
///
/// # Errors
/// npm is missing or fails.
pub(crate) fn install(root: &Root, folder: &str) -> Result<()> {
    say::line(&format!("installing the development dependencies of {folder}/package-lock.json with npm"));
    let options = ["ci", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel", "error"];
    process::run(process::program(root, "npm").args(options).current_dir(root.join(folder)))
}

/// Builds `npm/dist/` from its sources and the module.
///
/// # Errors
/// Node is missing, or the sources do not compile.
pub(crate) fn build(root: &Root) -> Result<()> {
    process::run(process::program(root, "node").arg("scripts/build.mjs").current_dir(root.join(FOLDER)))
}

/// Installs, builds and packs; npm sorts the files and gives all of them one time. Prints the digest.
///
/// # Errors
/// Node or npm is missing or fails.
pub(super) fn pack(root: &Root) -> Result<PathBuf> {
    install(root, FOLDER)?;
    build(root)?;
    let output = root.output();
    let mut npm = process::program(root, "npm");
    npm.args(["pack", "--silent", "--pack-destination"]).arg(&output).current_dir(root.join(FOLDER));
    let name = process::capture(&mut npm)?;
    let path = output.join(name.trim());
    let content = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    say::line(&format!("{}: {} bytes, sha256 {}", name.trim(), content.len(), sha256_hex(&content)));
    Ok(path)
}
