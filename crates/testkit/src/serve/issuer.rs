//! An issuer of ID tokens with three providers: GitHub-like, GitLab-like, e-mail (OpenID Connect Discovery 1.0).

use cretula_encoding::der::{self, Tag};

use crate::ca::COMMIT;
use crate::json::Json;
use crate::seed::Seed;
use crate::signing_key::{Algorithm, SigningKey};

use super::id_token::{IdToken, url_safe};
use super::message::{HttpReply, HttpRequest};

/// Audience of tokens for Fulcio.
pub const AUDIENCE: &str = "sigstore";
/// Server of the GitHub-like provider.
pub const GITHUB_SERVER: &str = "https://github.com";
/// Server of the GitLab-like provider.
pub const GITLAB_SERVER: &str = "https://gitlab.example.com";

/// Seconds for which tokens are valid.
const LIFETIME: u64 = 600;

/// Whose tokens these are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Provider {
    Email,
    GitHub,
    GitLab,
}

impl Provider {
    const ALL: [Self; 3] = [Self::Email, Self::GitHub, Self::GitLab];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::GitHub => "github",
            Self::GitLab => "gitlab",
        }
    }
}

/// The issuer.
#[derive(Debug, Clone)]
pub(super) struct Issuer {
    base: String,
    key: SigningKey,
}

impl Issuer {
    /// An issuer at this URL; `algorithm` is P-256 (ES256) or RSA (RS256).
    pub(super) fn new(seed: &Seed, base: &str, algorithm: Algorithm) -> Self {
        assert!(matches!(algorithm, Algorithm::P256 | Algorithm::Rsa(_)), "ES256 or RS256");
        Self { base: base.into(), key: SigningKey::derive(seed, "issuer", algorithm) }
    }

    pub(super) fn url(&self, provider: Provider) -> String {
        format!("{}/{}", self.base, provider.name())
    }

    pub(super) fn provider(&self, issuer: &str) -> Option<Provider> {
        Provider::ALL.into_iter().find(|provider| self.url(*provider) == issuer)
    }

    pub(super) fn move_to(&mut self, base: &str) {
        self.base = base.into();
    }

    pub(super) const fn key(&self) -> &SigningKey {
        &self.key
    }

    pub(super) const fn algorithm(&self) -> &'static str {
        if matches!(self.key.algorithm(), Algorithm::Rsa(_)) { "RS256" } else { "ES256" }
    }

    pub(super) const fn key_id(&self) -> &'static str {
        if matches!(self.key.algorithm(), Algorithm::Rsa(_)) { "rsa1" } else { "ec1" }
    }

    pub(super) fn answer(&self, request: &HttpRequest) -> HttpReply {
        if request.method != "GET" {
            return HttpReply::refusal(405, 12, "Method Not Allowed");
        }
        for provider in Provider::ALL {
            let Some(rest) = request.path.strip_prefix(&format!("/{}", provider.name())) else { continue };
            match rest {
                "/.well-known/openid-configuration" => {
                    return HttpReply::json(200, &self.discovery(provider));
                }
                "/keys" => {
                    return HttpReply::json(200, &self.key_set());
                }
                _ => {}
            }
        }
        HttpReply::not_found()
    }

    fn discovery(&self, provider: Provider) -> Json {
        let url = self.url(provider);
        let list = |text: &str| Json::List(vec![Json::text(text)]);
        Json::object([
            ("issuer", Json::text(&url)),
            ("authorization_endpoint", Json::text(format!("{url}/auth"))),
            ("token_endpoint", Json::text(format!("{url}/token"))),
            ("jwks_uri", Json::text(format!("{url}/keys"))),
            ("response_types_supported", list("id_token")),
            ("subject_types_supported", list("public")),
            ("id_token_signing_alg_values_supported", list(self.algorithm())),
        ])
    }

    /// RFC 7517 §5.
    pub(super) fn key_set(&self) -> Json {
        Json::object([("keys", Json::List(vec![self.jwk()]))])
    }

    /// RFC 7517, RFC 7518 §6.
    fn jwk(&self) -> Json {
        let usage = [("use", "sig"), ("alg", self.algorithm()), ("kid", self.key_id())];
        let mut key = Json::object(usage.map(|(name, value)| (name, Json::text(value))));
        if matches!(self.key.algorithm(), Algorithm::Rsa(_)) {
            let pkcs1 = self.key.pkcs1();
            let mut numbers = der::single(&pkcs1, Tag::SEQUENCE).expect("a key").reader();
            let mut number =
                || numbers.expect(Tag::INTEGER).and_then(|n| n.unsigned()).expect("a number").to_vec();
            let (modulus, exponent) = (number(), number());
            key.set("/kty", Json::text("RSA"));
            key.set("/n", Json::text(url_safe(&modulus)));
            key.set("/e", Json::text(url_safe(&exponent)));
        } else {
            let spki = self.key.spki();
            let point = &spki[spki.len() - 64..];
            key.set("/kty", Json::text("EC"));
            key.set("/crv", Json::text("P-256"));
            key.set("/x", Json::text(url_safe(&point[..32])));
            key.set("/y", Json::text(url_safe(&point[32..])));
        }
        key
    }

    /// A token of this provider, made at `now`, with claims of its usual form.
    pub(super) fn token(&self, provider: Provider, now: u64) -> IdToken {
        let header = [("alg", self.algorithm()), ("kid", self.key_id()), ("typ", "JWT")];
        let mut claims = Json::object([
            ("iss", Json::text(self.url(provider))),
            ("aud", Json::text(AUDIENCE)),
            ("iat", Json::number(now)),
            ("nbf", Json::number(now - 5)),
            ("exp", Json::number(now + LIFETIME)),
            ("jti", Json::text(format!("{}-{now}", provider.name()))),
        ]);
        let own: &[(&str, &str)] = match provider {
            Provider::Email => &[("sub", "CgVhbGljZRIFbG9jYWw"), ("email", "alice@example.com")],
            Provider::GitHub => &GITHUB_CLAIMS,
            Provider::GitLab => &GITLAB_CLAIMS,
        };
        for (name, value) in own {
            claims.set(&format!("/{name}"), Json::text(*value));
        }
        if provider == Provider::Email {
            claims.set("/email_verified", Json::bool(true));
        }
        IdToken {
            header: Json::object(header.map(|(name, value)| (name, Json::text(value)))),
            claims,
            key: self.key.clone(),
        }
    }
}

/// A release workflow that calls itself, as in [`crate::Identity::workflow`].
const GITHUB_CLAIMS: [(&str, &str); 21] = [
    ("sub", "repo:acme/app:environment:release"),
    ("repository", "acme/app"),
    ("repository_owner", "acme"),
    ("repository_id", "1001"),
    ("repository_owner_id", "77"),
    ("repository_visibility", "public"),
    ("ref", "refs/tags/v1.2.3"),
    ("ref_type", "tag"),
    ("ref_protected", "true"),
    ("sha", COMMIT),
    ("workflow", "release"),
    ("workflow_ref", "acme/app/.github/workflows/release.yml@refs/tags/v1.2.3"),
    ("workflow_sha", COMMIT),
    ("job_workflow_ref", "acme/app/.github/workflows/release.yml@refs/tags/v1.2.3"),
    ("job_workflow_sha", COMMIT),
    ("event_name", "push"),
    ("run_id", "9001"),
    ("run_number", "42"),
    ("run_attempt", "1"),
    ("runner_environment", "github-hosted"),
    ("environment", "release"),
];

const GITLAB_CLAIMS: [(&str, &str); 17] = [
    ("sub", "project_path:acme/app:ref_type:branch:ref:main"),
    ("namespace_id", "72"),
    ("namespace_path", "acme"),
    ("project_id", "2022"),
    ("project_path", "acme/app"),
    ("project_visibility", "private"),
    ("pipeline_id", "574"),
    ("pipeline_source", "push"),
    ("job_id", "302"),
    ("ref", "main"),
    ("ref_type", "branch"),
    ("ref_path", "refs/heads/main"),
    ("ref_protected", "true"),
    ("runner_environment", "gitlab-hosted"),
    ("sha", COMMIT),
    ("ci_config_ref_uri", "gitlab.example.com/acme/app//.gitlab-ci.yml@refs/heads/main"),
    ("ci_config_sha", COMMIT),
];
