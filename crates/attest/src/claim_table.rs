//! The one table of claims: what a claim becomes in a predicate and in a certificate.
//!
//! Extensions are 1.3.6.1.4.1.57264.1.*number* (Fulcio `oid-info`).
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use cretula_encoding::json::Value;

use crate::claims::Claims;
use crate::config::Provider;
use crate::error::{AttestError, ErrorKind};
use crate::git_ref::{config_project, gitlab_ref};
use crate::resource::ORIGIN;

/// How a text is made from claims; `S` is the server of the issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The claim itself.
    Claim(&'static str),
    /// `S/repository/actions/runs/run_id/attempts/run_attempt`.
    GithubRun,
    /// `S/project_path/-/jobs/job_id`.
    GitlabJob,
    /// Full ref from `ref`, `ref_type` and `ref_path`.
    GitlabRef,
    /// `https://` and the claim.
    Https(&'static str),
    /// `S/` and the claim.
    Server(&'static str),
}

/// Where a predicate says the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// At this path.
    At(&'static [&'static str]),
    /// At this path, after `git+`.
    AfterGit(&'static [&'static str]),
    /// `repository/path@ref` of `externalParameters.workflow`.
    GithubWorkflow,
    /// `uri@ref` of `externalParameters.config`.
    GitlabConfig,
    /// Commit of the dependency that is the configuration.
    GitlabConfigDigest,
    /// At this path, as the last segment of the text.
    LastSegment(&'static [&'static str]),
    /// Nowhere.
    Nowhere,
}

/// What one provider's claims say about a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// How the text is made.
    pub source: Source,
    /// Whether the claims must be there.
    pub required: bool,
}

const fn must(source: Source) -> Column {
    Column { source, required: true }
}

const fn may(source: Source) -> Column {
    Column { source, required: false }
}

/// One row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClaimRow {
    /// Last arc of the extension. Row 9 is the subject alternative name, too.
    pub number: u8,
    /// What it is.
    pub meaning: &'static str,
    /// From claims of GitHub.
    pub github: Column,
    /// In predicates of GitHub's build types.
    pub github_place: Place,
    /// From claims of GitLab.
    pub gitlab: Column,
    /// In predicates of the control plane's build type.
    pub gitlab_place: Place,
    /// In predicates of the build type that GitLab's own generator writes.
    pub compat_place: Place,
}

const fn row(
    number: u8,
    meaning: &'static str,
    (github, github_place): (Column, Place),
    (gitlab, gitlab_place): (Column, Place),
    compat_place: Place,
) -> ClaimRow {
    ClaimRow { number, meaning, github, github_place, gitlab, gitlab_place, compat_place }
}

use Place::{AfterGit, At, GithubWorkflow, GitlabConfig, GitlabConfigDigest, LastSegment, Nowhere};
use Source::{Claim, GithubRun, GitlabJob, GitlabRef, Https, Server};

const BUILDER: Place = At(&["runDetails", "builder", "id"]);
const COMMIT: Place = At(&["buildDefinition", "resolvedDependencies", "0", "digest", "gitCommit"]);
const INVOCATION: Place = At(&["runDetails", "metadata", "invocationId"]);
const JOB: Place = LastSegment(&["runDetails", "metadata", "invocationId"]);
const PROJECT: Place = At(&["buildDefinition", "externalParameters", "source"]);
const REF: Place = At(&["buildDefinition", "externalParameters", "source", "ref"]);
const REPOSITORY: Place = At(&["buildDefinition", "externalParameters", "workflow", "repository"]);
const SOURCE: Place = AfterGit(&["buildDefinition", "externalParameters", "source", "uri"]);
const WORKFLOW_REF: Place = At(&["buildDefinition", "externalParameters", "workflow", "ref"]);

/// A member of `internalParameters.github`.
macro_rules! github {
    ($name:literal) => {
        At(&["buildDefinition", "internalParameters", "github", $name])
    };
}
/// A member of `internalParameters.gitlab`.
macro_rules! gitlab {
    ($name:literal) => {
        At(&["buildDefinition", "internalParameters", "gitlab", $name])
    };
}

/// The table.
#[rustfmt::skip]
pub const CLAIM_ROWS: &[ClaimRow] = &[
    row(8, "issuer", (must(Claim("iss")), Nowhere), (must(Claim("iss")), Nowhere), Nowhere),
    row(9, "signer", (must(Server("job_workflow_ref")), BUILDER), (must(Https("ci_config_ref_uri")), GitlabConfig), Nowhere),
    row(10, "signer digest", (must(Claim("job_workflow_sha")), Nowhere), (must(Claim("ci_config_sha")), GitlabConfigDigest), Nowhere),
    row(11, "runner environment", (must(Claim("runner_environment")), github!("runner_environment")), (must(Claim("runner_environment")), gitlab!("runnerEnvironment")), Nowhere),
    row(12, "source repository", (must(Server("repository")), REPOSITORY), (must(Server("project_path")), SOURCE), PROJECT),
    row(13, "source digest", (must(Claim("sha")), COMMIT), (must(Claim("sha")), COMMIT), COMMIT),
    row(14, "source ref", (must(Claim("ref")), WORKFLOW_REF), (must(GitlabRef), REF), Nowhere),
    row(15, "repository id", (must(Claim("repository_id")), github!("repository_id")), (must(Claim("project_id")), gitlab!("projectId")), Nowhere),
    row(16, "owner", (must(Server("repository_owner")), Nowhere), (must(Server("namespace_path")), Nowhere), Nowhere),
    row(17, "owner id", (must(Claim("repository_owner_id")), github!("repository_owner_id")), (must(Claim("namespace_id")), gitlab!("namespaceId")), Nowhere),
    row(18, "build config", (must(Server("workflow_ref")), GithubWorkflow), (may(Https("ci_config_ref_uri")), GitlabConfig), Nowhere),
    row(19, "build config digest", (must(Claim("workflow_sha")), Nowhere), (may(Claim("ci_config_sha")), GitlabConfigDigest), Nowhere),
    row(20, "trigger", (must(Claim("event_name")), github!("event_name")), (must(Claim("pipeline_source")), gitlab!("pipelineSource")), Nowhere),
    row(21, "invocation", (must(GithubRun), INVOCATION), (must(GitlabJob), INVOCATION), JOB),
    row(22, "visibility", (may(Claim("repository_visibility")), Nowhere), (may(Claim("project_visibility")), Nowhere), Nowhere),
    row(23, "environment", (may(Claim("environment")), Nowhere), (may(Claim("environment")), gitlab!("environment")), Nowhere),
    row(24, "token subject", (must(Claim("sub")), Nowhere), (must(Claim("sub")), Nowhere), Nowhere),
];

/// Which column of paths a build type has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paths {
    /// Both GitHub types.
    Github,
    /// The control plane's type.
    Gitlab,
    /// The type that GitLab's own generator writes.
    GitlabCompat,
    /// A type without paths of its own.
    Unknown,
}

impl ClaimRow {
    /// What this provider's claims say; other issuers have rows 8 and 24 only.
    #[must_use]
    pub fn column(&self, provider: Provider) -> Option<Column> {
        match provider {
            Provider::Github => Some(self.github),
            Provider::Gitlab => Some(self.gitlab),
            Provider::Other => matches!(self.number, 8 | 24).then_some(self.github),
        }
    }

    const fn place(&self, paths: Paths) -> Place {
        match paths {
            Paths::Github => self.github_place,
            Paths::Gitlab => self.gitlab_place,
            Paths::GitlabCompat => self.compat_place,
            Paths::Unknown => Place::Nowhere,
        }
    }
}

impl Source {
    /// Claims that must be there for a text.
    #[must_use]
    pub fn claims(self) -> Vec<&'static str> {
        match self {
            Claim(name) | Https(name) | Server(name) => Vec::from([name]),
            GithubRun => Vec::from(["repository", "run_id", "run_attempt"]),
            GitlabJob => Vec::from(["project_path", "job_id"]),
            GitlabRef => Vec::from(["ref", "ref_type"]),
        }
    }

    /// The text; `None` if one of its claims is absent.
    ///
    /// # Errors
    /// `gitlab/ref-type`.
    pub(crate) fn text(self, server: &str, claims: &Claims) -> Result<Option<String>, AttestError> {
        let mut values = Vec::new();
        for name in self.claims() {
            let Some(value) = claims.value(name) else { return Ok(None) };
            values.push(value);
        }
        Ok(match (self, values.as_slice()) {
            (Claim(_), [value]) => Some((*value).to_string()),
            (Https(_), [value]) => Some(["https://", value].concat()),
            (Server(_), [value]) => Some([server, "/", value].concat()),
            (GithubRun, [repository, run, attempt]) => {
                Some([server, "/", repository, "/actions/runs/", run, "/attempts/", attempt].concat())
            }
            (GitlabJob, [project, job]) => Some([server, "/", project, "/-/jobs/", job].concat()),
            (GitlabRef, _) => Some(gitlab_ref(claims)?),
            (Claim(_) | Https(_) | Server(_) | GithubRun | GitlabJob, _) => None,
        })
    }
}

impl Place {
    /// What a predicate says there; `None` if it says nothing.
    pub(crate) fn text(self, predicate: &Value<'_>) -> Option<String> {
        let at = |path: &[&str]| descend(predicate, path)?.as_text().map(|text| text.to_string());
        let member = |object: &str, name: &str| at(&["buildDefinition", "externalParameters", object, name]);
        match self {
            At(path) => at(path),
            AfterGit(path) => at(path)?.strip_prefix("git+").map(String::from),
            LastSegment(path) => at(path),
            GithubWorkflow => {
                let repository = member("workflow", "repository")?;
                let (path, git_ref) = (member("workflow", "path")?, member("workflow", "ref")?);
                Some([repository.as_str(), "/", &path, "@", &git_ref].concat())
            }
            GitlabConfig => {
                Some([member("config", "uri")?.as_str(), "@", &member("config", "ref")?].concat())
            }
            GitlabConfigDigest => config_commit(predicate),
            Nowhere => None,
        }
    }

    /// Whether the row stands in the predicate at all.
    const fn is_nowhere(self) -> bool {
        matches!(self, Nowhere)
    }

    /// RFC 6901 pointer into the predicate.
    fn pointer(self) -> String {
        let joined = |path: &[&str]| ["/", &path.join("/")].concat();
        match self {
            At(path) | AfterGit(path) | LastSegment(path) => joined(path),
            GithubWorkflow => joined(&["buildDefinition", "externalParameters", "workflow"]),
            GitlabConfig => joined(&["buildDefinition", "externalParameters", "config"]),
            GitlabConfigDigest => joined(&["buildDefinition", "resolvedDependencies"]),
            Nowhere => String::new(),
        }
    }
}

/// Members by name, elements by their index.
fn descend<'v>(value: &Value<'v>, path: &[&str]) -> Option<Value<'v>> {
    path.iter().try_fold(*value, |value, step| match value.elements() {
        Some(mut elements) => elements.nth(step.parse().ok()?),
        None => value.member(step),
    })
}

/// The last dependency with the configuration's own URI, else the first: one entry stands for both if repository and commit
/// are the same. What a tenant added does not count.
fn config_commit(predicate: &Value<'_>) -> Option<String> {
    let uri = descend(predicate, &["buildDefinition", "externalParameters", "config", "uri"])?.as_text()?;
    let git_ref =
        descend(predicate, &["buildDefinition", "externalParameters", "config", "ref"])?.as_text()?;
    let wanted = ["git+", config_project(&uri)?, "@", &git_ref].concat();
    let list = descend(predicate, &["buildDefinition", "resolvedDependencies"])?;
    let of_control_plane = |entry: &Value<'_>| descend(entry, &["annotations", ORIGIN]).is_none();
    let named = |entry: &Value<'_>| {
        entry.member("uri").and_then(|uri| uri.as_text()).is_some_and(|uri| uri == wanted)
    };
    let entry = list.elements()?.filter(of_control_plane).filter(named).last().or(list.elements()?.next())?;
    descend(&entry, &["digest", "gitCommit"])?.as_text().map(|text| text.to_string())
}

/// Compares each row that stands in the predicate with its claim.
///
/// # Errors
/// `claims/predicate-mismatch` at the first difference, `gitlab/ref-type`.
pub fn match_predicate(
    provider: Provider,
    paths: Paths,
    server: &str,
    claims: &Claims,
    predicate: &Value<'_>,
) -> Result<(), AttestError> {
    for row in CLAIM_ROWS {
        let place = row.place(paths);
        let Some(column) = row.column(provider).filter(|_| !place.is_nowhere()) else { continue };
        let Some(claimed) = column.source.text(server, claims)? else { continue };
        let found = place.text(predicate);
        let is_equal = match (place, found.as_deref()) {
            (LastSegment(_), Some(found)) => claimed.rsplit('/').next() == Some(found),
            (_, found) => found == Some(claimed.as_str()),
        };
        if !is_equal {
            let detail = alloc::format!("row {} ({}) differs from its claim", row.number, row.meaning);
            return Err(AttestError::new(ErrorKind::PredicateMismatch, detail).at(place.pointer()));
        }
    }
    Ok(())
}

/// Checks that every required claim of a provider is there.
///
/// GitLab fills the claims of the configuration only if that is stored in one of its repositories; without Fulcio the
/// control plane's record may stand in.
///
/// # Errors
/// `claims/missing` at the first one.
pub(crate) fn require_claims(
    provider: Provider,
    claims: &Claims,
    uses_fulcio: bool,
) -> Result<(), AttestError> {
    for row in CLAIM_ROWS {
        let Some(column) = row.column(provider).filter(|column| column.required) else { continue };
        for name in column.source.claims() {
            if uses_fulcio || !CONFIG_CLAIMS.contains(&name) {
                claims.require(name)?;
            }
        }
    }
    Ok(())
}

/// Claims that GitLab leaves empty for configuration from elsewhere.
const CONFIG_CLAIMS: [&str; 2] = ["ci_config_ref_uri", "ci_config_sha"];
