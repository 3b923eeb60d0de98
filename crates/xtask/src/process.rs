//! Running other programs, and the time that they take.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a developer command measures and asks its environment"
)]

use std::{
    ffi::OsString,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::{root::Root, say};

/// Runs a closure and returns its result with the time that it took.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}

/// Cargo of the pinned toolchain, in the root folder, without what the outer `cargo xtask` passed on.
pub(crate) fn cargo(root: &Root) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root.path());
    for (name, _) in std::env::vars_os() {
        if is_of_outer_cargo(&name) {
            command.env_remove(name);
        }
    }
    command
}

fn is_of_outer_cargo(name: &OsString) -> bool {
    let name = name.to_string_lossy();
    name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") || name == "CARGO_BIN_NAME"
}

/// Value of an environment variable of the developer's machine.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Runs a program with its output shown.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {}", shown(command)))?;
    if !status.success() {
        bail!("{} ended with {status}", shown(command));
    }
    Ok(())
}

/// Runs a program and returns what it wrote to standard output.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start {}", shown(command)))?;
    if !output.status.success() {
        bail!("{} ended with {}", shown(command), output.status);
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Runs a program, shows each line of its standard output and hands it to `each`; returns whether it succeeded.
pub(crate) fn watch(command: &mut Command, mut each: impl FnMut(&str)) -> Result<bool> {
    let mut child =
        command.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot start {}", shown(command)))?;
    let stdout = child.stdout.take().context("standard output is piped")?;
    for line in BufReader::new(stdout).lines() {
        let line = line?;
        say::line(&line);
        each(&line);
    }
    Ok(child.wait()?.success())
}

/// Whether a program can be started.
pub(crate) fn exists(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// The compiler of the pinned toolchain.
pub(crate) fn rustc(root: &Root) -> Command {
    program(root, "rustc")
}

/// Another program, in the root folder.
pub(crate) fn program(root: &Root, name: &str) -> Command {
    let mut command = Command::new(name);
    command.current_dir(root.path());
    command
}

/// Installs the compilation target of the module unless it is there.
pub(crate) fn ensure_wasm_target(root: &Root) -> Result<()> {
    let sysroot = capture(rustc(root).args(["--print", "sysroot"]))?;
    if Path::new(sysroot.trim()).join("lib/rustlib/wasm32-unknown-unknown").is_dir() {
        return Ok(());
    }
    say::line("installing the target wasm32-unknown-unknown with rustup");
    run(Command::new("rustup").args(["target", "add", "wasm32-unknown-unknown"]).current_dir(root.path()))
}

fn shown(command: &Command) -> String {
    let mut text = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args().take(6) {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}
