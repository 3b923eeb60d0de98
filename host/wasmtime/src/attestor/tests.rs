//! A module that asks for what it must not get, keys that misbehave, records that were changed, and what a run shows.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "documents of the project, read with serde_json"
)]

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use cretula_testkit::serve::{Clock as TestClock, FulcioLie, Place, RekorV2Lie, Served, TransportLie};
use cretula_testkit::{Algorithm, Instance, Seed, SigningKey as TestKey};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use super::request::prepare;
use super::signer::Signer;
use super::*;
use crate::audit::{AuditError, AuditEvent, LineDigest, MemoryAudit};
use crate::id_token::IdToken;
use crate::keys::{GuardedMessage, KeyError, PublicKey, Signature, SigningKey};
use crate::{InstanceMode, RuntimeOptions, Verifier};

const NOW: u64 = 1_767_225_600;
const SHA256: &str = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";

// ---- a host on this machine -------------------------------------------------------------------------------------

struct Now(TestClock);

impl Clock for Now {
    fn now(&self) -> u64 {
        self.0.now()
    }
}

/// Waits only in the time of the services.
struct NoWait(TestClock);

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
struct Audit(Arc<MemoryAudit>);

impl AuditSink for Audit {
    fn append(&self, event: &AuditEvent) -> Result<LineDigest, AuditError> {
        self.0.append(event)
    }
}

/// What a key does in place of signing.
type Lie = fn(Signature) -> Result<Signature, KeyError>;

/// Keys of the testkit, counted.
#[derive(Clone)]
struct Keys {
    key: TestKey,
    says: &'static str,
    lie: Option<Lie>,
    signatures: Arc<AtomicU32>,
}

impl Keys {
    fn new() -> Self {
        let key = TestKey::derive(&Seed::new([1; 32]), "managed", Algorithm::P256);
        Self { key, says: "PKIX_ECDSA_P256_SHA_256", lie: None, signatures: Arc::default() }
    }
}

#[async_trait]
impl KeyStore for Keys {
    async fn open(&self, name: &str) -> Result<Box<dyn SigningKey>, KeyError> {
        if name == "managed" || name == "authority" {
            Ok(Box::new(self.clone()))
        } else {
            Err(KeyError::Denied)
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
        self.signatures.fetch_add(1, Ordering::SeqCst);
        let signature = Signature {
            bytes: self.key.sign(self.key.scheme(), message.bytes()),
            encoding: "der".to_owned(),
            version: Some("1".to_owned()),
        };
        self.lie.map_or(Ok(signature.clone()), |lie| lie(signature))
    }
}

struct World {
    served: Served,
    config: Value,
    trust: Vec<u8>,
    keys: Keys,
    audit: Audit,
    claims: Vec<u8>,
}

/// Tokens of one job, as many as are needed.
struct Tokens(String);

#[async_trait]
impl TokenSource for Tokens {
    async fn token(&self) -> Result<IdToken, String> {
        Ok(IdToken::new(self.0.clone().into_bytes()).unwrap())
    }
}

impl World {
    fn new(profile: &str) -> Self {
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
        if profile == "public-v1" {
            mode["maxRekorVersion"] = json!(1);
        }
        if profile == "managed-offline" {
            mode["offline"] = json!(true);
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
        Self { served, config, trust: trust.into_bytes(), keys: Keys::new(), audit: Audit::default(), claims }
    }

    fn attestor(&self) -> Attestor {
        self.attestor_over(FixedTrust::new(&self.trust))
    }

    fn attestor_over(&self, trust: impl TrustSource + 'static) -> Attestor {
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

    fn order(&self) -> AttestOrder<'static> {
        let tenant = format!(r#"{{"subjects":[{{"name":"app.tgz","digest":{{"sha256":"{SHA256}"}}}}]}}"#);
        AttestOrder::new("m", Facts::of_token(&self.claims), tenant.as_bytes()).with_token(self.token())
    }

    fn token(&self) -> TokenSlot {
        let token = self.served.services().github_token().encode();
        TokenSlot::new(IdToken::new(token.into_bytes()).unwrap())
    }

    /// Verifies with the module, by what this test knows and not by what the run says.
    fn verifies(&self, bundle: &[u8]) -> bool {
        let encode = cretula_encoding::base64::encode;
        let is_keyless = self.config["modes"]["m"]["key"] == "ephemeral";
        let profile = self.config["modes"]["m"]["profile"].as_str().unwrap();
        let (preset, log) = match profile {
            "public-v1" | "public-v2" => ("public-good", 1),
            "tsa" => ("private-tsa", 0),
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

    fn denied(&self) -> Vec<String> {
        let lines = self.audit.0.lines();
        let lines = lines.iter().map(|line| serde_json::from_slice::<Value>(line).unwrap());
        let denied = lines.filter(|line| line["verdict"] == "denied");
        denied.map(|line| line["code"].as_str().unwrap().to_owned()).collect()
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

// ---- sealing ----------------------------------------------------------------------------------------------------

#[test]
fn every_profile_seals_over_http() {
    for profile in ["public-v1", "public-v2", "tsa", "managed", "managed-offline"] {
        let mut world = World::new(profile);
        if profile == "tsa" {
            let mut trust: Value = serde_json::from_slice(&world.trust).unwrap();
            trust["signingConfig"]["rekorTlogUrls"] = json!([]);
            world.trust = serde_json::to_vec(&trust).unwrap();
        }
        let sealed = block_on(world.attestor().attest(&world.order()))
            .unwrap_or_else(|error| panic!("{profile}: {error}"));
        let bundle: Value = serde_json::from_slice(sealed.bundle()).unwrap();
        assert_eq!(bundle["mediaType"], "application/vnd.dev.sigstore.bundle.v0.3+json");
        assert!(world.verifies(sealed.bundle()), "{profile}");
        let lines = world.audit.0.lines();
        let of_certificate = usize::from(!profile.starts_with("managed"));
        assert_eq!(lines.len(), 1 + of_certificate, "{profile}: one line a signature");
        assert!(world.denied().is_empty());
        let log: Vec<u8> = lines.iter().flat_map(|line| [line.as_slice(), b"\n"].concat()).collect();
        crate::audit::verify_chain(log.as_slice()).unwrap();
    }
}

#[test]
fn the_token_goes_to_the_certificate_authority_and_nowhere_else() {
    let world = World::new("public-v2");
    let order = world.order();
    block_on(world.attestor().attest(&order)).unwrap();
    let services = world.served.services();
    let with_token =
        services.exchanges().iter().filter(|exchange| exchange.request.header("authorization").is_some());
    let places: Vec<Place> = with_token.map(|exchange| exchange.place).collect();
    assert!(!places.is_empty() && places.iter().all(|place| matches!(place, Place::Fulcio(_))), "{places:?}");
    assert!(!order.token.is_filled(), "dropped after the reply");
}

#[test]
fn a_frozen_log_gives_way_to_a_fresh_configuration() {
    struct Fresh(Vec<u8>);
    #[async_trait]
    impl TrustSource for Fresh {
        async fn current(&self, _after: Option<&[u8]>) -> Result<Vec<u8>, String> {
            Ok(self.0.clone())
        }
    }
    let world = World::new("public-v2");
    world.served.lie(Place::RekorV2(0), RekorV2Lie::Frozen, u32::MAX);
    let fixed = block_on(world.attestor().attest(&world.order())).unwrap_err();
    assert_eq!((fixed.code.as_str(), fixed.resumable), ("rekor/frozen", true));
    let attestor = world.attestor_over(Fresh(world.trust.clone()));
    let sealed = block_on(attestor.attest(&world.order())).unwrap();
    assert!(world.verifies(sealed.bundle()));
}

#[test]
fn services_that_fail_or_lie_end_with_their_code() {
    for (place, lie, code, resumable) in [
        (Place::Fulcio(0), TransportLie::Status { status: 401, retry_after: None }, "fulcio/refused", true),
        (Place::Fulcio(0), TransportLie::Redirect { port: 9 }, "service/redirect", false),
        (Place::Fulcio(0), TransportLie::Oversize, "service/body", false),
        (Place::Fulcio(0), TransportLie::Compressed, "service/body", false),
        (Place::Fulcio(0), TransportLie::Closed, "fulcio/unavailable", true),
        (Place::Fulcio(0), TransportLie::Malformed, "fulcio/format", false),
    ] {
        let world = World::new("public-v2");
        world.served.lie(place, lie, u32::MAX);
        let failure = block_on(world.attestor().attest(&world.order())).unwrap_err();
        assert_eq!((failure.code.as_str(), failure.resumable), (code, resumable), "{lie:?}");
    }
    let world = World::new("public-v2");
    world.served.lie(Place::Fulcio(0), FulcioLie::OtherIdentity, 1);
    let failure = block_on(world.attestor().attest(&world.order())).unwrap_err();
    assert_eq!(failure.code, "claims/certificate-mismatch");
}

// ---- a hostile module -------------------------------------------------------------------------------------------

/// Signs what a module asks for, as a run would, and returns the code of the refusal.
fn asked(world: &World, key: &str, messages: &[Vec<u8>]) -> Result<(), String> {
    let attestor = world.attestor();
    let order = world.order();
    let prepared = prepare(&order, &attestor.config, &world.trust).unwrap();
    let mut signer = Signer::new(&attestor, &order, &prepared).unwrap();
    block_on(async {
        signer.open(key, None).await.map_err(|error| error.kind().to_owned())?;
        for message in messages {
            signer
                .sign(key, message)
                .await
                .map_err(|failure| failure.code)?
                .map_err(|error| error.kind().to_owned())?;
        }
        Ok(())
    })
}

/// The message that an honest module asks for.
fn honest(world: &World) -> Vec<u8> {
    let statement = block_on(world.attestor().statement(&world.order())).unwrap();
    pae("application/vnd.in-toto+json", &statement)
}

fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

/// The honest statement with one text in place of another.
fn bent(world: &World, from: &str, to: &str) -> Vec<u8> {
    let statement = block_on(world.attestor().statement(&world.order())).unwrap();
    let text = String::from_utf8(statement).unwrap();
    assert!(text.contains(from), "{text}");
    pae("application/vnd.in-toto+json", text.replace(from, to).as_bytes())
}

#[test]
fn a_hostile_module_gets_no_signature() {
    let world = World::new("managed");
    let good = honest(&world);
    assert_eq!(asked(&world, "managed", std::slice::from_ref(&good)), Ok(()));
    let before = world.keys.signatures.load(Ordering::SeqCst);
    assert_eq!(before, 1);
    let text = String::from_utf8(good.clone()).unwrap();
    let other_type = text.replace("28 application/vnd.in-toto+json", "10 text/plain");
    for (message, code) in [
        (text.replacen("DSSEv1 28", "DSSEv1 028", 1).into_bytes(), "guard/pae"),
        ([good.as_slice(), b" "].concat(), "guard/pae"),
        (other_type.into_bytes(), "guard/payload-type"),
        (pae("application/vnd.in-toto+json", b"{}"), "guard/statement"),
        (
            bent(&world, "https://slsa.dev/provenance/v1", "https://example.com/other/v1"),
            "guard/predicate-type",
        ),
        (bent(&world, SHA256, &"0".repeat(64)), "guard/subject"),
        (bent(&world, "release.yml@refs/tags/v1.2.3\"}", "other.yml@refs/tags/v1.2.3\"}"), "guard/claims"),
        (bent(&world, "/attempts/1", "/attempts/2"), "guard/claims"),
        (b"anything".to_vec(), "guard/unknown-message"),
        (Vec::new(), "guard/unknown-message"),
    ] {
        let shown = String::from_utf8_lossy(&message).into_owned();
        assert_eq!(asked(&world, "managed", &[message]), Err(code.to_owned()), "{shown}");
    }
    assert_eq!(world.keys.signatures.load(Ordering::SeqCst), before, "nothing was signed");
    assert_eq!(world.denied().len(), 10, "each refusal has its line");
}

#[test]
fn a_hostile_module_gets_no_other_key_and_no_more_signatures() {
    let world = World::new("managed");
    let good = honest(&world);
    assert_eq!(
        asked(&world, "authority", std::slice::from_ref(&good)),
        Err("denied".to_owned()),
        "not granted"
    );
    assert_eq!(asked(&world, "ephemeral", std::slice::from_ref(&good)), Err("denied".to_owned()));
    assert_eq!(asked(&world, "nobody", std::slice::from_ref(&good)), Err("denied".to_owned()));
    let many = vec![good; 3];
    assert_eq!(asked(&world, "managed", &many), Err("guard/count".to_owned()));
    assert_eq!(world.keys.signatures.load(Ordering::SeqCst), 2, "one, and one again after a conflict");
}

#[test]
fn an_ephemeral_key_proves_itself_once_and_signs_once() {
    let world = World::new("public-v2");
    let good = honest(&world);
    assert_eq!(asked(&world, "ephemeral", std::slice::from_ref(&good)), Ok(()));
    assert_eq!(asked(&world, "ephemeral", &[good.clone(), good]), Err("guard/count".to_owned()));
    let foreign = cretula_attest::exchange::fulcio::certification_request_info(&world.keys.key.spki());
    assert_eq!(asked(&world, "ephemeral", &[foreign]), Err("guard/csr".to_owned()));
}

#[test]
fn without_an_audit_line_there_is_no_signature() {
    let world = World::new("managed");
    world.audit.0.fail(true);
    let failure = block_on(world.attestor().attest(&world.order())).unwrap_err();
    assert_eq!(failure.code, "audit/unavailable");
    assert_eq!(world.keys.signatures.load(Ordering::SeqCst), 0);
}

// ---- keys that misbehave ----------------------------------------------------------------------------------------

#[test]
fn a_key_that_misbehaves_has_its_own_error_and_nothing_leaves() {
    let lies: [(Lie, &str); 7] = [
        (|signature| Ok(Signature { bytes: vec![0x30, 0], ..signature }), "key/encoding"),
        (|signature| Ok(Signature { encoding: "p1363".into(), ..signature }), "key/encoding"),
        (|signature| Ok(Signature { encoding: "raw".into(), ..signature }), "key/encoding"),
        (
            |signature| {
                let other = TestKey::derive(&Seed::new([9; 32]), "other", Algorithm::P256);
                Ok(Signature { bytes: other.sign(other.scheme(), b"message"), ..signature })
            },
            "key/self-check",
        ),
        (|signature| Ok(Signature { version: Some("2".into()), ..signature }), "key/version"),
        (|_| Err(KeyError::Denied), "key/denied"),
        (|_| Err(KeyError::unavailable("down")), "key/unavailable"),
    ];
    for (lie, code) in lies {
        let mut world = World::new("managed");
        world.keys.lie = Some(lie);
        let failure = block_on(world.attestor().attest(&world.order())).unwrap_err();
        assert_eq!(failure.code, code);
        assert!(world.served.services().exchanges().is_empty(), "{code}: nothing was sent");
    }
    for (says, code) in [("PKIX_ECDSA_P384_SHA_384", "key/public"), ("ML_DSA_65", "key/algorithm")] {
        let mut world = World::new("managed");
        world.keys.says = says;
        let failure = block_on(world.attestor().attest(&world.order())).unwrap_err();
        assert_eq!(failure.code, code);
    }
}

// ---- records of runs --------------------------------------------------------------------------------------------

/// Keeps every record, and may stop the run.
#[derive(Default)]
struct Records {
    kept: Mutex<Vec<Record>>,
    stop_at: AtomicU64,
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

#[test]
fn a_run_that_was_killed_anywhere_is_taken_up_again() {
    for profile in ["public-v2", "managed"] {
        let steps = {
            let world = World::new(profile);
            let records = Records::default();
            block_on(world.attestor().attest(&world.order().with_journal(&records))).unwrap();
            records.kept.into_inner().unwrap().len()
        };
        for stop_at in 1..=steps {
            let world = World::new(profile);
            let records = Records::default();
            records.stop_at.store(u64::try_from(stop_at).unwrap(), Ordering::SeqCst);
            let killed =
                block_on(world.attestor().attest(&world.order().with_journal(&records))).unwrap_err();
            assert_eq!(killed.code, "host/journal");
            let record = records.kept.lock().unwrap().last().cloned().unwrap();
            let record = Record::parse(&record.encode()).unwrap();
            let tokens = Tokens(world.served.services().github_token().encode());
            let order = world.order().with_token_source(&tokens);
            let sealed = block_on(world.attestor().resume(&order, record));
            let sealed = sealed.unwrap_or_else(|error| panic!("{profile}, killed at {stop_at}: {error}"));
            assert!(world.verifies(sealed.bundle()));
        }
    }
}

#[test]
fn a_record_of_another_request_leads_to_no_bundle() {
    let mut world = World::new("managed");
    let mut trust: Value = serde_json::from_slice(&world.trust).unwrap();
    trust["signingConfig"]["rekorTlogUrls"] = json!([]);
    world.trust = serde_json::to_vec(&trust).unwrap();
    let records = Records::default();
    let other = AttestOrder::new(
        "m",
        Facts::of_token(&world.claims),
        format!(r#"{{"subjects":[{{"digest":{{"sha256":"{}"}}}}]}}"#, "1".repeat(64)).as_bytes(),
    );
    block_on(world.attestor().attest(&other.with_journal(&records))).unwrap();
    let mut codes = Vec::new();
    for record in records.kept.into_inner().unwrap() {
        let failure = block_on(world.attestor().resume(&world.order(), record)).unwrap_err();
        codes.push(failure.code);
    }
    codes.sort();
    codes.dedup();
    assert_eq!(codes, ["bundle/self-verify", "guard/subject"]);
}

#[test]
fn a_journal_in_a_file_is_complete_or_not_there() {
    let folder = std::env::temp_dir().join(format!("cretula-journal-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let journal = FileJournal::new(&folder.join("run.json"));
    assert!(matches!(journal.read(), Err(JournalError::Io(_))));
    let record = Record { state: vec![1, 2, 3], signed: Vec::new() };
    journal.keep(&record).unwrap();
    assert_eq!(journal.read().unwrap(), record);
    std::fs::write(folder.join("run.json"), b"{}").unwrap();
    assert!(matches!(journal.read(), Err(JournalError::Format)));
    journal.forget();
    assert!(!folder.join("run.json").exists());
    std::fs::remove_dir_all(&folder).unwrap();
}

// ---- secrets ----------------------------------------------------------------------------------------------------

#[test]
fn the_token_is_in_no_record_line_or_error() {
    for lie in
        [None, Some(TransportLie::Status { status: 400, retry_after: None }), Some(TransportLie::Malformed)]
    {
        let world = World::new("public-v2");
        if let Some(lie) = lie {
            world.served.lie(Place::Fulcio(0), lie, u32::MAX);
        }
        let token = world.served.services().github_token().encode();
        let canary = token.rsplit('.').next().unwrap();
        let records = Records::default();
        let order = world.order().with_journal(&records);
        let ended = block_on(world.attestor().attest(&order));
        let mut shown = vec![format!("{order:?}").into_bytes()];
        match ended {
            Ok(sealed) => shown.extend([sealed.bundle().to_vec(), sealed.report().to_vec()]),
            Err(error) => shown.extend([error.to_string().into_bytes(), format!("{error:?}").into_bytes()]),
        }
        shown.extend(world.audit.0.lines());
        for record in records.kept.into_inner().unwrap() {
            shown.extend([record.state.clone(), record.encode(), format!("{record:?}").into_bytes()]);
        }
        let holds = |text: &Vec<u8>| text.windows(canary.len()).any(|window| window == canary.as_bytes());
        assert!(!shown.iter().any(holds), "{lie:?}");
    }
}
