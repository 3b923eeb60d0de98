//! What is refused, each row beside a request that differs in this one thing and is built.

use crate::support::{
    build, container, generic, github, github_actions, gitlab, gitlab_compat, other, parse, run, set,
};
use cretula_attest::check_visibility;
use serde_json::{Value, json};

fn raw() -> Value {
    other("raw", json!({"kind": "raw", "type": "https://x.example/p/v1", "content": "e30="}))
}

fn release() -> Value {
    other("release", json!({"kind": "release", "content": {"purl": "pkg:npm/app@1.2.3"}}))
}

#[test]
fn modes() {
    let rows = run(&[
        ("mode/unknown", github, &[("/mode", r#""n""#)]),
        ("mode/predicate-not-allowed", github, &[("/config/modes/m/predicates", r#"["spdx"]"#)]),
        (
            "mode/predicate-not-allowed",
            raw,
            &[("/config/modes/m/predicates", r#"["https://x.example/p/v2"]"#)],
        ),
        ("", raw, &[("/config/modes/m/predicates", r#"["https://x.example/p/v1"]"#)]),
        ("mode/predicate-not-allowed", release, &[("/config/modes/m/predicates", r#"["raw"]"#)]),
        ("facts/missing", github, &[("/config/modes/m/buildType", "")]),
        ("facts/missing", gitlab, &[("/config/modes/m/builderId", "")]),
        ("facts/missing", generic, &[("/config/buildTypes", "[]")]),
    ]);
    assert_eq!(rows, 8);
}

#[test]
fn facts() {
    run(&[
        ("facts/origin", github, &[("/facts/origin", r#""control-plane""#)]),
        ("facts/origin", github, &[("/config/modes/m/issuer", r#""https://gitlab.example""#)]),
        (
            "facts/origin",
            github,
            &[("/config/modes/m/issuer", ""), ("/facts/claims/iss", r#""https://other.example""#)],
        ),
        ("", github, &[("/config/modes/m/issuer", "")]),
        ("facts/origin", gitlab, &[("/config/issuers/1/provider", r#""github""#)]),
        ("facts/origin", github, &[("/config/issuers/0/provider", r#""other""#)]),
        ("facts/missing", gitlab, &[("/facts/record/job", "")]),
        ("facts/missing", gitlab, &[("/facts/claims/runner_id", "")]),
        ("facts/missing", generic, &[("/facts/record/pipeline", "")]),
        ("facts/missing", generic, &[("/facts/record/invocationId", "")]),
        ("facts/missing", container, &[("/facts/record/configPath", "")]),
        ("facts/missing", gitlab_compat, &[("/facts/record/startedOn", "")]),
        ("facts/missing", gitlab_compat, &[("/facts/record/finishedOn", "")]),
        ("facts/missing", gitlab_compat, &[("/facts/record/source", "")]),
        ("facts/missing", gitlab_compat, &[("/facts/record/resolvedDependencies", "")]),
        (
            "facts/missing",
            gitlab_compat,
            &[("/facts/record/resolvedDependencies/0/uri", r#""https://gitlab.example/g/q""#)],
        ),
        ("facts/missing", gitlab_compat, &[("/facts/record/executor", "")]),
    ]);
}

#[test]
fn tenant() {
    run(&[
        ("tenant/forbidden-field", github, &[("/tenant/builder", r#"{"id":"https://b.example"}"#)]),
        ("tenant/forbidden-field", github, &[("/tenant/buildType", r#""x""#)]),
        ("tenant/forbidden-field", github, &[("/tenant/externalParameters", "{}")]),
        ("tenant/forbidden-field", github, &[("/tenant/invocationId", r#""x""#)]),
        ("tenant/forbidden-field", github, &[("/tenant/startedOn", r#""x""#)]),
        ("tenant/forbidden-field", github, &[("/tenant/cretula_origins", "{}")]),
        ("tenant/forbidden-field", github, &[("/tenant/mode", r#""m""#)]),
        ("tenant/forbidden-field", github, &[("/tenant/facts", "{}")]),
        ("tenant/forbidden-field", generic, &[("/tenant/declared/cretula_origin", "1")]),
        ("tenant/forbidden-field", generic, &[("/tenant/declared/finishedOn", "1")]),
        ("tenant/forbidden-field", generic, &[("/tenant/declared/acme_other", "1")]),
        ("tenant/forbidden-field", generic, &[("/tenant/declared/pipeline", r#""x""#)]),
        (
            "tenant/forbidden-field",
            generic,
            &[("/tenant/declared/flags", "{}"), ("/tenant/declared/flags", r#"{"a":1}"#)],
        ),
        ("", generic, &[("/tenant/declared/acme_ticket", "1")]),
        ("", generic, &[("/tenant/declared/note", r#""12345678""#)]),
        ("params/type", generic, &[("/tenant/declared/note", r#""123456789""#)]),
        ("tenant/forbidden-field", release, &[("/tenant/declared/acme_ticket", "1")]),
        (
            "tenant/forbidden-field",
            github,
            &[(
                "/tenant/resolvedDependencies/-",
                r#"{"uri":"u:a","annotations":{"cretula_origin":"token"}}"#,
            )],
        ),
        ("input/unknown-member", github, &[("/tenant/x", "1")]),
        ("predicate/field", github, &[("/tenant/byproducts/-", r#"{"name":"x"}"#)]),
    ]);
}

#[test]
fn claims() {
    run(&[
        ("claims/missing", github, &[("/facts/claims/job_workflow_sha", "")]),
        ("claims/missing", github, &[("/facts/claims/sub", "null")]),
        ("claims/missing", gitlab, &[("/facts/claims/ci_config_ref_uri", "null")]),
        ("claims/missing", gitlab, &[("/facts/claims/ci_config_sha", "null")]),
        ("claims/missing", gitlab, &[("/facts/claims/ref_type", "")]),
        ("claims/type", github, &[("/facts/claims/sha", "true")]),
        ("claims/type", github, &[("/facts/claims/run_id", "1.5")]),
        ("claims/type", gitlab, &[("/facts/claims/ci_config_ref_uri", r#""gitlab.example/g/p//x.yml""#)]),
        (
            "claims/runner-environment",
            github,
            &[
                ("/config/modes/m/requireHosted", "true"),
                ("/facts/claims/runner_environment", r#""self-hosted""#),
            ],
        ),
        (
            "claims/runner-environment",
            gitlab,
            &[
                ("/config/modes/m/requireHosted", "true"),
                ("/facts/claims/runner_environment", r#""github-hosted""#),
            ],
        ),
        ("claims/runner-environment", gitlab_compat, &[("/config/modes/m/requireHosted", "true")]),
        ("", github, &[("/config/modes/m/requireHosted", "true")]),
        ("", gitlab, &[("/config/modes/m/requireHosted", "true")]),
        (
            "github/workflow-ref",
            github,
            &[("/facts/claims/workflow_ref", r#""acme/apps/.github/workflows/release.yml@refs/heads/main""#)],
        ),
        (
            "github/workflow-ref",
            github,
            &[("/facts/claims/workflow_ref", r#""acme/app/.github/workflows/release.yml@refs/heads/dev""#)],
        ),
        (
            "github/server",
            github,
            &[("/facts/record/workflow", r#"{"repository":"https://github.evil.example/acme/app"}"#)],
        ),
        ("gitlab/ref-type", gitlab, &[("/facts/claims/ref_type", r#""merge""#)]),
        ("gitlab/ref-type", gitlab, &[("/facts/claims/ref_path", r#""refs/merge-requests/1/head""#)]),
    ]);
}

/// Every path of the table, bent by the record.
#[test]
fn predicate_mismatch() {
    let code = "claims/predicate-mismatch";
    run(&[
        (code, github, &[("/facts/record/workflow", r#"{"repository":"https://github.com/acme/other"}"#)]),
        (code, github, &[("/facts/record/workflow", r#"{"ref":"refs/heads/dev"}"#)]),
        (code, github, &[("/facts/record/workflow", r#"{"path":".github/workflows/x.yml"}"#)]),
        (
            "",
            github,
            &[(
                "/facts/record/workflow",
                r#"{"ref":"refs/heads/main","repository":"https://github.com/acme/app"}"#,
            )],
        ),
        (code, github, &[("/facts/record/event_name", r#""push""#)]),
        (code, github, &[("/facts/record/repository_id", "1002")]),
        (code, github, &[("/facts/record/repository_owner_id", "78")]),
        (code, github, &[("/facts/record/runner_environment", r#""self-hosted""#)]),
        (
            code,
            github,
            &[(
                "/facts/record/invocationId",
                r#""https://github.com/acme/app/actions/runs/9002/attempts/2""#,
            )],
        ),
        (code, github, &[("/config/modes/m/builderId", r#""https://ci.example/builder""#)]),
        (code, gitlab, &[("/facts/record/source", r#"{"uri":"git+https://gitlab.example/g/q"}"#)]),
        (code, gitlab, &[("/facts/record/source", r#"{"ref":"refs/heads/dev"}"#)]),
        (
            code,
            gitlab,
            &[(
                "/facts/record/config",
                r#"{"uri":"https://gitlab.example/g/p//x.yml","ref":"refs/heads/main"}"#,
            )],
        ),
        (
            code,
            gitlab,
            &[(
                "/facts/record/resolvedDependencies",
                r#"[{"uri":"git+https://gitlab.example/g/p@refs/heads/main","digest":{"gitCommit":"1123456789abcdef0123456789abcdef01234567"}}]"#,
            )],
        ),
        (
            code,
            gitlab,
            &[
                ("/facts/claims/ci_config_sha", r#""1123456789abcdef0123456789abcdef01234567""#),
                (
                    "/facts/record/resolvedDependencies",
                    r#"[{"uri":"git+https://gitlab.example/g/p@refs/heads/main","digest":{"gitCommit":"0123456789abcdef0123456789abcdef01234567"}}]"#,
                ),
            ],
        ),
        (code, gitlab, &[("/facts/record/projectId", "43")]),
        (code, gitlab, &[("/facts/record/namespaceId", "9")]),
        (code, gitlab, &[("/facts/record/runnerEnvironment", r#""self-hosted""#)]),
        (code, gitlab, &[("/facts/record/pipelineSource", r#""web""#)]),
        (
            code,
            gitlab,
            &[("/facts/claims/environment", r#""prod""#), ("/facts/record/environment", r#""test""#)],
        ),
        ("", gitlab, &[("/facts/claims/environment", r#""prod""#)]),
        (code, gitlab, &[("/facts/record/invocationId", r#""https://gitlab.example/g/p/-/jobs/1""#)]),
        ("", gitlab, &[("/facts/record/projectId", "42")]),
        (
            code,
            compat_with_token,
            &[
                ("/facts/record/source", r#""https://gitlab.example/g/q""#),
                ("/facts/record/resolvedDependencies/0/uri", r#""https://gitlab.example/g/q""#),
            ],
        ),
        (
            code,
            compat_with_token,
            &[(
                "/facts/record/resolvedDependencies/0/digest/gitCommit",
                r#""1123456789abcdef0123456789abcdef01234567""#,
            )],
        ),
        (code, compat_with_token, &[("/facts/record/invocationId", r#""1""#)]),
        (code, compat_with_token, &[("/facts/record/job", "1")]),
    ]);
}

fn compat_with_token() -> Value {
    let mut request = gitlab_compat();
    request["facts"]["claims"] = gitlab()["facts"]["claims"].clone();
    request
}

#[test]
fn builders() {
    let code = "builder/not-allowed";
    run(&[
        (code, github, &[("/config/modes/m/signers", "[]")]),
        (code, github, &[("/config/modes/m/signers/0/digests", "")]),
        (
            code,
            github,
            &[("/facts/claims/job_workflow_sha", r#""0000000000000000000000000000000000000000""#)],
        ),
        (code, github, &[("/config/modes/m/signers/0/workflow", r#""https://github.com/acme/signin""#)]),
        (code, github, &[("/config/modes/m/signers/0/ref", r#""refs/tags/v1""#)]),
        (
            code,
            github_actions,
            &[(
                "/facts/claims/job_workflow_ref",
                r#""acme/signing/.github/workflows/slsa-sign.yml@refs/pull/1/merge""#,
            )],
        ),
        (
            code,
            github_actions,
            &[("/config/modes/m/builderId", r#""https://ci.example/b""#), ("/config/modes/m/signers", "[]")],
        ),
        (
            code,
            gitlab,
            &[(
                "/config/modes/m/signers",
                r#"[{"workflow":"https://gitlab.example/g/p//.gitlab-ci.yml","ref":"refs/heads/dev"}]"#,
            )],
        ),
        (
            "",
            gitlab,
            &[(
                "/config/modes/m/signers",
                r#"[{"workflow":"https://gitlab.example/g/p//.gitlab-ci.yml","ref":"refs/heads/main"}]"#,
            )],
        ),
        (code, gitlab_compat, &[("/config/modes/m/builderId", r#""claim""#)]),
    ]);
}

/// Claims of an issuer that is neither GitHub nor GitLab name no signing workflow.
#[test]
fn other_issuers() {
    run(&[
        ("", other_issuer, &[("/facts/claims/ci_config_ref_uri", r#""h.example/p//x.yml@refs/heads/main""#)]),
        ("claims/missing", other_issuer, &[("/facts/claims/sub", "")]),
        (
            "builder/not-allowed",
            other_issuer,
            &[
                ("/facts/claims/ci_config_ref_uri", r#""h.example/p//x.yml@refs/heads/main""#),
                (
                    "/config/modes/m/signers",
                    r#"[{"workflow":"https://h.example/p//x.yml","ref":"refs/heads/main"}]"#,
                ),
            ],
        ),
        ("claims/runner-environment", other_issuer, &[("/config/modes/m/requireHosted", "true")]),
    ]);
    let identity = build(&other_issuer()).unwrap().identity().clone();
    let numbers: Vec<_> = identity.extensions.iter().map(|extension| extension.number).collect();
    assert_eq!((identity.san, numbers), (None, vec![8, 24]));
}

fn other_issuer() -> Value {
    let mut request = generic();
    set(
        &mut request,
        "/config/issuers/-",
        r#"{"issuer":"https://i.example","provider":"other","server":"https://h.example","audience":"a"}"#,
    );
    set(&mut request, "/facts/origin", r#""verified-token""#);
    set(&mut request, "/facts/claims", r#"{"iss":"https://i.example","sub":"s"}"#);
    request
}

#[test]
fn places_of_differences() {
    let path = |good: fn() -> Value, edits: &[(&str, &str)]| {
        let mut request = good();
        for (pointer, text) in edits {
            set(&mut request, pointer, text);
        }
        build(&request).unwrap_err().path.unwrap()
    };
    let repository = [("/facts/record/workflow", r#"{"repository":"https://github.com/acme/other"}"#)];
    assert_eq!(path(github, &repository), "/buildDefinition/externalParameters/workflow/repository");
    let workflow = [("/facts/record/workflow", r#"{"path":"x.yml"}"#)];
    assert_eq!(path(github, &workflow), "/buildDefinition/externalParameters/workflow");
    let config =
        [("/facts/record/config", r#"{"uri":"https://gitlab.example/g/p//x","ref":"refs/heads/main"}"#)];
    assert_eq!(path(gitlab, &config), "/buildDefinition/externalParameters/config");
    let job = [("/facts/record/invocationId", r#""1""#)];
    assert_eq!(path(compat_with_token, &job), "/runDetails/metadata/invocationId");
    assert_eq!(path(generic, &[("/facts/record/pipeline", "")]), "/externalParameters/pipeline");
    assert_eq!(path(github, &[("/facts/claims/sub", "")]), "/facts/claims/sub");
    assert_eq!(path(github, &[("/tenant/a~1b", "1")]), "/tenant/a~1b");
}

#[test]
fn parameters() {
    run(&[
        ("params/missing", required_recorded, &[("/facts/record/flags", "")]),
        ("params/unknown", generic, &[("/facts/record/other", "1")]),
        ("params/unknown", github, &[("/facts/record/other", "1")]),
        ("params/unknown", github_actions, &[("/facts/record/actor_id", "1")]),
        (
            "params/unknown",
            gitlab,
            &[("/facts/record/source", r#"{"uri":"git+https://gitlab.example/g/p","x":"y"}"#)],
        ),
        (
            "params/unknown",
            github,
            &[("/facts/claims/event_name", r#""release""#), ("/facts/event", r#"{"release":{"x":"y"}}"#)],
        ),
        (
            "params/type",
            github,
            &[("/facts/claims/event_name", r#""release""#), ("/facts/event", r#"{"release":{"draft":"y"}}"#)],
        ),
        ("params/type", github, &[("/facts/event/inputs/flavor", "[1]")]),
        (
            "params/type",
            github,
            &[
                ("/facts/claims/event_name", r#""release""#),
                ("/facts/event", r#"{"release":{"name":false}}"#),
            ],
        ),
        ("params/type", generic, &[("/facts/record/pipeline", "7")]),
        ("params/type", generic, &[("/facts/record/level", "3")]),
        ("", generic, &[("/facts/record/level", "2")]),
        ("params/type", gitlab_compat, &[("/facts/record/job", r#""x1""#)]),
        ("params/type", container, &[("/facts/record/buildConfig/x", "1")]),
        (
            "predicate/field",
            container,
            &[(
                "/facts/record/builderImage/digest",
                r#"{"sha512":"00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"}"#,
            )],
        ),
        ("predicate/field", container, &[("/facts/record/builderImage/uri", "")]),
        ("predicate/field", container, &[("/facts/record/source/digest", "")]),
        (
            "params/type",
            github,
            &[("/facts/claims/event_name", r#""release""#), ("/facts/event", r#"{"release":{"body":true}}"#)],
        ),
        ("predicate/field", container, &[("/facts/record/builderImage/digest", r#"{"sha512":"00"}"#)]),
        ("params/incomplete", generic, &[("/facts/event/inputs", r#"{"a":"b"}"#)]),
        ("params/incomplete", gitlab, &[("/facts/event/vars", r#"{"a":"b"}"#)]),
        ("", gitlab, &[("/facts/event/inputs", r#"{"a":"b"}"#)]),
        ("", generic, &[("/facts/event/inputs", r#"{"a":""}"#)]),
        (
            "params/duplicate-name",
            generic,
            &[(
                "/config/buildTypes/0/internal/pipeline",
                r#"{"type":"string","required":false,"class":"C"}"#,
            )],
        ),
        (
            "params/event",
            github,
            &[("/facts/claims/event_name", r#""pull_request""#), ("/facts/event", "{}")],
        ),
        (
            "params/event",
            github,
            &[("/facts/claims/event_name", r#""push""#), ("/facts/event/name", r#""push""#)],
        ),
        ("params/event", github, &[("/facts/event/name", r#""push""#)]),
        ("params/event", github, &[("/facts/event/release", r#"{"body":"x"}"#)]),
        (
            "params/event",
            github,
            &[
                ("/facts/claims/event_name", r#""release""#),
                ("/facts/event/name", r#""release""#),
                ("/facts/event/release", r#"{"body":"x"}"#),
            ],
        ),
        ("secret/name", github, &[("/facts/event/vars/DB_PASSWORD", r#""x""#)]),
        ("", github, &[("/facts/event/vars/DB_PASSWORD", r#""[MASKED]""#)]),
        (
            "",
            github,
            &[
                ("/facts/event/vars/DB_PASSWORD", r#""x""#),
                ("/config/modes/m/allowNames", r#"["DB_PASSWORD"]"#),
            ],
        ),
        ("secret/name", gitlab, &[("/facts/record/predefined", r#"{"CI_JOB_TOKEN":"x"}"#)]),
        ("secret/value", gitlab, &[("/facts/record/variables/A", r#""-----BEGIN PRIVATE KEY-----""#)]),
        ("secret/value", generic, &[("/tenant/declared/acme_ticket", r#"{"a":["glpat-0123"]}"#)]),
        ("secret/masked", gitlab, &[("/facts/record/maskedValueDigests", PROD)]),
        (
            "",
            gitlab,
            &[(
                "/facts/record/maskedValueDigests",
                r#"["ab4f63f9ac65152575886860dde480a1fbe1d6b0b0d8a2b8e3d2d8b6a3b9a6e1"]"#,
            )],
        ),
    ]);
}

/// SHA-256 of `prod`.
const PROD: &str = r#"["6754af9632a2745e85c293e5aac0863370d9bd3330b9938c00cadfd215227d77"]"#;

fn required_recorded() -> Value {
    let mut request = generic();
    set(&mut request, "/config/buildTypes/0/external/flags/required", "true");
    set(&mut request, "/facts/record/flags", r#"{"a":1}"#);
    request
}

#[test]
fn subjects() {
    run(&[
        ("subject/none", github, &[("/tenant/subjects", "[]")]),
        ("subject/no-digest", github, &[("/tenant/subjects/0/digest", "{}")]),
        (
            "subject/digest-algorithm",
            github,
            &[("/tenant/subjects/0/digest", r#"{"gitCommit":"0123456789abcdef0123456789abcdef01234567"}"#)],
        ),
        (
            "subject/digest-length",
            github,
            &[("/tenant/subjects/0/digest/sha256", r#""0123456789abcdef0123456789abcdef01234567""#)],
        ),
        (
            "subject/digest-format",
            github,
            &[(
                "/tenant/subjects/0/digest/sha256",
                r#""E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855""#,
            )],
        ),
        (
            "subject/weak-digest",
            github,
            &[("/tenant/subjects/0/digest/sha1", r#""0123456789abcdef0123456789abcdef01234567""#)],
        ),
        (
            "subject/config-digest",
            github,
            &[("/tenant/subjects/0/mediaType", r#""application/vnd.oci.image.config.v1+json""#)],
        ),
        ("", github, &[("/tenant/subjects/0/mediaType", r#""application/vnd.oci.image.manifest.v1+json""#)]),
        (
            "subject/duplicate",
            github,
            &[(
                "/tenant/subjects/-",
                r#"{"name":"app","digest":{"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}}"#,
            )],
        ),
        (
            "",
            github,
            &[(
                "/tenant/subjects/-",
                r#"{"name":"app2","digest":{"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}}"#,
            )],
        ),
        ("time/format", gitlab, &[("/facts/record/startedOn", r#""2026-06-12T10:00:00+00:00""#)]),
        ("time/format", gitlab, &[("/facts/record/startedOn", "1")]),
        ("time/order", gitlab, &[("/facts/record/finishedOn", r#""2026-06-12T09:59:59Z""#)]),
        ("", gitlab, &[("/facts/record/finishedOn", r#""2026-06-12T10:00:00.000Z""#)]),
    ]);
}

#[test]
fn visibility() {
    let code = |edit: &dyn Fn(&mut Value), good: fn() -> Value, public: bool| {
        let mut request = good();
        edit(&mut request);
        check_visibility(&parse(&request).unwrap(), public).map_err(|error| error.code())
    };
    let refused = Err("profile/visibility");
    assert_eq!(code(&|_| {}, github, true), Ok(()));
    let private = |request: &mut Value| set(request, "/facts/claims/repository_visibility", r#""private""#);
    assert_eq!(code(&private, github, true), refused);
    assert_eq!(code(&private, github, false), Ok(()));
    let publish = |request: &mut Value| {
        private(request);
        set(request, "/config/modes/m/publishPrivate", "true");
    };
    assert_eq!(code(&publish, github, true), Ok(()));
    let internal = |request: &mut Value| set(request, "/facts/claims/project_visibility", r#""internal""#);
    assert_eq!(code(&internal, gitlab, true), refused);
    assert_eq!(code(&|request| set(request, "/facts/claims/project_visibility", ""), gitlab, true), refused);
    assert_eq!(code(&|_| {}, container, true), refused);
}

/// Whatever is refused, no value of the request stands in the error.
#[test]
fn errors_hold_no_values() {
    let canary = "glpat-canary0123456789";
    for pointer in [
        "/facts/event/vars/REGION",
        "/facts/event/inputs/flavor",
        "/facts/record/runner_environment",
        "/facts/claims/job_workflow_ref",
        "/facts/claims/iss",
        "/mode",
    ] {
        let mut request = github();
        set(&mut request, pointer, &format!("{canary:?}"));
        let error = build(&request).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("canary"), "{pointer}: {error}");
    }
}
