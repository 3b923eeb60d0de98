//! Why a key file cannot be used.

use std::{fmt, path::PathBuf};

use crate::keys::KeyAlgorithm;

/// Why there is no local key. Never holds a part of the file or of the passphrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LocalKeyError {
    /// The key is of another kind than the algorithm that was asked for.
    Algorithm {
        /// The algorithm that was asked for.
        declared: KeyAlgorithm,
    },
    /// Decrypting would cost more than the limit.
    Cost,
    /// The file is damaged, or the passphrase is another one: nobody can tell which.
    Decrypt,
    /// Not a private key in a supported form, or a damaged one.
    Format,
    /// The file is encrypted and there is no passphrase.
    PassphraseRequired,
    /// Others than the owner may read or write the file.
    Permissions {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The operating system gives no random bytes.
    Random,
    /// The file cannot be read.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        detail: String,
    },
    /// A key, or a form of one, that Cretula does not sign with.
    Unsupported {
        /// What it is, and what to do.
        what: &'static str,
    },
}

impl fmt::Display for LocalKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Algorithm { declared } => write!(f, "the key does not fit the algorithm {declared}"),
            Self::Cost => f.write_str("decrypting the key costs more than the limit (scrypt parameters)"),
            Self::Decrypt => f.write_str("wrong passphrase, or a damaged file"),
            Self::Format => {
                f.write_str("not a private key in PKCS#8, SEC1 or cosign's form, or a damaged one")
            }
            Self::PassphraseRequired => f.write_str("the key is encrypted and needs a passphrase"),
            Self::Permissions { path, mode } => {
                let path = path.display();
                write!(f, "others can access {path} (mode {mode:04o}): run `chmod 600 {path}`")
            }
            Self::Random => f.write_str("the operating system gives no random bytes"),
            Self::Unreadable { path, detail } => write!(f, "cannot read {}: {detail}", path.display()),
            Self::Unsupported { what } => write!(f, "not usable for signing: {what}"),
        }
    }
}

impl std::error::Error for LocalKeyError {}
