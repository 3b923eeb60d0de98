//! Refs and paths inside claims. A path and a ref may hold `@`, so texts are cut where another claim says.
use alloc::string::{String, ToString};

use crate::claims::Claims;
use crate::error::{AttestError, ErrorKind};

/// Path of the top-level workflow: what stands in `workflow_ref` between `repository/` and `@ref`.
///
/// # Errors
/// `claims/missing`, `github/workflow-ref`.
pub(crate) fn workflow_path(claims: &Claims) -> Result<&str, AttestError> {
    let (repository, git_ref) = (claims.require("repository")?, claims.require("ref")?);
    let inside =
        claims.require("workflow_ref")?.strip_prefix(repository).and_then(|rest| rest.strip_prefix('/'));
    let path = inside.and_then(|rest| rest.strip_suffix(git_ref)).and_then(|rest| rest.strip_suffix('@'));
    path.filter(|path| !path.is_empty()).ok_or_else(|| {
        let detail = "expected repository, slash, path, @ and ref";
        AttestError::new(ErrorKind::GithubWorkflowRef, detail).at("/facts/claims/workflow_ref")
    })
}

/// Full ref of a branch or tag. `ref_path` has to agree with `ref` and `ref_type` if it is there.
///
/// # Errors
/// `claims/missing`, `gitlab/ref-type`.
pub(crate) fn gitlab_ref(claims: &Claims) -> Result<String, AttestError> {
    let (name, ref_type) = (claims.require("ref")?, claims.require("ref_type")?);
    let refuse = |pointer: &str| {
        let detail = "expected a branch or a tag";
        AttestError::new(ErrorKind::GitlabRefType, detail).at(pointer)
    };
    let full = match ref_type {
        "branch" => ["refs/heads/", name].concat(),
        "tag" => ["refs/tags/", name].concat(),
        _ => return Err(refuse("/facts/claims/ref_type")),
    };
    match claims.value("ref_path") {
        Some(path) if path != full => Err(refuse("/facts/claims/ref_path")),
        _ => Ok(full),
    }
}

/// URI and ref of the build configuration, from `ci_config_ref_uri` (without scheme).
///
/// Cut at the source's own ref if the text ends with it, else at the only `@refs/`.
///
/// # Errors
/// `claims/type` if that does not say where.
pub(crate) fn config_parts(claim: &str, source_ref: &str) -> Result<(String, String), AttestError> {
    let known =
        claim.strip_suffix(source_ref).and_then(|rest| rest.strip_suffix('@')).map(|uri| (uri, source_ref));
    let only = claim.split_once("@refs/").filter(|(_, rest)| !rest.contains("@refs/"));
    let only = only.and_then(|(uri, _)| Some((uri, claim.strip_prefix(uri)?.strip_prefix('@')?)));
    let (uri, git_ref) = known.or(only).ok_or_else(|| {
        let detail = "expected a path, @ and a full ref";
        AttestError::new(ErrorKind::ClaimsType, detail).at("/facts/claims/ci_config_ref_uri")
    })?;
    Ok((["https://", uri].concat(), git_ref.to_string()))
}

/// URL of the project in which a configuration is stored: what stands before `//` and the path.
pub(crate) fn config_project(uri: &str) -> Option<&str> {
    let host = uri.find("://")?.checked_add(3)?;
    let path = uri.get(host..)?.find("//")?.checked_add(host)?;
    uri.get(..path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;
    use crate::limits::Limits;
    use alloc::format;
    use cretula_encoding::fields::Field;

    fn claims(members: &str) -> Claims {
        let text = format!("{{{members}}}");
        Claims::read(Field::root(document::parse(text.as_bytes()).unwrap()), &Limits::default()).unwrap()
    }

    #[test]
    fn workflow_paths_may_hold_an_at_sign() {
        let path = |workflow_ref: &str| {
            let members =
                format!(r#""repository":"o/r","ref":"refs/heads/a@b","workflow_ref":"{workflow_ref}""#);
            workflow_path(&claims(&members)).map(String::from).map_err(|error| error.code())
        };
        assert_eq!(
            path("o/r/.github/workflows/x@y.yml@refs/heads/a@b").as_deref(),
            Ok(".github/workflows/x@y.yml")
        );
        for wrong in [
            "o/rx/w.yml@refs/heads/a@b",
            "o/r/w.yml@refs/heads/a",
            "o/r/w.ymlrefs/heads/a@b",
            "o/r/@refs/heads/a@b",
        ] {
            assert_eq!(path(wrong), Err("github/workflow-ref"), "{wrong}");
        }
    }

    #[test]
    fn refs_of_gitlab() {
        let full = |members: &str| gitlab_ref(&claims(members)).map_err(|error| error.code());
        assert_eq!(full(r#""ref":"main","ref_type":"branch""#).as_deref(), Ok("refs/heads/main"));
        assert_eq!(
            full(r#""ref":"v1","ref_type":"tag","ref_path":"refs/tags/v1""#).as_deref(),
            Ok("refs/tags/v1")
        );
        assert_eq!(full(r#""ref":"v1","ref_type":"commit""#), Err("gitlab/ref-type"));
        assert_eq!(
            full(r#""ref":"x","ref_type":"branch","ref_path":"refs/merge-requests/1/head""#),
            Err("gitlab/ref-type")
        );
        assert_eq!(full(r#""ref":"x""#), Err("claims/missing"));
    }

    #[test]
    fn configurations_are_cut_where_it_is_certain() {
        let parts = |claim: &str| config_parts(claim, "refs/heads/a@refs/b").map_err(|error| error.code());
        let pair = |uri: &str, git_ref: &str| Ok((uri.to_string(), git_ref.to_string()));
        assert_eq!(
            parts("g.example/p//x.yml@refs/heads/a@refs/b"),
            pair("https://g.example/p//x.yml", "refs/heads/a@refs/b")
        );
        assert_eq!(
            parts("g.example/q//x@y.yml@refs/tags/v1"),
            pair("https://g.example/q//x@y.yml", "refs/tags/v1")
        );
        assert_eq!(parts("g.example/q//x.yml@refs/heads/a@refs/c"), Err("claims/type"));
        assert_eq!(parts("g.example/q//x.yml"), Err("claims/type"));
        assert_eq!(config_project("https://g.example/a/b//c//d.yml"), Some("https://g.example/a/b"));
        assert_eq!(config_project("https://g.example/a/b"), None);
    }
}
