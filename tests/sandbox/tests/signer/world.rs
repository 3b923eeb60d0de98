//! A host of the signer: keys that live as long as the call, services in memory, and a clock that moves when someone waits.

use bindings::cretula::core::{keys, services};
use bindings::exports::cretula::core::provenance::{ControlPlaneFacts, Job, TenantClaims};
use bindings::exports::cretula::core::signing::{Failure, Finished};
use cretula_crypto::{HashAlgorithm, SignatureScheme};
use cretula_sandbox_tests::built;
use cretula_testkit::serve::{HttpRequest, Place, Services};
use cretula_testkit::{Algorithm, Instance, Seed, SigningKey};
use serde_json::{Value, json};
use wasmtime::component::{Component, HasSelf, Linker, Resource};

mod bindings {
    wasmtime::component::bindgen!({ path: "../../wit", world: "signer" });
}

/// 2026-01-01T00:00:00Z.
const NOW: u64 = 1_767_225_600;
const SHA256: &str = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";

/// The host. A handle is the index of a key or of a place.
pub(crate) struct World {
    pub(crate) services: Services,
    pub(crate) request: Value,
    /// In place of the subjects of the request.
    pub(crate) subjects: Option<Vec<u8>>,
    /// No service can be reached.
    pub(crate) is_offline: bool,
    /// Ephemeral keys made so far.
    pub(crate) keys: Vec<SigningKey>,
    pub(crate) open_handles: u32,
    /// Kinds of services, in the order of the requests.
    pub(crate) asked: Vec<&'static str>,
}

impl World {
    pub(crate) fn new(profile: &str) -> Self {
        let services = Services::new(Instance::new(Seed::new([7; 32]), NOW));
        let request = request(&services, profile);
        Self {
            services,
            request,
            subjects: None,
            is_offline: false,
            keys: Vec::new(),
            open_handles: 0,
            asked: Vec::new(),
        }
    }

    /// One call in a store of its own.
    pub(crate) fn attest(self) -> (Result<Finished, Failure>, Self) {
        let engine = wasmtime::Engine::default();
        let component = Component::new(&engine, built("cretula-signer.wasm").unwrap()).unwrap();
        let mut linker = Linker::<Self>::new(&engine);
        bindings::Signer::add_to_linker::<_, HasSelf<_>>(&mut linker, |world| world).unwrap();
        let (facts, claims, job) = self.arguments();
        let now = self.services.clock().now();
        let mut store = wasmtime::Store::new(&engine, self);
        let signer = bindings::Signer::instantiate(&mut store, &component, &linker).unwrap();
        let result =
            signer.cretula_core_attestor().call_attest(&mut store, &facts, &claims, &job, now).unwrap();
        (result, store.into_data())
    }

    fn arguments(&self) -> (ControlPlaneFacts, TenantClaims, Job) {
        let request = &self.request;
        let bytes = |value: &Value| serde_json::to_vec(value).unwrap();
        let facts = ControlPlaneFacts {
            origin: "verified-token".into(),
            claims: Some(bytes(&request["facts"]["claims"])),
            event: b"{}".to_vec(),
            record: b"{}".to_vec(),
            module_digest: SHA256.into(),
        };
        let subjects = self.subjects.clone();
        let claims = TenantClaims {
            subjects: subjects.unwrap_or_else(|| bytes(&request["tenant"]["subjects"])),
            resolved_dependencies: b"[]".to_vec(),
            byproducts: b"[]".to_vec(),
            declared: b"{}".to_vec(),
        };
        let job = Job {
            mode: "m".into(),
            entropy: (0..32).collect(),
            config: bytes(&request["config"]),
            trust: bytes(&request["trust"]),
            predicate: br#"{"kind":"provenance"}"#.to_vec(),
            deadline: request["deadline"].as_u64(),
        };
        (facts, claims, job)
    }

    fn wait_for(&self, delay_ms: u32) {
        self.services.clock().advance(u64::from(delay_ms.div_ceil(1000)));
    }

    /// The place with this URL, as a handle. That of a timestamp authority has a path.
    fn place(&mut self, url: &str) -> Result<u32, services::ServiceError> {
        let places = self.services.places();
        let found = places.into_iter().position(|place| url.starts_with(self.services.url(place)));
        self.open_handles += 1;
        found.map(|index| u32::try_from(index).unwrap()).ok_or(services::ServiceError::Denied)
    }

    fn send(
        &mut self,
        kind: &'static str,
        handle: u32,
        request: &HttpRequest,
        delay_ms: u32,
    ) -> Result<services::Reply, services::ServiceError> {
        self.wait_for(delay_ms);
        self.asked.push(kind);
        if self.is_offline {
            return Err(services::ServiceError::Unreachable);
        }
        let place: Place = self.services.places()[usize::try_from(handle).unwrap()];
        let reply = self.services.answer(place, request).reply;
        Ok(services::Reply {
            status: reply.status,
            content_type: reply.header("content-type").unwrap_or_default().into(),
            location: reply.header("location").map(Into::into),
            retry_after: reply.header("retry-after").and_then(|secs| secs.parse().ok()),
            log_index: reply.header("x-log-index").and_then(|index| index.parse().ok()),
            body: reply.body,
            now: self.services.clock().now(),
        })
    }

    fn given_back(&mut self) -> wasmtime::Result<()> {
        self.open_handles -= 1;
        Ok(())
    }
}

impl keys::Host for World {
    fn open(&mut self, name: String) -> Result<Resource<keys::SigningKey>, keys::KeyError> {
        if name != "ephemeral" {
            return Err(keys::KeyError::Denied);
        }
        let seed = Seed::new([2; 32]);
        let handle = u32::try_from(self.keys.len()).unwrap();
        self.keys.push(SigningKey::derive(&seed, &format!("ephemeral {handle}"), Algorithm::P256));
        self.open_handles += 1;
        Ok(Resource::new_own(handle))
    }
}

impl keys::HostSigningKey for World {
    fn algorithm(&mut self, _: Resource<keys::SigningKey>) -> String {
        "PKIX_ECDSA_P256_SHA_256".into()
    }

    fn public_key(&mut self, key: Resource<keys::SigningKey>) -> Result<Vec<u8>, keys::KeyError> {
        Ok(self.keys[usize::try_from(key.rep()).unwrap()].spki())
    }

    fn id(&mut self, _: Resource<keys::SigningKey>) -> keys::KeyId {
        keys::KeyId { id: "ephemeral".into(), version: None }
    }

    fn certificate_chain(&mut self, _: Resource<keys::SigningKey>) -> Result<Vec<Vec<u8>>, keys::KeyError> {
        Ok(Vec::new())
    }

    fn sign(
        &mut self,
        key: Resource<keys::SigningKey>,
        message: Vec<u8>,
    ) -> Result<keys::Signature, keys::KeyError> {
        let key = &self.keys[usize::try_from(key.rep()).unwrap()];
        let bytes = key.sign(SignatureScheme::Ecdsa(HashAlgorithm::Sha256), &message);
        Ok(keys::Signature { bytes, encoding: "der".into(), version: None })
    }

    fn drop(&mut self, _: Resource<keys::SigningKey>) -> wasmtime::Result<()> {
        self.given_back()
    }
}

impl services::Host for World {
    fn open_ca(
        &mut self,
        url: String,
    ) -> Result<Resource<services::CertificateAuthority>, services::ServiceError> {
        self.place(&url).map(Resource::new_own)
    }

    fn open_tsa(
        &mut self,
        url: String,
    ) -> Result<Resource<services::TimestampAuthority>, services::ServiceError> {
        self.place(&url).map(Resource::new_own)
    }

    fn open_log(
        &mut self,
        url: String,
        _: u32,
    ) -> Result<Resource<services::TransparencyLog>, services::ServiceError> {
        self.place(&url).map(Resource::new_own)
    }

    fn refresh_config(&mut self) -> Result<Vec<u8>, services::ServiceError> {
        Err(services::ServiceError::Unreachable)
    }

    fn wait(&mut self, delay_ms: u32) -> u64 {
        self.wait_for(delay_ms);
        self.services.clock().now()
    }
}

impl services::HostCertificateAuthority for World {
    fn issue(
        &mut self,
        authority: Resource<services::CertificateAuthority>,
        body: Vec<u8>,
        delay_ms: u32,
    ) -> Result<services::Reply, services::ServiceError> {
        let token = self.services.github_token().encode();
        let request = HttpRequest::post("/api/v2/signingCert", "application/json", body)
            .with_header("authorization", &format!("Bearer {token}"));
        self.send("fulcio", authority.rep(), &request, delay_ms)
    }

    fn drop(&mut self, _: Resource<services::CertificateAuthority>) -> wasmtime::Result<()> {
        self.given_back()
    }
}

impl services::HostTimestampAuthority for World {
    fn query(
        &mut self,
        authority: Resource<services::TimestampAuthority>,
        body: Vec<u8>,
        delay_ms: u32,
    ) -> Result<services::Reply, services::ServiceError> {
        let request = HttpRequest::post("/api/v1/timestamp", "application/timestamp-query", body);
        self.send("tsa", authority.rep(), &request, delay_ms)
    }

    fn drop(&mut self, _: Resource<services::TimestampAuthority>) -> wasmtime::Result<()> {
        self.given_back()
    }
}

impl services::HostTransparencyLog for World {
    fn submit(
        &mut self,
        log: Resource<services::TransparencyLog>,
        body: Vec<u8>,
        delay_ms: u32,
    ) -> Result<services::Reply, services::ServiceError> {
        let place = self.services.places()[usize::try_from(log.rep()).unwrap()];
        let is_first = matches!(place, Place::RekorV1(_));
        let path = if is_first { "/api/v1/log/entries" } else { "/api/v2/log/entries" };
        self.send("rekor", log.rep(), &HttpRequest::post(path, "application/json", body), delay_ms)
    }

    fn lookup(
        &mut self,
        log: Resource<services::TransparencyLog>,
        path: String,
        delay_ms: u32,
    ) -> Result<services::Reply, services::ServiceError> {
        self.send("rekor", log.rep(), &HttpRequest::get(&path), delay_ms)
    }

    fn drop(&mut self, _: Resource<services::TransparencyLog>) -> wasmtime::Result<()> {
        self.given_back()
    }
}

/// Provenance of a GitHub workflow in this profile.
fn request(services: &Services, profile: &str) -> Value {
    let parse = |json: Vec<u8>| serde_json::from_slice::<Value>(&json).unwrap();
    let claims = parse(services.github_token().claims.encode());
    let issuer = claims["iss"].clone();
    let mut mode = json!({
        "buildType": "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1",
        "builderId": "claim",
        "key": "ephemeral",
        "profile": profile,
        "predicates": ["provenance"],
        "issuer": issuer,
        "signers": [{
            "workflow": "https://github.com/acme/app/.github/workflows/release.yml",
            "ref": "refs/tags/v1.2.3"
        }]
    });
    if profile == "public-v1" {
        mode["maxRekorVersion"] = json!(1);
    }
    let mut signing_config = parse(services.signing_config().encode());
    if profile == "tsa" {
        signing_config["rekorTlogUrls"] = json!([]);
    }
    json!({
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
        "facts": {"claims": claims},
        "tenant": {"subjects": [{"name": "app.tgz", "digest": {"sha256": SHA256}}]}
    })
}
