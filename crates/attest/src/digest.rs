//! Names of digests and how long their values are (in-toto attestation v1, digest set).
use cretula_encoding::hex;

use crate::error::ErrorKind;

/// Lengths in hex digits.
struct Row {
    name: &'static str,
    lengths: &'static [usize],
}

const fn row(name: &'static str, lengths: &'static [usize]) -> Row {
    Row { name, lengths }
}

/// Every name that may be written. Without lengths, any even number of digits will do.
const NAMES: &[Row] = &[
    row("sha256", &[64]),
    row("sha384", &[96]),
    row("sha512", &[128]),
    row("sha224", &[56]),
    row("sha512_224", &[56]),
    row("sha512_256", &[64]),
    row("sha3_224", &[56]),
    row("sha3_256", &[64]),
    row("sha3_384", &[96]),
    row("sha3_512", &[128]),
    row("shake128", &[]),
    row("shake256", &[]),
    row("blake2b", &[128]),
    row("blake2s", &[64]),
    row("ripemd160", &[40]),
    row("sm3", &[64]),
    row("gost", &[64]),
    row("sha1", &[40]),
    row("md5", &[32]),
    row("gitCommit", &[40, 64]),
    row("gitTree", &[40, 64]),
    row("gitBlob", &[40, 64]),
    row("gitTag", &[40, 64]),
    row("dirHash1", &[64]),
];

/// Algorithms that identify an artifact.
pub(crate) const SUBJECT_ALGORITHMS: [&str; 3] = ["sha256", "sha384", "sha512"];
/// Algorithms whose collisions are cheap.
pub(crate) const WEAK_ALGORITHMS: [&str; 2] = ["md5", "sha1"];
/// A commit: the subject of a source track summary or of a test result.
pub(crate) const GIT_COMMIT: &str = "gitCommit";

/// Checks a value against its name.
///
/// # Errors
/// `subject/digest-algorithm`, `subject/digest-length` or `subject/digest-format`.
pub(crate) fn check(name: &str, value: &str) -> Result<(), ErrorKind> {
    let row = NAMES.iter().find(|row| row.name == name).ok_or(ErrorKind::SubjectDigestAlgorithm)?;
    let fits = row.lengths.is_empty() && !value.is_empty() || row.lengths.contains(&value.len());
    if !fits {
        return Err(ErrorKind::SubjectDigestLength);
    }
    hex::decode(value).map(|_| ()).map_err(|_| ErrorKind::SubjectDigestFormat)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_and_form() {
        assert_eq!(check("sha256", &"a".repeat(64)), Ok(()));
        assert_eq!(check("sha256", &"a".repeat(40)), Err(ErrorKind::SubjectDigestLength));
        assert_eq!(check("sha256", &"A".repeat(64)), Err(ErrorKind::SubjectDigestFormat));
        assert_eq!(check("gitCommit", &"0".repeat(64)), Ok(()));
        assert_eq!(check("gitCommit", &"0".repeat(41)), Err(ErrorKind::SubjectDigestLength));
        assert_eq!(check("shake128", "00"), Ok(()));
        assert_eq!(check("shake128", ""), Err(ErrorKind::SubjectDigestLength));
        assert_eq!(check("shake128", "0"), Err(ErrorKind::SubjectDigestFormat));
        assert_eq!(check("crc32", "00000000"), Err(ErrorKind::SubjectDigestAlgorithm));
    }
}
