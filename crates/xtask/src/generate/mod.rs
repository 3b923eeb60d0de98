//! Writes the generated files, or checks that they are up to date.

mod advisories;
mod cases;
mod codes;
mod docs;
mod fixtures;
mod interoperability;
mod typescript;

use std::{collections::BTreeSet, fs, path::Path};

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
    ("tables of checks and limits", docs::pages),
    ("table of codes", codes::page),
    ("JSON Schemas", docs::schemas),
    ("types of the npm package", typescript::types),
    ("table of other clients", interoperability::page),
    ("words of the command", docs::words),
    ("words of the page", docs::page_words),
    ("cases of the checks", cases::checks),
    ("replies to cases", cases::replies),
    ("table of cases", cases::table),
    ("published advisories", advisories::files),
    ("public-good trust and the demo's bundle", fixtures::generate),
];

/// Folders that hold nothing but generated files.
const FOLDERS: &[&str] = &["tests/advisories", "tests/vectors/checks", "tests/vectors/replies"];

/// Runs every generator.
///
/// # Errors
/// If a generator fails or, with `check`, if a file differs.
pub(crate) fn run(root: &Root, arguments: &Arguments) -> Result<()> {
    let mut stale = Vec::new();
    let mut paths = BTreeSet::new();
    for (name, generator) in GENERATORS {
        for (path, content) in generator(root).with_context(|| format!("generator of {name}"))? {
            if fs::read(root.join(&path)).ok().as_deref() != Some(content.as_slice()) {
                if !arguments.check {
                    write(&root.join(&path), &content)?;
                    say::line(&format!("wrote {path}"));
                }
                stale.push(path.clone());
            }
            paths.insert(path);
        }
    }
    for path in leftovers(root, &paths)? {
        if !arguments.check {
            fs::remove_file(root.join(&path))?;
            say::line(&format!("removed {path}"));
        }
        stale.push(path);
    }
    say::line(&format!("{} generated files, {} differed", paths.len(), stale.len()));
    if arguments.check && !stale.is_empty() {
        bail!("not up to date: {}; run `cargo xtask generate`", stale.join(", "));
    }
    Ok(())
}

/// Files in the generators' own folders that no generator makes any more.
fn leftovers(root: &Root, made: &BTreeSet<String>) -> Result<Vec<String>> {
    let mut folders: Vec<String> = FOLDERS.iter().map(ToString::to_string).collect();
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder)).with_context(|| format!("cannot read {folder}"))? {
            let entry = entry?;
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else if !made.contains(&path) {
                files.push(path);
            }
        }
    }
    Ok(files)
}

fn write(path: &Path, content: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
}
