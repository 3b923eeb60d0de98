//! Passphrases and access tokens: from a descriptor, a variable of other tools, or a prompt. Never from an argument.

use std::fs::File;
use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::path::Path;

use cretula::keys::Secret;
use zeroize::Zeroizing;

use super::files::shown;
use super::outcome::Trouble;
use super::surroundings::variable;

/// Longest passphrase.
const MAX_BYTES: u64 = 4096;

/// The passphrase of a key file: from the descriptor, else `COSIGN_PASSWORD`, else asked for.
pub(crate) fn passphrase(descriptor: Option<u32>, file: &Path) -> Result<Secret, Trouble> {
    if let Some(descriptor) = descriptor {
        return of_descriptor(descriptor);
    }
    if let Some(passphrase) = variable("COSIGN_PASSWORD") {
        return Ok(Secret::new(passphrase.into_encoded_bytes()));
    }
    ask(&format!("Passphrase of {}: ", shown(file)))
}

/// The passphrase of a new key, asked for twice on a terminal.
pub(crate) fn new_passphrase(descriptor: Option<u32>, file: &Path) -> Result<Secret, Trouble> {
    if descriptor.is_some() || variable("COSIGN_PASSWORD").is_some() {
        return passphrase(descriptor, file);
    }
    let first = ask_bytes(&format!("New passphrase of {}: ", shown(file)))?;
    let second = ask_bytes("The same again: ")?;
    if first != second {
        return Err(Trouble::usage("the two passphrases differ; nothing was written"));
    }
    Ok(Secret::new(first.to_vec()))
}

/// A line from a descriptor that the caller opened.
fn of_descriptor(descriptor: u32) -> Result<Secret, Trouble> {
    let unreadable = |error: io::Error| {
        Trouble::usage(format!("the passphrase cannot be read from descriptor {descriptor}: {error}"))
            .try_this("open it, for example with 3< FILE, and say --passphrase-fd 3")
    };
    let file = File::open(format!("/dev/fd/{descriptor}")).map_err(unreadable)?;
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(MAX_BYTES).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(Secret::new(line(&bytes).to_vec()))
}

/// Without its line feed.
fn line(bytes: &[u8]) -> &[u8] {
    let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn ask(prompt: &str) -> Result<Secret, Trouble> {
    ask_bytes(prompt).map(|passphrase| Secret::new(passphrase.to_vec()))
}

/// Reads a line from the terminal without showing it.
fn ask_bytes(prompt: &str) -> Result<Zeroizing<Vec<u8>>, Trouble> {
    let unattended = || {
        Trouble::usage("the key file is encrypted, and nobody is there to be asked for the passphrase")
            .try_this("pass it with --passphrase-fd N, or in COSIGN_PASSWORD")
    };
    if !io::stdin().is_terminal() {
        return Err(unattended());
    }
    drop(io::stderr().lock().write_all(prompt.as_bytes()));
    let hidden = HiddenInput::begin();
    let mut bytes = Zeroizing::new(Vec::new());
    let read = io::stdin().lock().take(MAX_BYTES).read_until(b'\n', &mut bytes);
    drop(hidden);
    drop(io::stderr().lock().write_all(b"\n"));
    read.map_err(|_| unattended())?;
    Ok(Zeroizing::new(line(&bytes).to_vec()))
}

/// While it lives, the terminal shows nothing of what is typed.
struct HiddenInput(bool);

impl HiddenInput {
    fn begin() -> Self {
        Self(stty("-echo"))
    }
}

impl Drop for HiddenInput {
    fn drop(&mut self) {
        if self.0 {
            stty("echo");
        }
    }
}

/// The terminal's own tool, since a safe way without one does not exist in the standard library.
fn stty(mode: &str) -> bool {
    let status = std::process::Command::new("stty").arg(mode).stdin(std::process::Stdio::inherit()).status();
    status.is_ok_and(|status| status.success())
}

/// Address and token of OpenBao, or of Vault.
pub(crate) fn transit() -> Option<(String, Secret)> {
    let pair = |address: &str, token: &str| {
        let address = variable(address)?.into_string().ok()?;
        Some((address, Secret::new(variable(token)?.into_encoded_bytes())))
    };
    pair("BAO_ADDR", "BAO_TOKEN").or_else(|| pair("VAULT_ADDR", "VAULT_TOKEN"))
}
