//! What the caller has: a file, which is hashed in constant memory, or its digests.

use std::{
    io::Read as _,
    path::{Path, PathBuf},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use cretula_encoding::hex;

use super::{
    files::{self, Kind},
    outcome::Trouble,
};

/// Bytes hashed at a time.
const CHUNK_BYTES: usize = 1 << 20;
/// Files from here on are hashed with a progress bar.
const PROGRESS_BYTES: u64 = 64 << 20;

/// What the caller has.
#[derive(Debug, Clone)]
pub(crate) struct Artifact {
    /// The file, if there is one.
    pub(crate) path: Option<PathBuf>,
    /// Name in messages.
    pub(crate) name: String,
    /// Length of the file; 0 if there is none.
    pub(crate) bytes: u64,
    /// Algorithm and lower-case hex.
    pub(crate) digests: Vec<(&'static str, String)>,
}

impl Artifact {
    /// Hashes a file with SHA-256, SHA-384 and SHA-512 in one pass: which of them a bundle uses is seen only later.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(crate) fn of_file(path: &Path) -> Result<Self, Trouble> {
        let mut file = files::open(path, Kind::Artifact)?;
        let length = file.metadata().map_or(0, |metadata| metadata.len());
        let bar = progress(length);
        let (mut sha256, mut sha384, mut sha512) = (Sha256::new(), Sha384::new(), Sha512::new());
        let mut chunk = vec![0; CHUNK_BYTES];
        let mut total = 0_u64;
        loop {
            let read = match file.read(&mut chunk) {
                Ok(read) => read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(files::unreadable(path, Kind::Artifact, &error)),
            };
            let bytes = chunk.get(..read).unwrap_or_default();
            if bytes.is_empty() {
                break;
            }
            sha256.update(bytes);
            sha384.update(bytes);
            sha512.update(bytes);
            let read = u64::try_from(read).unwrap_or(0);
            total = total.saturating_add(read);
            bar.inc(read);
        }
        bar.finish_and_clear();
        let digests = vec![
            ("sha256", hex::encode(&sha256.finalize())),
            ("sha384", hex::encode(&sha384.finalize())),
            ("sha512", hex::encode(&sha512.finalize())),
        ];
        Ok(Self { path: Some(path.to_owned()), name: files::name(path), bytes: total, digests })
    }

    /// From `ALGORITHM:HEX`; several are of the same artifact.
    ///
    /// # Errors
    /// Another form, another algorithm, or one algorithm twice.
    pub(crate) fn of_digests(texts: &[String]) -> Result<Self, Trouble> {
        let mut digests: Vec<(&'static str, String)> = Vec::new();
        for text in texts {
            let digest = parse_digest(text).ok_or_else(|| {
                Trouble::usage(format!("{} is no digest", super::show::text::foreign(text)))
                    .try_this("write sha256:, sha384: or sha512: and then 64, 96 or 128 hex digits")
            })?;
            if digests.iter().any(|(algorithm, _)| *algorithm == digest.0) {
                return Err(Trouble::usage(format!("two {} digests of one artifact", digest.0))
                    .try_this("verify one artifact at a time"));
            }
            digests.push(digest);
        }
        let name = digests.first().map_or_else(String::new, |(algorithm, hex)| format!("{algorithm}:{hex}"));
        Ok(Self { path: None, name, bytes: 0, digests })
    }
}

/// Upper-case digits are the same digest; the module takes lower case only.
fn parse_digest(text: &str) -> Option<(&'static str, String)> {
    let (name, digits) = text.split_once(':')?;
    let (algorithm, length) =
        [("sha256", 64), ("sha384", 96), ("sha512", 128)].into_iter().find(|(known, _)| *known == name)?;
    let valid = digits.len() == length && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    valid.then(|| (algorithm, digits.to_ascii_lowercase()))
}

/// A bar on standard error if that is a terminal and the file is large; otherwise one that nobody sees.
fn progress(length: u64) -> ProgressBar {
    if length < PROGRESS_BYTES {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("hashing {bar:30} {bytes} of {total_bytes}, {eta} to go")
    {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_read_strictly() {
        let text = format!("sha256:{}", "AB".repeat(32));
        let artifact = Artifact::of_digests(std::slice::from_ref(&text)).unwrap();
        assert_eq!(artifact.digests, [("sha256", "ab".repeat(32))]);
        for wrong in ["", "sha256", "sha256:ab", &text.replace("sha256", "md5"), &text.replace("A", "g")] {
            assert!(Artifact::of_digests(&[wrong.to_owned()]).is_err(), "{wrong}");
        }
        assert!(Artifact::of_digests(&[text.clone(), text]).is_err());
    }
}
