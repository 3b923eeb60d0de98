//! The core module in Node's `WebAssembly`, as a process that answers line by line.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use anyhow::{Context, Result, bail};
use cretula_encoding::base64;

use crate::{Engine, repository};

/// A Node process with one module.
#[derive(Debug)]
pub struct NodeEngine {
    child: Child,
    requests: Option<ChildStdin>,
    replies: BufReader<ChildStdout>,
}

impl NodeEngine {
    /// Starts Node; `None` if it is not installed.
    ///
    /// # Errors
    /// It is there and does not start.
    pub fn start() -> Result<Option<Self>> {
        let script = repository().join("tests/sandbox/node/batch.mjs");
        let spawned = Command::new("node").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = match spawned {
            Ok(child) => child,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).context("cannot start node"),
        };
        let requests = child.stdin.take();
        let replies = BufReader::new(child.stdout.take().context("node has no output")?);
        Ok(Some(Self { child, requests, replies }))
    }
}

impl Engine for NodeEngine {
    fn name(&self) -> &'static str {
        "Node"
    }

    fn verify(&mut self, request: &[u8]) -> Result<Vec<u8>> {
        let input = self.requests.as_mut().context("node was closed")?;
        writeln!(input, "{}", base64::encode(request))?;
        input.flush()?;
        let mut line = String::new();
        self.replies.read_line(&mut line)?;
        match base64::decode(line.trim_end()) {
            Ok(reply) if !line.is_empty() => Ok(reply),
            _ => bail!("node answered {line:?}"),
        }
    }
}

impl Drop for NodeEngine {
    fn drop(&mut self) {
        // Closing its input ends the script.
        drop(self.requests.take());
        drop(self.child.wait());
    }
}
