//! Installs the peers from their lock files, once, and starts them.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Peer, Places, cosign::Cosign, worker::Worker};

type Started = Result<Box<dyn Peer>, String>;

/// `@sigstore/verify` under Node.
pub fn npm(places: &Places) -> Started {
    let (source, folder) = (places.home.join("peers/npm"), places.tools.join("npm"));
    found("node", &["--version"])?;
    if is_new(&source.join("package-lock.json"), &folder) {
        copy(&source, &folder, &["package.json", "package-lock.json"])?;
        run(Command::new("npm")
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(&folder))?;
        done(&source.join("package-lock.json"), &folder)?;
    }
    let mut command = Command::new("node");
    command.arg(source.join("worker.mjs")).arg(absolute(&folder)?);
    Ok(Box::new(Worker::new(command)))
}

/// PyPI `sigstore` in an environment of its own.
pub fn python(places: &Places) -> Started {
    let (source, folder) = (places.home.join("peers/python"), places.tools.join("python"));
    found("python3", &["--version"])?;
    let python = folder.join("venv/bin/python");
    if is_new(&source.join("requirements.txt"), &folder) {
        run(Command::new("python3").args(["-m", "venv"]).arg(folder.join("venv")))?;
        run(Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--require-hashes", "-r"])
            .arg(source.join("requirements.txt")))?;
        done(&source.join("requirements.txt"), &folder)?;
    }
    let mut command = Command::new(absolute(&python)?);
    command.arg("-B").arg(source.join("worker.py"));
    Ok(Box::new(Worker::new(command)))
}

/// sigstore-go in a program of ours.
pub fn go(places: &Places) -> Started {
    let program = go_build(places, "go", ".", "worker")?;
    Ok(Box::new(Worker::new(Command::new(program))))
}

/// cosign, one process for each question.
pub fn cosign(places: &Places) -> Started {
    let program = go_build(places, "cosign", "github.com/sigstore/cosign/v3/cmd/cosign", "cosign")?;
    Ok(Box::new(Cosign::new(program, places.tools.join("cosign/scratch"))?))
}

fn go_build(places: &Places, name: &str, package: &str, program: &str) -> Result<PathBuf, String> {
    let (source, folder) = (places.home.join("peers").join(name), places.tools.join(name));
    let program = folder.join(program);
    if is_new(&source.join("go.sum"), &folder) {
        found("go", &["version"])?;
        fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        run(Command::new("go")
            .args(["build", "-p", "2", "-trimpath", "-mod=readonly", "-o"])
            .arg(absolute(&folder)?.join(program.file_name().unwrap_or_default()))
            .arg(package)
            .env("GOTOOLCHAIN", "go1.27.3")
            .env("CGO_ENABLED", "0")
            .current_dir(&source))?;
        done(&source.join("go.sum"), &folder)?;
    }
    absolute(&program)
}

/// Whether the lock file differs from the one that was installed.
fn is_new(lock: &Path, folder: &Path) -> bool {
    match (fs::read(lock), fs::read(folder.join("installed"))) {
        (Ok(wanted), Ok(installed)) => wanted != installed,
        _ => true,
    }
}

fn done(lock: &Path, folder: &Path) -> Result<(), String> {
    fs::copy(lock, folder.join("installed")).map(drop).map_err(|error| error.to_string())
}

fn copy(source: &Path, folder: &Path, names: &[&str]) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    for name in names {
        fs::copy(source.join(name), folder.join(name)).map_err(|error| format!("{name}: {error}"))?;
    }
    Ok(())
}

fn found(program: &str, arguments: &[&str]) -> Result<(), String> {
    let status = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        _ => Err(format!("{program} is not installed")),
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    Err(format!("{} failed: {last}", command.get_program().to_string_lossy()))
}

fn absolute(path: &Path) -> Result<PathBuf, String> {
    std::path::absolute(path).map_err(|error| error.to_string())
}
