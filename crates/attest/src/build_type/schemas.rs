//! Schemas of the build types that are built in: data, as those of a host.
use super::BuildType;
use crate::base::base;

/// The schema as a document.
pub(super) const fn text(build_type: BuildType) -> Option<&'static str> {
    match build_type {
        BuildType::Container => Some(CONTAINER),
        BuildType::GithubActions => Some(GITHUB_ACTIONS),
        BuildType::GithubCommunity => Some(GITHUB_COMMUNITY),
        BuildType::GitlabCompat => Some(GITLAB_COMPAT),
        BuildType::GitlabControlPlane => Some(GITLAB_CONTROL_PLANE),
        BuildType::HostDefined => None,
    }
}

const CONTAINER: &str = r#"{
"buildType": "https://slsa.dev/container-based-build/v0.1?draft",
"complete": true,
"external": {
  "source": {"type": "object", "required": true, "class": "C"},
  "builderImage": {"type": "object", "required": true, "class": "C"},
  "configPath": {"type": "string", "required": true, "class": "C"},
  "buildConfig": {"type": "object", "required": true, "class": "C"}
},
"internal": {},
"extensions": []
}"#;

/// Complete only if the event came without parameters.
const GITHUB_ACTIONS: &str = r#"{
"buildType": "https://actions.github.io/buildtypes/workflow/v1",
"complete": false,
"external": {
  "workflow": {"type": "object", "required": true, "class": "C"}
},
"internal": {
  "github": {"type": "object", "required": true, "class": "C"}
},
"extensions": []
}"#;

const GITHUB_COMMUNITY: &str = r#"{
"buildType": "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1",
"complete": true,
"external": {
  "inputs": {"type": "object", "required": false, "class": "R"},
  "release": {"type": "object", "required": false, "class": "R"},
  "vars": {"type": "object", "required": false, "class": "R"},
  "workflow": {"type": "object", "required": true, "class": "C"}
},
"internal": {
  "github": {"type": "object", "required": true, "class": "C"}
},
"extensions": ["cretula_ai"]
}"#;

const GITLAB_COMPAT: &str = r#"{
"buildType": "https://docs.gitlab.com/ci/pipeline_security/slsa/provenance_v1",
"complete": false,
"external": {
  "source": {"type": "string", "required": true, "class": "C"},
  "entryPoint": {"type": "string", "required": true, "class": "C"},
  "variables": {"type": "object", "required": false, "class": "R"}
},
"internal": {
  "architecture": {"type": "string", "required": true, "class": "C"},
  "executor": {"type": "string", "required": true, "class": "C"},
  "job": {"type": "integer", "required": true, "class": "C"},
  "name": {"type": "string", "required": true, "class": "C"}
},
"extensions": []
}"#;

const GITLAB_CONTROL_PLANE: &str = concat!(
    r#"{
"buildType": ""#,
    base!(),
    r#"/build-types/gitlab-job/v1",
"complete": true,
"external": {
  "source": {"type": "object", "required": true, "class": "C"},
  "config": {"type": "object", "required": true, "class": "C"},
  "job": {"type": "string", "required": true, "class": "C"},
  "inputs": {"type": "object", "required": false, "class": "R"},
  "variables": {"type": "object", "required": false, "class": "R"},
  "maskedVariables": {"type": "array", "required": false, "class": "R"}
},
"internal": {
  "gitlab": {"type": "object", "required": true, "class": "C"},
  "predefined": {"type": "object", "required": false, "class": "C"}
},
"extensions": ["cretula_ai"]
}"#
);
