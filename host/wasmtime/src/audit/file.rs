//! An audit log in a file: append only, one process, synced line by line.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::event::AuditEvent;
use super::sink::{AuditError, AuditSink, LineDigest};

/// Longest line that the log can end with: every member at its limit is far below.
const MAX_LINE_BYTES: u64 = 64 << 10;

/// An audit log in a file.
#[derive(Debug)]
pub struct FileAudit(Mutex<Option<Log<File>>>);

/// The open log; taken away for good when a write fails.
#[derive(Debug)]
pub(super) struct Log<W> {
    pub(super) out: W,
    pub(super) previous: LineDigest,
}

/// What a log is written to: bytes, and a promise that they stay.
pub(super) trait Durable: Write {
    fn make_durable(&mut self) -> std::io::Result<()>;
}

impl Durable for File {
    fn make_durable(&mut self) -> std::io::Result<()> {
        self.sync_all()
    }
}

impl FileAudit {
    /// Opens a log, or begins one, and locks it against other processes. The chain goes on where it ended; a line that was
    /// cut off by a crash stays and is closed, and no signature was given out for it.
    ///
    /// # Errors
    /// `audit/unavailable`: it cannot be opened or written, is not a regular file, another process has it, or it ends with
    /// a line of more than 64 KiB.
    pub fn open(path: &Path) -> Result<Self, AuditError> {
        let failed = |_: std::io::Error| AuditError::new("the audit log cannot be opened");
        let mut file = open_private(path).map_err(failed)?;
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(AuditError::new("the audit log is not a regular file"));
        }
        file.try_lock().map_err(|_| AuditError::new("another process writes to the audit log"))?;
        let previous = close_last_line(&mut file)?;
        file.sync_all().map_err(failed)?;
        sync_folder(path).map_err(failed)?;
        Ok(Self::over(Log { out: file, previous }))
    }

    pub(super) const fn over(log: Log<File>) -> Self {
        Self(Mutex::new(Some(log)))
    }
}

impl AuditSink for FileAudit {
    fn append(&self, event: &AuditEvent) -> Result<LineDigest, AuditError> {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Taken out while it is written: after a failure nobody knows what is there, and the log stays closed.
        let mut log = slot.take().ok_or(AuditError::new("the audit log failed before"))?;
        let digest = log.append(event)?;
        *slot = Some(log);
        Ok(digest)
    }
}

impl<W: Durable> Log<W> {
    pub(super) fn append(&mut self, event: &AuditEvent) -> Result<LineDigest, AuditError> {
        let mut line = event.line(self.previous);
        let digest = LineDigest::of(&line);
        line.push(b'\n');
        let written = self.out.write_all(&line).and_then(|()| self.out.flush());
        written.and_then(|()| self.out.make_durable()).map_err(|_| AuditError::unavailable())?;
        self.previous = digest;
        Ok(digest)
    }
}

/// Readable by its owner only.
fn open_private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The digest of the last line, which ends with a line feed afterwards.
fn close_last_line(file: &mut File) -> Result<LineDigest, AuditError> {
    let failed = |_: std::io::Error| AuditError::new("the audit log cannot be read");
    let length = file.metadata().map_err(failed)?.len();
    let most = MAX_LINE_BYTES.saturating_add(2);
    let start = length.saturating_sub(most);
    file.seek(SeekFrom::Start(start)).map_err(failed)?;
    let mut tail = Vec::new();
    file.take(most).read_to_end(&mut tail).map_err(failed)?;
    if tail.is_empty() {
        return Ok(LineDigest::START);
    }
    let is_closed = tail.last() == Some(&b'\n');
    if is_closed {
        tail.pop();
    } else {
        file.write_all(b"\n").map_err(failed)?;
    }
    let line = match tail.iter().rposition(|byte| *byte == b'\n') {
        Some(position) => tail.get(position.saturating_add(1)..).unwrap_or_default(),
        None if start == 0 => &tail,
        None => return Err(AuditError::new("the audit log ends with a line that is too long")),
    };
    Ok(LineDigest::of(line))
}

/// The name of a file is durable when its folder is.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}
