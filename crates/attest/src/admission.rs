//! Whether a mode admits a request: issuer, claims, runner, and the workflow that signs.
use alloc::string::{String, ToString};

use crate::build_type::BuildType;
use crate::claim_table::{Source, require_claims};
use crate::claims::Claims;
use crate::config::{AllowedSigner, BuilderId, Config, Issuer, Mode, Provider};
use crate::error::{AttestError, ErrorKind};
use crate::facts::{ControlPlaneFacts, Origin};
use crate::git_ref::workflow_path;
use crate::request::Request;

/// What the mode says about a request that it admits.
pub(crate) struct Admitted<'r> {
    pub(crate) mode: &'r Mode,
    pub(crate) issuer: Option<&'r Issuer>,
    pub(crate) builder_id: Option<String>,
}

/// Checks facts against a mode.
///
/// # Errors
/// `mode/unknown`, `facts/origin`, `claims/missing`, `claims/runner-environment`, `builder/not-allowed`,
/// `github/workflow-ref`, `gitlab/ref-type`.
pub(crate) fn admit<'r>(
    config: &'r Config,
    mode: &str,
    facts: &ControlPlaneFacts,
) -> Result<Admitted<'r>, AttestError> {
    let mode = config.mode(mode)?;
    let issuer = find_issuer(config, facts, mode)?;
    check_provider(mode, issuer)?;
    if let (Some(claims), Some(issuer)) = (facts.claims(), issuer) {
        require_claims(issuer.provider, claims, mode.profile.uses_fulcio())?;
        if issuer.provider == Provider::Github {
            workflow_path(claims)?;
        }
    }
    if mode.require_hosted {
        check_hosted(facts, issuer)?;
    }
    let signer = check_signer(mode, issuer, facts.claims())?;
    let builder_id = match &mode.builder_id {
        None => None,
        Some(BuilderId::Fixed(id)) => Some(id.clone()),
        Some(BuilderId::Claim) => signer,
    };
    Ok(Admitted { mode, issuer, builder_id })
}

/// The issuer of the claims, compared exactly; it is the mode's, if that names one.
fn find_issuer<'r>(
    config: &'r Config,
    facts: &ControlPlaneFacts,
    mode: &Mode,
) -> Result<Option<&'r Issuer>, AttestError> {
    let refuse =
        |detail: &str, pointer: &str| Err(AttestError::new(ErrorKind::FactsOrigin, detail).at(pointer));
    let Some(claims) = facts.claims() else {
        return Ok(mode.issuer.as_deref().and_then(|url| config.issuer(url)));
    };
    let url = claims.require("iss")?;
    if mode.issuer.as_ref().is_some_and(|issuer| issuer != url) {
        return refuse("the mode takes tokens of another issuer", "/facts/claims/iss");
    }
    match config.issuer(url) {
        Some(issuer) => Ok(Some(issuer)),
        None => refuse("the issuer is not configured", "/facts/claims/iss"),
    }
}

/// A build type of one provider takes no claims of another.
fn check_provider(mode: &Mode, issuer: Option<&Issuer>) -> Result<(), AttestError> {
    let (Some(uri), Some(issuer)) = (mode.build_type.as_deref(), issuer) else { return Ok(()) };
    let fits = match BuildType::of(uri) {
        BuildType::GithubActions | BuildType::GithubCommunity => issuer.provider == Provider::Github,
        BuildType::GitlabCompat | BuildType::GitlabControlPlane => issuer.provider == Provider::Gitlab,
        BuildType::Container | BuildType::HostDefined => true,
    };
    if fits {
        return Ok(());
    }
    let detail = "the build type of the mode needs claims of another provider";
    Err(AttestError::new(ErrorKind::FactsOrigin, detail).at("/facts/origin"))
}

fn check_hosted(facts: &ControlPlaneFacts, issuer: Option<&Issuer>) -> Result<(), AttestError> {
    let claimed = facts.claims().and_then(|claims| claims.value("runner_environment"));
    let mut record = facts.record()?;
    let recorded = match facts.origin() {
        Origin::ControlPlane => record.take("runnerEnvironment").map(|field| field.text()).transpose()?,
        Origin::VerifiedToken => None,
    };
    let hosted = match issuer.map(|issuer| issuer.provider) {
        Some(Provider::Github) => "github-hosted",
        Some(Provider::Gitlab | Provider::Other) | None => "gitlab-hosted",
    };
    if claimed.or(recorded.as_deref()) == Some(hosted) {
        return Ok(());
    }
    let detail = "the mode demands a hosted runner";
    Err(AttestError::new(ErrorKind::RunnerEnvironment, detail).at("/facts/claims/runner_environment"))
}

/// The signing workflow with its ref, if claims name one. It must be in the allow-list wherever it says who builds.
fn check_signer(
    mode: &Mode,
    issuer: Option<&Issuer>,
    claims: Option<&Claims>,
) -> Result<Option<String>, AttestError> {
    let is_github = mode.build_type.as_deref().is_some_and(|uri| BuildType::of(uri).is_github());
    let is_demanded = is_github || !mode.signers.is_empty() || mode.builder_id == Some(BuilderId::Claim);
    let refuse = |detail: &str| {
        Err(AttestError::new(ErrorKind::BuilderNotAllowed, detail).at("/facts/claims/job_workflow_ref"))
    };
    let Some(claims) = claims.filter(|_| is_demanded) else {
        return if mode.builder_id == Some(BuilderId::Claim) {
            refuse("no claim says who builds")
        } else {
            Ok(None)
        };
    };
    let named = |source: Source, digest: &str| {
        let signer = issuer.map(|issuer| source.text(&issuer.server, claims)).transpose()?.flatten();
        Ok::<_, AttestError>((signer, claims.value(digest)))
    };
    let (signer, digest) = match issuer.map(|issuer| issuer.provider) {
        Some(Provider::Github) => named(Source::Server("job_workflow_ref"), "job_workflow_sha")?,
        Some(Provider::Gitlab) => named(Source::Https("ci_config_ref_uri"), "ci_config_sha")?,
        Some(Provider::Other) | None => (None, None),
    };
    let Some(signer) = signer else { return refuse("no claim says who builds") };
    if mode.signers.iter().any(|entry| admits(entry, &signer, digest)) {
        return Ok(Some(signer));
    }
    refuse("the signing workflow is not in the allow-list of the mode")
}

/// An entry admits a workflow at its ref, at its commits, or at both. A ref of a pull request, or a commit of a fork,
/// carries the repository's name: so an entry with neither admits nothing.
fn admits(entry: &AllowedSigner, signer: &str, digest: Option<&str>) -> bool {
    let Some(found) = signer.strip_prefix(&entry.workflow).and_then(|rest| rest.strip_prefix('@')) else {
        return false;
    };
    let is_commit = matches!(found.len(), 40 | 64) && found.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_plain = found.starts_with("refs/") || is_commit;
    let ref_fits = entry.git_ref.as_ref().is_none_or(|wanted| wanted == found);
    let digest_fits = entry.digests.is_empty()
        || digest.is_some_and(|digest| entry.digests.iter().any(|wanted| wanted == digest));
    let is_bound = entry.git_ref.is_some() || !entry.digests.is_empty();
    is_plain && is_bound && ref_fits && digest_fits
}

/// Whether a public log may hold what a request is about: a log of the profile discloses the names of the project.
///
/// # Errors
/// `mode/unknown`, `profile/visibility`.
pub fn check_visibility(request: &Request, log_is_public: bool) -> Result<(), AttestError> {
    let mode = request.job().config.mode(&request.job().mode)?;
    let claims = request.facts().claims();
    let visibility = |name| claims.and_then(|claims| claims.value(name)).map(|text| text.to_string());
    let known = [visibility("repository_visibility"), visibility("project_visibility")];
    let stated = known.iter().flatten();
    let is_public = stated.clone().next().is_some() && stated.clone().all(|value| value == "public");
    if !log_is_public || mode.publish_private || is_public {
        return Ok(());
    }
    let detail = "a public log would disclose a project that is not public";
    Err(AttestError::new(ErrorKind::ProfileVisibility, detail).at("/facts/claims"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn allow_lists() {
        let entry = |git_ref: Option<&str>, digests: &[&str]| AllowedSigner {
            workflow: "https://github.com/o/r/.github/workflows/s.yml".to_string(),
            git_ref: git_ref.map(String::from),
            digests: digests.iter().map(|digest| digest.to_string()).collect::<Vec<_>>(),
        };
        let (a, b) = ("a".repeat(40), "b".repeat(40));
        let tag = "https://github.com/o/r/.github/workflows/s.yml@refs/tags/v1";
        let pull = "https://github.com/o/r/.github/workflows/s.yml@refs/pull/1/merge";
        let commit = ["https://github.com/o/r/.github/workflows/s.yml@", &a].concat();
        let short = "https://github.com/o/r/.github/workflows/s.yml@abc";
        let no_hex = ["https://github.com/o/r/.github/workflows/s.yml@", &"x".repeat(40)].concat();
        let other = "https://github.com/o/r/.github/workflows/s.yml@x.yml@refs/tags/v1";
        for (list, signer, digest, expected) in [
            (entry(Some("refs/tags/v1"), &[]), tag, Some(a.as_str()), true),
            (entry(Some("refs/tags/v1"), &[]), pull, Some(a.as_str()), false),
            (entry(None, &[]), tag, Some(a.as_str()), false),
            (entry(None, &[]), pull, Some(a.as_str()), false),
            (entry(None, &[&a]), tag, Some(a.as_str()), true),
            (entry(None, &[&a]), tag, Some(b.as_str()), false),
            (entry(None, &[&a]), tag, None, false),
            (entry(None, &[&b, &a]), &commit, Some(a.as_str()), true),
            (entry(Some("refs/tags/v1"), &[&a]), tag, Some(b.as_str()), false),
            (entry(Some(&a), &[]), &commit, Some(b.as_str()), true),
            (entry(None, &[&a]), other, Some(a.as_str()), false),
            (entry(None, &[&a]), short, Some(a.as_str()), false),
            (entry(None, &[&a]), &no_hex, Some(a.as_str()), false),
            (
                entry(Some("refs/tags/v1"), &[]),
                "https://github.com/o/r2/.github/workflows/s.yml@refs/tags/v1",
                None,
                false,
            ),
        ] {
            assert_eq!(admits(&list, signer, digest), expected, "{list:?} {signer}");
        }
    }
}
