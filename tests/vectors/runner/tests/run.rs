//! A run over a small folder: what counts, what does not, and that a wrong verdict is found.
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use cretula_vectors::{Engines, Exceptions, Folder, NativeEngine, Summary, run};

/// C2SP signed-note: a key whose id fits, and one whose id does not.
const GOOD: &str = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
const BAD: &str = "sum.golang.org+033de0af+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";

fn folder(name: &str, entries: &str) -> Result<Folder> {
    let place: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&place)?;
    fs::write(place.join("good"), GOOD)?;
    fs::write(place.join("bad"), BAD)?;
    let manifest = format!(r#"{{"format":"vectors-manifest/1","entries":[{entries}],"files":[]}}"#);
    fs::write(place.join("manifest.json"), manifest)?;
    Folder::open(&place)
}

fn entry(id: &str, kind: &str, path: &str, expects: &str) -> String {
    format!(r#"{{"id":"{id}","kind":"{kind}","path":"{path}","expects":{expects}}}"#)
}

fn vkey(id: &str, path: &str, expects: &str) -> String {
    entry(id, "vkey-parse", path, expects)
}

fn summary(folder: &Folder, kind: Option<&str>, exceptions: &str) -> Result<Summary> {
    let exceptions = Exceptions::parse(exceptions.as_bytes())?;
    let mut engines = Engines { verify: Box::new(NativeEngine::default()), second_judge: None };
    run(folder, kind, &exceptions, &mut engines)
}

#[test]
fn wrong_verdicts_are_found_in_both_directions() {
    let entries = [
        vkey("a", "good", r#"{"verdict":"accept"}"#),
        vkey("b", "bad", r#"{"verdict":"reject"}"#),
        vkey("c", "good", r#"{"verdict":"reject"}"#),
        vkey("d", "bad", r#"{"verdict":"accept"}"#),
    ];
    let summary = summary(&folder("directions", &entries.join(",")).unwrap(), None, "{}").unwrap();
    let found: Vec<_> = summary.mismatches.iter().map(|case| (case.id.as_str(), case.got)).collect();
    assert_eq!(found, [("c", "accept"), ("d", "reject")]);
    assert_eq!((summary.passed(), summary.failed()), (2, 2));
}

#[test]
fn only_entries_that_have_one_verdict_count() {
    let entries = [
        vkey("a", "bad", r#"{"verdict":"accept","either_ok":true}"#),
        vkey("b", "bad", r#"{"verdict":"accept","optional":true}"#),
        entry("c", "unheard-of", "good", r#"{"verdict":"accept"}"#),
        vkey("d", "good", r#"{"verdict":"accept"}"#),
    ];
    let summary = summary(&folder("weights", &entries.join(",")).unwrap(), None, r#"{"a":"why"}"#).unwrap();
    assert_eq!((summary.ran(), summary.failed(), summary.not_covered), (1, 0, 1));
    assert_eq!((summary.either_differ.len(), summary.optional_differ.len()), (1, 1));
}

#[test]
fn bundles_are_asked_and_refused() {
    let expects = r#"{"verdict":"reject","digest":"sha256:00"}"#;
    let entries = [entry("a", "bundle-verify", "good", expects)];
    let summary =
        summary(&folder("bundles", &entries.join(",")).unwrap(), Some("bundle-verify"), "{}").unwrap();
    assert_eq!((summary.passed(), summary.failed()), (1, 0));
}

#[test]
fn a_run_of_nothing_is_an_error() {
    let folder = folder("nothing", &vkey("a", "good", r#"{"verdict":"accept"}"#)).unwrap();
    assert!(summary(&folder, Some("unheard-of"), "{}").is_err());
    assert_eq!(summary(&folder, Some("vkey-parse"), "{}").unwrap().ran(), 1);
}
