//! The examples of `docs/attest.md` do what the page says.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "a test that ends with the reason; documents are read with serde_json"
)]

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

const PAGE: &str = include_str!("../../../docs/attest.md");
const JSON: [&str; 5] = ["cretula.json", "error.json", "gitlab-request.json", "gitlab.json", "request.json"];

/// The fenced blocks of the page, as language, name and text.
fn blocks() -> Vec<(&'static str, &'static str, &'static str)> {
    let mut found = Vec::new();
    let mut rest = PAGE;
    while let Some((_, after)) = rest.split_once("\n```") {
        let (heading, after) = after.split_once('\n').unwrap();
        let (text, after) = after.split_once("```\n").unwrap();
        let (language, name) = heading.split_once(' ').unwrap_or((heading, ""));
        found.push((language, name, text));
        rest = after;
    }
    found
}

fn block(name: &str) -> &'static str {
    blocks().into_iter().find(|(_, of, _)| *of == name).unwrap().2
}

/// A folder with the files of the page and a key.
fn folder(name: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    drop(fs::remove_dir_all(&place));
    fs::create_dir_all(&place).unwrap();
    for (_, name, text) in blocks().into_iter().filter(|(_, name, _)| name.contains('.')) {
        fs::write(place.join(name), text).unwrap();
    }
    place
}

fn with_key(name: &str) -> PathBuf {
    let place = folder(name);
    assert_eq!(run(&place, "cretula keys generate release").status.code(), Some(0));
    place
}

fn started(mut command: Command, place: &Path, input: &[u8]) -> io::Result<Output> {
    command.current_dir(place).env("NO_COLOR", "1").env("COSIGN_PASSWORD", "for this test");
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    child.stdin.take().unwrap().write_all(input)?;
    child.wait_with_output()
}

/// Runs a line of the page: words, perhaps a file for standard input, perhaps a comment.
fn run(place: &Path, line: &str) -> Output {
    let line = line.split('#').next().unwrap();
    let (words, input) = line.split_once('<').unwrap_or((line, ""));
    let input = if input.is_empty() { Vec::new() } else { fs::read(place.join(input.trim())).unwrap() };
    let mut words = words.split_whitespace();
    assert_eq!(words.next(), Some("cretula"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_cretula"));
    command.args(words);
    started(command, place, &input).unwrap()
}

#[test]
fn every_document_of_the_page_is_tested() {
    let mut names: Vec<&str> =
        blocks().iter().filter(|(language, ..)| *language == "json").map(|(_, name, _)| *name).collect();
    names.sort_unstable();
    assert_eq!(names, JSON);
    for name in cretula_attest::config::Profile::NAMES {
        assert!(PAGE.contains(&format!("\n| `{name}` | ")), "{name} is not in the table of profiles");
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let mut links = 0;
    for link in PAGE.split("](../").skip(1).filter_map(|rest| rest.split(')').next()) {
        assert!(root.join(link).is_file(), "{link}");
        links += 1;
    }
    assert_eq!(links, 3);
}

#[test]
fn the_shortest_way() {
    let place = folder("page-begin");
    let lines: Vec<&str> = block("begin").lines().collect();
    assert_eq!(lines.len(), 3);
    let ran: Vec<Output> = lines.iter().map(|line| run(&place, line)).collect();
    for output in &ran {
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let sealed: Value = serde_json::from_slice(&ran[2].stdout).unwrap();
    assert_eq!(sealed["schema"], json!("cretula/sealed/v1"));
    assert_eq!(sealed["report"]["verdict"], json!("verified"));
    assert!(sealed["bundle"]["dsseEnvelope"].is_object());
    let notes = String::from_utf8_lossy(&ran[2].stderr);
    assert!(notes.contains("warning: nothing proves when this is signed"), "{notes}");
}

#[test]
fn the_error_is_the_one_that_the_page_shows() {
    let place = with_key("page-error");
    let mut request: Value = serde_json::from_str(block("request.json")).unwrap();
    request["facts"]["record"].as_object_mut().unwrap().remove("source").unwrap();
    fs::write(place.join("request.json"), serde_json::to_vec(&request).unwrap()).unwrap();
    let ran = run(&place, block("begin").lines().last().unwrap());
    assert_eq!(ran.status.code(), Some(1));
    let error: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(error, serde_json::from_str::<Value>(block("error.json")).unwrap());
}

#[test]
fn the_control_plane_of_gitlab_states_what_its_database_knows() {
    let place = folder("page-gitlab");
    let checked = run(&place, "cretula config check gitlab.json");
    assert_eq!(checked.status.code(), Some(0), "{}", String::from_utf8_lossy(&checked.stderr));
    let built = run(&place, "cretula statement --config gitlab.json --facts - < gitlab-request.json");
    assert_eq!(built.status.code(), Some(0), "{}", String::from_utf8_lossy(&built.stderr));
    let statement: Value = serde_json::from_slice(&built.stdout).unwrap();
    let external = &statement["predicate"]["buildDefinition"]["externalParameters"];
    assert_eq!((&external["job"], &external["variables"]), (&json!("build"), &json!({"FLAVOR": "prod"})));
    assert_eq!(external["maskedVariables"], json!(["DEPLOY"]));
    let builder = "https://gitlab.example/-/slsa/control-plane/v1#hosted";
    assert_eq!(statement["predicate"]["runDetails"]["builder"]["id"], json!(builder));

    let mut request: Value = serde_json::from_str(block("gitlab-request.json")).unwrap();
    request["facts"]["claims"]["runner_environment"] = json!("self-hosted");
    fs::write(place.join("gitlab-request.json"), serde_json::to_vec(&request).unwrap()).unwrap();
    let refused = run(&place, "cretula statement --config gitlab.json --facts - < gitlab-request.json");
    assert_eq!(refused.status.code(), Some(1), "{}", String::from_utf8_lossy(&refused.stderr));
}

#[test]
fn a_run_that_ended_leaves_nothing_to_take_up() {
    let place = with_key("page-again");
    let lines: Vec<&str> = block("again").lines().collect();
    assert_eq!(lines.len(), 2);
    let sealed = run(&place, lines[0]);
    assert_eq!(sealed.status.code(), Some(0), "{}", String::from_utf8_lossy(&sealed.stderr));
    let bundle: Value = serde_json::from_slice(&fs::read(place.join("app.sigstore.json")).unwrap()).unwrap();
    assert!(bundle["dsseEnvelope"].is_object());
    assert!(!place.join("run.state").exists());
    assert_eq!(run(&place, lines[1]).status.code(), Some(2));
}

#[test]
fn the_program_in_ruby_gets_the_bundle_and_the_code() {
    let place = with_key("page-ruby");
    let programs = Path::new(env!("CARGO_BIN_EXE_cretula")).parent().unwrap().to_path_buf();
    let search = std::env::var_os("PATH").unwrap_or_default();
    let search = std::env::join_paths([programs].into_iter().chain(std::env::split_paths(&search))).unwrap();
    let ruby = |input: &[u8]| {
        let mut command = Command::new("ruby");
        command.arg("seal.rb").env("PATH", &search);
        started(command, &place, input)
    };
    let ran = match ruby(block("request.json").as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return eprintln!("SKIPPED: ruby is not installed; the program of docs/attest.md was not run");
        }
        ran => ran.unwrap(),
    };
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let bundle: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert!(bundle["dsseEnvelope"].is_object());
    let refused = ruby(br#"{"facts": {"origin": "control-plane"}}"#).unwrap();
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("not sealed (exit 1): "));
}
