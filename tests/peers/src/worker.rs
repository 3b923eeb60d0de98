//! A peer in another process that reads questions and writes answers as JSON lines.
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::Deserialize;

use crate::{Opinion, Peer, Question};

/// The process.
pub struct Worker {
    command: Command,
    running: Option<Running>,
}

struct Running {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

#[derive(Deserialize)]
struct Answer {
    accept: bool,
    #[serde(default)]
    reason: String,
}

impl Worker {
    /// A worker that the command starts.
    pub fn new(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        Self { command, running: None }
    }

    fn exchange(&mut self, line: &str) -> std::io::Result<Answer> {
        if self.running.is_none() {
            self.running = Some(Running::start(&mut self.command)?);
        }
        let running = self.running.as_mut().ok_or_else(|| std::io::Error::other("not running"))?;
        running.stdin.write_all(line.as_bytes())?;
        running.stdin.write_all(b"\n")?;
        running.stdin.flush()?;
        let mut reply = String::new();
        running.stdout.read_line(&mut reply)?;
        serde_json::from_str(&reply).map_err(std::io::Error::other)
    }
}

impl Running {
    fn start(command: &mut Command) -> std::io::Result<Self> {
        let mut child = command.spawn()?;
        let missing = || std::io::Error::other("no pipe");
        let stdin = child.stdin.take().ok_or_else(missing)?;
        let stdout = BufReader::new(child.stdout.take().ok_or_else(missing)?);
        Ok(Self { child, stdin, stdout })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.child.kill().is_ok() {
            drop(self.child.wait());
        }
    }
}

impl Peer for Worker {
    fn ask(&mut self, question: &Question) -> Opinion {
        match self.exchange(&question.line()) {
            Ok(Answer { accept: true, .. }) => Opinion::Accept,
            Ok(Answer { reason, .. }) => Opinion::Refuse(reason),
            Err(error) => {
                self.running = None;
                Opinion::Refuse(format!("worker ended: {error}"))
            }
        }
    }
}
