//! Build types: what provenance says about a build, and where each part comes from.
use alloc::borrow::Cow;

use crate::base::base;
use crate::claim_table::Paths;
use crate::error::AttestError;

mod draft;
mod generic;
mod github;
mod gitlab;
mod provenance;
mod schema;
mod schemas;
mod sources;

pub(crate) use provenance::build_provenance;
pub use schema::{Class, Parameter, ParameterType, Schema};

/// The build types that are built in, and all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuildType {
    /// A build in a container.
    Container,
    /// GitHub's own attestations.
    GithubActions,
    /// The community's type for GitHub Actions: the default there.
    GithubCommunity,
    /// The type of GitLab's own generator.
    GitlabCompat,
    /// Ours for GitLab: the default there.
    GitlabControlPlane,
    /// Defined by a schema of the host.
    HostDefined,
}

impl BuildType {
    /// Build types with a schema of their own.
    pub const BUILT_IN: [Self; 5] = [
        Self::Container,
        Self::GithubActions,
        Self::GithubCommunity,
        Self::GitlabCompat,
        Self::GitlabControlPlane,
    ];

    /// The type with this URI.
    #[must_use]
    pub fn of(uri: &str) -> Self {
        let is_it = |known: &Self| known.uri() == Some(uri);
        Self::BUILT_IN.into_iter().find(is_it).unwrap_or(Self::HostDefined)
    }

    /// URI of a type that is built in.
    #[must_use]
    pub const fn uri(self) -> Option<&'static str> {
        match self {
            Self::Container => Some("https://slsa.dev/container-based-build/v0.1?draft"),
            Self::GithubActions => Some("https://actions.github.io/buildtypes/workflow/v1"),
            Self::GithubCommunity => {
                Some("https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1")
            }
            Self::GitlabCompat => Some("https://docs.gitlab.com/ci/pipeline_security/slsa/provenance_v1"),
            Self::GitlabControlPlane => Some(concat!(base!(), "/build-types/gitlab-job/v1")),
            Self::HostDefined => None,
        }
    }

    /// Schema of a type that is built in.
    ///
    /// # Errors
    /// None for texts that the tests have read.
    pub fn schema(self) -> Result<Option<Schema>, AttestError> {
        schemas::text(self).map(Schema::parse_built_in).transpose()
    }

    /// Where claims stand in its predicates.
    #[must_use]
    pub const fn paths(self) -> Paths {
        match self {
            Self::GithubActions | Self::GithubCommunity => Paths::Github,
            Self::GitlabControlPlane => Paths::Gitlab,
            Self::GitlabCompat => Paths::GitlabCompat,
            Self::Container | Self::HostDefined => Paths::Unknown,
        }
    }

    /// Whether parameters come from a token of GitHub.
    pub(crate) const fn is_github(self) -> bool {
        matches!(self, Self::GithubActions | Self::GithubCommunity)
    }
}

/// The schema of a build type: a built-in one, or one of the configuration.
pub(crate) fn schema_of<'c>(
    config: &'c crate::config::Config,
    uri: &str,
) -> Result<Option<Cow<'c, Schema>>, AttestError> {
    match BuildType::of(uri).schema()? {
        Some(schema) => Ok(Some(Cow::Owned(schema))),
        None => Ok(config.schema(uri).map(Cow::Borrowed)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_type_has_its_schema() {
        for known in BuildType::BUILT_IN {
            let schema = known.schema().unwrap().unwrap();
            assert_eq!(Some(schema.build_type()), known.uri());
            assert_eq!(BuildType::of(schema.build_type()), known);
        }
        assert_eq!(BuildType::of("https://ci.example/bt/v1"), BuildType::HostDefined);
        assert!(BuildType::HostDefined.schema().unwrap().is_none());
    }
}
