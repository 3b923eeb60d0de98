//! Which sources a run of the tests had.

use std::{fs, path::Path};

use cretula_encoding::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{process, root::Root};

/// The table of promises may be edited after a run: the command reads it anew.
const NOT_A_SOURCE: &str = "SPECIFICATION.md";

/// The sources of the repository at one moment.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Tree {
    /// The commit, if git knows it.
    commit: Option<String>,
    /// Whether the files differ from that commit.
    dirty: Option<bool>,
    /// SHA-256 over the names and contents of all files that git does not ignore; a commit of them changes nothing.
    files: Option<String>,
}

impl Tree {
    /// The sources as they are.
    pub(crate) fn of(root: &Root) -> Self {
        Self {
            commit: git(root, &["rev-parse", "HEAD"]).map(|text| text.trim().to_owned()),
            dirty: git(root, &["status", "--porcelain"]).map(|text| !text.is_empty()),
            files: digest(root),
        }
    }

    /// Whether two moments have equal sources; `None` without git.
    pub(crate) fn equals(&self, other: &Self) -> Option<bool> {
        Some(self.files.as_ref()? == other.files.as_ref()?)
    }

    /// The commit in short, for a person.
    pub(crate) fn shown(&self) -> String {
        let commit: String = self.commit.as_deref().unwrap_or("unknown commit").chars().take(14).collect();
        if self.dirty == Some(true) { format!("{commit} with changes") } else { commit }
    }
}

fn git(root: &Root, arguments: &[&str]) -> Option<String> {
    let output = process::program(root, "git").args(arguments).output().ok()?;
    output.status.success().then_some(())?;
    String::from_utf8(output.stdout).ok()
}

fn digest(root: &Root) -> Option<String> {
    let list = git(root, &["ls-files", "-z", "--cached", "--others", "--exclude-standard"])?;
    let mut names: Vec<&str> = list.split_terminator('\0').filter(|name| *name != NOT_A_SOURCE).collect();
    names.sort_unstable();
    names.dedup();
    let mut hash = Sha256::new();
    for name in names {
        // A file that was removed, or a link, has its name only.
        let content = file(&root.join(name));
        for part in [name.as_bytes(), &content] {
            hash.update(part.len().to_string());
            hash.update(":");
            hash.update(part);
        }
    }
    Some(hex::encode(&hash.finalize()))
}

fn file(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Tree;

    #[test]
    fn only_known_files_are_compared() {
        let tree = |files: Option<&str>| Tree { files: files.map(String::from), ..Tree::default() };
        assert_eq!(tree(Some("a")).equals(&tree(Some("a"))), Some(true));
        assert_eq!(tree(Some("a")).equals(&tree(Some("b"))), Some(false));
        assert_eq!(tree(None).equals(&tree(None)), None);
    }
}
