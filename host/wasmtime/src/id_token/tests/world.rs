//! Issuers of a virtual Sigstore, and what a host is configured to accept of them.

use cretula_testkit::serve::{HttpRequest, IdToken as Draft, Place, Services};
use cretula_testkit::{Algorithm, Instance, Json, Seed, SigningKey};

use crate::id_token::{IdToken, IssuerConfig, Jwks, KeySets, Provider, Rule, VerifiedToken, verify_id_token};

pub(super) const NOW: u64 = 1_767_225_600;
pub(super) const AUDIENCE: &str = "https://signer.example";

/// The virtual services, at [`NOW`].
pub(super) struct World {
    pub(super) services: Services,
    pub(super) issuers: Vec<IssuerConfig>,
    pub(super) keys: KeySets,
}

pub(super) fn issuer(name: &str, provider: Provider) -> IssuerConfig {
    IssuerConfig {
        issuer: format!("https://issuer.example/{name}"),
        provider,
        server: "https://github.com".into(),
        audience: AUDIENCE.into(),
        max_lifetime_secs: 900,
        attestations_per_token: 1,
    }
}

impl World {
    pub(super) fn new() -> Self {
        let mut services = Services::new(Instance::new(Seed::new([7; 32]), NOW));
        let mut keys = KeySets::default();
        let names = [("github", Provider::Github), ("gitlab", Provider::Gitlab), ("email", Provider::Other)];
        let issuers = names.map(|(name, provider)| issuer(name, provider)).to_vec();
        for ((name, _), issuer) in names.iter().zip(&issuers) {
            let reply = services.answer(Place::Issuer, &HttpRequest::get(&format!("/{name}/keys"))).reply;
            keys = keys.with(&issuer.issuer, parse(&reply.body));
        }
        Self { services, issuers, keys }
    }

    /// A token of a GitHub job for this host.
    pub(super) fn github(&self) -> Draft {
        for_us(self.services.github_token())
    }

    /// A token of a GitLab job for this host.
    pub(super) fn gitlab(&self) -> Draft {
        for_us(self.services.gitlab_token())
    }

    /// A token of a person for this host.
    pub(super) fn email(&self) -> Draft {
        for_us(self.services.email_token())
    }

    /// The verdict on a token in its compact form: the rule that was broken.
    pub(super) fn verify(&self, text: &str) -> Result<VerifiedToken, Rule> {
        self.verify_at(text, NOW)
    }

    pub(super) fn verify_at(&self, text: &str, now: u64) -> Result<VerifiedToken, Rule> {
        let token = IdToken::new(text.as_bytes().to_vec()).map_err(|error| error.rule())?;
        verify_id_token(&token, &self.issuers, &self.keys, now).map_err(|error| error.rule())
    }

    /// The same world with other keys of the GitHub-like issuer.
    pub(super) fn with_keys(mut self, keys: &[Json]) -> Self {
        let text = key_set(keys);
        self.keys = self.keys.with("https://issuer.example/github", parse(&text));
        self
    }
}

fn for_us(mut token: Draft) -> Draft {
    token.claims.set("/aud", Json::text(AUDIENCE));
    token
}

fn parse(text: &[u8]) -> Jwks {
    Jwks::parse(text).expect("a key set")
}

pub(super) fn key_set(keys: &[Json]) -> Vec<u8> {
    Json::object([("keys", Json::List(keys.to_vec()))]).encode()
}

pub(super) fn signing_key(name: &str, algorithm: Algorithm) -> SigningKey {
    SigningKey::derive(&Seed::new([9; 32]), name, algorithm)
}

pub(super) fn url_safe(bytes: &[u8]) -> String {
    cretula_encoding::base64::encode(bytes).trim_end_matches('=').replace('+', "-").replace('/', "_")
}

/// The key as a JSON Web Key.
#[expect(clippy::arithmetic_side_effects, reason = "lengths of keys of the test")]
pub(super) fn jwk(key: &SigningKey, key_id: &str) -> Json {
    let spki = key.spki();
    let last = |length: usize| &spki[spki.len() - length..];
    let mut jwk = Json::object([("kid", Json::text(key_id)), ("use", Json::text("sig"))]);
    let mut set = |name: &str, value: &str| {
        jwk.set(&format!("/{name}"), Json::text(value));
    };
    match key.algorithm() {
        Algorithm::P256 | Algorithm::P384 | Algorithm::P521 => {
            let (curve, width) = match key.algorithm() {
                Algorithm::P256 => ("P-256", 32),
                Algorithm::P384 => ("P-384", 48),
                Algorithm::P521 | Algorithm::Ed25519 | Algorithm::Rsa(_) => ("P-521", 66),
            };
            let point = last(2 * width);
            set("kty", "EC");
            set("crv", curve);
            set("x", &url_safe(&point[..width]));
            set("y", &url_safe(&point[width..]));
        }
        Algorithm::Ed25519 => {
            set("kty", "OKP");
            set("crv", "Ed25519");
            set("x", &url_safe(last(32)));
        }
        Algorithm::Rsa(_) => {
            use cretula_encoding::der::{Tag, single};
            let pkcs1 = key.pkcs1();
            let mut numbers = single(&pkcs1, Tag::SEQUENCE).expect("a key").reader();
            let mut number =
                || numbers.expect(Tag::INTEGER).and_then(|n| n.unsigned()).expect("a number").to_vec();
            set("kty", "RSA");
            set("n", &url_safe(&number()));
            set("e", &url_safe(&number()));
        }
    }
    jwk
}
