//! The document of the host is read strictly.

use serde_json::{Value, json};

use crate::requests::{github, set};
use crate::support::{PROVENANCE, authorisation, parse};
use cretula_attest::guard::{Authorisation, Purpose};

fn good() -> Value {
    authorisation(&github(), PROVENANCE)
}

#[test]
fn members_and_their_forms() {
    let parsed = parse(&good()).unwrap();
    assert_eq!((parsed.mode.as_str(), parsed.handle.key.as_str()), ("m", "ephemeral"));
    assert_eq!(parsed.handle.purpose, Purpose::Ephemeral);
    for (pointer, text, expected) in [
        ("/schema", r#""cretula/authorisation/v2""#, "input/type"),
        ("/x", "1", "input/unknown-member"),
        ("/subjects", "[]", "subject/none"),
        ("/subjects", "[{}]", "subject/no-digest"),
        ("/subjects/0/sha256", r#""00""#, "subject/digest-length"),
        ("/subjects/0/md5", r#""00000000000000000000000000000000""#, "subject/weak-digest"),
        ("/predicateTypes", "[]", "input/type"),
        ("/predicateTypes", r#"[""]"#, "input/type"),
        ("/purpose", r#""both""#, "input/type"),
        ("/purpose", r#""ca""#, "input/missing"),
        ("/spki", r#""AAAA""#, "input/type"),
        ("/spki", r#""AA""#, "input/base64"),
        ("/signed", r#"[{"kind":"x","sha256":"","key":""}]"#, "input/type"),
        ("/signed", r#"[{"kind":"csr","sha256":"00","key":"00"}]"#, "input/type"),
        ("/facts/origin", r#""tenant""#, "input/type"),
        ("/config/modes", "[]", "input/type"),
    ] {
        let mut bent = good();
        set(&mut bent, pointer, text);
        assert_eq!(parse(&bent).map_err(|error| error.code()).err(), Some(expected), "{pointer} {text}");
    }
    for name in [
        "schema",
        "mode",
        "config",
        "facts",
        "subjects",
        "predicateTypes",
        "purpose",
        "key",
        "spki",
        "signed",
    ] {
        let mut bent = good();
        bent.as_object_mut().unwrap().remove(name);
        assert_eq!(parse(&bent).map_err(|error| error.code()).err(), Some("input/missing"), "{name}");
    }
}

#[test]
fn bounds() {
    let digest = |number: usize| json!({"sha256": format!("{number:064x}")});
    let mut bent = good();
    bent["subjects"] = (0..1024).map(digest).collect();
    assert!(parse(&bent).is_ok());
    bent["subjects"] = (0..1025).map(digest).collect();
    assert_eq!(parse(&bent).map_err(|error| error.code()).err(), Some("limits/subjects"));
    let entry =
        |number: usize| json!({"kind": "csr", "sha256": format!("{number:064x}"), "key": "0".repeat(64)});
    let mut bent = good();
    bent["signed"] = (0..64).map(entry).collect();
    assert!(parse(&bent).is_ok());
    bent["signed"] = (0..65).map(entry).collect();
    assert_eq!(parse(&bent).map_err(|error| error.code()).err(), Some("input/type"));
    let long = vec![b' '; (8 << 20) + 1];
    assert_eq!(Authorisation::parse(&long).map_err(|error| error.code()).err(), Some("input/too-large"));
    assert_eq!(Authorisation::parse(&long[1..]).map_err(|error| error.code()).err(), Some("input/syntax"));
}
