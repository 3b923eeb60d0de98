//! Who may have signed: flags become a policy, and the policy is what decides.

use cretula_encoding::json::Tree;

use super::{
    arguments::{DemandArguments, IdentityArguments, RepositoryArguments},
    files::{self, Kind},
    github,
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
    let claims = github::claims(repository)?;
    let place = github::workflows(repository)?;
    let mut rule = Tree::object();
    match (san, issuer, place) {
        (None, None, None) if claims.is_none() => return Ok(None),
        (None, None, None) => {
            return Err(half(
                "--repo or --owner",
                "the other flags of GitHub only narrow down what it admits",
            ));
        }
        (Some(_), None, None) => return Err(half("--certificate-oidc-issuer", "anybody may claim a name")),
        (None, Some(_), None) => {
            return Err(half(
                "--certificate-identity",
                "an issuer alone admits everybody who has an account there",
            ));
        }
        (san, issuer, None) => rule.set_some("san", san).set_some("issuer", issuer),
        (san, issuer, Some(workflows)) => rule
            .set("san", san.unwrap_or(workflows))
            .set("issuer", issuer.unwrap_or_else(|| Tree::from(github::ISSUER))),
    };
    rule.set_some("claims", claims);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(arguments: &DemandArguments) -> String {
        String::from_utf8(demand(arguments).unwrap().unwrap().policy).unwrap()
    }

    #[test]
    fn flags_of_github_also_bind_a_named_identity() {
        let arguments = DemandArguments {
            identity: IdentityArguments {
                certificate_identity: Some("https://github.com/a/b".into()),
                certificate_oidc_issuer: Some("https://issuer.example".into()),
                ..IdentityArguments::default()
            },
            repository: RepositoryArguments {
                source_ref: Some("refs/tags/v1".into()),
                deny_self_hosted_runners: true,
                ..RepositoryArguments::default()
            },
            ..DemandArguments::default()
        };
        let claims = r#""claims":{"runnerEnvironment":"github-hosted","sourceRepositoryRef":"refs/tags/v1"}"#;
        assert!(policy(&arguments).contains(claims), "{}", policy(&arguments));
    }

    #[test]
    fn flags_that_only_narrow_admit_nobody() {
        for repository in [
            RepositoryArguments { deny_self_hosted_runners: true, ..RepositoryArguments::default() },
            RepositoryArguments { source_digest: Some("00".into()), ..RepositoryArguments::default() },
            RepositoryArguments { signer_repo: Some("a/b".into()), ..RepositoryArguments::default() },
        ] {
            assert!(demand(&DemandArguments { repository, ..DemandArguments::default() }).is_err());
        }
        assert!(demand(&DemandArguments::default()).unwrap().is_none());
    }

    #[test]
    fn half_an_identity_is_none() {
        for identity in [
            IdentityArguments { certificate_identity: Some("x".into()), ..IdentityArguments::default() },
            IdentityArguments {
                certificate_oidc_issuer_regexp: Some("x".into()),
                ..IdentityArguments::default()
            },
        ] {
            assert!(demand(&DemandArguments { identity, ..DemandArguments::default() }).is_err());
        }
    }
}
