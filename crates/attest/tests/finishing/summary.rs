//! Summaries whose bundles are verified on the way.

use crate::material::{WORKFLOW, instance, json_of, keyless, managed, statement_about};
use cretula_attest::{build_statement_verifying, parse_request};
use cretula_crypto::HashAlgorithm;
use cretula_encoding::base64;
use cretula_encoding::time::Time;
use cretula_testkit::{ContentSpec, EntryKind, EntryLog, Inputs};
use cretula_verify::RootMemo;
use serde_json::{Value, json};

fn request(bundles: &[&Inputs], policy: Value) -> Value {
    let subject = |letter: &str| json!({"digest": {"sha256": letter.repeat(64)}});
    let verify: Vec<Value> =
        bundles.iter().map(|inputs| json!({"bundle": base64::encode(&inputs.bundle)})).collect();
    let root: Value = json_of(&bundles[0].roots[0]);
    json!({
        "schema": "cretula/attest-request/v1",
        "mode": "m",
        "entropy": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "config": {
            "schema": "cretula/config/v1", "buildTypes": [], "issuers": [],
            "modes": {"m": {
                "key": "k", "profile": "managed", "predicates": ["vsa"], "verifier": "https://ci.example/verifier/v1",
                "vsa": {"policy": policy}
            }}
        },
        "trust": {
            "mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json", "trustedRoot": root,
            "signingConfig": {}
        },
        "facts": {"origin": "control-plane", "event": {}, "record": {}, "moduleDigest": {"sha256": "a".repeat(64)}},
        "tenant": {"subjects": [subject("a")], "resolvedDependencies": [], "byproducts": [], "declared": {}},
        "predicate": {"kind": "vsa", "resourceUri": "pkg:oci/app@1", "verify": verify}
    })
}

fn digest(letter: &str) -> Value {
    json!({"sha256": letter.repeat(64)})
}

/// A bundle about these digests.
fn bundle(letters: &[&str]) -> Inputs {
    let digests: Vec<Value> = letters.iter().map(|letter| digest(letter)).collect();
    let mut builder = keyless();
    if let ContentSpec::Envelope { payload, .. } = &mut builder.content {
        *payload = statement_about(&digests);
    }
    builder.logged(EntryLog::V2(0), EntryKind::HashedRekordV002).timestamped(0).build()
}

fn policy() -> Value {
    let issuer = "https://token.actions.githubusercontent.com";
    json!({
        "schema": "cretula/policy/v1", "preset": "public-good",
        "signers": {"certificate": {"san": WORKFLOW, "issuer": issuer}}
    })
}

fn build(request: &Value) -> Result<Value, &'static str> {
    let request = parse_request(&serde_json::to_vec(request).unwrap()).map_err(|error| error.code())?;
    let now = Time::from_secs(instance().now).unwrap();
    let built = build_statement_verifying(&request, now, &mut RootMemo::default());
    built.map(|built| json_of(built.payload())["predicate"].clone()).map_err(|error| error.code())
}

#[test]
fn a_summary_of_a_verified_bundle() {
    let inputs = bundle(&["a"]);
    let request = request(&[&inputs], policy());
    let built = build(&request).unwrap();
    assert_eq!(built["verificationResult"], "PASSED");
    // The verifier knows no builder levels yet.
    assert_eq!(built["verifiedLevels"], json!(["SLSA_BUILD_LEVEL_0"]));
    let sha256 = |bytes: &[u8]| HashAlgorithm::Sha256.digest(&[bytes]).to_hex();
    assert_eq!(built["inputAttestations"], json!([{"digest": {"sha256": sha256(&inputs.bundle)}}]));
    let policy = sha256(serde_json::to_string(&policy()).unwrap().as_bytes());
    assert_eq!(
        built["policy"],
        json!({"digest": {"sha256": policy}, "uri": format!("nih:sha-256;{policy}")})
    );
    assert_eq!(build(&request), Ok(built), "equal requests give equal summaries");
}

#[test]
fn a_bundle_that_is_refused_fails_the_summary() {
    let mut request = request(&[&bundle(&["a"])], policy());
    request["config"]["modes"]["m"]["vsa"]["policy"]["signers"]["certificate"]["san"] =
        json!("https://x.example/w");
    let built = build(&request).unwrap();
    assert_eq!(
        (&built["verificationResult"], &built["verifiedLevels"]),
        (&json!("FAILED"), &json!(["FAILED"]))
    );
    // So does one about something else, and one that is none.
    let other = self::request(&[&bundle(&["b"])], policy());
    assert_eq!(build(&other).unwrap()["verificationResult"], "FAILED");
    let mut none = self::request(&[&bundle(&["a"])], policy());
    none["predicate"]["verify"][0]["bundle"] = json!("e30=");
    assert_eq!(build(&none).unwrap()["verificationResult"], "FAILED");
}

#[test]
fn which_subjects_a_bundle_is_about() {
    let (a, b, both) = (bundle(&["a"]), bundle(&["b"]), bundle(&["a", "b"]));
    let two_subjects = |bundles: &[&Inputs], artifacts: &[Option<Value>]| {
        let mut request = request(bundles, policy());
        request["tenant"]["subjects"] = json!([{"digest": digest("a")}, {"digest": digest("b")}]);
        for (index, artifacts) in artifacts.iter().enumerate() {
            if let Some(artifacts) = artifacts {
                request["predicate"]["verify"][index]["artifacts"] = artifacts.clone();
            }
        }
        build(&request).map(|built| built["verificationResult"].clone())
    };
    let of = |letter: &str| Some(json!([{"digests": digest(letter)}]));
    assert_eq!(two_subjects(&[&both], &[None]), Ok(json!("PASSED")));
    assert_eq!(two_subjects(&[&a, &b], &[of("a"), of("b")]), Ok(json!("PASSED")));
    assert_eq!(two_subjects(&[&a, &b], &[None, None]), Ok(json!("FAILED")));
    assert_eq!(two_subjects(&[&a, &b], &[of("b"), of("a")]), Ok(json!("FAILED")));
    assert_eq!(two_subjects(&[&a], &[of("a")]), Err("vsa/subject"));
    assert_eq!(two_subjects(&[&a, &b], &[of("a"), of("c")]), Err("vsa/subject"));
    assert_eq!(two_subjects(&[&both], &[Some(json!([]))]), Err("vsa/subject"));
    assert_eq!(two_subjects(&[&both], &[Some(json!([{"digests": {"sha256": "00"}}]))]), Err("vsa/subject"));
    assert_eq!(two_subjects(&[&both], &[Some(json!([{"bytes": ""}]))]), Err("input/missing"));
}

#[test]
fn the_mode_judges() {
    let good = request(&[&bundle(&["a"])], policy());
    let with = |edit: fn(&mut Value)| {
        let mut request = good.clone();
        edit(&mut request);
        build(&request).map(|built| built["verificationResult"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(with(|_| {}), Ok("PASSED".into()));
    for (name, value) in [("policy", json!("e30=")), ("trust", json!({})), ("options", json!({}))] {
        let mut request = good.clone();
        request["predicate"]["verify"][0][name] = value;
        assert_eq!(build(&request), Err("tenant/forbidden-field"), "{name}");
    }
    assert_eq!(
        with(|request| drop(request["config"]["modes"]["m"].as_object_mut().unwrap().remove("vsa"))),
        Err("facts/missing")
    );
    assert_eq!(with(|request| request["predicate"]["verify"][0]["schema"] = json!("x")), Err("input/type"));
    assert_eq!(
        with(|request| request["predicate"]["verify"][0]["container"] = json!("jsonl")),
        Err("input/type")
    );
    assert_eq!(
        with(|request| request["predicate"]["verify"][0]["bundle"] = json!("e30")),
        Err("input/base64")
    );
    assert_eq!(
        with(|request| request["config"]["modes"]["m"]["vsa"]["policy"]["x"] = json!(1)),
        Err("config/format")
    );
    assert_eq!(with(|request| request["trust"]["trustedRoot"] = json!({})), Err("config/media-type"));
    assert_eq!(
        with(|request| request["config"]["modes"]["m"]["vsa"]["policy"]["dangerous"] =
            json!({"noArtifact": true})),
        Err("vsa/subject")
    );
    // Roots of the mode stand before that of the request.
    let root = base64::encode(&instance().trusted_root());
    let mut request = good.clone();
    request["config"]["modes"]["m"]["vsa"]["roots"] = json!([root]);
    request["trust"]["trustedRoot"] = json!({});
    assert!(build(&request).is_ok());
    let mut other = instance();
    other.rekor_v2.clear();
    request["config"]["modes"]["m"]["vsa"]["roots"] = json!([base64::encode(&other.trusted_root())]);
    assert_eq!(build(&request).unwrap()["verificationResult"], "FAILED");
}

#[test]
fn bundles_are_bounded() {
    let mut request = request(&[&bundle(&["a"])], policy());
    let one = json!({"bundle": "e30="});
    request["predicate"]["verify"] = json!(vec![one.clone(); 256]);
    assert_eq!(build(&request).unwrap()["verificationResult"], "FAILED");
    request["predicate"]["verify"] = json!(vec![one; 257]);
    assert_eq!(build(&request), Err("input/too-large"));
}

#[test]
fn other_statements_are_built_as_before() {
    let mut request = request(&[&managed().build()], policy());
    request["config"]["modes"]["m"]["predicates"] = json!(["cosign-sign"]);
    request["predicate"] = json!({"kind": "cosign-sign", "content": {}});
    assert_eq!(build(&request), Ok(json!({})));
    request["predicate"] =
        json!({"kind": "vsa", "resourceUri": "pkg:oci/app@1", "verify": [{"bundle": "e30="}]});
    assert_eq!(build(&request), Err("mode/predicate-not-allowed"));
}
