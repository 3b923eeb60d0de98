//! The crate `sigstore-verify`, in this process.
use std::collections::HashMap;
use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use sigstore_trust_root::TrustedRoot;
use sigstore_types::{Artifact, Bundle, DerPublicKey, Sha256Hash};
use sigstore_verify::{Policy, PublicKeyVerificationPolicy, VerificationPolicy, Verifier};

use cretula_peers::{Key, Opinion, Peer, Question};

/// Verifiers by trusted root.
#[derive(Default)]
pub struct Native {
    verifiers: HashMap<Arc<str>, Result<Arc<Verifier>, String>>,
}

impl Peer for Native {
    fn ask(&mut self, question: &Question) -> Opinion {
        let verifier = self.verifier(question);
        let judged = std::panic::catch_unwind(|| judge(verifier?.as_ref(), question));
        match judged {
            Ok(Ok(())) => Opinion::Accept,
            Ok(Err(reason)) => Opinion::Refuse(reason),
            Err(_) => Opinion::Refuse("panic".into()),
        }
    }
}

impl Native {
    fn verifier(&mut self, question: &Question) -> Result<Arc<Verifier>, String> {
        let root = question.root.clone().ok_or("no trusted root")?;
        let made = self.verifiers.entry(root).or_insert_with_key(|root| {
            let root =
                TrustedRoot::from_json(&decoded(root)?).map_err(|error| format!("trusted root: {error}"))?;
            Verifier::new(&root).map(Arc::new).map_err(|error| format!("trusted root: {error}"))
        });
        made.clone()
    }
}

fn judge(verifier: &Verifier, question: &Question) -> Result<(), String> {
    let bundle =
        Bundle::from_json(&decoded(&question.bundle)?).map_err(|error| format!("bundle: {error}"))?;
    let policy = policy(question)?;
    let bytes;
    let artifact: Artifact<'_> = match (&question.artifact, &question.digest) {
        (Some(artifact), _) => {
            bytes = STANDARD.decode(artifact.as_ref()).map_err(|error| error.to_string())?;
            bytes.as_slice().into()
        }
        (None, Some(digest)) => Sha256Hash::from_hex(&digest.hex).map_err(|error| error.to_string())?.into(),
        (None, None) => return Err("no artifact".into()),
    };
    verifier.verify(artifact, &bundle, policy.as_ref()).map(drop).map_err(|error| describe(&error))
}

fn policy(question: &Question) -> Result<Box<dyn Policy>, String> {
    if let Some(key) = &question.key {
        let policy = PublicKeyVerificationPolicy::new(public_key(key)?);
        return Ok(Box::new(if question.log == 0 { policy.skip_tlog_unsafe() } else { policy }));
    }
    let mut policy = VerificationPolicy::any_identity();
    if let Some(identity) = &question.identity {
        policy = policy.require_identity(identity.as_str());
    }
    if let Some(issuer) = &question.issuer {
        policy = policy.require_issuer(issuer.as_str());
    }
    if question.log == 0 {
        policy = policy.skip_tlog_unsafe();
    }
    if question.sct == 0 {
        policy = policy.skip_sct();
    }
    Ok(Box::new(policy))
}

fn public_key(key: &Key) -> Result<DerPublicKey, String> {
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", key.der);
    DerPublicKey::from_pem(&pem).map_err(|error| format!("key: {error}"))
}

fn decoded(text: &str) -> Result<String, String> {
    let bytes = STANDARD.decode(text).map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

/// An error with its causes.
fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
