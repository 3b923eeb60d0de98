//! A second verification, as the publishing host makes it: from the request and the host's own records alone, never from
//! a state.

use cretula_attest::machine::Finished;
use cretula_attest::portable;
use cretula_encoding::base64;
use cretula_verify::portable::verify_request;
use cretula_verify::request::{Artifact, ManagedKey, ManagedKeyParts, Options, Request};
use serde_json::{Value, json};

use crate::world::{NOW, SHA256, World};

/// What a bundle must be, whatever a run says.
pub(crate) struct Demand {
    policy: Value,
    root: Vec<u8>,
    keys: Vec<ManagedKey>,
    /// The statement, base64.
    payload: String,
}

impl Demand {
    /// Demands of the request of a world, before its run.
    pub(crate) fn of(world: &mut World) -> Self {
        let request = serde_json::to_vec(&world.request).unwrap();
        let statement = portable::statement(&request, NOW, &mut world.roots);
        let statement: Value = serde_json::from_slice(&statement).unwrap();
        Self {
            policy: policy(world),
            root: serde_json::to_vec(&world.request["trust"]["trustedRoot"]).unwrap(),
            keys: managed_key(world).into_iter().collect(),
            payload: statement["statement"].as_str().unwrap().into(),
        }
    }

    /// The code of the refusal, if there is one.
    pub(crate) fn verify(&self, finished: &Finished, world: &mut World) -> Result<(), &'static str> {
        let request = Request {
            bundle: finished.bundle.clone(),
            roots: vec![self.root.clone()],
            keys: self.keys.clone(),
            policy: serde_json::to_vec(&self.policy).unwrap(),
            artifacts: vec![Artifact::from_entries([("sha256", SHA256)]).unwrap()],
            options: Options::default(),
        };
        let outcome = verify_request(&request, &mut world.roots).map_err(|failure| failure.code)?;
        outcome.verdict.as_ref().map_err(|refusal| refusal.code)?;
        let signed = outcome.report.statement.as_ref().map(|statement| base64::encode(&statement.payload));
        if signed.as_ref() == Some(&self.payload) { Ok(()) } else { Err("another statement") }
    }
}

fn managed_key(world: &World) -> Option<ManagedKey> {
    let mode = &world.request["config"]["modes"]["m"];
    let key = world.keys.get(mode["key"].as_str()?)?;
    let spki = key.key.spki();
    let id = cretula_attest::assembly::default_key_id(&spki);
    let parts = ManagedKeyParts {
        id: &id,
        key: &spki,
        key_details: Some(key.details.name()),
        encoding: None,
        usage: None,
        valid_for: None,
    };
    Some(ManagedKey::parse(&parts).unwrap())
}

/// How many operators a list of the signing configuration demands. There are two of each; a log that was frozen
/// meanwhile is none of them.
fn demanded(world: &World, list: &str, rule: &str) -> u64 {
    let config = &world.request["trust"]["signingConfig"];
    match config[rule]["selector"].as_str() {
        _ if config[list].as_array().unwrap().is_empty() => 0,
        Some("EXACT") => config[rule]["count"].as_u64().unwrap(),
        Some("ALL") if list == "tsaUrls" => 2,
        _ => 1,
    }
}

fn policy(world: &World) -> Value {
    let mode = &world.request["config"]["modes"]["m"];
    let profile = mode["profile"].as_str().unwrap();
    let logs = if profile == "tsa" { 0 } else { demanded(world, "rekorTlogUrls", "rekorTlogConfig") };
    let timestamps = demanded(world, "tsaUrls", "tsaConfig");
    let (preset, time) = match profile {
        "public-v1" => ("public-good", "observer"),
        "public-v2" => ("public-good", "tsa"),
        "tsa" => ("private-tsa", "tsa"),
        "private-ca" => ("private-ca", "tsa"),
        _ => ("managed-key", "tsa"),
    };
    let mut evidence = json!({
        "log": {"threshold": logs},
        "time": {"mode": time, "threshold": 1, "signedThreshold": timestamps}
    });
    if profile == "managed-offline" {
        evidence = json!({"log": {"threshold": 0}});
    }
    let claims = &world.request["facts"]["claims"];
    let workflow = format!(
        "{}@{}",
        mode["signers"][0]["workflow"].as_str().unwrap(),
        mode["signers"][0]["ref"].as_str().unwrap()
    );
    let mut bundle = json!({"versions": ["0.3"]});
    let signers = if preset == "managed-key" {
        bundle["requireKeyid"] = json!(true);
        json!({"key": {"ids": [managed_key(world).unwrap().id]}})
    } else {
        json!({"certificate": {
            "issuer": {"exact": claims["iss"]},
            "san": {"type": "uri", "match": {"exact": workflow}}
        }})
    };
    json!({
        "schema": "cretula/policy/v1",
        "preset": preset,
        "bundle": bundle,
        "evidence": evidence,
        "signers": signers,
        "statement": {
            "predicateTypes": ["https://slsa.dev/provenance/v1"],
            "types": ["https://in-toto.io/Statement/v1"]
        }
    })
}
