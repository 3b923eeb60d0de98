//! Which package a test program belongs to.

use std::{collections::BTreeMap, path::Path};

use anyhow::Result;
use serde::Deserialize;

/// A test program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Program {
    /// Name of the package.
    pub(super) package: String,
    /// `lib` or `bin` for the unit tests, `doc` for the examples, otherwise the name of the file under `tests/`.
    pub(super) binary: String,
}

/// The test programs of one run of cargo.
#[derive(Debug, Default)]
pub(super) struct Targets {
    /// By the file name of the executable.
    executables: BTreeMap<String, Program>,
    /// Packages by the names of their libraries.
    libraries: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Message {
    package_id: Option<String>,
    target: Option<Target>,
    executable: Option<String>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
    name: String,
}

impl Targets {
    /// Reads what `cargo test --no-run --message-format json` writes.
    ///
    /// # Errors
    /// If a line is no message.
    #[expect(clippy::disallowed_methods, reason = "messages of cargo, outside of the module")]
    pub(super) fn of_messages(messages: &str) -> Result<Self> {
        let mut targets = Self::default();
        for line in messages.lines().filter(|line| line.starts_with('{')) {
            let message: Message = serde_json::from_str(line)?;
            if let (Some(id), Some(target)) = (message.package_id, message.target) {
                targets.add(package(&id), &target, message.executable.as_deref());
            }
        }
        Ok(targets)
    }

    fn add(&mut self, package: &str, target: &Target, executable: Option<&str>) {
        let kind = target.kind.first().map_or("", String::as_str);
        if kind.ends_with("lib") {
            self.libraries.insert(target.name.replace('-', "_"), package.to_owned());
        }
        let binary = match kind {
            "bin" => "bin",
            kind if kind.ends_with("lib") => "lib",
            _ => &target.name,
        };
        if let Some(file) = executable.and_then(file_name) {
            let program = Program { package: package.to_owned(), binary: binary.to_owned() };
            self.executables.insert(file.to_owned(), program);
        }
    }

    /// The program that a line announces: `None` if it is no announcement, `Some(None)` if the program is unknown.
    pub(super) fn begun_by(&self, line: &str) -> Option<Option<Program>> {
        let indented = line.starts_with("  ").then(|| line.trim_start())?;
        if let Some(library) = indented.strip_prefix("Doc-tests ") {
            let package = self.libraries.get(library)?;
            return Some(Some(Program { package: package.clone(), binary: "doc".to_owned() }));
        }
        let path = indented.strip_prefix("Running ")?.strip_suffix(')')?.rsplit_once('(')?.1;
        Some(file_name(path).and_then(|file| self.executables.get(file)).cloned())
    }
}

/// The name in a package id, `…#NAME@VERSION`, or `…/NAME#VERSION` if the folder has that name.
fn package(id: &str) -> &str {
    let (place, fragment) = id.rsplit_once('#').unwrap_or((id, ""));
    match fragment.split_once('@') {
        Some((name, _)) => name,
        None => place.rsplit_once('/').map_or(place, |(_, name)| name),
    }
}

fn file_name(path: &str) -> Option<&str> {
    Path::new(path).file_name()?.to_str()
}

#[cfg(test)]
mod tests {
    use super::package;

    #[test]
    fn names_in_package_ids() {
        assert_eq!(package("path+file:///x/crates/tlog#cretula-tlog@0.1.0"), "cretula-tlog");
        assert_eq!(package("path+file:///x/crates/xtask#0.1.0"), "xtask");
    }
}
