//! What the reader of requests and authorisations refuses, the tables refuse too, and the other way round.

use cretula_attest::schema::{ATTEST_REQUEST, AUTHORISATION, CONFIG};
use cretula_attest::{Config, Limits, build_statement_verifying, parse_request};
use cretula_encoding::base64;
use cretula_testkit::{Algorithm, CertificateAuthority, Seed};
use cretula_verify::RootMemo;
use serde_json::{Value, json};

use crate::requests::{
    COMMIT, SHA256, container, generic, github, github_actions, gitlab, gitlab_compat, now, other,
};
use crate::support::{PROVENANCE, authorisation, key, parse};
use crate::tables::{Walk, fits, members};

const LEVEL: &str = "SLSA_BUILD_LEVEL_3";

/// Whether a statement is built from a request.
fn is_built(request: &Value) -> bool {
    let text = request.to_string();
    parse_request(text.as_bytes())
        .and_then(|request| build_statement_verifying(&request, now(), &mut RootMemo::default()))
        .is_ok()
}

/// Every member that a configuration may have, in the mode `m` of a request.
fn complete_config(request: &mut Value) {
    let config = &mut request["config"];
    let mode = config["modes"]["m"].as_object_mut().unwrap();
    let roots = cretula_testkit::Instance::new(Seed::new([5; 32]), 1_787_392_800).trusted_root();
    let more = json!({
        "caKey": "authority", "requireHosted": false, "origins": true, "allowNames": ["A_TOKEN"],
        "ai": "parameter", "maxRekorVersion": 2, "keyId": "k1", "offline": false, "publishPrivate": false,
        "allowChain": false,
        "identity": {"san": "service@ci.example", "issuer": "https://accounts.example"},
        "vsa": {"policy": {"schema": "cretula/policy/v1", "signers": {"key": {"ids": ["k"]}}},
            "roots": [base64::encode(&roots)]},
        "verifier": "https://ci.example/verifier/v1", "maxLevel": LEVEL, "leafSeconds": 600,
        "includeChildren": false
    });
    for (name, value) in more.as_object().unwrap() {
        mode.insert(name.clone(), value.clone());
    }
    config["issuers"][0]["maxLifetimeSeconds"] = json!(600);
    config["issuers"][0]["attestationsPerToken"] = json!(8);
    config["keys"] = json!({
        "k": {"file": "key.pem"}, "t": {"transit": {"mount": "transit", "key": "sign", "namespace": "team"}}
    });
}

/// A request of a token's facts.
fn of_a_token() -> Value {
    let mut request = github();
    complete_config(&mut request);
    request["config"]["modes"]["m"]["signers"][0]["ref"] = json!("refs/heads/main");
    request["facts"]["claims"]["job_workflow_ref"] =
        json!("acme/signing/.github/workflows/slsa-sign.yml@refs/heads/main");
    request["deadline"] = json!(1_787_393_000);
    request["tenant"]["subjects"][0]["mediaType"] = json!("application/gzip");
    request["tenant"]["resolvedDependencies"] = json!([{
        "uri": "pkg:npm/a@1", "name": "a", "digest": {"sha256": SHA256}, "content": "AA==",
        "downloadLocation": "https://npm.example/a", "mediaType": "text/plain", "annotations": {"x": [1]}
    }]);
    request["tenant"]["byproducts"] = json!([{"uri": "u:log"}]);
    request
}

/// A release, of which the event says more.
fn of_a_release() -> Value {
    let mut request = github();
    request["facts"]["claims"]["event_name"] = json!("release");
    request["facts"]["event"] = json!({"name": "release", "release": {"name": "v1"}});
    request
}

/// A request of records, with a schema of the host.
fn of_records() -> Value {
    let mut request = generic();
    request["tenant"]["declared"] = json!({"note": "hello"});
    request["config"]["buildTypes"][0]["external"]["note"]["enum"] = json!(["hello"]);
    request
}

/// A request of records, which a token accompanies.
fn of_records_with_claims() -> Value {
    let mut request = gitlab();
    request["facts"]["origin"] = json!("control-plane");
    request
}

fn asserted() -> Value {
    let predicate = json!({
        "kind": "vsa", "source": "asserted", "resourceUri": "git+https://git.example/g/p",
        "policy": {"uri": "https://ci.example/policies/prod", "digest": {"sha256": SHA256}},
        "inputAttestations": [{"digest": {"sha256": SHA256}}],
        "verificationResult": "PASSED", "verifiedLevels": ["SLSA_SOURCE_LEVEL_3", "ORG_SOURCE_X"],
        "dependencyLevels": {LEVEL: 1}
    });
    let mut request = other("vsa", predicate);
    request["tenant"]["subjects"] =
        json!([{"digest": {"gitCommit": COMMIT}, "annotations": {"sourceRefs": ["refs/heads/main"]}}]);
    request
}

fn from_report() -> Value {
    let predicate = json!({
        "kind": "vsa", "source": "from-report", "resourceUri": "pkg:oci/app@1",
        "verify": [{
            "schema": "cretula/verify-request/v1", "bundle": "e30=",
            "artifacts": [{"digests": {"sha256": SHA256}}]
        }]
    });
    let mut request = other("vsa", predicate);
    complete_config(&mut request);
    request["config"]["modes"]["m"]["profile"] = json!("managed");
    request
}

fn raw() -> Value {
    let content = base64::encode(br#"{"x":1.5}"#);
    other("raw", json!({"kind": "raw", "type": "https://example.com/reviewed/v1", "content": content}))
}

fn cyclonedx() -> Value {
    let content = base64::encode(br#"{"bomFormat":"CycloneDX","specVersion":"1.5"}"#);
    let uri = "https://cyclonedx.org/bom/v1.5";
    other(uri, json!({"kind": "cyclonedx", "type": uri, "content": content}))
}

fn spdx3() -> Value {
    let content =
        base64::encode(br#"{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[]}"#);
    other("spdx3", json!({"kind": "spdx3", "content": content}))
}

fn typed() -> Value {
    let content = json!({"packageId": "4711", "purl": "pkg:npm/app@1.2.3"});
    other("release", json!({"kind": "release", "content": content}))
}

/// Requests that together have every member of the table.
const REQUESTS: [fn() -> Value; 10] = [
    of_a_token,
    of_a_release,
    of_records,
    of_records_with_claims,
    asserted,
    from_report,
    raw,
    cyclonedx,
    spdx3,
    typed,
];

#[test]
fn requests() {
    let mut walk = Walk::default();
    for request in REQUESTS {
        let request = request();
        let text = request.to_string();
        let parsed = parse_request(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"));
        build_statement_verifying(&parsed, now(), &mut RootMemo::default())
            .unwrap_or_else(|error| panic!("{error}: {text}"));
        assert!(fits(&request, ATTEST_REQUEST), "{text}");
        walk.follow(&request, ATTEST_REQUEST);
    }
    let unseen: Vec<_> = members(ATTEST_REQUEST).difference(&walk.seen).copied().collect();
    assert!(unseen.is_empty(), "no request has {unseen:?}");
    assert!(walk.wrong.len() > 1500, "{}", walk.wrong.len());
    for (what, request) in &walk.wrong {
        assert!(!fits(request, ATTEST_REQUEST), "the table takes {what}");
        assert!(!is_built(request), "the reader takes {what}");
    }
    for request in &walk.right {
        assert!(fits(request, ATTEST_REQUEST), "{request}");
    }
}

#[test]
fn requests_of_every_build_type() {
    for request in [github(), github_actions(), gitlab(), gitlab_compat(), container(), generic()] {
        assert!(is_built(&request) && fits(&request, ATTEST_REQUEST), "{request}");
    }
}

#[test]
fn configurations() {
    let (token, records) = (of_a_token(), of_records());
    let mut config = token["config"].clone();
    config["buildTypes"] = records["config"]["buildTypes"].clone();
    let is_read = |config: &Value| Config::parse(config.to_string().as_bytes(), &Limits::default()).is_ok();
    assert!(is_read(&config) && fits(&config, CONFIG));
    let mut walk = Walk::default();
    walk.follow(&config, CONFIG);
    assert_eq!(walk.seen, members(CONFIG));
    for (what, config) in &walk.wrong {
        assert!(!fits(config, CONFIG), "the table takes {what}");
        assert!(!is_read(config), "the reader takes {what}");
    }
}

/// An authorisation for a certificate, with every member.
fn of_an_authority() -> Value {
    let made = now().secs() - 86_400;
    let authority = CertificateAuthority::new(&Seed::new([7; 32]), "a", Algorithm::P256, made);
    let mut authorisation = authorisation(&github(), PROVENANCE);
    authorisation["purpose"] = json!("ca");
    authorisation["spki"] = json!(base64::encode(&authority.issuer().key.spki()));
    authorisation["ca"] = json!({
        "certificate": base64::encode(&authority.chain()[0]), "ephemeral": base64::encode(&key("e").spki()),
        "now": now().secs()
    });
    authorisation
}

/// An authorisation for a statement, with every member.
fn of_a_key() -> Value {
    let mut authorisation = authorisation(&of_records(), PROVENANCE);
    authorisation["config"]["modes"]["n"] = of_a_token()["config"]["modes"]["m"].clone();
    authorisation["config"]["keys"] = of_a_token()["config"]["keys"].clone();
    authorisation["config"]["issuers"] = of_a_token()["config"]["issuers"].clone();
    authorisation["maxVsaLevel"] = json!(LEVEL);
    authorisation["vsaProperties"] = json!(["SLSA_BUILD_REPRODUCED"]);
    authorisation["resourcePrefix"] = json!("pkg:oci/");
    authorisation["facts"]["claims"] = json!({"sub": "x"});
    authorisation["facts"]["event"] =
        json!({"name": "push", "inputs": {"a": "b"}, "release": {"name": "v1"}, "vars": {"A": "B"}});
    authorisation["signed"] = json!([{"kind": "csr", "sha256": SHA256, "key": SHA256}]);
    authorisation
}

#[test]
fn authorisations() {
    let mut walk = Walk::default();
    let is_read = |authorisation: &Value| {
        cretula_attest::guard::Authorisation::parse(authorisation.to_string().as_bytes()).is_ok()
    };
    for authorisation in [of_a_key(), of_an_authority()] {
        parse(&authorisation).unwrap_or_else(|error| panic!("{error}"));
        walk.follow(&authorisation, AUTHORISATION);
    }
    // The members that no key and no authority has are those of the other.
    let unseen: Vec<_> = members(AUTHORISATION).difference(&walk.seen).copied().collect();
    let only_of_a_key = |name: &str| matches!(name, "maxVsaLevel" | "vsaProperties" | "resourcePrefix");
    assert!(
        unseen.iter().all(|(object, name)| *object == "authorityAuthorisation" && only_of_a_key(name)),
        "no authorisation has {unseen:?}"
    );
    for (what, authorisation) in &walk.wrong {
        assert!(!fits(authorisation, AUTHORISATION), "the table takes {what}");
        assert!(!is_read(authorisation), "the reader takes {what}");
    }
    for authorisation in &walk.right {
        assert!(fits(authorisation, AUTHORISATION), "{authorisation}");
    }
    // Only a certificate is compared with something.
    let mut both = of_a_key();
    both["ca"] = of_an_authority()["ca"].clone();
    assert!(!fits(&both, AUTHORISATION) && !is_read(&both));
}
