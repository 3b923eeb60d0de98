//! A folder of vectors: its manifest, and the files that it names.
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;

/// Format of the manifest.
const FORMAT: &str = "vectors-manifest/1";

/// What an entry expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The input is accepted.
    Accept,
    /// The input is refused.
    Reject,
    /// The file holds a result for each of its vectors.
    PerVector,
}

impl Verdict {
    /// Name in manifests and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Reject => "reject",
            Self::PerVector => "per-vector",
        }
    }
}

/// One entry of the manifest.
#[derive(Debug, Deserialize)]
pub struct Entry {
    /// Name.
    pub id: String,
    /// Kind: how it is judged.
    pub kind: String,
    /// File under test.
    pub path: String,
    expects: Box<RawValue>,
}

/// The expectations that every kind has.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Common {
    /// The verdict.
    pub verdict: Verdict,
    /// Either verdict is right.
    #[serde(default)]
    pub either_ok: bool,
    /// Beyond what a verifier has to do.
    #[serde(default)]
    pub optional: bool,
}

impl Entry {
    /// What every kind expects.
    ///
    /// # Errors
    /// No verdict, or an unknown one.
    pub fn common(&self) -> Result<Common> {
        self.expects()
    }

    /// The expectations, as a type of the kind.
    pub(crate) fn expects<T: DeserializeOwned>(&self) -> Result<T> {
        read_json(self.expects.get().as_bytes()).with_context(|| format!("expectations of {}", self.id))
    }

    /// The expectations, as written.
    pub(crate) fn expects_json(&self) -> &[u8] {
        self.expects.get().as_bytes()
    }
}

#[derive(Deserialize)]
struct Manifest {
    format: String,
    entries: Vec<Entry>,
    files: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    path: String,
}

/// A folder with a manifest.
#[derive(Debug)]
pub struct Folder {
    place: PathBuf,
    entries: Vec<Entry>,
    files: BTreeSet<String>,
}

impl Folder {
    /// Reads the manifest.
    ///
    /// # Errors
    /// It is not there, cannot be read, or is of another format.
    pub fn open(place: &Path) -> Result<Self> {
        let path = place.join("manifest.json");
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let manifest: Manifest =
            read_json(&bytes).with_context(|| format!("{} is no manifest", path.display()))?;
        if manifest.format != FORMAT {
            bail!("{} has format {:?}, expected {FORMAT:?}", path.display(), manifest.format);
        }
        let files = manifest.files.into_iter().map(|file| file.path).collect();
        Ok(Self { place: place.to_path_buf(), entries: manifest.entries, files })
    }

    /// Whether a folder has a manifest.
    #[must_use]
    pub fn exists(place: &Path) -> bool {
        place.join("manifest.json").is_file()
    }

    /// The entries, in the order of the manifest.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether the manifest lists a file.
    pub(crate) fn lists(&self, path: &str) -> bool {
        self.files.contains(path)
    }

    /// Content of a file of the folder.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(&self, path: &str) -> Result<Vec<u8>> {
        let path = self.place.join(path);
        fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
    }
}

/// Trusted JSON: manifests, expectations, replies.
#[expect(clippy::disallowed_methods, reason = "trusted documents outside the module, read into types")]
pub(crate) fn read_json<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T> {
    Ok(serde_json::from_slice(bytes)?)
}
