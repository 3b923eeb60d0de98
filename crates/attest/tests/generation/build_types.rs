//! The example of each build type, byte for byte, and what differs with the event and the record.

use crate::support::{
    COMMIT, SHA256, build, container, generic, github, github_actions, gitlab, gitlab_compat, predicate, set,
};
use cretula_attest::{BASE, BuildType};
use serde_json::{Value, json};

fn text(request: &Value) -> String {
    serde_json::to_string(&predicate(request)).unwrap()
}

/// Predicate of a built statement as it is written there.
fn written(request: &Value) -> String {
    let built = build(request).unwrap();
    let payload = String::from_utf8(built.payload().to_vec()).unwrap();
    let (_, rest) = payload.split_once(r#","predicate":"#).unwrap();
    rest.split_once(r#","predicateType""#).unwrap().0.to_owned()
}

fn filled(example: &str) -> String {
    example.replace("<64 hex>", SHA256).replace("<40 hex>", COMMIT)
}

#[test]
fn github_actions_example() {
    let example = r#"{"buildDefinition":{"buildType":"https://actions.github.io/buildtypes/workflow/v1","externalParameters":{"workflow":{"path":".github/workflows/release.yml","ref":"refs/tags/v1.2.3","repository":"https://github.com/acme/app"}},"internalParameters":{"github":{"event_name":"push","repository_id":"1001","repository_owner_id":"77","runner_environment":"github-hosted"}},"resolvedDependencies":[{"digest":{"gitCommit":"0123456789abcdef0123456789abcdef01234567"},"uri":"git+https://github.com/acme/app@refs/tags/v1.2.3"}]},"runDetails":{"builder":{"builderDependencies":[{"digest":{"sha256":"<64 hex>"},"name":"cretula.wasm"}],"id":"https://github.com/acme/signing/.github/workflows/slsa-sign.yml@refs/tags/v2.0.0"},"metadata":{"invocationId":"https://github.com/acme/app/actions/runs/9001/attempts/1"}}}"#;
    assert_eq!(written(&github_actions()), filled(example));
}

#[test]
fn github_community_example() {
    let example = r#"{"buildDefinition":{"buildType":"https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1","externalParameters":{"inputs":{"flavor":"prod"},"vars":{"REGION":"eu"},"workflow":{"path":".github/workflows/release.yml","ref":"refs/heads/main","repository":"https://github.com/acme/app"}},"internalParameters":{"github":{"event_name":"workflow_dispatch","repository_id":"1001","repository_owner_id":"77","runner_environment":"github-hosted"}},"resolvedDependencies":[{"digest":{"gitCommit":"0123456789abcdef0123456789abcdef01234567"},"uri":"git+https://github.com/acme/app@refs/heads/main"}]},"runDetails":{"builder":{"builderDependencies":[{"digest":{"sha256":"<64 hex>"},"name":"cretula.wasm"}],"id":"https://github.com/acme/signing/.github/workflows/slsa-sign.yml@89abcdef0123456789abcdef0123456789abcdef"},"metadata":{"invocationId":"https://github.com/acme/app/actions/runs/9002/attempts/1"}}}"#;
    assert_eq!(written(&github()), filled(example));
}

#[test]
fn gitlab_compat_example() {
    let example = r#"{"buildDefinition":{"buildType":"https://docs.gitlab.com/ci/pipeline_security/slsa/provenance_v1","externalParameters":{"entryPoint":"build-job","source":"https://gitlab.example/g/p","variables":{"CI_COMMIT_REF_NAME":"main","DEPLOY":"[MASKED]"}},"internalParameters":{"architecture":"amd64","executor":"docker","job":10340684631,"name":"runner-1"},"resolvedDependencies":[{"digest":{"gitCommit":"0123456789abcdef0123456789abcdef01234567"},"uri":"https://gitlab.example/g/p"}]},"runDetails":{"builder":{"id":"https://gitlab.example/groups/g/-/runners/12","version":{"gitlab-runner":"4d7093e1"}},"metadata":{"finishedOn":"2026-06-12T10:01:00Z","invocationId":"10340684631","startedOn":"2026-06-12T10:00:00Z"}}}"#;
    assert_eq!(written(&gitlab_compat()), filled(example));
    // The same from a token: the record keeps what no claim says.
    let mut request = gitlab_compat();
    request["facts"]["claims"] = gitlab()["facts"]["claims"].clone();
    for name in ["source", "job", "resolvedDependencies"] {
        set(&mut request, &format!("/facts/record/{name}"), "");
    }
    assert_eq!(written(&request), filled(example));
}

#[test]
fn gitlab_control_plane_example() {
    let example = r#"{"buildDefinition":{"buildType":"https://cretula.example/build-types/gitlab-job/v1","externalParameters":{"config":{"ref":"refs/heads/main","uri":"https://gitlab.example/g/p//.gitlab-ci.yml"},"job":"build","maskedVariables":["DEPLOY"],"source":{"ref":"refs/heads/main","uri":"git+https://gitlab.example/g/p"},"variables":{"FLAVOR":"prod"}},"internalParameters":{"cretula_origins":{"/externalParameters/variables":"record"},"gitlab":{"jobId":"10340684631","namespaceId":"8","pipelineId":"501","pipelineSource":"push","projectId":"42","refProtected":"true","runnerEnvironment":"gitlab-hosted","runnerId":"12"}},"resolvedDependencies":[{"digest":{"gitCommit":"0123456789abcdef0123456789abcdef01234567"},"uri":"git+https://gitlab.example/g/p@refs/heads/main"}]},"runDetails":{"builder":{"builderDependencies":[{"digest":{"sha256":"<64 hex>"},"name":"cretula.wasm"},{"digest":{"sha256":"<schema>"},"name":"build-type-schema"}],"id":"https://gitlab.example/-/slsa/control-plane/v1#hosted"},"metadata":{"finishedOn":"2026-06-12T10:01:00Z","invocationId":"https://gitlab.example/g/p/-/jobs/10340684631","startedOn":"2026-06-12T10:00:00Z"}}}"#;
    let schema = BuildType::GitlabControlPlane.schema().unwrap().unwrap();
    assert_eq!(written(&gitlab()), filled(example).replace("<schema>", schema.digest()));
}

#[test]
fn container_example() {
    let example = r#"{"buildDefinition":{"buildType":"https://slsa.dev/container-based-build/v0.1?draft","externalParameters":{"buildConfig":{"ArtifactPath":"out/app","Command":["make","release"]},"builderImage":{"digest":{"sha256":"<64 hex>"},"uri":"oci://reg.example/builder"},"configPath":"build.toml","source":{"digest":{"gitCommit":"<40 hex>"},"uri":"git+https://git.example/g/p"}},"resolvedDependencies":[{"digest":{"gitCommit":"<40 hex>"},"uri":"git+https://git.example/g/p"},{"digest":{"sha256":"<64 hex>"},"uri":"oci://reg.example/builder"}]},"runDetails":{"builder":{"builderDependencies":[{"digest":{"sha256":"<64 hex>"},"name":"cretula.wasm"}],"id":"https://ci.example/builders/container/v1"},"metadata":{"invocationId":"https://ci.example/runs/7/attempts/1"}}}"#;
    assert_eq!(written(&container()), filled(example));
}

#[test]
fn generic_example() {
    let example = r#"{"buildDefinition":{"buildType":"https://cretula.example/build-types/generic/v1","externalParameters":{"pipeline":"release","source":"git+https://git.example/g/p@refs/heads/main"},"resolvedDependencies":[{"digest":{"gitCommit":"<40 hex>"},"uri":"git+https://git.example/g/p@refs/heads/main"}]},"runDetails":{"builder":{"builderDependencies":[{"digest":{"sha256":"<64 hex>"},"name":"cretula.wasm"},{"digest":{"sha256":"<schema>"},"name":"build-type-schema"}],"id":"https://ci.example/builders/generic/v1"},"metadata":{"invocationId":"https://ci.example/runs/8/attempts/2"}}}"#;
    let request = generic();
    let built = predicate(&request);
    let digest =
        built["runDetails"]["builder"]["builderDependencies"][1]["digest"]["sha256"].as_str().unwrap();
    assert_eq!(written(&request), filled(example).replace("<schema>", digest));
    assert!(request["config"]["buildTypes"][0]["buildType"].as_str().unwrap().starts_with(BASE));
}

#[test]
fn whose_word_a_parameter_is() {
    let mut request = generic();
    set(&mut request, "/facts/record/flags", r#"{"a":true,"b":"","c/d":[]}"#);
    set(&mut request, "/facts/record/worker", r#""w1""#);
    set(&mut request, "/tenant/declared/note", r#""short""#);
    set(&mut request, "/tenant/declared/acme_ticket", r#"{"id":7}"#);
    let definition = predicate(&request)["buildDefinition"].clone();
    assert_eq!(definition["externalParameters"]["flags"], json!({"a": true}));
    assert_eq!(definition["externalParameters"]["acme_ticket"], json!({"id": 7}));
    assert_eq!(
        definition["internalParameters"],
        json!({"worker": "w1", "cretula_origins": {"/externalParameters/flags": "record",
            "/externalParameters/note": "tenant", "/externalParameters/acme_ticket": "tenant"}})
    );
    // Foreign types only if the mode says so.
    let mut request = github();
    set(&mut request, "/config/modes/m/origins", "true");
    let origins = json!({"/externalParameters/inputs": "event", "/externalParameters/vars": "event"});
    assert_eq!(predicate(&request)["buildDefinition"]["internalParameters"]["cretula_origins"], origins);
}

#[test]
fn what_a_tenant_adds_is_marked_and_comes_last() {
    let mut request = gitlab();
    set(
        &mut request,
        "/tenant/resolvedDependencies",
        r#"[{"uri":"pkg:npm/z@1"},{"uri":"pkg:npm/a@1","name":"n"}]"#,
    );
    set(&mut request, "/tenant/byproducts", r#"[{"content":"AA=="}]"#);
    let built = predicate(&request);
    let uris: Vec<_> = built["buildDefinition"]["resolvedDependencies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["uri"].clone())
        .collect();
    assert_eq!(uris, ["git+https://gitlab.example/g/p@refs/heads/main", "pkg:npm/a@1", "pkg:npm/z@1"]);
    let marked = json!({"cretula_origin": "tenant"});
    assert_eq!(built["buildDefinition"]["resolvedDependencies"][1]["annotations"], marked);
    assert_eq!(built["runDetails"]["byproducts"], json!([{"content": "AA==", "annotations": marked}]));
    assert!(built["buildDefinition"]["resolvedDependencies"][0].get("annotations").is_none());
}

#[test]
fn configuration_from_elsewhere_is_a_dependency_of_its_own() {
    let mut request = gitlab();
    set(
        &mut request,
        "/facts/claims/ci_config_ref_uri",
        r#""gitlab.example/shared/ci//build.yml@refs/tags/v1""#,
    );
    set(&mut request, "/facts/claims/ci_config_sha", &format!("{:?}", crate::support::SIGNER_COMMIT));
    let definition = predicate(&request)["buildDefinition"].clone();
    assert_eq!(
        definition["externalParameters"]["config"],
        json!({"uri": "https://gitlab.example/shared/ci//build.yml", "ref": "refs/tags/v1"})
    );
    assert_eq!(
        definition["resolvedDependencies"][1],
        json!({"uri": "git+https://gitlab.example/shared/ci@refs/tags/v1", "digest": {"gitCommit": crate::support::SIGNER_COMMIT}})
    );
    // Another commit of the same repository, or the same commit of another one.
    for (uri, commit, expected) in [
        ("gitlab.example/g/p//x.yml@refs/heads/main", crate::support::SIGNER_COMMIT, 2),
        ("gitlab.example/g/q//x.yml@refs/heads/main", COMMIT, 2),
        ("gitlab.example/g/p//x.yml@refs/tags/v1", COMMIT, 1),
    ] {
        let mut request = gitlab();
        set(&mut request, "/facts/claims/ci_config_ref_uri", &format!("{uri:?}"));
        set(&mut request, "/facts/claims/ci_config_sha", &format!("{commit:?}"));
        let list = predicate(&request)["buildDefinition"]["resolvedDependencies"].clone();
        assert_eq!(list.as_array().unwrap().len(), expected, "{uri}");
        assert_eq!(list[expected - 1]["digest"]["gitCommit"], commit);
    }
    // Without Fulcio the record may say it.
    set(&mut request, "/config/modes/m/profile", r#""managed""#);
    set(&mut request, "/facts/claims/ci_config_ref_uri", "null");
    set(&mut request, "/facts/claims/ci_config_sha", "null");
    set(
        &mut request,
        "/facts/record/config",
        r#"{"uri":"https://gitlab.example/g/p//x.yml","ref":"refs/heads/main"}"#,
    );
    let definition = predicate(&request)["buildDefinition"].clone();
    assert_eq!(definition["externalParameters"]["config"]["uri"], "https://gitlab.example/g/p//x.yml");
    assert_eq!(definition["resolvedDependencies"].as_array().unwrap().len(), 1);
}

#[test]
fn the_control_plane_needs_no_token() {
    let with_token = gitlab();
    let mut request = with_token.clone();
    set(&mut request, "/facts/claims", "");
    set(&mut request, "/facts/origin", r#""control-plane""#);
    set(&mut request, "/config/modes/m/profile", r#""managed""#);
    let record = [
        ("source", json!({"uri": "git+https://gitlab.example/g/p", "ref": "refs/heads/main"})),
        ("config", json!({"uri": "https://gitlab.example/g/p//.gitlab-ci.yml", "ref": "refs/heads/main"})),
        ("invocationId", json!("https://gitlab.example/g/p/-/jobs/10340684631")),
        (
            "resolvedDependencies",
            json!([{"uri": "git+https://gitlab.example/g/p@refs/heads/main", "digest": {"gitCommit": COMMIT}}]),
        ),
        ("projectId", json!(42)),
        ("namespaceId", json!("8")),
        ("pipelineId", json!("501")),
        ("jobId", json!(10_340_684_631_u64)),
        ("runnerId", json!("12")),
        ("runnerEnvironment", json!("gitlab-hosted")),
        ("pipelineSource", json!("push")),
        ("refProtected", json!("true")),
    ];
    for (name, value) in &record {
        set(&mut request, &format!("/facts/record/{name}"), &value.to_string());
    }
    for (name, _) in &record {
        let mut lacking = request.clone();
        set(&mut lacking, &format!("/facts/record/{name}"), "");
        assert_eq!(build(&lacking).map_err(|error| error.code()).err(), Some("facts/missing"), "{name}");
    }
    assert_eq!(written(&request), written(&with_token));
    set(&mut request, "/config/modes/m/requireHosted", "true");
    assert!(build(&request).is_ok());
    assert_eq!(build(&request).unwrap().identity().issuer(), None);
}

#[test]
fn values_of_a_release() {
    let mut request = github();
    set(&mut request, "/facts/claims/event_name", r#""release""#);
    set(
        &mut request,
        "/facts/event",
        r#"{"name":"release","release":{"body":"text","draft":false,"name":"","prerelease":true}}"#,
    );
    let parameters = predicate(&request)["buildDefinition"]["externalParameters"].clone();
    assert_eq!(parameters["release"], json!({"body": "text", "prerelease": true}));
    assert!(parameters.get("vars").is_none() && parameters.get("inputs").is_none());
    set(&mut request, "/facts/event/release", r#"{"draft":false,"prerelease":false}"#);
    assert!(predicate(&request)["buildDefinition"]["externalParameters"].get("release").is_none());
    set(&mut request, "/facts/record", r#"{"actor_id":5,"triggering_actor_id":"5"}"#);
    let github = predicate(&request)["buildDefinition"]["internalParameters"]["github"].clone();
    assert_eq!((github["actor_id"].as_str(), github.get("triggering_actor_id")), (Some("5"), None));
    set(&mut request, "/facts/record/triggering_actor_id", r#""6""#);
    assert!(text(&request).contains(r#""triggering_actor_id":"6""#));
}

#[test]
fn completeness_depends_on_schema_and_event() {
    let complete = |request: &Value| build(request).unwrap().builder().unwrap().complete;
    assert!(complete(&github()) && complete(&gitlab()) && complete(&generic()) && complete(&container()));
    assert!(!complete(&gitlab_compat()));
    let mut request = github_actions();
    assert!(complete(&request));
    set(&mut request, "/facts/event/vars", r#"{"A":"b"}"#);
    assert!(!complete(&request));
}

#[test]
fn what_verification_must_find() {
    let built = build(&github()).unwrap();
    let builder = built.builder().unwrap();
    assert_eq!(
        builder.id,
        "https://github.com/acme/signing/.github/workflows/slsa-sign.yml@89abcdef0123456789abcdef0123456789abcdef"
    );
    assert_eq!(built.identity().san.as_deref(), Some(builder.id.as_str()));
    assert_eq!(built.identity().issuer(), Some("https://token.actions.githubusercontent.com"));
    assert_eq!(built.predicate_type(), "https://slsa.dev/provenance/v1");
    assert!(built.subjects()[0].digests().eq([("sha256", SHA256)]));
    assert!(built.to_document().starts_with(br#"{"schema":"cretula/statement/v1","statement":""#));
    assert!(build(&container()).unwrap().identity().extensions.is_empty());
}
