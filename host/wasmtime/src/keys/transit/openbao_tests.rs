//! Against a real server in development mode, where its program is there.

use std::{
    env,
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use reqwest::Method;

use super::*;
use crate::keys::{
    ConfiguredKeys, KeyStore as _,
    checks::{MESSAGE, run, sign_and_verify, verifies},
};

/// Names the program; without it, `bao` of `PATH`.
const PROGRAM: &str = "CRETULA_TEST_BAO";
const ROOT_TOKEN: &str = "root-of-this-test";

fn program() -> Option<PathBuf> {
    if let Some(named) = env::var_os(PROGRAM).filter(|value| !value.is_empty()) {
        return Some(named.into());
    }
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).map(|folder| folder.join("bao")).find(|file| file.is_file())
}

/// A server of this test alone; it ends with it.
struct Server {
    process: Child,
    address: String,
    http: reqwest::Client,
}

impl Server {
    /// A server that answers. Another program may take its port first: then it ends, and the next one is tried.
    async fn start(program: &PathBuf) -> Self {
        let http = client::plain_for_tests();
        for _ in 0..5 {
            let listen = free_ports();
            let address = format!("http://{listen}");
            let mut process = Command::new(program)
                .args(["server", "-dev", "-dev-no-store-token", "-log-level=error"])
                .arg(format!("-dev-root-token-id={ROOT_TOKEN}"))
                .arg(format!("-dev-listen-address={listen}"))
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            while process.try_wait().unwrap().is_none() {
                if http
                    .get(format!("{address}/v1/sys/health"))
                    .send()
                    .await
                    .is_ok_and(|reply| reply.status() == 200)
                {
                    return Self { process, address, http };
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        panic!("the server does not start");
    }

    /// Requests that set the server up.
    async fn administer(&self, method: Method, path: &str, body: &str) {
        let request = self.http.request(method, format!("{}/v1/{path}", self.address));
        let reply = request.header("X-Vault-Token", ROOT_TOKEN).body(body.to_owned()).send().await.unwrap();
        assert!(reply.status().is_success(), "{path}: {}", reply.status());
    }

    async fn make_key(&self, kind: &str) -> TransitKeyName {
        self.administer(Method::POST, &format!("ci/keys/{kind}"), &format!(r#"{{"type":"{kind}"}}"#)).await;
        TransitKeyName::new("ci", None, kind).unwrap()
    }

    fn transit(&self, token: &str) -> Arc<Transit> {
        let options = TransitOptions::new(&self.address, Secret::new(token.as_bytes().to_vec()));
        Arc::new(Transit::new(options).unwrap_or_else(|error| panic!("{error}")))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// Two free ports in a row: the server takes the second for its cluster.
fn free_ports() -> String {
    loop {
        let first = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let both = [Some(first.port()), first.port().checked_add(1)];
        if both.iter().all(|port| port.is_some_and(|port| TcpListener::bind(("127.0.0.1", port)).is_ok())) {
            return first.to_string();
        }
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn keys_of_openbao_sign() {
    let Some(program) = program() else {
        eprintln!("SKIPPED: no OpenBao: neither {PROGRAM} nor `bao` in PATH");
        return;
    };
    run(async {
        let server = Server::start(&program).await;
        server.administer(Method::POST, "sys/mounts/ci", r#"{"type":"transit"}"#).await;
        every_kind_signs(&server).await;
        a_rotated_key(&server).await;
        what_is_denied(&server).await;
    });
}

async fn every_kind_signs(server: &Server) {
    let transit = server.transit(ROOT_TOKEN);
    let mut keys = ConfiguredKeys::new();
    for kind in ["ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "ed25519", "rsa-3072", "rsa-4096"] {
        let name = server.make_key(kind).await;
        assert_eq!(keys.add_transit(kind, &transit, name), Ok(()));
        let key = keys.open(kind).await.unwrap_or_else(|error| panic!("{kind}: {error}"));
        let signature = sign_and_verify(&*key).await;
        assert_eq!(signature.version.as_deref(), Some("1"), "{kind}");
        assert_eq!(key.public_key().await.unwrap().id, format!("transit:ci/{kind}"));
        assert_eq!(key.certificate_chain().await, Ok(Vec::new()));
    }
    for kind in ["rsa-2048", "aes256-gcm96"] {
        let name = server.make_key(kind).await;
        let error = Transit::open(&transit, &name).await.err();
        assert_eq!(error.map(|error| error.kind()), Some("unsupported"), "{kind}");
    }
}

/// A handle keeps signing with the version that it was opened with, until that may no longer sign (K6).
async fn a_rotated_key(server: &Server) {
    let transit = server.transit(ROOT_TOKEN);
    let name = TransitKeyName::new("ci", None, "ecdsa-p384").unwrap();
    let open = async || Transit::open(&transit, &name).await.unwrap_or_else(|error| panic!("{error}"));
    let first = open().await;
    server.administer(Method::POST, "ci/keys/ecdsa-p384/rotate", "{}").await;
    assert_eq!(sign_and_verify(&first).await.version.as_deref(), Some("1"));
    let second = open().await;
    assert_eq!(sign_and_verify(&second).await.version.as_deref(), Some("2"));
    assert_ne!(first.spki, second.spki);

    let minimum = r#"{"min_encryption_version":2,"min_decryption_version":2}"#;
    server.administer(Method::POST, "ci/keys/ecdsa-p384/config", minimum).await;
    assert_eq!(first.sign(GuardedMessage::passed(MESSAGE)).await, Err(KeyError::WrongVersion));
    sign_and_verify(&second).await;

    server.administer(Method::POST, "ci/keys/ecdsa-p384/config", r#"{"deletion_allowed":true}"#).await;
    server.administer(Method::DELETE, "ci/keys/ecdsa-p384", "").await;
    assert_eq!(second.sign(GuardedMessage::passed(MESSAGE)).await, Err(KeyError::Denied));
    server.make_key("ecdsa-p384").await;
    assert_eq!(second.sign(GuardedMessage::passed(MESSAGE)).await, Err(KeyError::WrongVersion));
    // Another key with the same name and version signs; the self-check of every signature finds it (K5).
    let signature = first.sign(GuardedMessage::passed(MESSAGE)).await.unwrap();
    assert!(!verifies(first.algorithm(), &first.spki, &signature));
}

async fn what_is_denied(server: &Server) {
    let known = TransitKeyName::new("ci", None, "ecdsa-p256").unwrap();
    let others = [
        TransitKeyName::new("ci", None, "unknown").unwrap(),
        TransitKeyName::new("elsewhere", None, "ecdsa-p256").unwrap(),
    ];
    for name in &others {
        assert_eq!(Transit::open(&server.transit(ROOT_TOKEN), name).await.err(), Some(KeyError::Denied));
    }
    let wrong = Transit::open(&server.transit("CANARY-token"), &known).await.err();
    assert_eq!(wrong, Some(KeyError::Denied));
}
