//! The configurations that the shipped workflows write are ones that the command accepts.
#![expect(clippy::unwrap_used, reason = "a test that ends with the reason")]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cretula_workflows::{File, Kind, SHIPPED, Script, here_document, read_shipped, scripts};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

fn files(is_github: bool) -> Vec<(&'static str, File)> {
    let read = |(path, kind)| (path, File::parse(kind, &read_shipped(path).unwrap()).unwrap());
    SHIPPED.into_iter().filter(|(_, kind)| (*kind != Kind::Component) == is_github).map(read).collect()
}

fn folder(name: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    drop(fs::remove_dir_all(&place));
    fs::create_dir_all(&place).unwrap();
    place
}

fn check(place: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cretula"));
    command
        .args(["config", "check", "cretula.json"])
        .current_dir(place)
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

fn assert_accepted(place: &Path, expected: &[&str]) {
    let checked = check(place);
    assert_eq!(checked.status.code(), Some(0), "{}", String::from_utf8_lossy(&checked.stderr));
    let said = String::from_utf8_lossy(&checked.stdout);
    for text in expected {
        assert!(said.contains(text), "{text} is not in {said}");
    }
}

/// The same file with one member renamed is refused: the check looks at this file.
fn assert_checked(place: &Path, member: &str) {
    let text = fs::read_to_string(place.join("cretula.json")).unwrap();
    assert!(text.contains(member));
    fs::write(place.join("cretula.json"), text.replace(member, "\"other\"")).unwrap();
    assert_eq!(check(place).status.code(), Some(2));
}

/// Runs the script that writes the configuration; `None` if there is no shell.
fn write(script: &Script<'_>, place: &Path, commit: &str) -> Option<Output> {
    let mut command = Command::new("bash");
    command.arg("-c").arg(script.text).env("RUNNER_TEMP", place);
    for variable in script.variables {
        let text = variable.node.text().unwrap();
        let value = match variable.name.as_str() {
            "WORKFLOW_FILE" => ".github/workflows/sign.yml",
            "WORKFLOW_REPOSITORY" => "acme/signing",
            "WORKFLOW_SHA" => commit,
            _ => text,
        };
        command.env(&variable.name, value);
    }
    match command.output() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        ran => Some(ran.unwrap()),
    }
}

fn has_jq() -> bool {
    let found = Command::new("jq").arg("--version").output().is_ok();
    if !found {
        eprintln!("SKIPPED: jq is not installed; the configurations for GitHub were not written");
    }
    found
}

#[test]
fn configurations_for_github_are_accepted() {
    if !has_jq() {
        return;
    }
    for (path, file) in files(true) {
        let all = scripts(&file);
        let script = all.iter().find(|script| script.step == "Write the configuration").unwrap();
        let place = folder(&path.replace('/', "-"));
        let Some(ran) = write(script, &place, COMMIT) else {
            eprintln!("SKIPPED: bash is not installed; the configurations for GitHub were not written");
            return;
        };
        assert!(ran.status.success(), "{path}: {}", String::from_utf8_lossy(&ran.stderr));
        let signer = "https://github.com/acme/signing/.github/workflows/sign.yml";
        let text = fs::read_to_string(place.join("cretula.json")).unwrap();
        assert!(text.contains(signer) && text.contains(COMMIT), "{text}");
        let mode = script.variables.iter().find(|variable| variable.name == "MODE").unwrap();
        assert_accepted(&place, &[mode.node.text().unwrap(), "public-v2"]);
        assert_checked(&place, "\"requireHosted\"");
    }
}

#[test]
fn no_configuration_without_the_commit_of_the_workflow() {
    if !has_jq() {
        return;
    }
    for (path, file) in files(true) {
        let all = scripts(&file);
        let script = all.iter().find(|script| script.step == "Write the configuration").unwrap();
        let place = folder(&format!("{}-refused", path.replace('/', "-")));
        for commit in ["", "main", "0123456789abcdef", "0123456789ABCDEF0123456789abcdef01234567"] {
            let Some(ran) = write(script, &place, commit) else { return };
            assert_eq!(ran.status.code(), Some(2), "{path}: {commit}");
            assert!(!place.join("cretula.json").exists(), "{path}: {commit}");
        }
    }
}

#[test]
fn the_configuration_for_gitlab_is_accepted() {
    for (path, file) in files(false) {
        let all = scripts(&file);
        let document = here_document(all[0].text, "cretula.json").unwrap();
        for server in ["https://gitlab.com", "https://gitlab.example:8443"] {
            let text = document.replace("$CRETULA_SERVER", server).replace("$CRETULA_AUDIENCE", "cretula");
            assert!(!text.contains('$'), "{path}: {text}");
            let place = folder(&path.replace('/', "-"));
            fs::write(place.join("cretula.json"), text).unwrap();
            assert_accepted(&place, &["pipeline", "public-v2"]);
            assert_checked(&place, "\"builderId\"");
        }
    }
}
