//! What clients are given: trusted root and signing configuration.

use anyhow::{Context, Result};
use cretula_crypto::{HashAlgorithm, SignatureScheme};
use cretula_encoding::base64;
use cretula_encoding::der::{self, Tag};
use cretula_testkit::{CertificateSpec, Instance, OPERATORS, algorithm_identifier, rfc3339};
use serde_json::{Value, json};

use crate::key_service::{AUTHORITY, KeyService};

/// How the key of the private authority signs.
const SCHEME: SignatureScheme = SignatureScheme::Ecdsa(HashAlgorithm::Sha256);

/// URLs of the services.
#[derive(Debug, Clone, Default)]
pub(crate) struct Urls {
    pub(crate) fulcio: String,
    pub(crate) rekor_v2: String,
    pub(crate) tsa: String,
}

/// The trusted root of an instance, and of a private authority whose key OpenBao holds.
pub(crate) fn trusted_root(instance: &Instance, keys: &KeyService) -> Result<Value> {
    let mut root: Value = serde_json::from_slice(&instance.trusted_root())?;
    for list in ["certificateAuthorities", "timestampAuthorities"] {
        for authority in root[list].as_array_mut().context("authorities")? {
            // Not every reader does without.
            authority["subject"]["commonName"] = json!("public authority");
        }
    }
    let private = private_authority(instance, keys)?;
    let authorities = root["certificateAuthorities"].as_array_mut().context("authorities")?;
    authorities.push(json!({
        "subject": {"organization": OPERATORS[1], "commonName": "private authority"},
        "uri": "https://ca.south.example",
        "certChain": {"certificates": [{"rawBytes": base64::encode(&private)}]},
        "validFor": {"start": rfc3339(instance.start())},
        "operator": OPERATORS[1]
    }));
    Ok(root)
}

/// A root certificate of the testkit's form, with the key and the signature of OpenBao.
fn private_authority(instance: &Instance, keys: &KeyService) -> Result<Vec<u8>> {
    let form = &instance.certificate_authorities[0].members[0].certificate;
    let mut certificate: CertificateSpec = form.clone();
    certificate.spki = keys.public_key(AUTHORITY)?;
    certificate.subject = name("private authority");
    certificate.issuer.clone_from(&certificate.subject);
    let body = certificate.tbs(SCHEME);
    let signature = keys.signature(AUTHORITY, &body)?;
    let signature = der::encode(Tag::BIT_STRING, &[&[0], &signature]);
    Ok(der::encode(Tag::SEQUENCE, &[&body, &algorithm_identifier(SCHEME), &signature]))
}

/// A distinguished name with a common name alone, DER.
fn name(common_name: &str) -> Vec<u8> {
    const COMMON_NAME: [u8; 5] = [0x06, 0x03, 0x55, 0x04, 0x03];
    let text = der::encode(Tag::UTF8_STRING, &[common_name.as_bytes()]);
    let attribute = der::encode(Tag::SEQUENCE, &[&COMMON_NAME, &text]);
    der::encode(Tag::SEQUENCE, &[&der::encode(Tag::SET, &[&attribute])])
}

/// A signing configuration with these services.
pub(crate) fn signing_config(instance: &Instance, urls: &Urls) -> Value {
    let service = |url: &str, version: u32| {
        json!([{
            "url": url, "majorApiVersion": version, "operator": OPERATORS[0],
            "validFor": {"start": rfc3339(instance.start())}
        }])
    };
    json!({
        "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
        "caUrls": service(&urls.fulcio, 1),
        "oidcUrls": [],
        "rekorTlogUrls": service(&urls.rekor_v2, 2),
        "rekorTlogConfig": {"selector": "ANY"},
        "tsaUrls": service(&urls.tsa, 1),
        "tsaConfig": {"selector": "ANY"}
    })
}
