//! OpenBao: keys that sign without leaving it.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use cretula_attest::machine::{HostError, KeyReply, Reply, SignatureReply};
use cretula_crypto::HashAlgorithm;
use cretula_encoding::{base64, pem};
use cretula_testkit::serve::HttpRequest;
use serde_json::{Value, json};

use crate::network::{Network, free_pair};
use crate::program::Program;

/// The server lives as long as a test and holds nothing else: its token is no secret.
const TOKEN: &str = "interoperability";
/// Longest time for a request; the first RSA key takes seconds.
const LONGEST: Duration = Duration::from_secs(30);
/// SubjectPublicKeyInfo of Ed25519 before its 32 bytes.
const ED25519_SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// Kinds of keys: name here and there, name of the registry.
const KINDS: [(&str, &str, &str); 5] = [
    ("authority", "ecdsa-p256", "PKIX_ECDSA_P256_SHA_256"),
    ("ed25519", "ed25519", "PKIX_ED25519"),
    ("p256", "ecdsa-p256", "PKIX_ECDSA_P256_SHA_256"),
    ("p384", "ecdsa-p384", "PKIX_ECDSA_P384_SHA_384"),
    ("rsa3072", "rsa-3072", "PKIX_RSA_PKCS1V15_3072_SHA256"),
];

/// Name of the key of the private certificate authority.
pub(crate) const AUTHORITY: &str = "authority";

/// A running OpenBao with a key of every kind.
#[derive(Debug)]
pub struct KeyService {
    network: Arc<Network>,
    base: String,
    /// Ends with the handle.
    _program: Program,
}

impl KeyService {
    /// Starts OpenBao in memory and makes the keys.
    pub(crate) fn start(network: &Arc<Network>, program: &Path, folder: &Path) -> Result<Self> {
        let port = free_pair()?;
        let base = format!("http://127.0.0.1:{port}");
        let mut command = Command::new(program);
        command
            .args(["server", "-dev", "-dev-no-store-token"])
            .arg(format!("-dev-listen-address=127.0.0.1:{port}"))
            .env("BAO_DEV_ROOT_TOKEN_ID", TOKEN)
            .env("HOME", folder);
        let health = format!("{base}/v1/sys/health");
        let program = Program::start("openbao", &mut command, folder, network, &health)?;
        let service = Self { network: Arc::clone(network), base, _program: program };
        service.exchange("POST", "sys/mounts/transit", &json!({"type": "transit"}))?;
        for (name, kind, _) in KINDS {
            service.exchange("POST", &format!("transit/keys/{name}"), &json!({"type": kind}))?;
        }
        Ok(service)
    }

    /// SubjectPublicKeyInfo of a key, DER.
    pub(crate) fn public_key(&self, name: &str) -> Result<Vec<u8>> {
        let reply = self.exchange("GET", &format!("transit/keys/{name}"), &Value::Null)?;
        let text = reply.pointer("/data/keys/1/public_key").and_then(Value::as_str).context("no key")?;
        if text.starts_with("-----BEGIN") {
            return Ok(pem::parse_block(text.trim().as_bytes(), &["PUBLIC KEY"])?.der);
        }
        Ok([&ED25519_SPKI, base64::decode(text)?.as_slice()].concat())
    }

    /// A signature over a whole message: DER for ECDSA.
    pub(crate) fn signature(&self, name: &str, message: &[u8]) -> Result<Vec<u8>> {
        let digest = |hash: HashAlgorithm| base64::encode(hash.digest(&[message]).as_bytes());
        let request = match algorithm(name)? {
            "PKIX_ED25519" => json!({"input": base64::encode(message)}),
            "PKIX_ECDSA_P384_SHA_384" => json!({
                "input": digest(HashAlgorithm::Sha384), "prehashed": true, "hash_algorithm": "sha2-384",
                "marshaling_algorithm": "asn1"
            }),
            "PKIX_RSA_PKCS1V15_3072_SHA256" => json!({
                "input": digest(HashAlgorithm::Sha256), "prehashed": true, "hash_algorithm": "sha2-256",
                "signature_algorithm": "pkcs1v15"
            }),
            _ => json!({
                "input": digest(HashAlgorithm::Sha256), "prehashed": true, "hash_algorithm": "sha2-256",
                "marshaling_algorithm": "asn1"
            }),
        };
        let reply = self.exchange("POST", &format!("transit/sign/{name}"), &request)?;
        let text = reply.pointer("/data/signature").and_then(Value::as_str).context("no signature")?;
        Ok(base64::decode(text.strip_prefix("vault:v1:").context("another version")?)?)
    }

    /// The reply to `need-key`.
    pub(crate) fn open(&self, name: &str) -> Reply {
        let opened = algorithm(name).and_then(|details| Ok((details, self.public_key(name)?)));
        match opened {
            Ok((details, public_key)) => Reply::Key(KeyReply {
                public_key,
                algorithm: details.to_owned(),
                key_id: format!("transit:transit/{name}"),
                version: Some("1".to_owned()),
                chain: Vec::new(),
            }),
            Err(_) => Reply::Error(HostError::Denied),
        }
    }

    /// The reply to `need-signature`.
    pub(crate) fn sign(&self, name: &str, message: &[u8]) -> Reply {
        let encoding = match algorithm(name) {
            Ok(details) if details.starts_with("PKIX_ECDSA") => "der",
            _ => "raw",
        };
        match self.signature(name, message) {
            Ok(signature) => Reply::Signature(SignatureReply {
                signature,
                encoding: encoding.to_owned(),
                version: Some("1".to_owned()),
            }),
            Err(_) => Reply::Error(HostError::Unavailable),
        }
    }

    fn exchange(&self, method: &str, path: &str, body: &Value) -> Result<Value> {
        let path = format!("/v1/{path}");
        let request = match method {
            "GET" => HttpRequest::get(&path),
            _ => HttpRequest::post(&path, "application/json", body.to_string().into_bytes()),
        };
        let request = request.with_header("x-vault-token", TOKEN);
        let Ok(reply) = self.network.send(&self.base, request, LONGEST) else {
            bail!("OpenBao does not answer")
        };
        let text = String::from_utf8_lossy(&reply.body);
        match reply.status {
            204 => Ok(Value::Null),
            200 => serde_json::from_str(&text).context("OpenBao writes no JSON"),
            status => bail!("OpenBao answers {status}: {text}"),
        }
    }
}

/// Name of the registry for a key.
pub(crate) fn algorithm(name: &str) -> Result<&'static str> {
    let found = KINDS.iter().find(|(known, _, _)| *known == name);
    found.map(|(_, _, details)| *details).with_context(|| format!("no key {name}"))
}
