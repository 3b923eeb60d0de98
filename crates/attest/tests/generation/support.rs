//! Good requests, and edits that bend them in one place.

use cretula_attest::{AttestError, BuiltStatement, Request, build_statement, parse_request};
use cretula_encoding::time::Time;
use serde_json::{Value, json};

/// 64 and 40 digits.
pub(crate) const SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
pub(crate) const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
pub(crate) const SIGNER_COMMIT: &str = "89abcdef0123456789abcdef0123456789abcdef";

/// 2026-08-22T10:00:00Z.
pub(crate) fn now() -> Time {
    Time::from_secs(1_787_392_800).unwrap()
}

fn request(mode: Value, build_types: Value, facts: Value) -> Value {
    json!({
        "schema": "cretula/attest-request/v1",
        "mode": "m",
        "entropy": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "config": {
            "schema": "cretula/config/v1",
            "modes": {"m": mode},
            "buildTypes": build_types,
            "issuers": [
                {"issuer": "https://token.actions.githubusercontent.com", "provider": "github",
                    "server": "https://github.com", "audience": "cretula"},
                {"issuer": "https://gitlab.example", "provider": "gitlab",
                    "server": "https://gitlab.example", "audience": "cretula"}
            ]
        },
        "trust": {"mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json", "trustedRoot": {}, "signingConfig": {}},
        "facts": facts,
        "tenant": {
            "subjects": [{"name": "app", "digest": {"sha256": SHA256}}],
            "resolvedDependencies": [], "byproducts": [], "declared": {}
        },
        "predicate": {"kind": "provenance"}
    })
}

fn facts(origin: &str, claims: Value, event: Value, record: Value) -> Value {
    let mut facts =
        json!({"origin": origin, "event": event, "record": record, "moduleDigest": {"sha256": SHA256}});
    if !claims.is_null() {
        facts["claims"] = claims;
    }
    facts
}

fn github_claims() -> Value {
    json!({
        "iss": "https://token.actions.githubusercontent.com", "sub": "repo:acme/app:ref:refs/heads/main", "aud": "cretula",
        "repository": "acme/app", "repository_id": "1001", "repository_owner": "acme", "repository_owner_id": 77,
        "repository_visibility": "public", "ref": "refs/heads/main", "sha": COMMIT, "event_name": "workflow_dispatch",
        "workflow_ref": "acme/app/.github/workflows/release.yml@refs/heads/main", "workflow_sha": COMMIT,
        "job_workflow_ref": "acme/signing/.github/workflows/slsa-sign.yml@89abcdef0123456789abcdef0123456789abcdef",
        "job_workflow_sha": SIGNER_COMMIT, "run_id": "9002", "run_attempt": 1, "runner_environment": "github-hosted"
    })
}

/// `github-community`, as in the example of its build type.
pub(crate) fn github() -> Value {
    let mode = json!({
        "buildType": "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1", "builderId": "claim",
        "key": "ephemeral", "profile": "public-v2", "predicates": ["provenance"],
        "issuer": "https://token.actions.githubusercontent.com",
        "signers": [{"workflow": "https://github.com/acme/signing/.github/workflows/slsa-sign.yml", "digests": [SIGNER_COMMIT]}]
    });
    let event = json!({"name": "workflow_dispatch", "inputs": {"flavor": "prod", "empty": ""}, "vars": {"REGION": "eu"}});
    request(mode, json!([]), facts("verified-token", github_claims(), event, json!({})))
}

/// `github-actions`, as in the example of its build type.
pub(crate) fn github_actions() -> Value {
    let mut request = github();
    set(&mut request, "/config/modes/m/buildType", r#""https://actions.github.io/buildtypes/workflow/v1""#);
    set(
        &mut request,
        "/config/modes/m/signers/0",
        r#"{"workflow":"https://github.com/acme/signing/.github/workflows/slsa-sign.yml","ref":"refs/tags/v2.0.0"}"#,
    );
    for (name, value) in [
        ("event_name", "push"),
        ("ref", "refs/tags/v1.2.3"),
        ("workflow_ref", "acme/app/.github/workflows/release.yml@refs/tags/v1.2.3"),
        ("job_workflow_ref", "acme/signing/.github/workflows/slsa-sign.yml@refs/tags/v2.0.0"),
        ("run_id", "9001"),
    ] {
        request["facts"]["claims"][name] = json!(value);
    }
    request["facts"]["event"] = json!({});
    request
}

/// `gitlab-control-plane` with a token, as in the example of its build type.
pub(crate) fn gitlab() -> Value {
    let mode = json!({
        "buildType": "https://cretula.example/build-types/gitlab-job/v1",
        "builderId": "https://gitlab.example/-/slsa/control-plane/v1#hosted",
        "key": "ephemeral", "profile": "public-v2", "predicates": ["provenance"], "issuer": "https://gitlab.example"
    });
    let claims = json!({
        "iss": "https://gitlab.example", "sub": "project_path:g/p:ref_type:branch:ref:main", "project_path": "g/p",
        "project_id": "42", "namespace_path": "g", "namespace_id": "8", "project_visibility": "public",
        "ref": "main", "ref_type": "branch", "ref_path": "refs/heads/main", "ref_protected": "true", "sha": COMMIT,
        "ci_config_ref_uri": "gitlab.example/g/p//.gitlab-ci.yml@refs/heads/main", "ci_config_sha": COMMIT,
        "pipeline_id": "501", "pipeline_source": "push", "job_id": "10340684631", "runner_id": 12,
        "runner_environment": "gitlab-hosted"
    });
    let record = json!({
        "job": "build", "variables": {"FLAVOR": "prod"}, "maskedVariables": ["DEPLOY"],
        "startedOn": "2026-06-12T10:00:00Z", "finishedOn": "2026-06-12T10:01:00Z"
    });
    request(mode, json!([]), facts("verified-token", claims, json!({}), record))
}

/// `gitlab-compat` from records alone, as in the example of its build type.
pub(crate) fn gitlab_compat() -> Value {
    let mode = json!({
        "buildType": "https://docs.gitlab.com/ci/pipeline_security/slsa/provenance_v1",
        "builderId": "https://gitlab.example/groups/g/-/runners/12",
        "key": "k", "profile": "managed", "predicates": ["provenance"]
    });
    let record = json!({
        "source": "https://gitlab.example/g/p", "entryPoint": "build-job",
        "variables": {"CI_COMMIT_REF_NAME": "main", "DEPLOY": "[MASKED]"},
        "architecture": "amd64", "executor": "docker", "job": 10_340_684_631_u64, "name": "runner-1",
        "resolvedDependencies": [{"uri": "https://gitlab.example/g/p", "digest": {"gitCommit": COMMIT}}],
        "version": {"gitlab-runner": "4d7093e1"},
        "startedOn": "2026-06-12T10:00:00Z", "finishedOn": "2026-06-12T10:01:00Z"
    });
    request(mode, json!([]), facts("control-plane", Value::Null, json!({}), record))
}

/// `container`, as in the example of its build type.
pub(crate) fn container() -> Value {
    let mode = json!({
        "buildType": "https://slsa.dev/container-based-build/v0.1?draft",
        "builderId": "https://ci.example/builders/container/v1",
        "key": "k", "profile": "managed", "predicates": ["provenance"]
    });
    let record = json!({
        "source": {"uri": "git+https://git.example/g/p", "digest": {"gitCommit": COMMIT}},
        "builderImage": {"uri": "oci://reg.example/builder", "digest": {"sha256": SHA256}},
        "configPath": "build.toml", "buildConfig": {"ArtifactPath": "out/app", "Command": ["make", "release"]},
        "invocationId": "https://ci.example/runs/7/attempts/1"
    });
    request(mode, json!([]), facts("control-plane", Value::Null, json!({}), record))
}

/// A build type of the host, as in the example.
pub(crate) fn generic() -> Value {
    let mode = json!({
        "buildType": "https://cretula.example/build-types/generic/v1",
        "builderId": "https://ci.example/builders/generic/v1",
        "key": "k", "profile": "managed", "predicates": ["provenance"]
    });
    let schema = json!({
        "buildType": "https://cretula.example/build-types/generic/v1", "complete": true,
        "external": {
            "pipeline": {"type": "string", "required": true, "class": "C"},
            "source": {"type": "string", "required": true, "class": "C"},
            "flags": {"type": "object", "required": false, "class": "R"},
            "level": {"type": "integer", "required": false, "class": "R", "enum": [1, 2]},
            "note": {"type": "string", "required": false, "class": "T", "maxBytes": 8}
        },
        "internal": {"worker": {"type": "string", "required": false, "class": "C"}},
        "extensions": ["cretula_ai", "acme_ticket"]
    });
    let record = json!({
        "pipeline": "release", "source": "git+https://git.example/g/p@refs/heads/main",
        "resolvedDependencies": [{"uri": "git+https://git.example/g/p@refs/heads/main", "digest": {"gitCommit": COMMIT}}],
        "invocationId": "https://ci.example/runs/8/attempts/2"
    });
    request(mode, json!([schema]), facts("control-plane", Value::Null, json!({}), record))
}

/// A mode for one predicate that is not provenance.
pub(crate) fn other(kind: &str, predicate: Value) -> Value {
    let mode = json!({"key": "k", "profile": "managed", "predicates": [kind], "verifier": "https://ci.example/verifier/v1"});
    let mut request = request(mode, json!([]), facts("control-plane", Value::Null, json!({}), json!({})));
    request["predicate"] = predicate;
    request
}

/// Sets what a pointer names to a JSON text, or removes it if that is empty; `-` appends to a list.
pub(crate) fn set(document: &mut Value, pointer: &str, text: &str) {
    let (parent, name) = pointer.rsplit_once('/').unwrap_or_else(|| panic!("{pointer}"));
    let parent = document.pointer_mut(parent).unwrap_or_else(|| panic!("no {parent}"));
    let name = name.replace("~1", "/").replace("~0", "~");
    let value: Option<Value> = (!text.is_empty()).then(|| serde_json::from_str(text).unwrap());
    match (parent, value) {
        (Value::Array(list), Some(value)) if name == "-" => list.push(value),
        (Value::Array(list), Some(value)) => list[name.parse::<usize>().unwrap()] = value,
        (Value::Object(members), Some(value)) => drop(members.insert(name, value)),
        (Value::Object(members), None) => assert!(members.remove(&name).is_some(), "{pointer}"),
        _ => panic!("{pointer}"),
    }
}

pub(crate) fn parse(request: &Value) -> Result<Request, AttestError> {
    parse_request(&serde_json::to_vec(request).unwrap())
}

/// Builds the statement. A request that is built fits the published table of requests.
pub(crate) fn build(request: &Value) -> Result<BuiltStatement, AttestError> {
    let built = build_statement(&parse(request)?, now())?;
    #[cfg(feature = "schema")]
    assert_fits(request, cretula_attest::schema::ATTEST_REQUEST);
    Ok(built)
}

/// Stops a test at a document that its published table does not take.
#[cfg(feature = "schema")]
pub(crate) fn assert_fits(document: &Value, shape: cretula_verify::shape::Shape) {
    use cretula_encoding::json::{self, JsonLimits};
    let limits = JsonLimits { max_depth: 64, max_members: usize::MAX, max_string_bytes: usize::MAX };
    let text = document.to_string();
    let value = json::parse(text.as_bytes(), &limits).unwrap();
    if let Err(error) = cretula_verify::shape::check_shape(value, shape) {
        panic!("{error:?}: {text}");
    }
}

/// The predicate that was built.
pub(crate) fn predicate(request: &Value) -> Value {
    let built = build(request).unwrap_or_else(|error| panic!("{error}"));
    let statement: Value = serde_json::from_slice(built.payload()).unwrap();
    statement["predicate"].clone()
}

/// One row of a table: a code (empty: it is built), a good request, and edits.
pub(crate) type Row<'t> = (&'t str, fn() -> Value, &'t [(&'t str, &'t str)]);

/// Runs a table and returns how many rows it had. The same request without the edits must be built.
pub(crate) fn run(rows: &[Row<'_>]) -> usize {
    for (code, good, edits) in rows {
        let mut request = good();
        if let Err(error) = build(&request) {
            panic!("the twin of {edits:?} is refused: {error}");
        }
        for (pointer, text) in *edits {
            set(&mut request, pointer, text);
        }
        let found = build(&request).err();
        let found_code = found.as_ref().map_or("", AttestError::code);
        assert_eq!(found_code, *code, "{edits:?}: {found:?}");
        if let Some(error) = found {
            assert!(error.detail.as_ref().is_none_or(|detail| detail.len() <= 256), "{error}");
        }
    }
    rows.len()
}
