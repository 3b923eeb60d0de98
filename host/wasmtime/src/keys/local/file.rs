//! Reads a key file that belongs to nobody else.

use std::{fs::File, io::Read as _, path::Path};

use zeroize::Zeroizing;

use super::LocalKeyError;

/// Longest key file: RSA 4096 as PEM has about 3.3 KB, encrypted 4.5 KB.
const MAX_BYTES: usize = 64 * 1024;

/// The content, if only the owner may access the file.
///
/// # Errors
/// [`LocalKeyError::Unreadable`], [`LocalKeyError::Permissions`], [`LocalKeyError::Format`] if it is too long.
pub(super) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, LocalKeyError> {
    let failed = |error: std::io::Error| unreadable(path, error.kind().to_string());
    let file = File::open(path).map_err(failed)?;
    // Asked of the open file: its name may stand for another one by now.
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(unreadable(path, "not a regular file".to_owned()));
    }
    check_permissions(path, &metadata)?;
    // The buffer never grows, so no copy of the key stays behind.
    let mut content = Zeroizing::new(Vec::with_capacity(MAX_BYTES.saturating_add(1)));
    let limit = u64::try_from(content.capacity()).unwrap_or(u64::MAX);
    file.take(limit).read_to_end(&mut content).map_err(failed)?;
    if content.len() > MAX_BYTES { Err(LocalKeyError::Format) } else { Ok(content) }
}

fn unreadable(path: &Path, detail: String) -> LocalKeyError {
    LocalKeyError::Unreadable { path: path.to_owned(), detail }
}

#[cfg(unix)]
fn check_permissions(path: &Path, metadata: &std::fs::Metadata) -> Result<(), LocalKeyError> {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(LocalKeyError::Permissions { path: path.to_owned(), mode })
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same signature everywhere")]
fn check_permissions(_path: &Path, _metadata: &std::fs::Metadata) -> Result<(), LocalKeyError> {
    Ok(())
}
