//! A host on this machine: keys of the testkit, a virtual Sigstore over HTTP, and a clock that moves when something waits.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use cretula_testkit::serve::{Clock as TestClock, Served};
use cretula_testkit::{Algorithm, Instance, Seed, SigningKey as TestKey};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use crate::attestor::{
    AttestOrder, Attestor, Clock, Facts, FixedTrust, Journal, JournalError, Record, TokenSource, TrustSource,
};
use crate::audit::{AuditError, AuditEvent, AuditSink, LineDigest, MemoryAudit};
use crate::id_token::IdToken;
use crate::keys::{GuardedMessage, KeyError, KeyStore, PublicKey, Signature, SigningKey};
use crate::services::{BoundedHttp, ExchangeOptions, Insecure, Pace, Roots, TokenSlot};
use crate::{InstanceMode, Runtime, RuntimeOptions, Verifier};

pub(super) const NOW: u64 = 1_767_225_600;
pub(super) const SHA256: &str = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";

pub(super) struct Now(TestClock);

impl Clock for Now {
    fn now(&self) -> u64 {
        self.0.now()
    }
}

/// Waits only in the time of the services.
pub(super) struct NoWait(TestClock);

impl Pace for NoWait {
    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        self.0.advance(time.as_secs());
        Box::pin(std::future::ready(()))
    }

    fn jitter_ms(&self, _most: u32) -> u32 {
        0
    }
}

#[derive(Clone, Default)]
pub(super) struct Audit(pub(super) Arc<MemoryAudit>);

impl AuditSink for Audit {
    fn append(&self, event: &AuditEvent) -> Result<LineDigest, AuditError> {
        self.0.append(event)
    }
}

/// What a key does in place of signing.
pub(super) type Lie = fn(Signature) -> Result<Signature, KeyError>;

/// Keys of the testkit, counted.
#[derive(Clone)]
pub(super) struct Keys {
    pub(super) key: TestKey,
    /// Key of the certificate authority of the trusted root.
    pub(super) authority: TestKey,
    pub(super) says: &'static str,
    pub(super) lie: Option<Lie>,
    /// Never answers.
    pub(super) hangs: bool,
    pub(super) signatures: Arc<AtomicU32>,
}

impl Keys {
    fn new(authority: TestKey) -> Self {
        let key = TestKey::derive(&Seed::new([1; 32]), "managed", Algorithm::P256);
        let says = "PKIX_ECDSA_P256_SHA_256";
        Self { key, authority, says, lie: None, hangs: false, signatures: Arc::default() }
    }
}

#[async_trait]
impl KeyStore for Keys {
    async fn open(&self, name: &str) -> Result<Box<dyn SigningKey>, KeyError> {
        match name {
            "managed" => Ok(Box::new(self.clone())),
            "authority" => Ok(Box::new(Self { key: self.authority.clone(), ..self.clone() })),
            _ => Err(KeyError::Denied),
        }
    }
}

#[async_trait]
impl SigningKey for Keys {
    fn algorithm(&self) -> &str {
        self.says
    }

    async fn public_key(&self) -> Result<PublicKey, KeyError> {
        Ok(PublicKey { spki: self.key.spki(), id: "test".to_owned(), version: Some("1".to_owned()) })
    }

    async fn sign(&self, message: GuardedMessage<'_>) -> Result<Signature, KeyError> {
        if self.hangs {
            std::future::pending::<()>().await;
        }
        self.signatures.fetch_add(1, Ordering::SeqCst);
        let signature = Signature {
            bytes: self.key.sign(self.key.scheme(), message.bytes()),
            encoding: "der".to_owned(),
            version: Some("1".to_owned()),
        };
        self.lie.map_or(Ok(signature.clone()), |lie| lie(signature))
    }
}

pub(super) struct World {
    pub(super) served: Served,
    pub(super) config: Value,
    pub(super) trust: Vec<u8>,
    pub(super) keys: Keys,
    pub(super) audit: Audit,
    pub(super) claims: Vec<u8>,
}

/// Tokens of one job, as many as are needed.
pub(super) struct Tokens(pub(super) String);

#[async_trait]
impl TokenSource for Tokens {
    async fn token(&self) -> Result<IdToken, String> {
        Ok(IdToken::new(self.0.clone().into_bytes()).unwrap())
    }
}

impl World {
    pub(super) fn new(profile: &str) -> Self {
        let served = Served::start(Instance::new(Seed::new([7; 32]), NOW));
        let claims = served.services().github_token().claims.encode();
        let issuer = format!("{}/github", served.issuer_url);
        let is_managed = profile.starts_with("managed");
        let mut mode = json!({
            "buildType": "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1",
            "builderId": "claim",
            "key": if is_managed { "managed" } else { "ephemeral" },
            "profile": profile,
            "predicates": ["provenance", "raw"],
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
        let config = json!({
            "schema": "cretula/config/v1",
            "modes": {"m": mode},
            "buildTypes": [],
            "issuers": [{"issuer": issuer, "provider": "github", "server": "https://github.com", "audience": "cretula"}]
        });
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let trust = format!(
            r#"{{"mediaType":"application/vnd.dev.sigstore.clienttrustconfig.v0.1+json","trustedRoot":{},"signingConfig":{}}}"#,
            text(&served.trusted_root),
            text(&served.signing_config)
        );
        let authority = served.services().instance().certificate_authorities[0].issuer().key.clone();
        let (trust, keys) = (trust.into_bytes(), Keys::new(authority));
        let mut world = Self { served, config, trust, keys, audit: Audit::default(), claims };
        if matches!(profile, "tsa" | "private-ca") {
            world.change_services(|services| services["rekorTlogUrls"] = json!([]));
        }
        world
    }

    /// Changes the signing configuration.
    pub(super) fn change_services(&mut self, change: impl Fn(&mut Value)) {
        let mut trust: Value = serde_json::from_slice(&self.trust).unwrap();
        change(&mut trust["signingConfig"]);
        self.trust = serde_json::to_vec(&trust).unwrap();
    }

    /// One operator of each kind, so that nobody stands in.
    pub(super) fn only_first_services(&mut self) {
        self.change_services(|services| {
            for list in ["rekorTlogUrls", "tsaUrls"] {
                let all = services[list].as_array().unwrap().clone();
                let first = all.iter().filter(|one| one["operator"] == all[0]["operator"]);
                services[list] = first.cloned().collect();
            }
        });
    }

    pub(super) fn attestor(&self) -> Attestor {
        self.attestor_over(FixedTrust::new(&self.trust))
    }

    pub(super) fn attestor_over(&self, trust: impl TrustSource + 'static) -> Attestor {
        let runtime = Runtime::new(RuntimeOptions::default()).unwrap();
        let config = serde_json::to_vec(&self.config).unwrap();
        let attestor =
            Attestor::new(&runtime, &config, trust, self.keys.clone(), self.audit.clone()).unwrap();
        let transport = BoundedHttp::new(&Roots::Platform, Insecure::LoopbackHttp).unwrap();
        let clock = self.served.clock.clone();
        let options = ExchangeOptions { idle: Duration::from_millis(300), ..ExchangeOptions::default() };
        attestor
            .with_transport(Arc::new(transport), Insecure::LoopbackHttp)
            .with_clock(Arc::new(Now(clock.clone())), Arc::new(NoWait(clock)))
            .with_exchange_options(options)
    }

    pub(super) fn order(&self) -> AttestOrder<'static> {
        let tenant = format!(r#"{{"subjects":[{{"name":"app.tgz","digest":{{"sha256":"{SHA256}"}}}}]}}"#);
        AttestOrder::new("m", Facts::of_token(&self.claims), tenant.as_bytes()).with_token(self.token())
    }

    pub(super) fn token(&self) -> TokenSlot {
        TokenSlot::new(IdToken::new(self.tokens().0.into_bytes()).unwrap())
    }

    /// As many tokens of the job as are needed.
    pub(super) fn tokens(&self) -> Tokens {
        Tokens(self.served.services().github_token().encode())
    }

    /// Verifies with the module, by what this test knows and not by what the run says.
    pub(super) fn verifies(&self, bundle: &[u8]) -> bool {
        let encode = cretula_encoding::base64::encode;
        let is_keyless = self.config["modes"]["m"]["key"] == "ephemeral";
        let profile = self.config["modes"]["m"]["profile"].as_str().unwrap();
        let (preset, log) = match profile {
            "public-v1" | "public-v2" => ("public-good", 1),
            "tsa" => ("private-tsa", 0),
            "private-ca" => ("private-ca", 0),
            "managed" => ("managed-key", 1),
            _ => ("managed-key", 0),
        };
        let signers = if is_keyless {
            json!({"certificate": {
                "issuer": format!("{}/github", self.served.issuer_url),
                "san": "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.2.3"
            }})
        } else {
            json!({"key": {"ids": [""]}})
        };
        let policy = json!({
            "schema": "cretula/policy/v1", "preset": preset, "signers": signers,
            "evidence": {"log": {"threshold": log}},
            "statement": {"predicateTypes": ["https://slsa.dev/provenance/v1"]}
        });
        let mut trust = json!({"roots": [encode(&self.served.trusted_root)]});
        if !is_keyless {
            trust["keys"] = json!([{"id": "", "key": encode(&self.keys.key.spki())}]);
        }
        let request = json!({
            "schema": "cretula/verify-request/v1",
            "bundle": encode(bundle),
            "trust": trust,
            "policy": encode(&serde_json::to_vec(&policy).unwrap()),
            "artifacts": [{"digests": {"sha256": SHA256}}]
        });
        let runtime = Runtime::new(RuntimeOptions::default()).unwrap();
        let verifier = Verifier::new(&runtime, InstanceMode::Fresh);
        let reply = verifier.verify_json(&serde_json::to_vec(&request).unwrap()).unwrap();
        assert!(reply.is_verified(), "{}", String::from_utf8_lossy(reply.json()));
        reply.is_verified()
    }

    pub(super) fn denied(&self) -> Vec<String> {
        let lines = self.audit.0.lines();
        let lines = lines.iter().map(|line| serde_json::from_slice::<Value>(line).unwrap());
        let denied = lines.filter(|line| line["verdict"] == "denied");
        denied.map(|line| line["code"].as_str().unwrap().to_owned()).collect()
    }
}

/// Keeps every record, and may stop the run.
#[derive(Default)]
pub(super) struct Records {
    pub(super) kept: Mutex<Vec<Record>>,
    pub(super) stop_at: AtomicU64,
}

impl Journal for Records {
    fn keep(&self, record: &Record) -> Result<(), JournalError> {
        let mut kept = self.kept.lock().unwrap();
        kept.push(record.clone());
        let stop_at = usize::try_from(self.stop_at.load(Ordering::SeqCst)).unwrap();
        if kept.len() == stop_at { Err(JournalError::Format) } else { Ok(()) }
    }

    fn forget(&self) {}
}

pub(super) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}
