//! One question about a bundle, for Cretula and for everybody else.

use anyhow::{Context, Result};
use cretula_encoding::base64;
use cretula_verify::{RootMemo, portable};
use serde_json::{Value, json};

use crate::case::{Case, Signer};
use crate::key_service::algorithm;
use crate::request::{ARTIFACT, Order};
use crate::stack::Stack;

/// `cretula/verify-request/v1`: artifact, exact identity or key, and all evidence that the case has.
pub(crate) fn request(stack: &Stack, case: &Case, order: &Order, bundle: &[u8]) -> Result<Value> {
    let mut trust = json!({"roots": [base64::encode(&serde_json::to_vec(&stack.trusted_root)?)]});
    if let Signer::Managed(name) | Signer::Named(name) = case.signer {
        let hint = serde_json::from_slice::<Value>(bundle)?;
        let hint = hint.pointer("/verificationMaterial/publicKey/hint").and_then(Value::as_str);
        trust["keys"] = json!([{
            "id": hint.context("no hint")?,
            "key": base64::encode(&stack.keys.public_key(name)?),
            "keyDetails": algorithm(name)?
        }]);
    }
    let policy = serde_json::to_vec(&policy(case, order, &trust))?;
    Ok(json!({
        "schema": "cretula/verify-request/v1",
        "bundle": base64::encode(bundle),
        "trust": trust,
        "policy": base64::encode(&policy),
        "artifacts": [{"bytes": base64::encode(ARTIFACT)}]
    }))
}

fn policy(case: &Case, order: &Order, trust: &Value) -> Value {
    let (san, issuer) = &order.identity;
    let signers = match case.signer {
        Signer::Managed(_) | Signer::Named(_) => json!({"key": {"ids": [trust["keys"][0]["id"]]}}),
        _ => json!({"certificate": {"san": san, "issuer": issuer}}),
    };
    let mut evidence = json!({"log": {"threshold": u8::from(case.log)}});
    if case.timestamp {
        evidence["time"] = json!({"mode": "tsa", "threshold": 1, "signedThreshold": 1});
    }
    if case.profile() == "tsa" {
        evidence["sct"] = json!({"threshold": 1});
    }
    let preset = match case.profile() {
        "public-v2" => "public-good",
        "tsa" => "private-tsa",
        "private-ca" => "private-ca",
        _ => "managed-key",
    };
    json!({"schema": "cretula/policy/v1", "preset": preset, "evidence": evidence, "signers": signers})
}

/// The verdict of Cretula: nothing, or why not.
pub(crate) fn of_cretula(request: &Value) -> Result<(), String> {
    let request = serde_json::to_vec(request).unwrap_or_default();
    let reply = portable::verify(&request, &mut RootMemo::default());
    let reply: Value = serde_json::from_slice(&reply).unwrap_or_default();
    if reply["verdict"] == "verified" {
        return Ok(());
    }
    Err(format!("{} {}", reply["code"], reply["error"]))
}
