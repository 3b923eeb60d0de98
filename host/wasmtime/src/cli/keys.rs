//! `cretula keys`.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use cretula::keys::{KeyAlgorithm, LocalKey, LocalKeyError};
use cretula_encoding::hex;
use sha2::{Digest as _, Sha256};

use super::arguments::KeysCommand;
use super::files::shown;
use super::outcome::{Exit, Trouble};
use super::secrets;
use super::surroundings::Output;

/// Runs one of them.
///
/// # Errors
/// A file cannot be read or written.
pub(crate) fn run(command: &KeysCommand, output: &mut Output) -> Result<Exit, Trouble> {
    match command {
        KeysCommand::Generate { name, algorithm, passphrase_fd } => {
            generate(name, algorithm, *passphrase_fd, output)
        }
        KeysCommand::Public { file, passphrase_fd } => {
            let key = read(file, *passphrase_fd)?;
            output.result(key.public_key_pem().as_bytes());
            Ok(Exit::Success)
        }
        KeysCommand::List { algorithms } => Ok(list(algorithms, output)),
    }
}

/// Writes `NAME.key`, encrypted, and `NAME.pub`.
fn generate(
    name: &Path,
    algorithm: &str,
    passphrase_fd: Option<u32>,
    output: &mut Output,
) -> Result<Exit, Trouble> {
    let algorithm = find(algorithm)?;
    let (private, public) = (with_ending(name, ".key"), with_ending(name, ".pub"));
    for path in [&private, &public] {
        if path.exists() {
            return Err(Trouble::usage(format!("{} exists already and is not overwritten", shown(path)))
                .try_this("choose another name, or move the old key away"));
        }
    }
    let passphrase = secrets::new_passphrase(passphrase_fd, &private)?;
    let key = LocalKey::generate(algorithm).map_err(|error| Trouble::internal(error.to_string()))?;
    let encrypted = key.encrypt(&passphrase).map_err(|error| Trouble::internal(error.to_string()))?;
    write_new(&private, encrypted.as_bytes(), 0o600)?;
    write_new(&public, key.public_key_pem().as_bytes(), 0o644)?;
    output.note(&format!(
        "wrote {} (encrypted, as cosign reads it) and {}\n",
        shown(&private),
        shown(&public)
    ));
    Ok(Exit::Success)
}

fn find(name: &str) -> Result<KeyAlgorithm, Trouble> {
    let short = [
        ("p256", KeyAlgorithm::EcdsaP256),
        ("p384", KeyAlgorithm::EcdsaP384),
        ("p521", KeyAlgorithm::EcdsaP521),
        ("ed25519", KeyAlgorithm::Ed25519),
        ("rsa3072", KeyAlgorithm::RsaPkcs1v15With3072),
        ("rsa4096", KeyAlgorithm::RsaPkcs1v15With4096),
    ];
    let named = short.iter().find(|(known, _)| *known == name).map(|(_, algorithm)| *algorithm);
    named.or_else(|| KeyAlgorithm::from_name(name)).ok_or_else(|| {
        let names: Vec<&str> = short.iter().map(|(name, _)| *name).collect();
        Trouble::usage("no key can be made for this algorithm")
            .try_this(format!("there are {}", names.join(", ")))
    })
}

fn with_ending(name: &Path, ending: &str) -> PathBuf {
    let mut path = name.to_owned().into_os_string();
    path.push(ending);
    path.into()
}

fn write_new(path: &Path, content: &[u8], mode: u32) -> Result<(), Trouble> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    let written =
        options.open(path).and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()));
    written.map_err(|error| Trouble::usage(format!("{} cannot be written: {error}", shown(path))))
}

/// A key file; the passphrase is asked for only if the file needs one.
///
/// # Errors
/// Wrong use: the file is not there, or is no key that can be used.
pub(super) fn read(path: &Path, passphrase_fd: Option<u32>) -> Result<LocalKey, Trouble> {
    if !path.exists() {
        let name = path.with_extension("");
        return Err(Trouble::usage(format!("the key {} does not exist", shown(path)))
            .coded("key/denied")
            .try_this("check the spelling and the folder you are in")
            .try_this(format!("cretula keys generate {} makes it", shown(&name))));
    }
    match LocalKey::read(path, None, None) {
        Err(LocalKeyError::PassphraseRequired) => {
            LocalKey::read(path, Some(&secrets::passphrase(passphrase_fd, path)?), None)
        }
        other => other,
    }
    .map_err(|error| {
        Trouble::usage(format!("the key {} cannot be used: {error}", shown(path))).coded("key/denied")
    })
}

/// Public halves in this folder, with their digests; or what algorithms there are.
fn list(algorithms: &bool, output: &mut Output) -> Exit {
    let mut lines = String::new();
    if *algorithms {
        for algorithm in KeyAlgorithm::ALL {
            lines.push_str(algorithm.name());
            lines.push('\n');
        }
    } else {
        let keys = public_keys(Path::new("."));
        if keys.is_empty() {
            output.note("no public key (*.pub) in this folder; cretula keys generate NAME makes a pair\n");
        }
        for (path, spki) in keys {
            lines.push_str(&format!("{}  sha256:{}\n", shown(&path), hex::encode(&Sha256::digest(&spki))));
        }
    }
    output.result(lines.as_bytes());
    Exit::Success
}

/// Public keys (`*.pub`) of a folder, in order of their names.
fn public_keys(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "pub"))
        .collect();
    paths.sort();
    let spki = |path: &PathBuf| {
        let content = super::files::read(path, super::files::Kind::Key).ok()?;
        cretula_encoding::pem::parse_block(&content, &["PUBLIC KEY"]).ok().map(|block| block.der)
    };
    paths.into_iter().filter_map(|path| spki(&path).map(|spki| (path, spki))).collect()
}
