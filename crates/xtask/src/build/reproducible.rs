//! Two builds in two folders give the same bytes.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};

use super::{Built, COMPONENT, CORE, SIGNER, sha256_hex};
use crate::{process, root::Root, say};

/// Names of files and folders that are no sources.
const NOT_SOURCES: &[&str] = &[".git", "node_modules", "target"];

/// Builds copies of the sources in two temporary folders and compares what they give with `built`.
///
/// # Errors
/// If a build fails or its bytes differ.
pub(super) fn check(root: &Root, built: &Built) -> Result<()> {
    let (result, time) = process::timed(|| -> Result<()> {
        for name in ["a", "another/folder"] {
            compare(root, built, name)?;
        }
        Ok(())
    });
    result?;
    say::line(&format!("reproducible: three builds in three folders gave one digest ({time:.1?})"));
    Ok(())
}

fn compare(root: &Root, built: &Built, name: &str) -> Result<()> {
    let base = std::env::temp_dir().join(format!("cretula-reproducible-{}", std::process::id()));
    let folder = base.join(name);
    copy(root.path(), &folder)?;
    let other = super::build(&Root::at(&folder));
    let cleaned = fs::remove_dir_all(&base).with_context(|| format!("cannot remove {}", base.display()));
    let other = other?;
    cleaned?;
    for (file, other, built) in [
        (COMPONENT, &other.component, &built.component),
        (CORE, &other.core, &built.core),
        (SIGNER, &other.signer, &built.signer),
    ] {
        if other != built {
            let (other, built) = (sha256_hex(other), sha256_hex(built));
            bail!("a build of {file} in another folder gave sha256 {other}, expected {built}");
        }
    }
    Ok(())
}

/// Copies a folder without what is built or fetched.
fn copy(from: &Path, to: &Path) -> Result<()> {
    if !from.is_dir() {
        fs::copy(from, to).with_context(|| format!("cannot copy {}", from.display()))?;
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let name = entry?.file_name();
        if !NOT_SOURCES.iter().any(|other| name == *other) {
            copy(&from.join(&name), &to.join(&name))?;
        }
    }
    Ok(())
}
