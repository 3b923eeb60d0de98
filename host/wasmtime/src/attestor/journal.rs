//! The record of a run: written before every action, so that a run survives the end of the process.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use cretula_attest::guard::Signed;
use cretula_encoding::base64;
use cretula_encoding::fields::Field;
use cretula_encoding::json::{self, JsonLimits, Tree};

/// The `schema` member of a record.
const SCHEMA: &str = "cretula/run/v1";
/// Longest record: a state of 18 MiB in base64, and the rest.
const MAX_BYTES: u64 = 32 << 20;
const LIMITS: JsonLimits = JsonLimits { max_depth: 8, max_members: 4096, max_string_bytes: 32 << 20 };

/// What is kept of a run: the state of the module, and what was signed already. It holds no secret, but is as good as
/// the place where it lies: keep it where only this host can write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub(super) state: Vec<u8>,
    pub(super) signed: Vec<Signed>,
}

/// Keeps the record of one run.
pub trait Journal: Send + Sync {
    /// Writes a record durably, in place of the one before.
    ///
    /// # Errors
    /// The run stops: an action that is not on record is not performed.
    fn keep(&self, record: &Record) -> Result<(), JournalError>;

    /// The run has ended with a bundle or for good: the record is not needed any more.
    fn forget(&self);
}

/// A record that could not be kept or read.
#[derive(Debug)]
pub enum JournalError {
    /// The file system.
    Io(io::Error),
    /// Not a record.
    Format,
}

impl std::fmt::Display for JournalError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io(error) => write!(f, "the record of the run cannot be kept or read: {error}"),
            Self::Format => f.write_str("the record of the run is none"),
        }
    }
}

impl std::error::Error for JournalError {}

impl From<io::Error> for JournalError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Record {
    /// As JSON.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let signed = self.signed.iter().map(|signed| {
            let mut entry = Tree::object();
            entry.set("kind", signed.kind.name());
            entry.set("sha256", signed.sha256.as_str()).set("key", signed.key.as_str());
            entry
        });
        let mut document = Tree::object();
        document.set("schema", SCHEMA).set("state", base64::encode(&self.state));
        document.set("signed", Tree::List(signed.collect()));
        document.encode()
    }

    /// Reads what [`Self::encode`] wrote.
    ///
    /// # Errors
    /// [`JournalError::Format`].
    pub fn parse(text: &[u8]) -> Result<Self, JournalError> {
        let format = |_| JournalError::Format;
        let value = json::parse(text, &LIMITS).map_err(|_| JournalError::Format)?;
        let mut object = Field::root(value).object().map_err(format)?;
        object.require("schema").and_then(|field| field.one_of(&[SCHEMA])).map_err(format)?;
        let state = object.require("state").and_then(|field| field.bytes()).map_err(format)?;
        let list = object.require("signed").map_err(format)?;
        let mut signed = Vec::new();
        for item in list.items().map_err(format)? {
            signed.push(Signed::read(item.map_err(format)?).map_err(|_| JournalError::Format)?);
        }
        object.finish().map_err(format)?;
        Ok(Self { state, signed })
    }
}

/// A record in a file: written to a temporary file beside it, synced, and renamed.
#[derive(Debug, Clone)]
pub struct FileJournal {
    path: PathBuf,
}

impl FileJournal {
    /// A record at this path. The folder must be there.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Reads the record.
    ///
    /// # Errors
    /// There is none, or it is none.
    pub fn read(&self) -> Result<Record, JournalError> {
        if fs::metadata(&self.path)?.len() > MAX_BYTES {
            return Err(JournalError::Format);
        }
        Record::parse(&fs::read(&self.path)?)
    }

    fn temporary(&self) -> PathBuf {
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(".new");
        self.path.with_file_name(name)
    }
}

impl Journal for FileJournal {
    fn keep(&self, record: &Record) -> Result<(), JournalError> {
        let temporary = self.temporary();
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&temporary)?;
        file.write_all(&record.encode())?;
        file.sync_all()?;
        fs::rename(&temporary, &self.path)?;
        sync_folder(&self.path)
    }

    fn forget(&self) {
        // A record that stays is harmless: it leads to the same bundle.
        drop(fs::remove_file(&self.path));
    }
}

/// The new name survives a loss of power only when the folder was written.
fn sync_folder(path: &Path) -> Result<(), JournalError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(File::open(folder)?.sync_all()?)
}
