//! Installs programs from their lock files, once.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Every Go program is built with it, whatever is installed.
const GO_TOOLCHAIN: &str = "go1.27.3";

/// Where programs are installed.
#[derive(Debug, Clone)]
pub struct Tools {
    folder: PathBuf,
}

/// A program in a Go module of ours.
#[derive(Debug, Clone)]
pub struct GoProgram<'a> {
    /// Name of the folder below that of all tools.
    pub name: &'a str,
    /// Folder with `go.mod` and `go.sum`.
    pub source: PathBuf,
    /// Package path.
    pub package: &'a str,
    /// Name of the program.
    pub program: &'a str,
}

impl Default for Tools {
    /// `target/tools` of this repository, or what `CRETULA_TOOLS` names.
    fn default() -> Self {
        let named = std::env::var_os("CRETULA_TOOLS").map(PathBuf::from);
        Self {
            folder: named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools")),
        }
    }
}

impl Tools {
    /// Another folder.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The folder of one tool.
    #[must_use]
    pub fn folder(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Packages of npm from `package-lock.json`; the folder that holds `node_modules`.
    ///
    /// # Errors
    /// What is missing, or what went wrong.
    pub fn npm(&self, name: &str, source: &Path) -> Result<PathBuf, String> {
        let (lock, folder) = (source.join("package-lock.json"), self.folder(name));
        found("node", &["--version"])?;
        if is_new(&lock, &folder) {
            copy(source, &folder, &["package.json", "package-lock.json"])?;
            run(Command::new("npm")
                .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
                .current_dir(&folder))?;
            done(&lock, &folder)?;
        }
        absolute(&folder)
    }

    /// Packages of PyPI from `requirements.txt`, with their hashes; the virtual environment.
    ///
    /// # Errors
    /// What is missing, or what went wrong.
    pub fn python(&self, name: &str, source: &Path) -> Result<PathBuf, String> {
        let (lock, folder) = (source.join("requirements.txt"), self.folder(name));
        let environment = folder.join("venv");
        if is_new(&lock, &folder) {
            found("python3", &["--version"])?;
            run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
            run(Command::new(environment.join("bin/python"))
                .args(["-m", "pip", "install", "--quiet", "--require-hashes", "-r"])
                .arg(&lock))?;
            done(&lock, &folder)?;
        }
        absolute(&environment)
    }

    /// A program from its Go module.
    ///
    /// # Errors
    /// What is missing, or what went wrong.
    pub fn go(&self, wanted: &GoProgram) -> Result<PathBuf, String> {
        let (lock, folder) = (wanted.source.join("go.sum"), self.folder(wanted.name));
        let program = folder.join(wanted.program);
        if is_new(&lock, &folder) {
            found("go", &["version"])?;
            fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
            run(Command::new("go")
                .args(["build", "-p", "2", "-trimpath", "-mod=readonly", "-o"])
                .arg(absolute(&program)?)
                .arg(wanted.package)
                .env("GOTOOLCHAIN", GO_TOOLCHAIN)
                .env("CGO_ENABLED", "0")
                .current_dir(&wanted.source))?;
            done(&lock, &folder)?;
        }
        absolute(&program)
    }
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
