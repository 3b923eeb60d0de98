//! From the claims of an ID token to the identity in a certificate, as Fulcio's configuration says.

use crate::asn1::utf8;
use crate::ca::Identity;
use crate::certificate::uri;

use super::id_token::Claims;
use super::issuer::{GITHUB_SERVER, GITLAB_SERVER, Provider};

/// Whom a certificate is for, and what the proof of possession signs.
#[derive(Debug)]
pub(super) struct Requester {
    pub(super) identity: Identity,
    pub(super) subject: String,
}

/// Number of the extension, and its text with claims in braces.
type Template = (u8, &'static str);

const GITHUB_SAN: &str = "{url}/{job_workflow_ref}";
const GITHUB: [Template; 16] = [
    (9, GITHUB_SAN),
    (10, "{job_workflow_sha}"),
    (11, "{runner_environment}"),
    (12, "{url}/{repository}"),
    (13, "{sha}"),
    (14, "{ref}"),
    (15, "{repository_id}"),
    (16, "{url}/{repository_owner}"),
    (17, "{repository_owner_id}"),
    (18, "{url}/{workflow_ref}"),
    (19, "{workflow_sha}"),
    (20, "{event_name}"),
    (21, "{url}/{repository}/actions/runs/{run_id}/attempts/{run_attempt}"),
    (22, "{repository_visibility}"),
    (23, "{environment}"),
    (24, "{sub}"),
];
/// Extensions 2 to 6 are deprecated and hold text without a tag.
const GITHUB_DEPRECATED: [Template; 5] =
    [(2, "{event_name}"), (3, "{sha}"), (4, "{workflow}"), (5, "{repository}"), (6, "{ref}")];

const GITLAB_SAN: &str = "https://{ci_config_ref_uri}";
const GITLAB: [Template; 16] = [
    (9, GITLAB_SAN),
    (10, "{ci_config_sha}"),
    (11, "{runner_environment}"),
    (12, "{url}/{project_path}"),
    (13, "{sha}"),
    (14, "refs/{ref_kind}/{ref}"),
    (15, "{project_id}"),
    (16, "{url}/{namespace_path}"),
    (17, "{namespace_id}"),
    (18, "https://{ci_config_ref_uri}"),
    (19, "{ci_config_sha}"),
    (20, "{pipeline_source}"),
    (21, "{url}/{project_path}/-/jobs/{job_id}"),
    (22, "{project_visibility}"),
    (23, "{environment}"),
    (24, "{sub}"),
];

/// Claims that may be absent: then there is no such extension.
const OPTIONAL: [&str; 1] = ["environment"];

/// The requester, or the claim that is missing.
pub(super) fn requester(provider: Provider, claims: &Claims) -> Result<Requester, String> {
    match provider {
        Provider::Email => person(claims),
        Provider::GitHub => workflow(claims, GITHUB_SERVER, GITHUB_SAN, &GITHUB_DEPRECATED, &GITHUB),
        Provider::GitLab => workflow(claims, GITLAB_SERVER, GITLAB_SAN, &[], &GITLAB),
    }
}

fn person(claims: &Claims) -> Result<Requester, String> {
    let address = claims.text("email").ok_or("email")?;
    if claims.text("email_verified") != Some("true") {
        return Err("email_verified".into());
    }
    let issuer = claims.text("iss").ok_or("iss")?;
    Ok(Requester { identity: Identity::person(address, issuer), subject: address.into() })
}

fn workflow(
    claims: &Claims,
    server: &str,
    san: &str,
    deprecated: &[Template],
    current: &[Template],
) -> Result<Requester, String> {
    let value = |name: &str| match name {
        "url" => Some(server.to_string()),
        "ref_kind" => Some(if claims.text("ref_type")? == "branch" { "heads" } else { "tags" }.to_string()),
        _ => claims.text(name).map(String::from),
    };
    let issuer = claims.text("iss").ok_or("iss")?;
    let mut extensions = vec![(1, issuer.as_bytes().to_vec())];
    for (number, template) in deprecated {
        extensions.push((*number, fill(template, &value)?.into_bytes()));
    }
    extensions.push((8, utf8(issuer)));
    for (number, template) in current {
        match fill(template, &value) {
            Ok(text) => extensions.push((*number, utf8(&text))),
            Err(missing) if OPTIONAL.contains(&missing.as_str()) => {}
            Err(missing) => return Err(missing),
        }
    }
    let identity = Identity { san: uri(&fill(san, &value)?), claims: extensions };
    Ok(Requester { identity, subject: claims.text("sub").ok_or("sub")?.into() })
}

/// The template with its claims, or the first that is missing.
fn fill(template: &str, value: &impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').expect("a closed brace");
        text.push_str(before);
        text.push_str(&value(name).ok_or_else(|| name.to_string())?);
        rest = after;
    }
    text.push_str(rest);
    Ok(text)
}
