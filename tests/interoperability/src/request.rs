//! The requests of the cases: provenance of one artifact.

use anyhow::Result;
use cretula_crypto::HashAlgorithm;
use cretula_encoding::base64;
use cretula_testkit::serve::{GITHUB_SERVER, GITLAB_SERVER, IdToken};
use serde_json::{Value, json};

use crate::case::{Case, Signer};
use crate::clock::nanos;
use crate::key_service::AUTHORITY;
use crate::stack::Stack;

/// What is attested.
pub(crate) const ARTIFACT: &[u8] = b"an artifact of the interoperability tests\n";

/// Everything that one run of a signer is given.
#[derive(Debug)]
pub(crate) struct Order {
    /// `cretula/attest-request/v1`.
    pub(crate) request: Value,
    /// For Fulcio; nobody else sees it.
    pub(crate) token: IdToken,
    /// Subject alternative name and issuer that the certificate must have.
    pub(crate) identity: (String, String),
    /// Curve of fresh keys.
    pub(crate) is_p384: bool,
}

impl Order {
    pub(crate) fn of(stack: &Stack, case: &Case) -> Result<Self> {
        let is_gitlab = matches!(case.signer, Signer::GitLab(_));
        let token = if is_gitlab { stack.gitlab_token() } else { stack.github_token() };
        let claims: Value = serde_json::from_slice(&token.claims.encode())?;
        let issuer = claims["iss"].as_str().unwrap_or_default().to_owned();
        let san = if is_gitlab {
            format!("https://{}", claims["ci_config_ref_uri"].as_str().unwrap_or_default())
        } else {
            format!("{GITHUB_SERVER}/{}", claims["job_workflow_ref"].as_str().unwrap_or_default())
        };
        Ok(Self {
            request: request(stack, case, &claims)?,
            token,
            identity: (san, issuer),
            is_p384: matches!(case.signer, Signer::GitHub(crate::case::Curve::P384)),
        })
    }
}

fn request(stack: &Stack, case: &Case, claims: &Value) -> Result<Value> {
    let entropy = HashAlgorithm::Sha256.digest(&[&nanos().to_be_bytes(), case.name.as_bytes()]);
    let digest = HashAlgorithm::Sha256.digest(&[ARTIFACT]).to_hex();
    let fingerprint = match case.signer {
        Signer::Named(key) => fingerprint(&stack.keys.public_key(key)?),
        _ => String::new(),
    };
    let is_gitlab = matches!(case.signer, Signer::GitLab(_));
    let (provider, server) = if is_gitlab { ("gitlab", GITLAB_SERVER) } else { ("github", GITHUB_SERVER) };
    let record = if is_gitlab { json!({"job": "build", "runnerId": "12"}) } else { json!({}) };
    Ok(json!({
        "schema": "cretula/attest-request/v1",
        "mode": "m",
        "entropy": base64::encode(entropy.as_bytes()),
        "config": {
            "schema": "cretula/config/v1",
            "modes": {"m": mode(case, &claims["iss"], &fingerprint)},
            "buildTypes": [],
            "issuers": [{"issuer": claims["iss"], "provider": provider, "server": server, "audience": "cretula"}]
        },
        "trust": {
            "mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
            "trustedRoot": stack.trusted_root,
            "signingConfig": signing_config(stack, case)
        },
        "facts": {
            "origin": "verified-token", "claims": claims, "event": {}, "record": record,
            "moduleDigest": {"sha256": digest}
        },
        "tenant": {
            "subjects": [{"name": "artifact", "digest": {"sha256": digest}}],
            "resolvedDependencies": [], "byproducts": [], "declared": {}
        },
        "predicate": {"kind": "provenance"}
    }))
}

/// The id that Go's DSSE library gives a P-256 key: that of OpenSSH, `SHA256:` and base64 without padding over the key as
/// in RFC 5656 §3.1.
fn fingerprint(spki: &[u8]) -> String {
    const POINT_BYTES: usize = 65;
    let point = &spki[spki.len() - POINT_BYTES..];
    let parts: [&[u8]; 3] = [b"ecdsa-sha2-nistp256", b"nistp256", point];
    let blob: Vec<u8> = parts
        .iter()
        .flat_map(|part| {
            let length = u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes();
            [&length, *part].concat()
        })
        .collect();
    let digest = base64::encode(HashAlgorithm::Sha256.digest(&[&blob]).as_bytes());
    format!("SHA256:{}", digest.trim_end_matches('='))
}

fn mode(case: &Case, issuer: &Value, fingerprint: &str) -> Value {
    let mut mode = json!({
        "key": "ephemeral", "profile": case.profile(), "predicates": ["provenance"], "issuer": issuer
    });
    if matches!(case.signer, Signer::GitLab(_)) {
        mode["buildType"] = json!("https://cretula.example/build-types/gitlab-job/v1");
        mode["builderId"] = json!(format!("{GITLAB_SERVER}/-/slsa/control-plane/v1#hosted"));
        mode["publishPrivate"] = json!(true);
    } else {
        mode["buildType"] = json!("https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1");
        mode["builderId"] = json!("claim");
        mode["signers"] = json!([{
            "workflow": format!("{GITHUB_SERVER}/acme/app/.github/workflows/release.yml"),
            "ref": "refs/tags/v1.2.3"
        }]);
    }
    match case.signer {
        Signer::Managed(key) => mode["key"] = json!(key),
        Signer::Named(key) => {
            mode["key"] = json!(key);
            mode["keyId"] = json!(fingerprint);
        }
        Signer::PrivateAuthority => mode["caKey"] = json!(AUTHORITY),
        Signer::GitHub(_) | Signer::GitLab(_) => {}
    }
    if case.profile() == "managed-offline" {
        mode["offline"] = json!(true);
    }
    mode
}

fn signing_config(stack: &Stack, case: &Case) -> Value {
    let mut config = stack.signing_config.clone();
    if !case.log {
        config["rekorTlogUrls"] = json!([]);
    }
    if !case.timestamp {
        config["tsaUrls"] = json!([]);
    }
    config
}
