//! cosign as its users run it: one process for each question.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cretula_encoding::base64;

use crate::{Opinion, Peer, Question};

/// The program and a folder for its input.
pub struct Cosign {
    program: PathBuf,
    scratch: PathBuf,
}

impl Cosign {
    /// A program and a folder for its input.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn new(program: PathBuf, scratch: PathBuf) -> Result<Self, String> {
        fs::create_dir_all(&scratch).map_err(|error| error.to_string())?;
        Ok(Self { program, scratch })
    }

    fn command(&self, question: &Question) -> Result<Command, String> {
        let mut command = Command::new(&self.program);
        command.arg(if question.facts.is_message { "verify-blob" } else { "verify-blob-attestation" });
        command.arg("--bundle").arg(self.file("bundle.json", &question.bundle)?);
        if let Some(root) = &question.root {
            command.arg("--trusted-root").arg(self.file("trusted_root.json", root)?);
        }
        match (&question.key, &question.identity) {
            (Some(key), _) => {
                let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", key.der);
                command.arg("--key").arg(self.file("key.pem", &base64::encode(pem.as_bytes()))?);
            }
            (None, Some(identity)) => {
                command.arg("--certificate-identity").arg(identity);
                command.arg("--certificate-oidc-issuer").arg(question.issuer.as_deref().unwrap_or_default());
            }
            (None, None) => {
                command.args([
                    "--certificate-identity-regexp",
                    ".*",
                    "--certificate-oidc-issuer-regexp",
                    ".*",
                ]);
            }
        }
        if !question.facts.is_message {
            command.arg("--type").arg(&question.facts.predicate_type).arg("--check-claims=true");
        }
        if question.log == 0 {
            command.arg("--insecure-ignore-tlog=true");
        }
        if question.sct == 0 {
            command.arg("--insecure-ignore-sct=true");
        }
        if question.signed_times > 0 || question.mode == "tsa" {
            command.arg("--use-signed-timestamps");
        }
        let artifact = question.artifact.as_deref().unwrap_or_default();
        command.arg(self.file("artifact", artifact)?);
        Ok(command)
    }

    fn file(&self, name: &str, content: &str) -> Result<PathBuf, String> {
        let path = self.scratch.join(name);
        let bytes = base64::decode(content).map_err(|error| error.to_string())?;
        fs::write(&path, bytes).map_err(|error| error.to_string())?;
        Ok(path)
    }
}

impl Peer for Cosign {
    fn ask(&mut self, question: &Question) -> Opinion {
        let asked = self.command(question).and_then(|command| answer(command, &self.scratch));
        match asked {
            Ok(()) => Opinion::Accept,
            Err(reason) => Opinion::Refuse(reason),
        }
    }
}

/// No proxy and no home: it neither asks the network nor reads a cache.
fn answer(mut command: Command, scratch: &Path) -> Result<(), String> {
    command.stdin(Stdio::null()).env("HOME", scratch).env("TUF_ROOT", scratch.join("tuf"));
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text.lines().find(|line| line.starts_with("Error: ")).unwrap_or_default();
    Err(line.chars().take(400).collect())
}
