//! Verification summaries (G7).

use serde_json::{Value, json};

use crate::requests::{COMMIT, SHA256, other, set};
use crate::support::{VSA, authorisation, code, encode, message, pae, pointers, statement};

fn asserted() -> Value {
    let predicate = json!({
        "kind": "vsa", "source": "asserted", "resourceUri": "pkg:oci/app@sha256%3A00",
        "policy": {"uri": "https://ci.example/policies/prod", "digest": {"sha256": SHA256}},
        "inputAttestations": [{"digest": {"sha256": SHA256}}], "dependencyLevels": {"SLSA_BUILD_LEVEL_1": 3},
        "verificationResult": "PASSED", "verifiedLevels": ["SLSA_BUILD_LEVEL_2"]
    });
    let mut request = other("vsa", predicate);
    set(&mut request, "/config/modes/m/maxLevel", r#""SLSA_BUILD_LEVEL_3""#);
    request
}

fn granted(request: &Value) -> Value {
    let mut granted = authorisation(request, VSA);
    granted["maxVsaLevel"] = json!("SLSA_BUILD_LEVEL_2");
    granted["resourcePrefix"] = json!("pkg:oci/app@");
    granted
}

const REFUSED: &str = "guard/level";

#[test]
fn what_the_caller_may_have_stated() {
    let request = asserted();
    for (edits, expected) in [
        (&[][..], ""),
        (&[("/predicate/verifiedLevels", r#"["SLSA_BUILD_LEVEL_1"]"#)], ""),
        (
            &[("/predicate/verifiedLevels", r#"["SLSA_BUILD_LEVEL_1","SLSA_SOURCE_LEVEL_UNEVALUATED"]"#)],
            "guard/subject",
        ),
        (&[("/predicate/verifiedLevels", r#"["SLSA_BUILD_LEVEL_3"]"#)], REFUSED),
        (&[("/predicate/verifiedLevels", r#"["SLSA_BUILD_LEVEL_2","SLSA_BUILD_REPRODUCED"]"#)], REFUSED),
        (&[("/predicate/verifiedLevels", r#"["SLSA_BUILD_LEVEL_2","ORG_X"]"#)], REFUSED),
        (&[("/predicate/verifiedLevels", r#"["SLSA_BUILD_LEVEL_2","SLSA_BUILD_LEVEL_1"]"#)], REFUSED),
        (&[("/predicate/verifiedLevels", r#"["SLSA_BUILD_LEVEL_2","FAILED"]"#)], REFUSED),
        (&[("/predicate/verifiedLevels", r#"["SLSA_L2"]"#)], REFUSED),
        (&[("/predicate/verifiedLevels", "[]")], REFUSED),
        (&[("/predicate/verifiedLevels", "[1]")], REFUSED),
        (&[("/predicate/dependencyLevels", r#"{"SLSA_BUILD_LEVEL_3":1}"#)], REFUSED),
        (&[("/predicate/dependencyLevels", "{}")], ""),
        (&[("/predicate/resourceUri", r#""pkg:oci/app2@sha256%3A00""#)], REFUSED),
        (&[("/predicate/resourceUri", r#""x""#)], REFUSED),
        (&[("/predicate/verifier/id", r#""https://ci.example/verifier/v2""#)], REFUSED),
        (&[("/predicate/verifier/x", r#""y""#)], REFUSED),
        (&[("/predicate/x", r#""y""#)], REFUSED),
        (&[("/predicate/slsaVersion", r#""1.3""#)], REFUSED),
        (&[("/predicate/timeVerified", r#""yesterday""#)], REFUSED),
        (&[("/predicate/verificationResult", r#""FAILED""#)], REFUSED),
        (&[("/predicate/verificationResult", r#""passed""#)], REFUSED),
        (
            &[
                ("/predicate/verificationResult", r#""FAILED""#),
                ("/predicate/verifiedLevels", r#"["FAILED"]"#),
            ],
            REFUSED,
        ),
    ] {
        let mut statement = statement(&message(&request));
        edits.iter().for_each(|(pointer, text)| set(&mut statement, pointer, text));
        assert_eq!(code(&granted(&request), &encode(&statement)), expected, "{edits:?}");
    }
}

#[test]
fn a_summary_that_says_no_needs_no_level() {
    let mut request = asserted();
    request["predicate"]["verificationResult"] = json!("FAILED");
    request["predicate"]["verifiedLevels"] = json!(["FAILED"]);
    request["predicate"].as_object_mut().unwrap().remove("dependencyLevels");
    let mut granted = granted(&request);
    assert_eq!(code(&granted, &message(&request)), "");
    set(&mut granted, "/maxVsaLevel", "");
    assert_eq!(code(&granted, &message(&request)), "");
    set(&mut granted, "/resourcePrefix", "");
    assert_eq!(code(&granted, &message(&request)), REFUSED);
}

#[test]
fn what_is_not_granted_is_refused() {
    let request = asserted();
    let message = message(&request);
    for (pointer, text, expected) in [
        ("/resourcePrefix", "", REFUSED),
        ("/resourcePrefix", r#""""#, "input/type"),
        ("/resourcePrefix", r#""pkg:oci/app@sha256%3A00""#, ""),
        ("/resourcePrefix", r#""pkg:oci/app@sha256%3A00/""#, REFUSED),
        ("/maxVsaLevel", "", REFUSED),
        ("/maxVsaLevel", r#""SLSA_BUILD_LEVEL_1""#, REFUSED),
        ("/maxVsaLevel", r#""SLSA_BUILD_LEVEL_3""#, ""),
        ("/maxVsaLevel", r#""SLSA_SOURCE_LEVEL_4""#, REFUSED),
        ("/maxVsaLevel", r#""SLSA_L3""#, "vsa/level-form"),
        ("/config/modes/m/maxLevel", r#""SLSA_BUILD_LEVEL_1""#, REFUSED),
        ("/config/modes/m/verifier", "", REFUSED),
        ("/config/modes/m/predicates", r#"["raw"]"#, ""),
        ("/config/modes/m/predicates", r#"["spdx"]"#, "guard/predicate-type"),
    ] {
        let mut granted = granted(&request);
        set(&mut granted, pointer, text);
        assert_eq!(code(&granted, &message), expected, "{pointer} {text}");
    }
}

#[test]
fn values_without_a_level_are_granted_by_name() {
    let mut request = asserted();
    request["predicate"]["verifiedLevels"] = json!(["SLSA_BUILD_LEVEL_2", "ORG_X"]);
    let mut granted = granted(&request);
    assert_eq!(code(&granted, &message(&request)), REFUSED);
    granted["vsaProperties"] = json!(["ORG_X"]);
    assert_eq!(code(&granted, &message(&request)), "");
    granted["vsaProperties"] = json!(["ORG_XY", "ORG"]);
    assert_eq!(code(&granted, &message(&request)), REFUSED);
    granted["vsaProperties"] = json!([]);
    assert_eq!(code(&granted, &message(&request)), "input/type");
}

#[test]
fn a_source_summary_is_about_a_revision() {
    let mut request = asserted();
    request["predicate"]["resourceUri"] = json!("git+https://git.example/g/p");
    request["predicate"]["verifiedLevels"] = json!(["SLSA_SOURCE_LEVEL_2"]);
    request["predicate"].as_object_mut().unwrap().remove("dependencyLevels");
    request["tenant"]["subjects"] =
        json!([{"digest": {"gitCommit": COMMIT}, "annotations": {"sourceRefs": ["refs/heads/main"]}}]);
    let mut granted = granted(&request);
    granted["maxVsaLevel"] = json!("SLSA_SOURCE_LEVEL_2");
    granted["resourcePrefix"] = json!("git+https://git.example/g/p");
    let good = message(&request);
    assert_eq!(code(&granted, &good), "");
    let mut bent = statement(&good);
    bent["subject"] = json!([{"digest": {"gitCommit": COMMIT}}]);
    assert_eq!(code(&granted, &encode(&bent)), "guard/subject");
}

#[test]
fn a_summary_is_canonical_and_whole() {
    let request = asserted();
    let good = message(&request);
    let text = String::from_utf8(serde_json::to_vec(&statement(&good)).unwrap()).unwrap();
    let spaced = text.replacen("\"slsaVersion\":", "\"slsaVersion\": ", 1);
    let spaced = pae("application/vnd.in-toto+json", spaced.as_bytes());
    assert_eq!(code(&granted(&request), &spaced), REFUSED);
    let optional = ["inputAttestations", "dependencyLevels", "verifier/version"];
    for name in pointers(&statement(&good)["predicate"]) {
        let name = name.trim_start_matches('/');
        let is_member =
            name.split('/').count() == 1 || name.starts_with("verifier/") || name.starts_with("policy/");
        if !is_member || name.split('/').count() > 2 {
            continue;
        }
        let mut bent = statement(&good);
        set(&mut bent, &format!("/predicate/{name}"), "");
        let expected = if optional.contains(&name) { "" } else { REFUSED };
        assert_eq!(code(&granted(&request), &encode(&bent)), expected, "{name}");
    }
}
