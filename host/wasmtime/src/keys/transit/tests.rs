//! Requests and replies, against a server that says what the test tells it.

use std::sync::{Mutex, PoisonError};

use cretula_encoding::base64;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use super::*;
use crate::keys::{
    LocalKey,
    checks::{MESSAGE, run, sign_and_verify},
};

const TOKEN: &str = "CANARY-token";

/// Answers one request after the other with prepared replies, and keeps the requests.
struct Server {
    address: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(replies: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&requests);
        tokio::spawn(async move {
            for reply in replies {
                let (mut stream, _) = listener.accept().await.unwrap();
                let request = read_request(&mut stream).await;
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(request);
                stream.write_all(reply.as_bytes()).await.unwrap();
            }
        });
        Self { address, requests }
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Head and body.
async fn read_request(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    loop {
        let mut buffer = [0; 4096];
        let count = stream.read(&mut buffer).await.unwrap();
        text.push_str(&String::from_utf8_lossy(&buffer[..count]));
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
            return text;
        }
    }
}

fn reply(status: u16, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} S\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n{body}")
}

fn ok(body: &str) -> String {
    reply(200, "", body)
}

/// A key document with these versions.
fn key_document(kind: &str, versions: &[(u64, &str)], more: &str) -> String {
    let latest = versions.iter().map(|(number, _)| *number).max().unwrap_or(0);
    let members: Vec<_> = versions
        .iter()
        .map(|(number, text)| {
            format!(r#""{number}":{{"public_key":{}}}"#, serde_json::to_string(text).unwrap())
        })
        .collect();
    let members = members.join(",");
    format!(r#"{{"data":{{"type":"{kind}","latest_version":{latest},"keys":{{{members}}}{more}}}}}"#)
}

fn signed(version: &str, bytes: &[u8]) -> String {
    format!(r#"{{"data":{{"signature":"vault:v{version}:{}"}}}}"#, base64::encode(bytes))
}

fn transit(address: &str) -> Arc<Transit> {
    let options = TransitOptions::new(address, Secret::new(TOKEN.as_bytes().to_vec()));
    Arc::new(Transit::new(options).unwrap_or_else(|error| panic!("{error}")))
}

fn name() -> TransitKeyName {
    TransitKeyName::new("ci", Some("org/team"), "slsa").unwrap()
}

async fn open(server: &Server) -> Result<TransitKey, KeyError> {
    Transit::open(&transit(&server.address), &name()).await
}

/// What a signature over [`MESSAGE`] by a local key looks like.
fn signature_of(key: &LocalKey) -> Vec<u8> {
    key.material_for_tests().sign(GuardedMessage::passed(MESSAGE)).unwrap().bytes
}

fn local(algorithm: KeyAlgorithm) -> LocalKey {
    LocalKey::generate(algorithm).unwrap_or_else(|error| panic!("{error}"))
}

/// The error of signing after the key was read as version 1 of `key`, and then these replies.
async fn signing_error(key: &LocalKey, replies: Vec<String>) -> KeyError {
    let document = ok(&key_document("ecdsa-p256", &[(1, &key.public_key_pem())], ""));
    let server = Server::start([vec![document], replies].concat()).await;
    let handle = open(&server).await.unwrap_or_else(|error| panic!("{error}"));
    handle.sign(GuardedMessage::passed(MESSAGE)).await.unwrap_err()
}

#[test]
fn nothing_is_left_to_defaults() {
    run(async {
        let key = local(KeyAlgorithm::EcdsaP384);
        let document = key_document("ecdsa-p384", &[(1, "old"), (2, &key.public_key_pem())], "");
        let server = Server::start(vec![ok(&document), ok(&signed("2", &signature_of(&key)))]).await;
        let handle = open(&server).await.unwrap_or_else(|error| panic!("{error}"));
        let signature = sign_and_verify(&handle).await;
        assert_eq!(signature.version.as_deref(), Some("2"));
        assert_eq!(handle.public_key().await.unwrap().id, "transit:ci/org/team/slsa");

        let requests = server.requests();
        assert!(requests[0].starts_with("GET /v1/ci/keys/slsa HTTP/1.1\r\n"), "{}", requests[0]);
        assert!(requests[1].starts_with("POST /v1/ci/sign/slsa HTTP/1.1\r\n"), "{}", requests[1]);
        for request in &requests {
            assert!(request.contains(&format!("\r\nx-vault-token: {TOKEN}\r\n")), "{request}");
            assert!(request.contains("\r\nx-vault-namespace: org/team\r\n"), "{request}");
            assert_eq!(request.matches(TOKEN).count(), 1, "{request}");
        }
        let digest = base64::encode(&KeyAlgorithm::EcdsaP384.digest(MESSAGE).unwrap());
        let body = format!(
            r#"{{"input":"{digest}","prehashed":true,"key_version":2,"hash_algorithm":"sha2-384","marshaling_algorithm":"asn1"}}"#
        );
        assert!(requests[1].ends_with(&body), "{}", requests[1]);
    });
}

#[test]
fn bodies_of_the_other_algorithms() {
    let body = |algorithm| String::from_utf8(SignRequest::new(algorithm, b"m", 7).encode()).unwrap();
    assert_eq!(body(KeyAlgorithm::Ed25519), r#"{"input":"bQ==","prehashed":false,"key_version":7}"#);
    assert_eq!(
        body(KeyAlgorithm::RsaPkcs1v15With3072),
        r#"{"input":"bQ==","prehashed":true,"key_version":7,"hash_algorithm":"sha2-256","signature_algorithm":"pkcs1v15"}"#
    );
    assert_eq!(
        body(KeyAlgorithm::EcdsaP521),
        r#"{"input":"bQ==","prehashed":true,"key_version":7,"hash_algorithm":"sha2-512","marshaling_algorithm":"asn1"}"#
    );
}

#[test]
fn ed25519_keys_are_raw_and_sign_the_message() {
    run(async {
        let key = local(KeyAlgorithm::Ed25519);
        let raw = base64::encode(&key.spki()[key.spki().len() - 32..]);
        let document = key_document("ed25519", &[(1, &raw)], "");
        let server = Server::start(vec![ok(&document), ok(&signed("1", &signature_of(&key)))]).await;
        let handle = open(&server).await.unwrap_or_else(|error| panic!("{error}"));
        sign_and_verify(&handle).await;
        assert!(server.requests()[1].contains(&base64::encode(MESSAGE)));

        let longest = usize::try_from(MAX_MESSAGE_BYTES).unwrap();
        assert!(handle.request(&vec![0; longest]).is_ok());
        let error = handle.request(&vec![0; longest + 1]).err();
        assert_eq!(error, Some(KeyError::TooLarge { max_bytes: MAX_MESSAGE_BYTES }));
    });
}

#[test]
fn keys_that_do_not_sign_are_refused() {
    run(async {
        let ecdsa = local(KeyAlgorithm::EcdsaP256).public_key_pem();
        let cases = [
            ("rsa-2048", "", "unsupported"),
            ("aes256-gcm96", "", "unsupported"),
            ("ecdsa-p256", r#","derived":true"#, "unsupported"),
            ("ed25519", "", "other"),
        ];
        for (kind, more, expected) in cases {
            let server = Server::start(vec![ok(&key_document(kind, &[(1, &ecdsa)], more))]).await;
            assert_eq!(open(&server).await.err().map(|error| error.kind()), Some(expected), "{kind}");
        }
    });
}

#[test]
fn a_chain_is_read_or_an_error() {
    let document = |chain: &str| {
        let version = format!(r#"{{"public_key":"x","certificate_chain":"{chain}"}}"#);
        let text = format!(r#"{{"data":{{"type":"ed25519","latest_version":1,"keys":{{"1":{version}}}}}}}"#);
        KeyDocument::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}")).certificate_chain(1)
    };
    let block = |label: &str| format!("-----BEGIN {label}-----\\nMAA=\\n-----END {label}-----\\n");
    let certificate = block("CERTIFICATE");
    assert_eq!(document(""), Ok(Vec::new()));
    assert_eq!(document(&format!("{certificate}{certificate}")), Ok(vec![vec![48, 0]; 2]));
    assert!(document("garbage").is_err());
    assert!(document(&block("PUBLIC KEY")).is_err());
    assert!(document(&certificate.repeat(9)).is_err());
}

#[test]
fn statuses_become_kinds() {
    run(async {
        let cases = [
            (400, "", KeyError::Denied),
            (401, "", KeyError::Denied),
            (403, "", KeyError::Denied),
            (404, "", KeyError::Denied),
            (429, "", KeyError::Throttled { retry_after_ms: None }),
            (429, "retry-after: 3\r\n", KeyError::Throttled { retry_after_ms: Some(3000) }),
            (503, "retry-after: 999\r\n", KeyError::Throttled { retry_after_ms: Some(120_000) }),
            (500, "", KeyError::unavailable("status 500")),
            (502, "", KeyError::unavailable("status 502")),
            (503, "", KeyError::unavailable("status 503")),
            (504, "retry-after: soon\r\n", KeyError::unavailable("status 504")),
            (418, "", KeyError::other("status 418")),
        ];
        for (status, headers, expected) in cases {
            let body = format!(r#"{{"errors":["{TOKEN}"]}}"#);
            let server = Server::start(vec![reply(status, headers, &body)]).await;
            assert_eq!(open(&server).await.err(), Some(expected), "{status}");
        }
    });
}

#[test]
fn the_token_follows_no_redirect() {
    run(async {
        let target = Server::start(vec![ok("{}")]).await;
        let location = format!("location: {}/v1/ci/keys/slsa\r\n", target.address);
        for status in [301, 302, 307, 308] {
            let server = Server::start(vec![reply(status, &location, "")]).await;
            assert_eq!(open(&server).await.err().map(|error| error.kind()), Some("other"));
        }
        assert_eq!(target.requests(), Vec::<String>::new());
    });
}

#[test]
fn replies_are_bounded_and_strict() {
    run(async {
        let pem = local(KeyAlgorithm::EcdsaP256).public_key_pem();
        let good = key_document("ecdsa-p256", &[(1, &pem)], "");
        let padded = |length: usize| format!("{good}{}", " ".repeat(length - good.len()));
        let server = Server::start(vec![ok(&padded(1 << 20))]).await;
        assert!(open(&server).await.is_ok());
        let bad = [
            ok(&padded((1 << 20) + 1)),
            reply(200, "content-encoding: gzip\r\n", &good),
            ok(""),
            ok("{}"),
            ok(r#"{"data":{}}"#),
            ok(&format!("{good}x")),
            ok(&good.replacen("\"type\"", "\"type\":\"ed25519\",\"type\"", 1)),
            ok(&good.replace(r#""latest_version":1"#, r#""latest_version":2"#)),
            ok(&good.replace("BEGIN PUBLIC KEY", "BEGIN CERTIFICATE")),
        ];
        for reply in bad {
            let server = Server::start(vec![reply.clone()]).await;
            let kind = open(&server).await.err().map(|error| error.kind());
            assert_eq!(kind, Some("other"), "{reply:.300}");
        }
    });
}

#[test]
fn signatures_that_are_none() {
    run(async {
        let key = local(KeyAlgorithm::EcdsaP256);
        for body in [
            "{}",
            r#"{"data":{"signature":"v1:AA=="}}"#,
            r#"{"data":{"signature":"vault:v01:AA=="}}"#,
            r#"{"data":{"signature":"vault:v+1:AA=="}}"#,
            r#"{"data":{"signature":"vault:v1:_-"}}"#,
            r#"{"data":{"signature":"vault:v1"}}"#,
        ] {
            assert_eq!(signing_error(&key, vec![ok(body)]).await.kind(), "other", "{body}");
        }
    });
}

#[test]
fn a_version_that_is_gone_is_told_from_other_refusals() {
    run(async {
        let key = local(KeyAlgorithm::EcdsaP256);
        let (pem, other) = (key.public_key_pem(), local(KeyAlgorithm::EcdsaP256).public_key_pem());
        let document = |versions: &[(u64, &str)], more| ok(&key_document("ecdsa-p256", versions, more));
        let raised = document(&[(1, &pem), (2, &other)], r#","min_encryption_version":2"#);
        let same = document(&[(1, &pem), (2, &other)], r#","min_encryption_version":1"#);
        let refused = |status| reply(status, "", "{}");
        let cases = [
            (vec![ok(&signed("2", &signature_of(&key)))], KeyError::WrongVersion),
            (vec![refused(400), raised.clone()], KeyError::WrongVersion),
            (vec![refused(500), document(&[(2, &pem)], "")], KeyError::WrongVersion),
            (vec![refused(400), document(&[(1, &other)], "")], KeyError::WrongVersion),
            (vec![refused(400), same.clone()], KeyError::Denied),
            (vec![refused(400), refused(403)], KeyError::Denied),
            (vec![refused(500), same], KeyError::unavailable("status 500")),
            (vec![refused(403)], KeyError::Denied),
        ];
        for (replies, expected) in cases {
            assert_eq!(signing_error(&key, replies).await, expected);
        }
    });
}

#[test]
fn servers_that_do_not_answer_are_unavailable() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let silent = format!("http://{}", listener.local_addr().unwrap());
        let options = TransitOptions::new(&silent, Secret::new(TOKEN.as_bytes().to_vec()));
        let transit = Arc::new(
            Transit::new(options.with_timeout(Duration::from_millis(50)))
                .unwrap_or_else(|error| panic!("{error}")),
        );
        let error = Transit::open(&transit, &name()).await.err().unwrap();
        assert_eq!(error, KeyError::unavailable("no answer in time"));
        drop(listener);
        let error = Transit::open(&transit, &name()).await.err().unwrap();
        assert_eq!(error, KeyError::unavailable("no connection"));

        let server = Server::start(vec!["HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{".to_owned()]).await;
        assert_eq!(open(&server).await.err().map(|error| error.kind()), Some("unavailable"));
    });
}

#[test]
fn a_token_goes_only_over_tls_or_loopback() {
    let kind = |address: &str, token: &str| {
        let options = TransitOptions::new(address, Secret::new(token.as_bytes().to_vec()));
        Transit::new(options.with_root_certificates(ROOT.as_bytes())).err().map(|error| error.kind())
    };
    for address in [
        "https://bao.example",
        "https://bao.example:8200/",
        "http://127.0.0.1:8200",
        "http://[::1]:1",
        "http://localhost",
    ] {
        assert_eq!(kind(address, TOKEN), None, "{address}");
    }
    for address in [
        "http://bao.example",
        "http://127.0.0.1.example",
        "http://localhost.example",
        "ftp://127.0.0.1",
        "https://user@bao.example",
        "https://bao.example?x",
        "https://bao.example#x",
        "bao.example",
        "",
    ] {
        assert_eq!(kind(address, TOKEN), Some("other"), "{address}");
    }
    for token in ["", "a\nb"] {
        assert_eq!(kind("https://bao.example", token), Some("other"), "{token:?}");
    }
    let options = TransitOptions::new("https://bao.example", Secret::new(TOKEN.as_bytes().to_vec()));
    assert!(Transit::new(options.with_root_certificates(b"garbage")).is_err());
}

/// Any certificate will do: it is only read.
const ROOT: &str = "-----BEGIN CERTIFICATE-----
MIIBbjCCAROgAwIBAgIUBYi2BUUD+U9vk7m+y19RM29pviQwCgYIKoZIzj0EAwIw
DDEKMAgGA1UEAwwBcjAeFw0yNjExMjQxOTMwMThaFw0zNjExMjExOTMwMThaMAwx
CjAIBgNVBAMMAXIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATQYiY5lJSaAUWR
AAH/4LI9IgReqjfF1NJot110SBh6+CSyzI5FGVDt+b86IKhquCEd/2y0c5639BFy
iQTaVzxso1MwUTAdBgNVHQ4EFgQU/VnzJXjGbfzaNLcqTSpa5znCtLEwHwYDVR0j
BBgwFoAU/VnzJXjGbfzaNLcqTSpa5znCtLEwDwYDVR0TAQH/BAUwAwEB/zAKBggq
hkjOPQQDAgNJADBGAiEAuTTcaEwO0gCwYZzYO5TlginadnIHoOhu97ofnYsIr/wC
IQDTeZepVSbk6xGf2BSa0HQaLzARreGIcT/1F1vbP+sLwg==
-----END CERTIFICATE-----
";

/// Replies of OpenBao 2.7.2, where the shared vectors are.
#[test]
fn recorded_replies_are_read() {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors/private/replies");
    let keys = [
        ("ecdsa-p256", KeyAlgorithm::EcdsaP256),
        ("ecdsa-p384", KeyAlgorithm::EcdsaP384),
        ("ed25519", KeyAlgorithm::Ed25519),
        ("rsa-3072", KeyAlgorithm::RsaPkcs1v15With3072),
    ];
    for (kind, algorithm) in keys {
        let Ok(document) = std::fs::read(folder.join(format!("openbao-{kind}-key.json"))) else { return };
        let key = KeyDocument::parse(&document).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(key.algorithm(), Ok(algorithm));
        assert!(cretula_crypto::VerificationKey::parse_spki(&key.spki(1).unwrap()).is_ok());
        assert_eq!(key.certificate_chain(1), Ok(Vec::new()));
        let reply = std::fs::read(folder.join(format!("openbao-{kind}-sign-reply.json"))).unwrap();
        assert_eq!(documents::parse_signature(&reply).map(|(version, _)| version), Ok(1));
    }
}
