//! Writes the generated files, or checks that they are up to date.

mod cases;
mod docs;
mod fixtures;

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};

use crate::{root::Root, say};

/// Writes the generated files, or checks that they are up to date.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Write nothing; fail if a file differs from what would be written.
    #[arg(long)]
    pub(crate) check: bool,
}

/// A file of the repository, by its path from the root folder, and what it has to contain.
pub(crate) type Generated = (String, Vec<u8>);

/// A generator with its name.
type Generator = (&'static str, fn(&Root) -> Result<Vec<Generated>>);

const GENERATORS: &[Generator] = &[
    ("tables of checks, codes and limits", docs::pages),
    ("JSON Schemas", docs::schemas),
    ("words of the command", docs::words),
    ("cases of the checks", cases::checks),
    ("public-good trust and the demo's bundle", fixtures::generate),
];

/// Runs every generator.
///
/// # Errors
/// If a generator fails or, with `check`, if a file differs.
pub(crate) fn run(root: &Root, arguments: &Arguments) -> Result<()> {
    let mut stale = Vec::new();
    let mut files = 0_u32;
    for (name, generator) in GENERATORS {
        for (path, content) in generator(root).with_context(|| format!("generator of {name}"))? {
            files = files.saturating_add(1);
            if fs::read(root.join(&path)).ok().as_deref() == Some(content.as_slice()) {
                continue;
            }
            if !arguments.check {
                write(&root.join(&path), &content)?;
                say::line(&format!("wrote {path}"));
            }
            stale.push(path);
        }
    }
    say::line(&format!("{files} generated files, {} differed", stale.len()));
    if arguments.check && !stale.is_empty() {
        bail!("not up to date: {}; run `cargo xtask generate`", stale.join(", "));
    }
    Ok(())
}

fn write(path: &Path, content: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
}
