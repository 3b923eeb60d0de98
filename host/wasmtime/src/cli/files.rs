//! Reading files, bounded, with errors that say what to do.

use std::{
    fs::File,
    io::{self, Read as _, Write as _},
    path::Path,
};

use super::{outcome::Trouble, show::text::foreign, surroundings::Output};

/// What a file is for; names it in errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The artifact.
    Artifact,
    /// The bundle.
    Bundle,
    /// A configuration of signing.
    Configuration,
    /// Facts of a control plane, or an event.
    Facts,
    /// A public key.
    Key,
    /// Keys of an issuer.
    KeySet,
    /// The policy.
    Policy,
    /// A predicate.
    Predicate,
    /// A trust configuration.
    TrustConfig,
    /// The trusted root.
    TrustedRoot,
}

impl Kind {
    /// Noun in sentences.
    pub(crate) const fn noun(self) -> &'static str {
        match self {
            Self::Artifact => "artifact",
            Self::Bundle => "bundle",
            Self::Configuration => "configuration",
            Self::Facts => "facts document",
            Self::Key => "public key",
            Self::KeySet => "key set",
            Self::Policy => "policy",
            Self::Predicate => "predicate",
            Self::TrustConfig => "trust configuration",
            Self::TrustedRoot => "trusted root",
        }
    }

    /// Longest file that can be of this kind, in bytes; beyond it the module would refuse anyway.
    const fn max_bytes(self) -> u64 {
        match self {
            Self::Facts => 32 << 20,
            Self::Artifact | Self::Bundle | Self::Predicate | Self::TrustedRoot => 16 << 20,
            Self::Configuration => 4 << 20,
            Self::Key | Self::KeySet => 64 << 10,
            Self::Policy | Self::TrustConfig => 1 << 20,
        }
    }
}

/// A path for messages.
pub(crate) fn shown(path: &Path) -> String {
    foreign(&path.to_string_lossy())
}

/// The last part of a path, for messages.
pub(crate) fn name(path: &Path) -> String {
    path.file_name().map_or_else(|| shown(path), |name| foreign(&name.to_string_lossy()))
}

/// Opens a regular file or a pipe.
///
/// # Errors
/// It does not exist, is a folder, or cannot be read.
pub(crate) fn open(path: &Path, kind: Kind) -> Result<File, Trouble> {
    let file = File::open(path).map_err(|error| unreadable(path, kind, &error))?;
    match file.metadata() {
        Ok(metadata) if metadata.is_dir() => {
            Err(Trouble::usage(format!("the {} {} is a folder", kind.noun(), shown(path)))
                .try_this("name a file in it"))
        }
        Ok(_) => Ok(file),
        Err(error) => Err(unreadable(path, kind, &error)),
    }
}

/// Reads a whole file, as far as it can be of its kind.
///
/// # Errors
/// As [`open`]; it is too long.
pub(crate) fn read(path: &Path, kind: Kind) -> Result<Vec<u8>, Trouble> {
    let file = open(path, kind)?;
    let max = kind.max_bytes();
    let mut bytes = Vec::new();
    file.take(max.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(path, kind, &error))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > max) {
        let message = format!(
            "the {} {} is longer than the {} KiB that one may have",
            kind.noun(),
            shown(path),
            max >> 10
        );
        return Err(Trouble::usage(message).try_this("check that it is the file you mean"));
    }
    Ok(bytes)
}

/// Writes a result to a file, or to standard output. A file is complete or not there: it is written beside its place,
/// synced and renamed.
///
/// # Errors
/// The file cannot be written.
pub(crate) fn write_result(path: Option<&Path>, content: &[u8], output: &mut Output) -> Result<(), Trouble> {
    let Some(path) = path else {
        output.result(content);
        return Ok(());
    };
    let mut temporary = path.to_owned().into_os_string();
    temporary.push(".new");
    let temporary = Path::new(&temporary);
    let written = File::create(temporary)
        .and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(temporary, path));
    written.map_err(|error| Trouble::usage(format!("{} cannot be written: {error}", shown(path))))
}

/// Why a file could not be read.
pub(crate) fn unreadable(path: &Path, kind: Kind, error: &io::Error) -> Trouble {
    let (noun, path) = (kind.noun(), shown(path));
    if error.kind() == io::ErrorKind::NotFound {
        return Trouble::usage(format!("the {noun} {path} does not exist"))
            .try_this("check the spelling and the folder you are in");
    }
    if error.kind() == io::ErrorKind::PermissionDenied {
        return Trouble::usage(format!("the {noun} {path} may not be read by you"))
            .try_this("check its permissions");
    }
    Trouble::usage(format!("the {noun} {path} cannot be read: {error}"))
}
