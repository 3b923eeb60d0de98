//! A host in memory: keys, the virtual Sigstore, and a clock that only moves when something waits.

use std::collections::BTreeMap;

use cretula_attest::machine::{
    self, Action, ExchangeRequest, HostError, KeyReply, Reply, ServiceReply, SignatureReply, Step,
};
use cretula_attest::parse_request;
use cretula_crypto::{KeyDetails, SignatureScheme};
use cretula_encoding::time::Time;
use cretula_testkit::serve::{HttpRequest, Manner, Place, Services};
use cretula_testkit::{Algorithm, Instance, Seed, SigningKey};
use cretula_verify::RootMemo;
use serde_json::{Value, json};

/// 2026-01-01T00:00:00Z.
pub(crate) const NOW: u64 = 1_767_225_600;
pub(crate) const SHA256: &str = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";

/// A key of the host.
#[derive(Clone)]
pub(crate) struct HostKey {
    pub(crate) key: SigningKey,
    pub(crate) details: KeyDetails,
    pub(crate) version: Option<String>,
}

/// What a key does with the next signature.
pub(crate) type KeyLie = Box<dyn FnMut(SignatureReply) -> Reply>;

/// The host.
pub(crate) struct World {
    pub(crate) services: Services,
    pub(crate) keys: BTreeMap<String, HostKey>,
    /// Ephemeral keys made so far.
    pub(crate) ephemeral: u32,
    /// Algorithm of ephemeral keys.
    pub(crate) ephemeral_details: KeyDetails,
    pub(crate) request: Value,
    pub(crate) roots: RootMemo,
    pub(crate) key_lie: Option<KeyLie>,
    /// Configuration for `need-config`.
    pub(crate) fresh_trust: Option<Value>,
    /// Kinds of the actions so far.
    pub(crate) steps: Vec<&'static str>,
    /// Every state that was handed out.
    pub(crate) states: Vec<Vec<u8>>,
}

impl World {
    /// A request for provenance of a GitHub workflow in this profile.
    pub(crate) fn new(profile: &str) -> Self {
        Self::with_seed(profile, 7)
    }

    pub(crate) fn with_seed(profile: &str, seed: u8) -> Self {
        let instance = Instance::new(Seed::new([seed; 32]), NOW);
        let services = Services::new(instance);
        let mut world = Self {
            request: Value::Null,
            services,
            keys: BTreeMap::new(),
            ephemeral: 0,
            ephemeral_details: KeyDetails::PKIX_ECDSA_P256_SHA_256,
            roots: RootMemo::default(),
            key_lie: None,
            fresh_trust: None,
            steps: Vec::new(),
            states: Vec::new(),
        };
        world.request = request(&world, profile);
        world.add_key("managed", Algorithm::P256, KeyDetails::PKIX_ECDSA_P256_SHA_256);
        let authority = world.services.instance().certificate_authorities[0].issuer().key.clone();
        world.keys.insert(
            "authority".into(),
            HostKey { key: authority, details: KeyDetails::PKIX_ECDSA_P256_SHA_256, version: None },
        );
        world
    }

    pub(crate) fn add_key(&mut self, name: &str, algorithm: Algorithm, details: KeyDetails) {
        let key = SigningKey::derive(&Seed::new([1; 32]), name, algorithm);
        self.keys.insert(name.into(), HostKey { key, details, version: Some("1".into()) });
    }

    /// The mode of the request.
    pub(crate) fn mode(&mut self) -> &mut Value {
        &mut self.request["config"]["modes"]["m"]
    }

    /// The signing configuration of the request.
    pub(crate) fn signing_config(&mut self) -> &mut Value {
        &mut self.request["trust"]["signingConfig"]
    }

    pub(crate) fn now(&self) -> u64 {
        self.services.clock().now()
    }

    pub(crate) fn time(&self) -> Time {
        Time::from_secs(self.now()).unwrap()
    }

    pub(crate) fn begin(&mut self) -> Step {
        let request = serde_json::to_vec(&self.request).unwrap();
        let request = parse_request(&request).unwrap_or_else(|error| panic!("{error}"));
        let now = self.time();
        let step = machine::begin(&request, now, &mut self.roots);
        self.note(&step);
        step
    }

    pub(crate) fn resume(&mut self, step: &Step, reply: Reply) -> Step {
        let now = self.time();
        let step = machine::resume(&step.state, step.id, reply, now, &mut self.roots);
        self.note(&step);
        step
    }

    fn note(&mut self, step: &Step) {
        self.steps.push(kind(&step.action));
        self.states.push(step.state.clone());
    }

    /// From the request to the end.
    pub(crate) fn run(&mut self) -> Step {
        let step = self.begin();
        self.go_on(step)
    }

    /// From a step to the end.
    pub(crate) fn go_on(&mut self, mut step: Step) -> Step {
        for _ in 0..200 {
            let Some(reply) = self.perform(&step.action) else { return step };
            step = self.resume(&step, reply);
        }
        panic!("no end after 200 steps: {:?}", self.steps);
    }

    /// Performs an action; `None` at the end of a run.
    pub(crate) fn perform(&mut self, action: &Action) -> Option<Reply> {
        match action {
            Action::NeedConfig { .. } => Some(match &self.fresh_trust {
                Some(trust) => Reply::Config(serde_json::to_vec(trust).unwrap()),
                None => Reply::Error(HostError::Unavailable),
            }),
            Action::NeedExchange { requests } => {
                let wait = requests.iter().map(|request| request.delay_ms).max().unwrap_or(0);
                self.wait(wait);
                Some(Reply::Exchange(requests.iter().map(|request| self.send(request)).collect()))
            }
            Action::NeedKey { key, delay_ms, .. } => {
                self.wait(*delay_ms);
                Some(self.open(key))
            }
            Action::NeedSignature { key, message, delay_ms } => {
                self.wait(*delay_ms);
                Some(self.sign(key, message))
            }
            Action::Done(_) | Action::Failed(_) => None,
        }
    }

    pub(crate) fn wait(&self, millis: u32) {
        self.services.clock().advance(u64::from(millis.div_ceil(1000)));
    }

    fn open(&mut self, name: &str) -> Reply {
        if name == "ephemeral" {
            self.ephemeral += 1;
        }
        let Some(key) = self.key(name) else { return Reply::Error(HostError::Denied) };
        Reply::Key(KeyReply {
            public_key: key.key.spki(),
            algorithm: key.details.name().into(),
            key_id: name.into(),
            version: key.version,
            chain: Vec::new(),
        })
    }

    fn key(&self, name: &str) -> Option<HostKey> {
        if name != "ephemeral" {
            return self.keys.get(name).cloned();
        }
        let algorithm = match self.ephemeral_details {
            KeyDetails::PKIX_ECDSA_P384_SHA_384 => Algorithm::P384,
            _ => Algorithm::P256,
        };
        let key =
            SigningKey::derive(&Seed::new([2; 32]), &format!("ephemeral {}", self.ephemeral), algorithm);
        Some(HostKey { key, details: self.ephemeral_details, version: None })
    }

    fn sign(&mut self, name: &str, message: &[u8]) -> Reply {
        let Some(key) = self.key(name) else { return Reply::Error(HostError::Denied) };
        let scheme = key.details.scheme();
        let encoding = if matches!(scheme, SignatureScheme::Ecdsa(_)) { "der" } else { "raw" };
        let reply = SignatureReply {
            signature: key.key.sign(scheme, message),
            encoding: encoding.into(),
            version: key.version,
        };
        match &mut self.key_lie {
            Some(lie) => lie(reply),
            None => Reply::Signature(reply),
        }
    }

    /// Sends a request as a host does: no redirects, at most 1 MiB, no compression.
    pub(crate) fn send(&mut self, request: &ExchangeRequest) -> Result<ServiceReply, HostError> {
        // No service is there: the host knows that and does not even try.
        let Some((place, path)) = self.place(&request.url) else { return Err(HostError::Denied) };
        let mut http = match request.method {
            "GET" => HttpRequest::get(&path),
            _ => HttpRequest::post(&path, request.content_type, request.body.clone()),
        };
        if request.with_token {
            let token = self.services.github_token().encode();
            http = http.with_header("authorization", &format!("Bearer {token}"));
        }
        let delivery = self.services.answer(place, &http);
        match delivery.manner {
            Manner::Whole | Manner::Slow { .. } | Manner::Drip { .. } => {}
            Manner::Truncated | Manner::Closed => return Err(HostError::Unavailable),
            Manner::Hang => {
                self.wait(request.timeout_ms);
                return Err(HostError::TimedOut);
            }
        }
        let reply = delivery.reply;
        if (300..400).contains(&reply.status) {
            return Err(HostError::Redirected);
        }
        if reply.body.len() > 1 << 20 || reply.header("content-encoding").is_some() {
            return Err(HostError::TooLarge);
        }
        Ok(ServiceReply {
            status: reply.status,
            content_type: reply.header("content-type").unwrap_or_default().into(),
            location: reply.header("location").map(Into::into),
            retry_after: reply.header("retry-after").and_then(|secs| secs.parse().ok()),
            log_index: reply.header("x-log-index").and_then(|index| index.parse().ok()),
            body: reply.body,
        })
    }

    /// The service of a URL, and the path there.
    pub(crate) fn place(&self, url: &str) -> Option<(Place, String)> {
        self.services.places().into_iter().find_map(|place| {
            let path = url.strip_prefix(self.services.url(place))?;
            path.starts_with('/').then(|| (place, path.to_owned()))
        })
    }
}

/// Name of the kind of an action.
pub(crate) fn kind(action: &Action) -> &'static str {
    match action {
        Action::NeedConfig { .. } => "need-config",
        Action::NeedExchange { requests } => {
            requests.first().map_or("need-nothing", |request| request.service.name())
        }
        Action::NeedKey { .. } => "need-key",
        Action::NeedSignature { .. } => "need-signature",
        Action::Done(_) => "done",
        Action::Failed(_) => "failed",
    }
}

fn request(world: &World, profile: &str) -> Value {
    let services = &world.services;
    let token = services.github_token();
    let claims: Value = serde_json::from_slice(&token.claims.encode()).unwrap();
    let issuer = claims["iss"].clone();
    let is_managed = profile.starts_with("managed");
    let mut mode = json!({
        "buildType": "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1",
        "builderId": "claim",
        "key": if is_managed { "managed" } else { "ephemeral" },
        "profile": profile,
        "predicates": ["provenance", "spdx", "raw"],
        "issuer": issuer,
        "signers": [{
            "workflow": "https://github.com/acme/app/.github/workflows/release.yml",
            "ref": "refs/tags/v1.2.3"
        }]
    });
    match profile {
        "public-v1" => mode["maxRekorVersion"] = json!(1),
        "private-ca" => mode["caKey"] = json!("authority"),
        "managed-offline" => mode["offline"] = json!(true),
        _ => {}
    }
    let parse = |json: Vec<u8>| serde_json::from_slice::<Value>(&json).unwrap();
    let mut signing_config = parse(services.signing_config().encode());
    if matches!(profile, "tsa" | "private-ca") {
        signing_config["rekorTlogUrls"] = json!([]);
    }
    json!({
        "schema": "cretula/attest-request/v1",
        "mode": "m",
        "entropy": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "config": {
            "schema": "cretula/config/v1",
            "modes": {"m": mode},
            "buildTypes": [],
            "issuers": [{"issuer": issuer, "provider": "github", "server": "https://github.com", "audience": "cretula"}]
        },
        "trust": {
            "mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
            "trustedRoot": parse(services.trusted_root().encode()),
            "signingConfig": signing_config
        },
        "facts": {
            "origin": "verified-token",
            "claims": claims,
            "event": {},
            "record": {},
            "moduleDigest": {"sha256": SHA256}
        },
        "tenant": {
            "subjects": [{"name": "app.tgz", "digest": {"sha256": SHA256}}],
            "resolvedDependencies": [],
            "byproducts": [],
            "declared": {}
        },
        "predicate": {"kind": "provenance"}
    })
}
