//! A verify request as a question that every peer can be asked.
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use cretula_encoding::base64;
use serde::Serialize;
use serde_json::Value;

use crate::Facts;

/// What a peer is asked.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Question {
    /// Bundle, base64.
    pub bundle: String,
    /// Trusted root, base64.
    #[serde(serialize_with = "shared_text")]
    pub root: Option<Arc<str>>,
    /// Artifact, base64.
    #[serde(serialize_with = "shared_text")]
    pub artifact: Option<Arc<str>>,
    /// Digest of the artifact.
    pub digest: Option<ArtifactDigest>,
    /// Subject alternative name.
    pub identity: Option<String>,
    /// Issuer.
    pub issuer: Option<String>,
    /// Managed key.
    pub key: Option<Key>,
    /// Log entries demanded.
    pub log: u64,
    /// SCTs demanded.
    pub sct: u64,
    /// Which times count.
    pub mode: String,
    /// Times demanded.
    pub times: u64,
    /// RFC 3161 times demanded.
    pub signed_times: u64,
    /// Areas of our policy that no peer is asked for: a refusal by us that names only these is no difference.
    #[serde(skip)]
    pub loosened: Vec<&'static str>,
    /// What the scope rules look at.
    #[serde(skip)]
    pub facts: Facts,
}

/// Digest of an artifact.
#[derive(Debug, Clone, Serialize)]
pub struct ArtifactDigest {
    /// `sha256`, `sha384` or `sha512`.
    pub algorithm: String,
    /// Its value.
    pub hex: String,
}

/// A managed key.
#[derive(Debug, Clone, Serialize)]
pub struct Key {
    /// The hint that it answers to; empty: any.
    pub id: String,
    /// SubjectPublicKeyInfo, base64.
    pub der: String,
    /// Name of the registry.
    pub details: Option<String>,
    /// RFC 3339.
    pub start: Option<String>,
    /// RFC 3339.
    pub end: Option<String>,
}

const ROOT_V02: &str = "application/vnd.dev.sigstore.trustedroot.v0.2+json";
const ROOT_V01: &str = "application/vnd.dev.sigstore.trustedroot+json;version=0.1";

impl Question {
    /// The question that a request asks.
    ///
    /// # Errors
    /// Why no peer can be asked it.
    pub fn of(request: &Value) -> Result<Self> {
        if request.get("options").is_some() {
            bail!("options of the call have no counterpart");
        }
        if request.get("container").is_some() {
            bail!("containers are opened by their readers");
        }
        let bundle = text(request, "bundle")?.to_owned();
        let policy = base64::decode(text(request, "policy")?)?;
        let policy = serde_json::from_slice(&policy).context("the policy is no JSON")?;
        let facts = Facts::of(&base64::decode(&bundle)?);
        let mut question = Self {
            bundle,
            root: root(request)?,
            artifact: None,
            digest: None,
            identity: None,
            issuer: None,
            key: key(request)?,
            log: 1,
            sct: 1,
            mode: "observer".into(),
            times: 1,
            signed_times: 0,
            loosened: Vec::new(),
            facts,
        };
        question.take_policy(&policy)?;
        if question.key.is_none() && question.mode == "none" {
            bail!("a certificate without a time has no counterpart");
        }
        if question.times == 0 && question.mode != "none" {
            bail!("that no time is needed has no counterpart");
        }
        question.take_artifact(request)?;
        let may_lack = policy.pointer("/dangerous/noArtifact") == Some(&Value::Bool(true));
        if question.artifact.is_none() && question.digest.is_none() && !may_lack {
            bail!("that an artifact is given is demanded of nobody else");
        }
        Ok(question)
    }

    fn take_policy(&mut self, policy: &Value) -> Result<()> {
        for (name, value) in object(policy)? {
            match name.as_str() {
                "schema" => {}
                "preset" => self.take_preset(value.as_str().unwrap_or_default())?,
                "evidence" | "signers" => {}
                "dangerous" => only(value, &["anySigner", "noArtifact"])?,
                "deny" => self.loosened.push("identity/"),
                "statement" => self.loosened.extend(["predicate/", "artifact/"]),
                "subject" => self.loosened.push("artifact/"),
                other => bail!("policy member {other} has no counterpart"),
            }
        }
        if let Some(evidence) = policy.get("evidence") {
            self.take_evidence(evidence)?;
        }
        if let Some(signers) = policy.get("signers") {
            self.take_signers(signers)?;
        } else {
            self.loosened.push("identity/");
        }
        if self.key.is_some() {
            self.sct = 0;
        }
        Ok(())
    }

    fn take_preset(&mut self, name: &str) -> Result<()> {
        match name {
            "public-good" => {}
            "managed-key" => self.mode = "none".into(),
            "private-tsa" => {
                (self.log, self.sct, self.signed_times) = (0, 0, 1);
                self.mode = "tsa".into();
            }
            "private-ca" => {
                (self.log, self.sct) = (0, 0);
                self.mode = "tsa".into();
            }
            other => bail!("preset {other} has no counterpart"),
        }
        Ok(())
    }

    fn take_evidence(&mut self, evidence: &Value) -> Result<()> {
        for (area, members) in object(evidence)? {
            for (name, value) in object(members)? {
                match (area.as_str(), name.as_str(), value.as_u64(), value.as_str()) {
                    ("log", "threshold", Some(count), _) => self.log = count,
                    ("sct", "threshold", Some(count), _) => self.sct = count,
                    ("time", "threshold", Some(count), _) => self.times = count,
                    ("time", "signedThreshold", Some(count), _) => self.signed_times = count,
                    ("time", "mode", _, Some(mode)) if ["observer", "tsa", "log", "none"].contains(&mode) => {
                        self.mode = mode.to_owned();
                    }
                    ("time", "onInvalidToken", _, Some("refuse")) => self.loosened.push("time/token"),
                    _ => bail!("evidence.{area}.{name} has no counterpart"),
                }
            }
        }
        Ok(())
    }

    fn take_signers(&mut self, signers: &Value) -> Result<()> {
        if let Some(key) = signers.get("key") {
            only(key, &["ids"])?;
            let ids = key.get("ids").and_then(Value::as_array).context("ids")?;
            let id = self.key.as_ref().context("no key is given")?.id.clone();
            if !ids.contains(&Value::String(id)) {
                self.loosened.push("identity/");
            }
            return Ok(());
        }
        let certificate = signers.get("certificate");
        let exact =
            certificate.and_then(|rule| Some((san(rule.get("san")?)?, rule.get("issuer")?.as_str()?)));
        match exact {
            Some((identity, issuer)) => {
                self.identity = Some(identity.to_owned());
                self.issuer = Some(issuer.to_owned());
                if certificate.and_then(Value::as_object).is_some_and(|rule| rule.len() > 2) {
                    self.loosened.push("identity/");
                }
            }
            None => self.loosened.push("identity/"),
        }
        Ok(())
    }

    fn take_artifact(&mut self, request: &Value) -> Result<()> {
        let Some(artifacts) = request.get("artifacts").and_then(Value::as_array) else {
            return Ok(());
        };
        let [artifact] = artifacts.as_slice() else {
            bail!("several artifacts have no counterpart");
        };
        if let Some(bytes) = artifact.get("bytes").and_then(Value::as_str) {
            self.artifact = Some(bytes.into());
            return Ok(());
        }
        let digests = artifact.get("digests").and_then(Value::as_object).context("an artifact")?;
        let wanted = self.facts.digest_algorithm.as_deref().unwrap_or("sha256");
        let found = [wanted, "sha256", "sha512", "sha384"]
            .into_iter()
            .find_map(|name| Some((name, digests.get(name)?.as_str()?)));
        let (algorithm, hex) = found.context("the digest has no counterpart")?;
        if self.facts.is_message && digests.len() > 1 && self.facts.digest_algorithm.is_none() {
            bail!("which digest was signed is not said");
        }
        self.digest = Some(ArtifactDigest { algorithm: algorithm.into(), hex: hex.into() });
        Ok(())
    }

    /// The line that a worker reads.
    pub fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

fn shared_text<S: serde::Serializer>(text: &Option<Arc<str>>, serializer: S) -> Result<S::Ok, S::Error> {
    text.as_deref().serialize(serializer)
}

fn san(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| {
        let map = value.as_object().filter(|map| map.len() == 1)?;
        map.get("exact")?.as_str()
    })
}

/// The one root. Version 0.2 goes under the name of 0.1, which some peers know alone, and a subject gets the empty
/// common name that one of them demands: nothing that decides a verdict.
fn root(request: &Value) -> Result<Option<Arc<str>>> {
    let Some(roots) = request.pointer("/trust/roots").and_then(Value::as_array) else {
        return Ok(None);
    };
    let [root] = roots.as_slice() else { bail!("several trusted roots have no counterpart") };
    let bytes = base64::decode(root.as_str().context("a root")?)?;
    let renamed = match String::from_utf8(bytes) {
        Ok(text) if text.contains("commonName") => text.replacen(ROOT_V02, ROOT_V01, 1).into_bytes(),
        Ok(text) => text
            .replacen(ROOT_V02, ROOT_V01, 1)
            .replace(r#""subject":{"organization""#, r#""subject":{"commonName":"","organization""#)
            .into_bytes(),
        Err(error) => error.into_bytes(),
    };
    let renamed = base64::encode(&renamed);
    Ok(Some(renamed.into()))
}

fn key(request: &Value) -> Result<Option<Key>> {
    let Some(keys) = request.pointer("/trust/keys").and_then(Value::as_array) else {
        return Ok(None);
    };
    let [key] = keys.as_slice() else { bail!("several managed keys have no counterpart") };
    only(key, &["id", "key", "keyDetails", "validFor"])?;
    let instant = |name| Some(key.get("validFor")?.get(name)?.as_str()?.to_owned());
    Ok(Some(Key {
        id: text(key, "id")?.to_owned(),
        der: text(key, "key")?.to_owned(),
        details: key.get("keyDetails").and_then(Value::as_str).map(str::to_owned),
        start: instant("start"),
        end: instant("end"),
    }))
}

fn text<'a>(value: &'a Value, name: &str) -> Result<&'a str> {
    value.get(name).and_then(Value::as_str).with_context(|| format!("no {name}"))
}

fn object(value: &Value) -> Result<&serde_json::Map<String, Value>> {
    value.as_object().ok_or_else(|| anyhow!("no object"))
}

fn only(value: &Value, allowed: &[&str]) -> Result<()> {
    match object(value)?.keys().find(|name| !allowed.contains(&name.as_str())) {
        Some(other) => bail!("member {other} has no counterpart"),
        None => Ok(()),
    }
}
