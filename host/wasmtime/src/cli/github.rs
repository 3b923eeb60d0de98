//! The flags of `gh attestation verify` as members of a certificate rule.

use cretula_encoding::json::Tree;

use super::{arguments::RepositoryArguments, outcome::Trouble, show::text::foreign};

/// GitHub's issuer of workflow identities.
pub(crate) const ISSUER: &str = "https://token.actions.githubusercontent.com";

/// What the flags demand of the claims; `None` if nothing.
///
/// # Errors
/// A name has another form.
pub(crate) fn claims(arguments: &RepositoryArguments) -> Result<Option<Tree>, Trouble> {
    let mut claims = Tree::object();
    if let Some(repo) = &arguments.repo {
        claims.set("sourceRepositoryUri", ignoring_case("exact", &address(&repository("--repo", repo)?)));
    }
    if let Some(owner) = &arguments.owner {
        claims.set("sourceRepositoryOwnerUri", ignoring_case("exact", &address(&account(owner)?)));
    }
    claims
        .set_some("buildSignerDigest", arguments.signer_digest.as_deref())
        .set_some("sourceRepositoryDigest", arguments.source_digest.as_deref())
        .set_some("sourceRepositoryRef", arguments.source_ref.as_deref());
    if arguments.deny_self_hosted_runners {
        claims.set("runnerEnvironment", "github-hosted");
    }
    Ok((claims != Tree::object()).then_some(claims))
}

/// Workflows that may have signed: the one named, or any of repository or owner; `None` without owner and repository.
///
/// # Errors
/// A name has another form; a workflow is named without who may call it.
pub(crate) fn workflows(arguments: &RepositoryArguments) -> Result<Option<Tree>, Trouble> {
    let source = match (&arguments.repo, &arguments.owner) {
        (Some(repo), _) => repository("--repo", repo)?,
        (None, Some(owner)) => account(owner)?,
        (None, None) if arguments.signer_repo.is_some() || arguments.signer_workflow.is_some() => {
            return Err(Trouble::usage(
                "--repo or --owner is missing: every repository may call that workflow",
            )
            .try_this("add --repo OWNER/NAME"));
        }
        (None, None) => return Ok(None),
    };
    let pattern = match (&arguments.signer_workflow, &arguments.signer_repo) {
        (Some(path), _) => format!("{}@**", escaped(&address(&workflow(path)?))),
        (None, Some(repo)) => format!("{}/**", escaped(&address(&repository("--signer-repo", repo)?))),
        (None, None) => format!("{}/**", escaped(&address(&source))),
    };
    Ok(Some(ignoring_case("glob", &pattern)))
}

fn address(path: &str) -> String {
    format!("https://github.com/{path}")
}

fn ignoring_case(form: &str, text: &str) -> Tree {
    let mut tree = Tree::object();
    tree.set(form, text).set("ignoreCase", true);
    tree
}

/// Stars and backslashes of a name are themselves.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('*', "\\*")
}

fn account(text: &str) -> Result<String, Trouble> {
    path(text, |parts| parts == 1).ok_or_else(|| misspelt("--owner", text, "a name such as acme"))
}

fn repository(flag: &str, text: &str) -> Result<String, Trouble> {
    path(text, |parts| parts == 2).ok_or_else(|| misspelt(flag, text, "OWNER/NAME"))
}

fn workflow(text: &str) -> Result<String, Trouble> {
    path(text, |parts| parts > 2)
        .ok_or_else(|| misspelt("--signer-workflow", text, "OWNER/NAME/.github/workflows/FILE"))
}

/// A path on github.com, with or without the host; none of its parts is empty, climbs, or names a ref.
fn path(text: &str, count: impl Fn(usize) -> bool) -> Option<String> {
    let path = text.strip_prefix("https://").unwrap_or(text);
    let path = path.strip_prefix("github.com/").unwrap_or(path);
    let plain = |part: &str| {
        !matches!(part, "" | "." | "..")
            && part.chars().all(|character| character.is_ascii_graphic() && character != '@')
    };
    (count(path.split('/').count()) && path.split('/').all(plain)).then(|| path.to_owned())
}

fn misspelt(flag: &str, text: &str, form: &str) -> Trouble {
    Trouble::usage(format!("{flag} {} is not of the form it needs", foreign(text)))
        .try_this(format!("write {flag} as {form}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(arguments: &RepositoryArguments) -> String {
        String::from_utf8(workflows(arguments).unwrap().unwrap().encode()).unwrap()
    }

    #[test]
    fn patterns_end_where_a_name_ends() {
        let owner = RepositoryArguments { owner: Some("acme".into()), ..RepositoryArguments::default() };
        assert_eq!(pattern(&owner), r#"{"glob":"https://github.com/acme/**","ignoreCase":true}"#);
        let repo = RepositoryArguments {
            repo: Some("https://github.com/acme/app".into()),
            ..RepositoryArguments::default()
        };
        assert_eq!(pattern(&repo), r#"{"glob":"https://github.com/acme/app/**","ignoreCase":true}"#);
        let signer = RepositoryArguments { signer_repo: Some("acme/sign".into()), ..owner.clone() };
        assert_eq!(pattern(&signer), r#"{"glob":"https://github.com/acme/sign/**","ignoreCase":true}"#);
        let workflow = RepositoryArguments {
            signer_workflow: Some("github.com/acme/sign/.github/workflows/a*.yml".into()),
            ..owner
        };
        let expected =
            r#"{"glob":"https://github.com/acme/sign/.github/workflows/a\\*.yml@**","ignoreCase":true}"#;
        assert_eq!(pattern(&workflow), expected);
    }

    #[test]
    fn names_of_another_form_are_wrong_use() {
        for repo in ["", "acme", "acme/", "/app", "acme/app/x", "acme/..", "acme/a b", "gitlab.com/acme/app"]
        {
            let arguments = RepositoryArguments { repo: Some(repo.into()), ..RepositoryArguments::default() };
            assert!(claims(&arguments).is_err() && workflows(&arguments).is_err(), "{repo}");
        }
        let owner = RepositoryArguments { owner: Some("acme/app".into()), ..RepositoryArguments::default() };
        assert!(claims(&owner).is_err());
        for workflow in ["acme/app", "acme/app/w.yml@refs/heads/main"] {
            let arguments = RepositoryArguments {
                owner: Some("acme".into()),
                signer_workflow: Some(workflow.into()),
                ..RepositoryArguments::default()
            };
            assert!(workflows(&arguments).is_err(), "{workflow}");
        }
    }
}
