//! A service in a process of its own, which ends with its handle.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::clock::wait_until;
use crate::network::Network;

/// Lines of the log that a failure shows.
const SHOWN_LINES: usize = 12;

/// A running program.
#[derive(Debug)]
pub struct Program {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

impl Program {
    /// Starts a program with both outputs in `NAME.log` of the folder, and waits until `health` answers 200.
    ///
    /// # Errors
    /// It cannot be started, ends, or does not answer in time; with the end of its log.
    pub(crate) fn start(
        name: &'static str,
        command: &mut Command,
        folder: &Path,
        network: &Network,
        health: &str,
    ) -> Result<Self> {
        const LONGEST: Duration = Duration::from_secs(60);
        let log = folder.join(format!("{name}.log"));
        let file = File::create(&log)?;
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let child = command.spawn().with_context(|| format!("{name} cannot be started"))?;
        let mut program = Self { name, child, log };
        let mut ended = None;
        let answers = wait_until(LONGEST, || {
            ended = program.child.try_wait().ok().flatten();
            ended.is_some() || network.is_well(health)
        });
        match ended {
            Some(status) => bail!("{name} ended with {status}:\n{}", program.log_end()),
            None if !answers => bail!("{name} does not answer:\n{}", program.log_end()),
            None => Ok(program),
        }
    }

    /// Name in messages.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The last lines that it wrote.
    #[must_use]
    pub fn log_end(&self) -> String {
        let text = fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if self.child.kill().is_ok() {
            drop(self.child.wait());
        }
    }
}
