//! The core module in an engine of another language, as a process that answers line by line, in base64.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use anyhow::{Context, Result, bail};
use cretula_encoding::base64;

use crate::{Engine, repository};

/// Names the Go program that runs the module in wazero.
const WAZERO: &str = "CRETULA_TEST_WAZERO";

/// Names the script that runs the module in the npm package.
const NPM: &str = "CRETULA_TEST_NPM";

/// Names the script that runs the module in Chromium.
const CHROMIUM: &str = "CRETULA_TEST_BROWSER";

/// A process with one module.
#[derive(Debug)]
pub struct ProcessEngine {
    name: &'static str,
    child: Child,
    requests: Option<ChildStdin>,
    replies: BufReader<ChildStdout>,
}

impl ProcessEngine {
    /// Starts Node; `None` if it is not installed.
    ///
    /// # Errors
    /// It is there and does not start.
    pub fn node() -> Result<Option<Self>> {
        let script = repository().join("tests/sandbox/node/batch.mjs");
        Self::start("Node", Command::new("node").arg(script))
    }

    /// Starts the Go program that the test command built and named; `None` outside of the hosts lane.
    ///
    /// # Errors
    /// It is named and does not start.
    pub fn wazero() -> Result<Option<Self>> {
        let Some(program) = std::env::var_os(WAZERO) else { return Ok(None) };
        let started = Self::start("wazero", &mut Command::new(program))?;
        started.map(Some).context("the program for wazero is not there")
    }

    /// Starts Node with the npm package that the test command built; `None` outside of the hosts lane.
    ///
    /// # Errors
    /// It is named and does not start.
    pub fn npm() -> Result<Option<Self>> {
        Self::script("npm package", NPM)
    }

    /// Starts Chromium with the npm package, driven by Node; `None` outside of the hosts lane.
    ///
    /// # Errors
    /// It is named and does not start.
    pub fn chromium() -> Result<Option<Self>> {
        Self::script("Chromium", CHROMIUM)
    }

    fn script(name: &'static str, variable: &str) -> Result<Option<Self>> {
        let Some(script) = std::env::var_os(variable) else { return Ok(None) };
        let started = Self::start(name, Command::new("node").arg(script))?;
        started.map(Some).context("node is not there")
    }

    fn start(name: &'static str, command: &mut Command) -> Result<Option<Self>> {
        let mut child = match command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn() {
            Ok(child) => child,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("cannot start {name}")),
        };
        let requests = child.stdin.take();
        let replies = BufReader::new(child.stdout.take().with_context(|| format!("{name} has no output"))?);
        Ok(Some(Self { name, child, requests, replies }))
    }
}

impl Engine for ProcessEngine {
    fn name(&self) -> &'static str {
        self.name
    }

    fn verify(&mut self, request: &[u8]) -> Result<Vec<u8>> {
        let input = self.requests.as_mut().context("the process was closed")?;
        writeln!(input, "{}", base64::encode(request))?;
        input.flush()?;
        let mut line = String::new();
        self.replies.read_line(&mut line)?;
        match base64::decode(line.trim_end()) {
            Ok(reply) if !line.is_empty() => Ok(reply),
            _ => bail!("{} answered {line:?}", self.name),
        }
    }
}

impl Drop for ProcessEngine {
    fn drop(&mut self) {
        // Closing its input ends the program.
        drop(self.requests.take());
        drop(self.child.wait());
    }
}
