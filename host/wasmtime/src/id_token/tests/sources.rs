//! Where keys come from: rules J17 to J19.

use std::sync::{Arc, Mutex};

use cretula_testkit::serve::{Place, Served, TransportLie};
use cretula_testkit::{Algorithm, Instance, Json, Seed};
use futures_util::future::BoxFuture;

use super::world::{NOW, issuer, jwk, key_set, signing_key};
use crate::id_token::{
    FileKeys, HttpsKeys, KeySetError, KeySource, KeySourceError, KeySourceOptions, Provider,
};
use crate::services::{BoundedHttp, HostError, HttpReply, HttpRequest, Insecure, Roots, Transport};

/// Answers from a script and keeps what it was asked for.
#[derive(Default)]
struct Script {
    discovery: Mutex<Option<HttpReply>>,
    keys: Mutex<Option<HttpReply>>,
    asked: Mutex<Vec<String>>,
}

impl Transport for Script {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpReply, HostError>> {
        let reply = if request.url.ends_with("openid-configuration") { &self.discovery } else { &self.keys };
        let reply = reply.lock().map(|reply| reply.clone()).ok().flatten();
        assert!(request.bearer.is_none() && request.max_body_bytes == 65_536);
        assert!(request.waiting.total.as_secs() == 10);
        if let Ok(mut asked) = self.asked.lock() {
            asked.push(request.url);
        }
        Box::pin(std::future::ready(reply.ok_or(HostError::Unavailable)))
    }
}

impl Script {
    fn discovery(&self, issuer: &str, keys: &str) {
        let document = Json::object([("issuer", Json::text(issuer)), ("jwks_uri", Json::text(keys))]);
        self.put(&self.discovery, 200, document.encode());
    }

    fn keys(&self, names: &[&str]) {
        let keys: Vec<Json> =
            names.iter().map(|name| jwk(&signing_key(name, Algorithm::Ed25519), name)).collect();
        self.put(&self.keys, 200, key_set(&keys));
    }

    fn put(&self, slot: &Mutex<Option<HttpReply>>, status: u16, body: Vec<u8>) {
        if let Ok(mut slot) = slot.lock() {
            *slot = Some(HttpReply { status, body, ..HttpReply::default() });
        }
    }

    fn fail(&self) {
        for slot in [&self.discovery, &self.keys] {
            if let Ok(mut slot) = slot.lock() {
                *slot = None;
            }
        }
    }

    fn asked(&self) -> usize {
        self.asked.lock().map_or(0, |asked| asked.len())
    }
}

const ISSUER: &str = "https://issuer.example/github";

fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

struct Bench {
    script: Arc<Script>,
    source: HttpsKeys,
}

impl Bench {
    fn new(options: KeySourceOptions) -> Self {
        let script = Arc::new(Script::default());
        script.discovery(ISSUER, "https://issuer.example/keys");
        script.keys(&["a"]);
        let transport: Arc<dyn Transport> = script.clone();
        Self { script, source: HttpsKeys::new(transport, options) }
    }

    /// Whether the key is known at this time.
    fn knows(&self, key_id: &str, now: u64) -> Result<bool, KeySourceError> {
        let issuer = issuer("github", Provider::Github);
        block_on(self.source.key_set(&issuer, key_id, now)).map(|keys| keys.has_key(key_id))
    }
}

#[test]
fn keys_are_discovered_and_kept() {
    let bench = Bench::new(KeySourceOptions::default());
    assert_eq!(bench.knows("a", NOW), Ok(true));
    assert_eq!(bench.knows("a", NOW + 599), Ok(true));
    let asked = bench.script.asked.lock().unwrap().clone();
    assert_eq!(
        asked,
        [format!("{ISSUER}/.well-known/openid-configuration"), "https://issuer.example/keys".into()]
    );
    assert_eq!(bench.knows("a", NOW + 600), Ok(true));
    assert_eq!(bench.script.asked(), 4, "after ten minutes they are fetched again");
    // A clock that went back tells nothing about age.
    assert_eq!(bench.knows("a", NOW), Ok(true));
    assert_eq!(bench.script.asked(), 6);
}

#[test]
fn the_time_to_live_is_5_to_15_minutes() {
    for (configured, in_force) in [(0, 300), (300, 300), (900, 900), (86_400, 900)] {
        let bench = Bench::new(KeySourceOptions { ttl_secs: configured, ..KeySourceOptions::default() });
        for (time, asked) in [(0, 2), (in_force - 1, 2), (in_force, 4)] {
            assert_eq!(bench.knows("a", NOW + time), Ok(true));
            assert_eq!(bench.script.asked(), asked, "{configured} at {time}");
        }
    }
}

#[test]
fn an_unknown_key_makes_it_look_again_every_30_seconds() {
    let bench = Bench::new(KeySourceOptions { retry_secs: 1, ..KeySourceOptions::default() });
    for (time, asked) in [(0, 2), (1, 2), (29, 2), (30, 4), (31, 4), (60, 6)] {
        assert_eq!(bench.knows("b", NOW + time), Ok(false));
        assert_eq!(bench.script.asked(), asked, "{time}");
    }
    bench.script.keys(&["a", "b"]);
    assert_eq!(bench.knows("b", NOW + 89), Ok(false));
    assert_eq!(bench.knows("b", NOW + 90), Ok(true));
}

/// Rule J19.
#[test]
fn a_withdrawn_key_stops_within_the_time_to_live() {
    let bench = Bench::new(KeySourceOptions::default());
    assert_eq!(bench.knows("a", NOW), Ok(true));
    bench.script.keys(&["b"]);
    assert_eq!(bench.knows("a", NOW + 599), Ok(true));
    assert_eq!(bench.knows("a", NOW + 600), Ok(false));
}

#[test]
fn stale_keys_serve_for_an_hour() {
    let bench = Bench::new(KeySourceOptions { stale_secs: 1 << 40, ..KeySourceOptions::default() });
    assert_eq!(bench.knows("a", NOW), Ok(true));
    bench.script.fail();
    assert_eq!(bench.knows("a", NOW + 600), Ok(true));
    assert_eq!(bench.script.asked(), 3);
    assert_eq!(bench.knows("a", NOW + 629), Ok(true));
    assert_eq!(bench.script.asked(), 3, "a failure is not repeated at once");
    assert_eq!(bench.knows("a", NOW + 3600), Ok(true));
    let failed = Err(KeySourceError::Http(HostError::Unavailable));
    assert_eq!(bench.knows("a", NOW + 3630), failed.clone());
    assert_eq!(bench.knows("a", NOW + 3631), Err(KeySourceError::TooSoon));
    let never = Bench::new(KeySourceOptions::default());
    never.script.fail();
    assert_eq!(never.knows("a", NOW), failed);
}

/// Rule J17.
#[test]
fn discovery_that_is_refused() {
    let refused = |named: &str, keys: &str, pinned: &[&str]| {
        let pinned_origins = pinned.iter().map(|origin| (*origin).to_owned()).collect();
        let bench = Bench::new(KeySourceOptions { pinned_origins, ..KeySourceOptions::default() });
        bench.script.discovery(named, keys);
        (bench.knows("a", NOW).err(), bench.script.asked())
    };
    let elsewhere = "https://keys.example/github";
    assert_eq!(refused(ISSUER, elsewhere, &["https://keys.example"]), (None, 2));
    for named in ["https://issuer.example/github/", "https://issuer.example/gitlab", ""] {
        assert_eq!(refused(named, "https://issuer.example/keys", &[]), (Some(KeySourceError::Discovery), 1));
    }
    for keys in [
        elsewhere,
        "http://issuer.example/keys",
        "https://issuer.example:8443/keys",
        "https://issuer.example.attacker.example/keys",
        "https://issuer.example@attacker.example/keys",
        "file:///etc/passwd",
        "/keys",
    ] {
        assert_eq!(refused(ISSUER, keys, &[]), (Some(KeySourceError::Host), 1), "{keys}");
    }
    let bench = Bench::new(KeySourceOptions::default());
    bench.script.put(&bench.script.discovery, 200, b"[]".to_vec());
    assert_eq!(bench.knows("a", NOW), Err(KeySourceError::Discovery));
    let bench = Bench::new(KeySourceOptions::default());
    bench.script.put(&bench.script.keys, 404, b"{}".to_vec());
    assert_eq!(bench.knows("a", NOW), Err(KeySourceError::Status(404)));
    let bench = Bench::new(KeySourceOptions::default());
    bench.script.put(&bench.script.keys, 200, b"{}".to_vec());
    assert_eq!(bench.knows("a", NOW), Err(KeySourceError::KeySet(KeySetError::Shape)));
}

#[test]
fn an_issuer_without_https_is_never_asked() {
    let bench = Bench::new(KeySourceOptions::default());
    for url in ["http://issuer.example/github", "http://127.0.0.1:1/github", "issuer.example"] {
        let mut issuer = issuer("github", Provider::Github);
        issuer.issuer = url.into();
        assert_eq!(
            block_on(bench.source.key_set(&issuer, "a", NOW)).err(),
            Some(KeySourceError::Host),
            "{url}"
        );
    }
    assert_eq!(bench.script.asked(), 0);
}

#[test]
fn files_hold_keys_of_named_issuers() {
    let content = key_set(&[jwk(&signing_key("a", Algorithm::Ed25519), "a")]);
    let files = FileKeys::default().with(ISSUER, &content).unwrap();
    let of = |name: &str| {
        block_on(files.key_set(&issuer(name, Provider::Github), "a", NOW)).map(|keys| keys.has_key("a"))
    };
    assert_eq!(of("github"), Ok(true));
    assert_eq!(of("gitlab"), Err(KeySourceError::UnknownIssuer));
    assert!(FileKeys::default().with(ISSUER, b"{}").is_err());
}

#[test]
fn a_token_is_verified_with_keys_of_a_source() {
    use super::world::World;
    use crate::id_token::{IdToken, Rule, verify_with_source};
    let world = World::new();
    let token = IdToken::new(world.github().encode().into_bytes()).unwrap();
    let keys = key_set(&[jwk(&world.github().key, "ec1")]);
    let verify = |source: &dyn KeySource| {
        let verdict = block_on(verify_with_source(&token, &world.issuers, source, NOW));
        verdict.map(|verified| verified.expires()).map_err(|error| error.rule())
    };
    assert_eq!(verify(&FileKeys::default().with(ISSUER, &keys).unwrap()), Ok(NOW + 600));
    assert_eq!(verify(&FileKeys::default().with(ISSUER, br#"{"keys":[]}"#).unwrap()), Err(Rule::J27));
    assert_eq!(verify(&FileKeys::default()), Err(Rule::J16));
    let over_https = |edit: &dyn Fn(&Script)| {
        let bench = Bench::new(KeySourceOptions::default());
        bench.script.put(&bench.script.keys, 200, keys.clone());
        edit(&bench.script);
        verify(&bench.source)
    };
    assert_eq!(over_https(&|_| {}), Ok(NOW + 600));
    assert_eq!(over_https(&|script| script.fail()), Err(Rule::J18));
    assert_eq!(over_https(&|script| script.put(&script.keys, 500, Vec::new())), Err(Rule::J18));
    assert_eq!(over_https(&|script| script.discovery("x", "https://issuer.example/keys")), Err(Rule::J17));
    assert_eq!(over_https(&|script| script.discovery(ISSUER, "https://x.example/keys")), Err(Rule::J17));
    let twice = key_set(&[jwk(&world.github().key, "ec1"), jwk(&world.github().key, "ec1")]);
    assert_eq!(over_https(&|script| script.put(&script.keys, 200, twice.clone())), Err(Rule::J20));
    assert_eq!(over_https(&|script| script.put(&script.keys, 200, b"{}".to_vec())), Err(Rule::J21));
}

/// The same over sockets, with the client that hosts use.
#[test]
fn discovery_over_sockets() {
    let served = Served::start(Instance::new(Seed::new([7; 32]), NOW));
    let http = BoundedHttp::new(&Roots::Only(Vec::new()), Insecure::LoopbackHttp).unwrap();
    let http: Arc<dyn Transport> = Arc::new(http);
    let mut issuer = issuer("github", Provider::Github);
    issuer.issuer = format!("{}/github", served.issuer_url);
    let look = |insecure: Insecure| {
        let options = KeySourceOptions { insecure, ..KeySourceOptions::default() };
        let source = HttpsKeys::new(Arc::clone(&http), options);
        block_on(source.key_set(&issuer, "ec1", NOW)).map(|keys| keys.has_key("ec1"))
    };
    assert_eq!(look(Insecure::LoopbackHttp), Ok(true));
    assert_eq!(look(Insecure::Never), Err(KeySourceError::Host));
    for (lie, error) in [
        (TransportLie::Redirect { port: 9 }, KeySourceError::Http(HostError::Redirected)),
        (TransportLie::Oversize, KeySourceError::Http(HostError::TooLarge)),
        (TransportLie::Compressed, KeySourceError::Http(HostError::TooLarge)),
        (TransportLie::Closed, KeySourceError::Http(HostError::Unavailable)),
        (TransportLie::Truncated, KeySourceError::Http(HostError::Unavailable)),
        (TransportLie::Malformed, KeySourceError::Discovery),
        (TransportLie::DuplicateMember, KeySourceError::Discovery),
        (TransportLie::Status { status: 503, retry_after: None }, KeySourceError::Status(503)),
    ] {
        served.lie(Place::Issuer, lie, 1);
        assert_eq!(look(Insecure::LoopbackHttp), Err(error), "{lie:?}");
    }
}
