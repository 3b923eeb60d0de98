//! Where the repository lies.

use std::path::{Path, PathBuf};

/// The root folder of the repository.
pub(crate) struct Root {
    path: PathBuf,
}

impl Root {
    /// The repository that this program was built from.
    pub(crate) fn of_this_build() -> Self {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        let path = manifest.ancestors().nth(2).unwrap_or(manifest).to_path_buf();
        Self { path }
    }

    /// Another copy of the repository.
    pub(crate) fn at(path: &Path) -> Self {
        Self { path: path.to_path_buf() }
    }

    /// The folder itself.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A path inside the repository, from its parts joined with `/`.
    pub(crate) fn join(&self, relative: &str) -> PathBuf {
        self.path.join(relative)
    }

    /// The folder of the built module.
    pub(crate) fn output(&self) -> PathBuf {
        self.join("target/cretula")
    }
}
