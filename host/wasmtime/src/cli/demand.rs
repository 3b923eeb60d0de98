//! Who may have signed: flags become a policy, and the policy is what decides.

use cretula_encoding::json::Tree;

use super::{
    arguments::{DemandArguments, IdentityArguments, RepositoryArguments},
    files::{self, Kind},
    outcome::Trouble,
};

/// A policy document and the managed keys that it may name.
#[derive(Debug)]
pub(crate) struct Demand {
    pub(crate) policy: Vec<u8>,
    pub(crate) keys: Vec<ManagedKey>,
}

/// A public key of the caller.
#[derive(Debug)]
pub(crate) struct ManagedKey {
    pub(crate) id: String,
    pub(crate) spki: Vec<u8>,
}

/// GitHub's issuer of workflow identities.
const GITHUB_ISSUER: &str = "https://token.actions.githubusercontent.com";

/// Reads the flags; `None` if they do not say who may have signed.
///
/// # Errors
/// A file cannot be read, or flags do not fit together.
pub(crate) fn demand(arguments: &DemandArguments) -> Result<Option<Demand>, Trouble> {
    let keys = match &arguments.key {
        Some(path) => vec![read_key(path, arguments.key_id.clone().unwrap_or_default())?],
        None => Vec::new(),
    };
    if let Some(path) = &arguments.policy {
        return Ok(Some(Demand { policy: files::read(path, Kind::Policy)?, keys }));
    }
    let (preset, signers) = match (&keys.first(), identity(&arguments.identity, &arguments.repository)?) {
        (Some(key), _) => ("managed-key", key_leaf(&key.id)),
        (None, Some(certificate)) => {
            let mut leaf = Tree::object();
            leaf.set("certificate", certificate);
            ("public-good", leaf)
        }
        (None, None) => return Ok(None),
    };
    let mut policy = Tree::object();
    policy.set("schema", "cretula/policy/v1").set("preset", preset).set("signers", signers);
    if let Some(predicate_type) = &arguments.predicate_type {
        let mut statement = Tree::object();
        statement.set("predicateTypes", Tree::List(vec![predicate_type.as_str().into()]));
        policy.set("statement", statement);
    }
    Ok(Some(Demand { policy: policy.encode(), keys }))
}

fn read_key(path: &std::path::Path, id: String) -> Result<ManagedKey, Trouble> {
    let text = files::read(path, Kind::Key)?;
    let block = cretula_encoding::pem::parse_block(&text, &["PUBLIC KEY"]).map_err(|_| {
        Trouble::usage(format!("{} holds no public key", files::shown(path)))
            .try_this("give one PEM block that begins with -----BEGIN PUBLIC KEY-----")
    })?;
    Ok(ManagedKey { id, spki: block.der })
}

fn key_leaf(id: &str) -> Tree {
    let mut key = Tree::object();
    key.set("ids", Tree::List(vec![id.into()]));
    let mut leaf = Tree::object();
    leaf.set("key", key);
    leaf
}

/// The certificate rule of cosign's and gh's flags.
fn identity(identity: &IdentityArguments, repository: &RepositoryArguments) -> Result<Option<Tree>, Trouble> {
    let san = match (&identity.certificate_identity, &identity.certificate_identity_regexp) {
        (Some(name), _) => Some(Tree::from(name.as_str())),
        (None, Some(pattern)) => Some(form("regex", pattern)),
        (None, None) => None,
    };
    let issuer = match (&identity.certificate_oidc_issuer, &identity.certificate_oidc_issuer_regexp) {
        (Some(name), _) => Some(Tree::from(name.as_str())),
        (None, Some(pattern)) => Some(form("regex", pattern)),
        (None, None) => None,
    };
    let claims = claims(repository);
    let mut rule = Tree::object();
    match (san, issuer, claims) {
        (None, None, None) => return Ok(None),
        (Some(_), None, None) => return Err(half("--certificate-oidc-issuer", "anybody may claim a name")),
        (None, Some(_), None) => {
            return Err(half(
                "--certificate-identity",
                "an issuer alone admits everybody who has an account there",
            ));
        }
        (san, issuer, None) => rule.set_some("san", san).set_some("issuer", issuer),
        (san, issuer, Some(claims)) => {
            let san = san.unwrap_or_else(|| form_ignoring_case("glob", &workflow_pattern(repository)));
            rule.set("san", san)
                .set("issuer", issuer.unwrap_or_else(|| Tree::from(GITHUB_ISSUER)))
                .set("claims", claims)
        }
    };
    Ok(Some(rule))
}

fn half(missing: &str, why: &str) -> Trouble {
    Trouble::usage(format!("{missing} is missing: {why}")).try_this(format!("add {missing}"))
}

fn form(name: &str, pattern: &str) -> Tree {
    let mut tree = Tree::object();
    tree.set(name, pattern);
    tree
}

fn form_ignoring_case(name: &str, pattern: &str) -> Tree {
    let mut tree = form(name, pattern);
    tree.set("ignoreCase", true);
    tree
}

/// Claims of gh's flags; `None` without owner and repository.
fn claims(arguments: &RepositoryArguments) -> Option<Tree> {
    let mut claims = Tree::object();
    match (&arguments.owner, &arguments.repo) {
        (_, Some(repo)) => {
            let uri = format!("https://github.com/{repo}");
            claims.set("sourceRepositoryUri", form_ignoring_case("exact", &uri))
        }
        (Some(owner), None) => {
            let uri = format!("https://github.com/{owner}");
            claims.set("sourceRepositoryOwnerUri", form_ignoring_case("exact", &uri))
        }
        (None, None) => return None,
    };
    claims
        .set_some("buildSignerDigest", arguments.signer_digest.as_deref())
        .set_some("sourceRepositoryDigest", arguments.source_digest.as_deref())
        .set_some("sourceRepositoryRef", arguments.source_ref.as_deref());
    if arguments.deny_self_hosted_runners {
        claims.set("runnerEnvironment", "github-hosted");
    }
    Some(claims)
}

/// Workflows that may have signed: the one named, or any of the repository or owner.
fn workflow_pattern(arguments: &RepositoryArguments) -> String {
    match (&arguments.signer_workflow, &arguments.signer_repo) {
        (Some(workflow), _) => format!("https://github.com/{}@**", escaped(workflow)),
        (None, Some(repo)) => format!("https://github.com/{}/**", escaped(repo)),
        (None, None) => {
            let place = arguments.repo.as_deref().or(arguments.owner.as_deref()).unwrap_or_default();
            format!("https://github.com/{}/**", escaped(place))
        }
    }
}

/// Stars and backslashes of a name are themselves.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('*', "\\*")
}
