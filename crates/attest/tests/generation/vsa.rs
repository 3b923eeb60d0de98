//! Verification summaries: asserted ones, and those from reports.

use crate::support::{COMMIT, SHA256, build, now, other, parse, predicate, run};
use cretula_attest::{VerifiedReport, VsaReports, build_summary};
use serde_json::{Value, json};

fn asserted() -> Value {
    other(
        "vsa",
        json!({
            "kind": "vsa", "source": "asserted", "resourceUri": "pkg:oci/app@sha256%3A00?repository_url=reg.example/g",
            "policy": {"uri": "https://ci.example/policies/prod", "digest": {"sha256": SHA256}},
            "inputAttestations": [{"digest": {"sha256": SHA256}}],
            "verificationResult": "PASSED", "verifiedLevels": ["SLSA_BUILD_LEVEL_3"]
        }),
    )
}

fn source() -> Value {
    let mut request = asserted();
    request["predicate"]["resourceUri"] = json!("git+https://git.example/g/p");
    request["predicate"]["verifiedLevels"] = json!(["SLSA_SOURCE_LEVEL_3", "ORG_SOURCE_X"]);
    request["tenant"]["subjects"] =
        json!([{"digest": {"gitCommit": COMMIT}, "annotations": {"sourceRefs": ["refs/heads/main"]}}]);
    request
}

fn failed() -> Value {
    let mut request = asserted();
    request["predicate"]["verificationResult"] = json!("FAILED");
    request["predicate"]["verifiedLevels"] = json!(["FAILED"]);
    request
}

#[test]
fn members_of_a_summary() {
    assert_eq!(
        predicate(&asserted()),
        json!({
            "inputAttestations": [{"digest": {"sha256": SHA256}}],
            "policy": {"digest": {"sha256": SHA256}, "uri": "https://ci.example/policies/prod"},
            "resourceUri": "pkg:oci/app@sha256%3A00?repository_url=reg.example/g", "slsaVersion": "1.2",
            "timeVerified": "2026-08-22T10:00:00Z", "verificationResult": "PASSED",
            "verifiedLevels": ["SLSA_BUILD_LEVEL_3"],
            "verifier": {"id": "https://ci.example/verifier/v1", "version": {"cretula": env!("CARGO_PKG_VERSION")}}
        })
    );
    let mut request = asserted();
    assert!(predicate(&request).get("dependencyLevels").is_none());
    request["predicate"]["dependencyLevels"] = json!({});
    assert_eq!(predicate(&request)["dependencyLevels"], json!({}));
    let payload = build(&source()).unwrap().payload().to_vec();
    let statement: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!(statement["subject"], source()["tenant"]["subjects"]);
}

#[test]
fn refusals() {
    let rows = run(&[
        ("facts/missing", asserted, &[("/config/modes/m/verifier", "")]),
        ("input/missing", asserted, &[("/predicate/resourceUri", "")]),
        ("predicate/field", asserted, &[("/predicate/resourceUri", r#""reg.example/app""#)]),
        ("predicate/field", asserted, &[("/predicate/resourceUri", r#""https://Reg.example/app""#)]),
        ("input/missing", asserted, &[("/predicate/policy/uri", "")]),
        ("predicate/field", asserted, &[("/predicate/policy/uri", r#""x""#)]),
        ("predicate/field", asserted, &[("/predicate/policy/digest", "{}")]),
        ("predicate/field", asserted, &[("/predicate/policy/digest", r#"{"sha256":"00"}"#)]),
        ("predicate/field", asserted, &[("/predicate/inputAttestations/0", r#"{"uri":"u:x"}"#)]),
        ("input/type", asserted, &[("/predicate/verificationResult", r#""OK""#)]),
        ("input/unknown-member", asserted, &[("/predicate/timeVerified", r#""2026-08-22T10:00:00Z""#)]),
        ("vsa/result", asserted, &[("/predicate/verifiedLevels", "[]")]),
        ("vsa/level-custom", asserted, &[("/predicate/verifiedLevels", r#"["FAILED"]"#)]),
        ("vsa/result", failed, &[("/predicate/verifiedLevels", r#"["SLSA_BUILD_LEVEL_3"]"#)]),
        ("vsa/result", failed, &[("/predicate/verifiedLevels", r#"["FAILED","SLSA_BUILD_LEVEL_0"]"#)]),
        ("vsa/level-form", asserted, &[("/predicate/verifiedLevels", r#"["SLSA_L3"]"#)]),
        ("vsa/level-form", asserted, &[("/predicate/verifiedLevels", r#"["SLSA_BUILD_LEVEL_4"]"#)]),
        (
            "vsa/level-duplicate",
            asserted,
            &[("/predicate/verifiedLevels", r#"["SLSA_BUILD_LEVEL_3","SLSA_BUILD_LEVEL_2"]"#)],
        ),
        ("vsa/level-reserved", asserted, &[("/predicate/verifiedLevels", r#"["SLSA_BUILD_HERMETIC"]"#)]),
        ("vsa/level-custom", asserted, &[("/predicate/verifiedLevels", r#"["org"]"#)]),
        ("vsa/reproduced", asserted, &[("/predicate/verifiedLevels", r#"["SLSA_BUILD_REPRODUCED"]"#)]),
        ("vsa/level-raised", asserted, &[("/config/modes/m/maxLevel", r#""SLSA_BUILD_LEVEL_2""#)]),
        ("", asserted, &[("/config/modes/m/maxLevel", r#""SLSA_BUILD_LEVEL_3""#)]),
        ("vsa/level-form", asserted, &[("/predicate/dependencyLevels", r#"{"SLSA_L1":1}"#)]),
        ("input/number", asserted, &[("/predicate/dependencyLevels", r#"{"SLSA_BUILD_LEVEL_1":-1}"#)]),
        ("", asserted, &[("/predicate/dependencyLevels", r#"{"SLSA_BUILD_LEVEL_1":0}"#)]),
        ("vsa/source", source, &[("/predicate/resourceUri", r#""git+ssh://git.example/g/p""#)]),
        ("vsa/source", source, &[("/predicate/resourceUri", r#""https://git.example/g/p""#)]),
        ("vsa/source", source, &[("/tenant/subjects/0/annotations", "")]),
        (
            "vsa/source",
            source,
            &[(
                "/tenant/subjects/0/digest",
                r#"{"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}"#,
            )],
        ),
        ("vsa/level-custom", source, &[("/predicate/verifiedLevels/1", r#""ORG_X""#)]),
        ("", source, &[("/predicate/verifiedLevels/1", r#""SLSA_SOURCE_TWO_PARTY_REVIEWED""#)]),
    ]);
    assert_eq!(rows, 32);
}

fn from_report(requests: usize) -> Value {
    let verify: Vec<_> = (0..requests).map(|_| json!({"schema": "cretula/verify-request/v1"})).collect();
    other("vsa", json!({"kind": "vsa", "resourceUri": "pkg:oci/app@1", "verify": verify}))
}

fn report(level: u8, builder: &str, signer: &str, bundle: &str) -> VerifiedReport {
    VerifiedReport {
        verified: true,
        level: Some(level),
        builder_id: Some(builder.into()),
        signer: signer.into(),
        artifacts: vec![vec![("sha256".into(), SHA256.into())]],
        bundle_sha256: bundle.repeat(32),
        bundle_uri: None,
        dangerous: false,
    }
}

fn reports(reports: Vec<VerifiedReport>) -> VsaReports {
    VsaReports {
        reports,
        policy_uri: "https://ci.example/policies/prod".into(),
        policy_sha256: SHA256.into(),
        claimed: vec![],
    }
}

fn summary(request: &Value, reports: &VsaReports) -> Result<Value, &'static str> {
    let built = build_summary(&parse(request).unwrap(), now(), reports).map_err(|error| error.code())?;
    let statement: Value = serde_json::from_slice(built.payload()).unwrap();
    Ok(statement["predicate"].clone())
}

#[test]
fn levels_come_from_reports() {
    let two = reports(vec![report(2, "u:a", "s1", "aa"), report(3, "u:b", "s2", "bb")]);
    let built = summary(&from_report(2), &two).unwrap();
    assert_eq!(built["verifiedLevels"], json!(["SLSA_BUILD_LEVEL_3"]));
    assert_eq!(built["inputAttestations"].as_array().unwrap().len(), 2);
    assert_eq!(built["policy"]["digest"]["sha256"], SHA256);
    // Two subjects: the lowest counts.
    let mut request = from_report(2);
    request["tenant"]["subjects"] =
        json!([{"digest": {"sha256": SHA256}}, {"digest": {"sha256": "b".repeat(64)}}]);
    let mut second = report(1, "u:a", "s1", "bb");
    second.artifacts = vec![vec![("sha256".into(), "b".repeat(64))]];
    let of_both = reports(vec![report(3, "u:a", "s1", "aa"), second]);
    assert_eq!(summary(&request, &of_both).unwrap()["verifiedLevels"], json!(["SLSA_BUILD_LEVEL_1"]));
    // The mode's own limit lowers.
    let mut request = from_report(2);
    request["config"]["modes"]["m"]["maxLevel"] = json!("SLSA_BUILD_LEVEL_1");
    assert_eq!(summary(&request, &two).unwrap()["verifiedLevels"], json!(["SLSA_BUILD_LEVEL_1"]));
    request["config"]["modes"]["m"]["maxLevel"] = json!("SLSA_BUILD_LEVEL_3");
    let lower = reports(vec![report(2, "u:a", "s1", "aa"), report(1, "u:b", "s2", "bb")]);
    assert_eq!(
        summary(&request, &lower).unwrap()["verifiedLevels"],
        json!(["SLSA_BUILD_LEVEL_2"]),
        "never raised"
    );
    // One that is refused fails the whole; every bundle is named, each once.
    let mut refused = two.clone();
    refused.reports[1].verified = false;
    refused.reports[1].bundle_sha256 = "aa".repeat(32);
    let built = summary(&from_report(2), &refused).unwrap();
    assert_eq!(
        (&built["verificationResult"], &built["verifiedLevels"]),
        (&json!("FAILED"), &json!(["FAILED"]))
    );
    assert_eq!(built["inputAttestations"].as_array().unwrap().len(), 1);
}

#[test]
fn subjects_and_artifacts_are_the_same() {
    let good = reports(vec![report(3, "u:a", "s1", "aa")]);
    assert!(summary(&from_report(1), &good).is_ok());
    let bends: [fn(&mut VsaReports); 5] = [
        |r| r.reports[0].dangerous = true,
        |r| r.reports[0].artifacts.clear(),
        |r| r.reports[0].artifacts.push(vec![("sha256".into(), "b".repeat(64))]),
        |r| r.reports[0].artifacts[0].push(("sha512".into(), "b".repeat(128))),
        |r| r.reports.clear(),
    ];
    for bend in bends {
        let mut bent = good.clone();
        bend(&mut bent);
        assert_eq!(summary(&from_report(1), &bent), Err("vsa/subject"));
    }
    let mut request = from_report(1);
    request["tenant"]["subjects"] =
        json!([{"digest": {"sha256": SHA256}}, {"digest": {"sha256": "b".repeat(64)}}]);
    assert_eq!(summary(&request, &good), Err("vsa/subject"));
    assert_eq!(build(&from_report(1)).map_err(|error| error.code()).err(), Some("vsa/subject"));
    let mut unnamed = good.clone();
    unnamed.policy_uri.clear();
    assert_eq!(summary(&from_report(1), &unnamed), Err("predicate/field"));
    let mut unnamed = good;
    unnamed.reports[0].bundle_sha256.clear();
    assert_eq!(summary(&from_report(1), &unnamed), Err("predicate/field"));
}

#[test]
fn what_the_control_plane_adds() {
    let claimed = |values: &[&str], list: Vec<VerifiedReport>| {
        let mut reports = reports(list);
        reports.claimed = values.iter().map(|value| (*value).to_owned()).collect();
        summary(&from_report(reports.reports.len()), &reports).map(|built| built["verifiedLevels"].clone())
    };
    let one = || vec![report(2, "u:a", "s1", "aa")];
    assert_eq!(claimed(&["SLSA_BUILD_LEVEL_3"], one()), Err("vsa/level-raised"));
    assert_eq!(claimed(&["SLSA_BUILD_LEVEL_1"], one()), Ok(json!(["SLSA_BUILD_LEVEL_1"])));
    assert_eq!(claimed(&["ORG_X"], one()), Ok(json!(["SLSA_BUILD_LEVEL_2", "ORG_X"])));
    assert_eq!(claimed(&["SLSA_L3"], one()), Err("vsa/level-form"));
    let reproduced = ["SLSA_BUILD_REPRODUCED"];
    assert_eq!(claimed(&reproduced, one()), Err("vsa/reproduced"));
    let two =
        |builder: &str, signer: &str| vec![report(2, "u:a", "s1", "aa"), report(2, builder, signer, "bb")];
    assert_eq!(claimed(&reproduced, two("u:b", "s1")), Err("vsa/reproduced"));
    assert_eq!(claimed(&reproduced, two("u:a", "s2")), Err("vsa/reproduced"));
    // The second builder came to another artifact.
    let mut request = from_report(2);
    request["tenant"]["subjects"] =
        json!([{"digest": {"sha256": SHA256}}, {"digest": {"sha256": "b".repeat(64)}}]);
    let mut other = reports(two("u:b", "s2"));
    other.reports[1].artifacts = vec![vec![("sha256".into(), "b".repeat(64))]];
    other.claimed = vec!["SLSA_BUILD_REPRODUCED".into()];
    assert_eq!(summary(&request, &other), Err("vsa/reproduced"));
    assert_eq!(
        claimed(&reproduced, two("u:b", "s2")),
        Ok(json!(["SLSA_BUILD_LEVEL_2", "SLSA_BUILD_REPRODUCED"]))
    );
}
