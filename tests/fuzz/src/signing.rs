//! Signing runs: real states, and what an honest host would answer, made with the virtual Sigstore.

use std::sync::OnceLock;

use cretula_attest::machine::{self, Action, ExchangeRequest, Reply, Step};
use cretula_attest::parse_request;
use cretula_crypto::{HashAlgorithm, KeyDetails};
use cretula_encoding::time::Time;
use cretula_testkit::serve::{HttpRequest, Lie, Manner, Place, RekorV2Lie, Services, TransportLie};
use cretula_testkit::{Algorithm, Instance, Json, Seed, SigningKey};
use cretula_verify::RootMemo;

/// 2026-01-01T00:00:00Z.
pub(crate) const NOW: u64 = 1_767_225_600;
/// Head and content of the last item of a state, a digest of what stands before.
const CHECKSUM_BYTES: usize = 34;
const SCHEMA: &[u8] = b"cretula/state/v1";

/// A run before one of its actions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recorded {
    pub(crate) state: Vec<u8>,
    /// Number of the pending action.
    pub(crate) id: u64,
    /// `cretula/reply/v1` of an honest host.
    pub(crate) reply: Vec<u8>,
}

/// Every step of a run in each profile, of one that reads its entry from the log, and of one whose log is frozen.
pub(crate) fn recorded() -> &'static [Recorded] {
    static RECORDED: OnceLock<Vec<Recorded>> = OnceLock::new();
    RECORDED.get_or_init(|| {
        let honest = ["public-v1", "public-v2", "tsa", "managed", "managed-offline", "private-ca"];
        let mut all: Vec<Recorded> = honest
            .iter()
            .flat_map(|profile| Host::new(profile, KeyDetails::PKIX_ECDSA_P256_SHA_256).run())
            .collect();
        for (profile, details, lie) in [
            ("managed", KeyDetails::PKIX_ED25519_PH, Lie::from(TransportLie::LostReply)),
            ("public-v2", KeyDetails::PKIX_ECDSA_P256_SHA_256, Lie::from(RekorV2Lie::Frozen)),
        ] {
            let mut host = Host::new(profile, details);
            host.services.lie(Place::RekorV2(0), lie, 1);
            all.extend(host.run());
        }
        all
    })
}

/// Requests to begin with.
pub(crate) fn requests() -> Vec<Vec<u8>> {
    let profiles = ["public-v1", "public-v2", "tsa", "managed", "managed-offline", "private-ca"];
    profiles.map(|profile| Host::new(profile, KeyDetails::PKIX_ECDSA_P256_SHA_256).request.encode()).to_vec()
}

/// A state with the digest that belongs to it.
pub(crate) fn sealed(state: &[u8]) -> Vec<u8> {
    let content = &state[..state.len().saturating_sub(CHECKSUM_BYTES)];
    let digest = HashAlgorithm::Sha256.digest(&[SCHEMA, content]);
    [content, &[0x58, 0x20], digest.as_bytes()].concat()
}

struct Host {
    services: Services,
    request: Json,
    managed: SigningKey,
    details: KeyDetails,
}

impl Host {
    fn new(profile: &str, details: KeyDetails) -> Self {
        let services = Services::new(Instance::new(Seed::new([7; 32]), NOW));
        let algorithm =
            if details == KeyDetails::PKIX_ED25519_PH { Algorithm::Ed25519 } else { Algorithm::P256 };
        Self { request: request(&services, profile), managed: key("managed", algorithm), services, details }
    }

    fn run(mut self) -> Vec<Recorded> {
        let mut roots = RootMemo::default();
        let now = Time::from_secs(NOW).expect("a time");
        let request = parse_request(&self.request.encode()).expect("a request");
        let mut step = machine::begin(&request, now, &mut roots);
        let mut all = Vec::new();
        while let Some((reply, document)) = self.perform(&step) {
            all.push(Recorded { state: step.state.clone(), id: step.id, reply: document });
            step = machine::resume(&step.state, step.id, reply, now, &mut roots);
        }
        assert!(matches!(step.action, Action::Done(_)), "{:?}", step.action);
        let again = object(step.id, [("type", Json::text("again"))]);
        all.push(Recorded { state: step.state, id: step.id, reply: again });
        all
    }

    /// The reply, and its document.
    fn perform(&mut self, step: &Step) -> Option<(Reply, Vec<u8>)> {
        let document = match &step.action {
            Action::NeedConfig { .. } => object(step.id, [("trust", self.request.at("/trust").clone())]),
            Action::NeedExchange { requests } => {
                let replies = requests.iter().map(|request| self.send(request)).collect();
                object(step.id, [("replies", Json::List(replies))])
            }
            Action::NeedKey { key, .. } => {
                let (key, details) = self.key(key);
                let public_key = ("publicKey", Json::bytes(&key.spki()));
                object(step.id, [public_key, ("algorithm", Json::text(details.name()))])
            }
            Action::NeedSignature { key, message, .. } => {
                let (key, details) = self.key(key);
                let encoding = if details == KeyDetails::PKIX_ED25519_PH { "raw" } else { "der" };
                let signature = ("signature", Json::bytes(&key.sign(details.scheme(), message)));
                object(step.id, [signature, ("encoding", Json::text(encoding))])
            }
            Action::Done(_) | Action::Failed(_) => return None,
        };
        let (_, reply) = machine::parse_reply(&document).expect("a reply");
        Some((reply, document))
    }

    fn key(&self, name: &str) -> (SigningKey, KeyDetails) {
        let p256 = KeyDetails::PKIX_ECDSA_P256_SHA_256;
        match name {
            "managed" => (self.managed.clone(), self.details),
            "authority" => (self.services.instance().certificate_authorities[0].issuer().key.clone(), p256),
            _ => (key("ephemeral", Algorithm::P256), p256),
        }
    }

    fn send(&mut self, request: &ExchangeRequest) -> Json {
        let found = self.services.places().into_iter().find_map(|place| {
            let path = request.url.strip_prefix(self.services.url(place))?;
            Some((place, path.to_owned()))
        });
        let (place, path) = found.expect("a service");
        let mut http = match request.method {
            "GET" => HttpRequest::get(&path),
            _ => HttpRequest::post(&path, request.content_type, request.body.clone()),
        };
        if request.with_token {
            http = http
                .with_header("authorization", &format!("Bearer {}", self.services.github_token().encode()));
        }
        let delivery = self.services.answer(place, &http);
        if delivery.manner != Manner::Whole {
            let kind = Json::object([("kind", Json::text("unavailable"))]);
            return Json::object([("error", kind)]);
        }
        let reply = delivery.reply;
        let mut document = Json::object([
            ("status", Json::number(reply.status.into())),
            ("contentType", Json::text(reply.header("content-type").unwrap_or_default())),
            ("body", Json::bytes(&reply.body)),
        ]);
        if let Some(index) = reply.header("x-log-index") {
            document.set("/logIndex", Json::number(index.parse().expect("an index")));
        }
        document
    }
}

fn key(name: &str, algorithm: Algorithm) -> SigningKey {
    SigningKey::derive(&Seed::new([1; 32]), name, algorithm)
}

fn object<const N: usize>(id: u64, members: [(&str, Json); N]) -> Vec<u8> {
    let mut document = Json::object([("schema", Json::text("cretula/reply/v1")), ("id", Json::number(id))]);
    for (name, value) in members {
        document.members("").push((name.into(), value));
    }
    document.encode()
}

fn request(services: &Services, profile: &str) -> Json {
    const SHA256: &str = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";
    let empty = || Json::List(Vec::new());
    let digest = || Json::object([("sha256", Json::text(SHA256))]);
    let mut claims = services.github_token().claims;
    let issuer = claims.at("/iss").clone();
    let mut signing_config = services.signing_config();
    if matches!(profile, "tsa" | "private-ca") {
        signing_config.set("/rekorTlogUrls", empty());
    }
    let known_issuer = Json::object([
        ("issuer", issuer.clone()),
        ("provider", Json::text("github")),
        ("server", Json::text("https://github.com")),
        ("audience", Json::text("cretula")),
    ]);
    let config = Json::object([
        ("schema", Json::text("cretula/config/v1")),
        ("modes", Json::object([("m", mode(profile, issuer))])),
        ("buildTypes", empty()),
        ("issuers", Json::List(vec![known_issuer])),
    ]);
    let trust = Json::object([
        ("mediaType", Json::text("application/vnd.dev.sigstore.clienttrustconfig.v0.1+json")),
        ("trustedRoot", services.trusted_root()),
        ("signingConfig", signing_config),
    ]);
    let facts = Json::object([
        ("origin", Json::text("verified-token")),
        ("claims", claims),
        ("event", Json::Object(Vec::new())),
        ("record", Json::Object(Vec::new())),
        ("moduleDigest", digest()),
    ]);
    let subject = Json::object([("name", Json::text("app.tgz")), ("digest", digest())]);
    let tenant = Json::object([
        ("subjects", Json::List(vec![subject])),
        ("resolvedDependencies", empty()),
        ("byproducts", empty()),
        ("declared", Json::Object(Vec::new())),
    ]);
    Json::object([
        ("schema", Json::text("cretula/attest-request/v1")),
        ("mode", Json::text("m")),
        ("entropy", Json::bytes(&[7; 32])),
        ("config", config),
        ("trust", trust),
        ("facts", facts),
        ("tenant", tenant),
        ("predicate", Json::object([("kind", Json::text("provenance"))])),
    ])
}

fn mode(profile: &str, issuer: Json) -> Json {
    let key = if profile.starts_with("managed") { "managed" } else { "ephemeral" };
    let signer = Json::object([
        ("workflow", Json::text("https://github.com/acme/app/.github/workflows/release.yml")),
        ("ref", Json::text("refs/tags/v1.2.3")),
    ]);
    let mut mode = Json::object([
        ("buildType", Json::text("https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1")),
        ("builderId", Json::text("claim")),
        ("key", Json::text(key)),
        ("profile", Json::text(profile)),
        ("predicates", Json::List(vec![Json::text("provenance")])),
        ("issuer", issuer),
        ("signers", Json::List(vec![signer])),
    ]);
    match profile {
        "public-v1" => mode.set("/maxRekorVersion", Json::number(1)),
        "private-ca" => mode.set("/caKey", Json::text("authority")),
        "managed-offline" => mode.set("/offline", Json::bool(true)),
        _ => &mut mode,
    };
    mode
}
