//! `cretula config`.

use cretula_attest::config::{BuilderId, Mode};
use cretula_encoding::json::Tree;

use super::arguments::ConfigCommand;
use super::files::{self, Kind};
use super::outcome::{Exit, Trouble};
use super::surroundings::Output;

/// Runs one of them.
///
/// # Errors
/// Wrong use, or a configuration that cannot be used.
pub(crate) fn run(command: &ConfigCommand, output: &mut Output) -> Result<Exit, Trouble> {
    match command {
        ConfigCommand::Init { platform, repo, server, output: file } => {
            let (document, remarks) = match platform.as_str() {
                "github" => github(repo.as_deref())?,
                "gitlab" => gitlab(server.as_deref())?,
                _ => generic(),
            };
            if let Some(path) = file.as_deref().filter(|path| path.exists()) {
                return Err(Trouble::usage(format!(
                    "{} exists already and is not overwritten",
                    files::shown(path)
                ))
                .try_this("choose another name, or move the old configuration away"));
            }
            files::write_result(file.as_deref(), &super::show::text::indented(&document.encode()), output)?;
            output.note(remarks);
            Ok(Exit::Success)
        }
        ConfigCommand::Check { file } => check(&files::read(file, Kind::Configuration)?, output),
    }
}

fn config(name: &str, mode: Tree, build_types: Vec<Tree>, issuers: Vec<Tree>) -> Tree {
    let mut modes = Tree::object();
    modes.set(name, mode);
    let mut config = Tree::object();
    config.set("schema", "cretula/config/v1").set("modes", modes);
    config.set("buildTypes", Tree::List(build_types)).set("issuers", Tree::List(issuers));
    config
}

fn issuer(url: &str, provider: &str, server: &str) -> Tree {
    let mut issuer = Tree::object();
    issuer.set("issuer", url).set("provider", provider).set("server", server).set("audience", "cretula");
    issuer
}

fn texts(texts: &[&str]) -> Tree {
    Tree::List(texts.iter().map(|text| Tree::from(*text)).collect())
}

/// A reusable workflow signs digests of its callers.
fn github(repo: Option<&str>) -> Result<(Tree, &'static str), Trouble> {
    const ISSUER: &str = "https://token.actions.githubusercontent.com";
    let Some(repo) = repo.filter(|repo| repo.split('/').filter(|part| !part.is_empty()).count() == 2) else {
        return Err(Trouble::usage("the signing workflow has to lie in a repository that is named")
            .try_this("add --repo OWNER/NAME"));
    };
    let mut signer = Tree::object();
    signer.set("workflow", format!("https://github.com/{repo}/.github/workflows/slsa-sign.yml"));
    signer.set("ref", "refs/tags/v1");
    let mut mode = Tree::object();
    mode.set("buildType", "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1")
        .set("builderId", "claim")
        .set("issuer", ISSUER)
        .set("key", "ephemeral")
        .set("predicates", texts(&["provenance"]))
        .set("profile", "public-v2")
        .set("signers", Tree::List(vec![signer]));
    let document = config("github", mode, Vec::new(), vec![issuer(ISSUER, "github", "https://github.com")]);
    Ok((document, GITHUB_REMARKS))
}

const GITHUB_REMARKS: &str = "
buildType and builderId: provenance of the top-level workflow; the builder is the signing workflow of the token.
signers: the only workflow that may sign, at the only ref. Give digests with a commit for the strictest choice.
key and profile: a key made for each bundle, a certificate of the public instance, its log and a timestamp.
issuer, audience: whose ID tokens are accepted, and for whom they have to be made. The audience is this service's own.
Add requireHosted: true to refuse self-hosted runners.
";

fn gitlab(server: Option<&str>) -> Result<(Tree, &'static str), Trouble> {
    let Some(server) =
        server.map(|server| server.trim_end_matches('/')).filter(|server| server.starts_with("https://"))
    else {
        return Err(Trouble::usage("the address of the GitLab instance is missing")
            .try_this("add --server https://…"));
    };
    let mut mode = Tree::object();
    mode.set("buildType", "https://cretula.example/build-types/gitlab-job/v1")
        .set("builderId", format!("{server}/-/slsa/control-plane/v1"))
        .set("issuer", server)
        .set("key", "ephemeral")
        .set("predicates", texts(&["provenance"]))
        .set("profile", "public-v2");
    Ok((config("gitlab", mode, Vec::new(), vec![issuer(server, "gitlab", server)]), GITLAB_REMARKS))
}

const GITLAB_REMARKS: &str = "
builderId: who answers for the build, one for each mode: give hosted and self-hosted runners modes of their own.
key and profile: a key made for each bundle, a certificate of the public instance, its log and a timestamp.
  For an instance without Fulcio use profile private-ca with caKey, or managed with a key of keys.
issuer, audience: whose ID tokens are accepted, and for whom they have to be made.
";

fn generic() -> (Tree, &'static str) {
    const BUILD_TYPE: &str = "https://ci.example/build-types/pipeline/v1";
    let parameter = |kind: &str| {
        let mut parameter = Tree::object();
        parameter.set("type", kind).set("required", true).set("class", "C");
        parameter
    };
    let mut external = Tree::object();
    external.set("pipeline", parameter("string")).set("source", parameter("string"));
    let mut schema = Tree::object();
    schema.set("buildType", BUILD_TYPE).set("complete", true).set("external", external);
    schema.set("internal", Tree::object()).set("extensions", Tree::List(Vec::new()));
    let mut mode = Tree::object();
    mode.set("buildType", BUILD_TYPE)
        .set("builderId", "https://ci.example/builders/pipeline/v1")
        .set("key", "release")
        .set("predicates", texts(&["provenance"]))
        .set("profile", "managed");
    let mut file = Tree::object();
    file.set("file", "release.key");
    let mut keys = Tree::object();
    keys.set("release", file);
    let mut config = config("pipeline", mode, vec![schema], Vec::new());
    config.set("keys", keys);
    (config, GENERIC_REMARKS)
}

const GENERIC_REMARKS: &str = "
buildTypes: what the parameters of a build are. class C comes from the control plane, R is recorded by it, T is the tenant's.
buildType, builderId: URIs of your own, with documents about them.
keys: where the signing key is; make it with cretula keys generate release, or name a transit key of OpenBao or Vault.
profile managed: that key, with the log and the timestamps of the trust configuration.
";

/// Says what each mode comes to.
fn check(document: &[u8], output: &mut Output) -> Result<Exit, Trouble> {
    let config =
        cretula_attest::Config::parse(document, &cretula_attest::Limits::default()).map_err(|error| {
            let place = error.path.as_ref().map(|path| format!(" at {path}")).unwrap_or_default();
            let detail = error.detail.clone().unwrap_or_default();
            Trouble::usage(format!("the configuration cannot be used: {detail}{place}")).coded(error.code())
        })?;
    let mut lines = String::new();
    for name in config.mode_names() {
        if let Ok(mode) = config.mode(name) {
            lines.push_str(&describe(name, mode));
        }
    }
    output.result(lines.as_bytes());
    Ok(Exit::Success)
}

fn describe(name: &str, mode: &Mode) -> String {
    let builder = match &mode.builder_id {
        Some(BuilderId::Claim) => "the signing workflow of the token".to_owned(),
        Some(BuilderId::Fixed(id)) => id.clone(),
        None => "none: no provenance".to_owned(),
    };
    let mut lines = format!(
        "{name}\n  states   {}\n  builder  {builder}\n  key      {}\n  profile  {}\n",
        mode.predicates.join(", "),
        mode.key,
        mode.profile.name()
    );
    let admits_nothing = |signer: &&cretula_attest::config::AllowedSigner| {
        signer.git_ref.is_none() && signer.digests.is_empty()
    };
    for signer in mode.signers.iter().filter(admits_nothing) {
        lines.push_str(&format!(
            "  remark   {} has neither ref nor digests and admits nothing\n",
            signer.workflow
        ));
    }
    for remark in unusable_names(mode) {
        lines.push_str(&format!("  remark   {remark}\n"));
    }
    lines
}

/// Names that no policy can be written about, since they are others for each runner or each version (incident I37).
/// GitLab's own build type prescribes a builder per runner.
fn unusable_names(mode: &Mode) -> Vec<&'static str> {
    const PER_RUNNER: &str = "https://docs.gitlab.com/ci/pipeline_security/slsa/provenance_v1";
    let mut remarks = Vec::new();
    let build_type = mode.build_type.as_deref().unwrap_or_default();
    if let Some(BuilderId::Fixed(id)) = &mode.builder_id {
        if build_type != PER_RUNNER && names_one_runner(id) {
            remarks.push("builderId names one runner: policies give levels to builders, not to machines");
        }
        if has_product_version(id) {
            remarks.push("builderId has the version of a program: each update would need another policy");
        }
    }
    if has_product_version(build_type) {
        remarks.push("buildType has the version of a program: each update would need another policy");
    }
    remarks
}

/// A segment `runner` or `runners`, and a number after it.
fn names_one_runner(uri: &str) -> bool {
    let segments: Vec<&str> = uri.split(['/', '#', '?']).collect();
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    segments.windows(2).any(|pair| matches!(pair, ["runner" | "runners", number] if is_number(number)))
}

/// A segment with at least three numbers between dots, as in `v17.2.1`; a schema has at most two.
fn has_product_version(uri: &str) -> bool {
    let path = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let segments = path.split(['/', '#', '?', '@']).skip(1);
    segments.map(|segment| segment.trim_start_matches('v')).any(|segment| {
        let mut parts = segment.splitn(3, '.');
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let starts_with_one = |part: &str| part.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
        parts.next().is_some_and(is_number)
            && parts.next().is_some_and(is_number)
            && parts.next().is_some_and(starts_with_one)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_machines_and_versions_are_found() {
        for (uri, runner, version) in [
            ("https://gitlab.example/-/slsa/control-plane/v1#hosted", false, false),
            ("https://gitlab.example/groups/g/-/runners/12", true, false),
            ("https://ci.example/runner/7/x", true, false),
            ("https://ci.example/runners/hosted", false, false),
            ("https://slsa.dev/container-based-build/v0.1?draft", false, false),
            ("https://ci.example/builders/v17.2.1", false, true),
            ("https://ci.example/builder@17.2.1-rc1", false, true),
            ("https://ci.example/builder@17.2.1", false, true),
            ("https://10.0.0.1/builders/v1", false, false),
        ] {
            assert_eq!((names_one_runner(uri), has_product_version(uri)), (runner, version), "{uri}");
        }
    }
}
