//! Everything that one verification is given, as plain data.

use cretula_verify::{Failure, Request, documents::parse_request};

use crate::json::Json;

/// What the caller has of an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GivenArtifact {
    /// Its bytes.
    Bytes(Vec<u8>),
    /// Digests: name of the algorithm, value as text.
    Digests(Vec<(String, String)>),
}

/// A managed key that the caller vouches for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GivenKey {
    /// Name under which the caller knows it.
    pub id: String,
    /// SubjectPublicKeyInfo, DER.
    pub key: Vec<u8>,
    /// Name of the registry.
    pub key_details: Option<String>,
    /// `der` or `p1363`.
    pub encoding: Option<String>,
    /// What it is for.
    pub usage: Option<String>,
    /// RFC 3339: start, end.
    pub valid_for: Option<(Option<String>, Option<String>)>,
}

/// Optional inputs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GivenOptions {
    /// Whether a short report is asked for.
    pub short: bool,
    /// Present time, in seconds since 1970.
    pub now: Option<u64>,
    /// Limits by name.
    pub limits: Vec<(String, u64)>,
    /// Nonce of the timestamp request, hex.
    pub nonce: Option<String>,
    /// Policy of the timestamp authority, dotted.
    pub tsa_policy: Option<String>,
    /// GeneralName of the timestamp authority, DER.
    pub tsa_name: Option<Vec<u8>>,
    /// A detached SCT.
    pub detached_sct: Option<Vec<u8>>,
}

/// One call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inputs {
    /// Bundle, JSON.
    pub bundle: Vec<u8>,
    /// Trusted roots, JSON.
    pub roots: Vec<Vec<u8>>,
    /// Managed keys.
    pub keys: Vec<GivenKey>,
    /// Policy, JSON.
    pub policy: Vec<u8>,
    /// What the caller has.
    pub artifacts: Vec<GivenArtifact>,
    /// The rest.
    pub options: GivenOptions,
}

impl Inputs {
    /// `cretula/verify-request/v1`.
    #[must_use]
    pub fn to_document(&self) -> Vec<u8> {
        self.to_json().encode()
    }

    pub(crate) fn to_json(&self) -> Json {
        let mut trust = Json::object([]);
        if !self.roots.is_empty() {
            trust.set("/roots", Json::List(self.roots.iter().map(|root| Json::bytes(root)).collect()));
        }
        if !self.keys.is_empty() {
            trust.set("/keys", Json::List(self.keys.iter().map(GivenKey::to_json).collect()));
        }
        let mut request = Json::object([
            ("schema", Json::text("cretula/verify-request/v1")),
            ("bundle", Json::bytes(&self.bundle)),
            ("trust", trust),
            ("policy", Json::bytes(&self.policy)),
        ]);
        if !self.artifacts.is_empty() {
            let artifacts = self.artifacts.iter().map(GivenArtifact::to_json).collect();
            request.set("/artifacts", Json::List(artifacts));
        }
        if self.options != GivenOptions::default() {
            request.set("/options", self.options.to_json());
        }
        request
    }

    /// The call as the verifier takes it.
    ///
    /// # Errors
    /// What the reader of requests refuses.
    pub fn to_request(&self) -> Result<Request, Failure> {
        parse_request(&self.to_document()).map(|(request, _)| request)
    }
}

impl GivenArtifact {
    fn to_json(&self) -> Json {
        match self {
            Self::Bytes(bytes) => Json::object([("bytes", Json::bytes(bytes))]),
            Self::Digests(digests) => {
                let members = digests.iter().map(|(name, value)| (name.clone(), Json::text(value)));
                Json::object([("digests", Json::Object(members.collect()))])
            }
        }
    }
}

impl GivenKey {
    fn to_json(&self) -> Json {
        let mut key = Json::object([("id", Json::text(&self.id)), ("key", Json::bytes(&self.key))]);
        let texts =
            [("/keyDetails", &self.key_details), ("/encoding", &self.encoding), ("/usage", &self.usage)];
        for (pointer, text) in texts {
            if let Some(text) = text {
                key.set(pointer, Json::text(text));
            }
        }
        if let Some((start, end)) = &self.valid_for {
            key.set("/validFor", Json::object([]));
            for (pointer, instant) in [("/validFor/start", start), ("/validFor/end", end)] {
                if let Some(instant) = instant {
                    key.set(pointer, Json::text(instant));
                }
            }
        }
        key
    }
}

impl GivenOptions {
    fn to_json(&self) -> Json {
        let mut options = Json::object([]);
        if self.short {
            options.set("/report", Json::text("short"));
        }
        if let Some(now) = self.now {
            options.set("/now", Json::number(now));
        }
        for (name, value) in &self.limits {
            options.set(&format!("/limits/{name}"), Json::number(*value));
        }
        let expected = [
            ("nonce", self.nonce.as_ref().map(Json::text)),
            ("tsaPolicy", self.tsa_policy.as_ref().map(Json::text)),
            ("tsaName", self.tsa_name.as_ref().map(|name| Json::bytes(name))),
            ("detachedSct", self.detached_sct.as_ref().map(|sct| Json::bytes(sct))),
        ];
        for (name, value) in expected {
            if let Some(value) = value {
                options.set(&format!("/expect/{name}"), value);
            }
        }
        options
    }
}
