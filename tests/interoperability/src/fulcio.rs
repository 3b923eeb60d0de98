//! The configuration of Fulcio: which claims of an ID token become which extensions.

use cretula_testkit::serve::{GITHUB_SERVER, GITLAB_SERVER};

/// Name of a certificate extension in this configuration, and the claim or template that fills it.
type Row = (&'static str, &'static str);

const GITHUB_SAN: &str = "{{ .url }}/{{ .job_workflow_ref }}";
const GITHUB: &[Row] = &[
    ("build-config-digest", "workflow_sha"),
    ("build-config-uri", "{{ .url }}/{{ .workflow_ref }}"),
    ("build-signer-digest", "job_workflow_sha"),
    ("build-signer-uri", GITHUB_SAN),
    ("build-trigger", "event_name"),
    ("deployment-environment", "environment"),
    ("github-workflow-name", "workflow"),
    ("github-workflow-ref", "ref"),
    ("github-workflow-repository", "repository"),
    ("github-workflow-sha", "sha"),
    ("github-workflow-trigger", "event_name"),
    (
        "run-invocation-uri",
        "{{ .url }}/{{ .repository }}/actions/runs/{{ .run_id }}/attempts/{{ .run_attempt }}",
    ),
    ("runner-environment", "runner_environment"),
    ("source-repository-digest", "sha"),
    ("source-repository-identifier", "repository_id"),
    ("source-repository-owner-identifier", "repository_owner_id"),
    ("source-repository-owner-uri", "{{ .url }}/{{ .repository_owner }}"),
    ("source-repository-ref", "ref"),
    ("source-repository-uri", "{{ .url }}/{{ .repository }}"),
    ("source-repository-visibility-at-signing", "repository_visibility"),
];

const GITLAB_SAN: &str = "https://{{ .ci_config_ref_uri }}";
const GITLAB: &[Row] = &[
    ("build-config-digest", "ci_config_sha"),
    ("build-config-uri", GITLAB_SAN),
    ("build-signer-digest", "ci_config_sha"),
    ("build-signer-uri", GITLAB_SAN),
    ("build-trigger", "pipeline_source"),
    ("deployment-environment", "environment"),
    ("run-invocation-uri", "{{ .url }}/{{ .project_path }}/-/jobs/{{ .job_id }}"),
    ("runner-environment", "runner_environment"),
    ("source-repository-digest", "sha"),
    ("source-repository-identifier", "project_id"),
    ("source-repository-owner-identifier", "namespace_id"),
    ("source-repository-owner-uri", "{{ .url }}/{{ .namespace_path }}"),
    (
        "source-repository-ref",
        r#"refs/{{ if eq .ref_type "branch" }}heads{{ else }}tags{{ end }}/{{ .ref }}"#,
    ),
    ("source-repository-uri", "{{ .url }}/{{ .project_path }}"),
    ("source-repository-visibility-at-signing", "project_visibility"),
];

/// The configuration for the issuers `/github` and `/gitlab` below a URL, as YAML: JSON behind a comment, without which
/// Fulcio would look for the members of its JSON form.
pub(crate) fn configuration(issuer_url: &str) -> String {
    let issuer = |name: &str| {
        let url = format!("{issuer_url}/{name}");
        let about = serde_json::json!({
            "issuer-url": url, "client-id": "sigstore", "type": "ci-provider", "ci-provider": name
        });
        (url, about)
    };
    let configuration = serde_json::json!({
        "oidc-issuers": serde_json::Map::from_iter([issuer("github"), issuer("gitlab")]),
        "ci-issuer-metadata": {
            "github": provider(GITHUB_SERVER, GITHUB_SAN, GITHUB),
            "gitlab": provider(GITLAB_SERVER, GITLAB_SAN, GITLAB)
        }
    });
    format!("# YAML\n{configuration}\n")
}

fn provider(server: &str, san: &str, rows: &[Row]) -> serde_json::Value {
    let extensions = rows.iter().map(|(name, filled_by)| ((*name).to_owned(), (*filled_by).into()));
    serde_json::json!({
        "default-template-values": {"environment": "", "url": server},
        "extension-templates": serde_json::Map::from_iter(extensions),
        "subject-alternative-name-template": san
    })
}
