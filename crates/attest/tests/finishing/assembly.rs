//! The writer: what the kit writes, written again, and what is never written.

use crate::material::{json_of, keyless, managed, of_each_profile, take};
use cretula_attest::assembly::{Material, Parts, default_key_id, encode_bundle, encode_envelope};
use cretula_encoding::json::JsonLimits;
use cretula_encoding::{jcs, json};
use cretula_testkit::{CertificateForm, Version};
use serde_json::json;

fn code(parts: &Parts<'_>) -> &'static str {
    encode_bundle(parts).map_or_else(|error| error.code(), |_| "")
}

#[test]
fn what_the_kit_writes_is_written_again() {
    for (name, builder) in of_each_profile() {
        let inputs = builder.build();
        let written = encode_bundle(&take(&inputs).parts()).unwrap();
        assert_eq!(json_of(&written), json_of(&inputs.bundle), "{name}");
        let limits = JsonLimits { max_depth: 32, max_members: 64, max_string_bytes: 1 << 20 };
        let value = json::parse(&written, &limits).unwrap();
        assert_eq!(jcs::canonicalize(&value).unwrap(), written, "{name} is canonical");
        assert!(!written.contains(&b'\n'));
    }
}

#[test]
fn members_of_each_profile() {
    for (name, builder) in of_each_profile() {
        let bundle = json_of(&encode_bundle(&take(&builder.build()).parts()).unwrap());
        assert_eq!(bundle["mediaType"], "application/vnd.dev.sigstore.bundle.v0.3+json");
        let material = bundle["verificationMaterial"].as_object().unwrap();
        let is_managed = name.starts_with("managed");
        assert_eq!(
            (material.contains_key("certificate"), material.contains_key("publicKey")),
            (!is_managed, is_managed)
        );
        assert!(
            material.values().all(|value| value.as_array().is_none_or(|list| !list.is_empty())),
            "{name}"
        );
        let signatures = bundle["dsseEnvelope"]["signatures"].as_array().unwrap();
        assert_eq!(signatures.len(), 1);
        let key_id = signatures[0].get("keyid");
        assert_eq!(key_id, material.get("publicKey").map(|key| &key["hint"]), "{name}");
        let entry = &material.get("tlogEntries").map_or(json!(null), |entries| entries[0].clone());
        if name == "public-v2" {
            assert_eq!((&entry["integratedTime"], entry.get("inclusionPromise")), (&json!("0"), None));
        }
        if name == "public-v1" {
            assert!(
                entry["inclusionPromise"].is_object() && entry["inclusionProof"]["checkpoint"].is_object()
            );
        }
    }
}

#[test]
fn chains_have_no_root() {
    let builder = |form| keyless().timestamped(0).version(Version::V03, form);
    let taken = take(&builder(CertificateForm::ChainWithRoot).build());
    assert_eq!(taken.certificates.len(), 3);
    let bundle = json_of(&encode_bundle(&taken.parts()).unwrap());
    let chain = bundle["verificationMaterial"]["x509CertificateChain"]["certificates"].as_array().unwrap();
    assert_eq!(chain.len(), 2);
    assert!(bundle["verificationMaterial"].get("certificate").is_none());
    let twin = take(&builder(CertificateForm::ChainWithIssuers).build());
    assert_eq!(json_of(&encode_bundle(&twin.parts()).unwrap()), bundle);
    // A leaf that the root issued leaves nothing but itself.
    let direct = [taken.certificates[0].clone(), taken.certificates[2].clone()];
    let parts = Parts { material: Material::Chain(&direct), ..taken.parts() };
    let bundle = json_of(&encode_bundle(&parts).unwrap());
    assert!(bundle["verificationMaterial"].get("x509CertificateChain").is_none());
    assert!(bundle["verificationMaterial"]["certificate"].is_object());
    let broken = [taken.certificates[0].clone(), vec![0x30, 0]];
    assert_eq!(code(&Parts { material: Material::Chain(&broken), ..taken.parts() }), "key/chain");
    assert_eq!(code(&Parts { material: Material::Chain(&[]), ..taken.parts() }), "key/chain");
}

#[test]
fn bounds() {
    let inputs = of_each_profile().into_iter().nth(2).unwrap().1.build();
    let taken = take(&inputs);
    let entries = |count| vec![taken.log_entries[0].clone(); count];
    let stamps = |count| vec![taken.timestamps[0].clone(); count];
    for (count, of_entries, of_stamps) in [(8, "", ""), (9, "limits/log-entries", "limits/timestamps")] {
        assert_eq!(code(&Parts { log_entries: &entries(count), ..taken.parts() }), of_entries);
        assert_eq!(code(&Parts { timestamps: &stamps(count), ..taken.parts() }), of_stamps);
    }
    for (bytes, expected) in [(64 << 10, ""), ((64 << 10) + 1, "limits/token-bytes")] {
        assert_eq!(code(&Parts { timestamps: &[vec![0; bytes]], ..taken.parts() }), expected);
    }
    for (bytes, expected) in [(16 << 10, ""), ((16 << 10) + 1, "limits/certificate-bytes")] {
        assert_eq!(
            code(&Parts { material: Material::Certificate(&vec![0; bytes]), ..taken.parts() }),
            expected
        );
    }
    let chain = |count| vec![taken.certificates[0].clone(); count];
    for (count, expected) in [(4, ""), (5, "limits/chain")] {
        assert_eq!(code(&Parts { material: Material::Chain(&chain(count)), ..taken.parts() }), expected);
    }
    for entry in ["", "{", "{\"a\":1.5}", "{\"a\":1,\"a\":2}"] {
        assert_eq!(code(&Parts { log_entries: &[entry.into()], ..taken.parts() }), "rekor/format", "{entry}");
    }
}

#[test]
fn the_envelope_alone_is_that_of_the_bundle() {
    for builder in [keyless(), managed()] {
        let taken = take(&builder.timestamped(0).build());
        let parts = taken.parts();
        let envelope = encode_envelope(parts.payload, parts.signature, parts.material);
        let bundle = String::from_utf8(encode_bundle(&parts).unwrap()).unwrap();
        assert!(bundle.starts_with(&format!(r#"{{"dsseEnvelope":{envelope},"mediaType":"#)));
        assert_eq!(envelope.contains("keyid"), matches!(parts.material, Material::PublicKey(_)));
    }
    let envelope = encode_envelope(b"{}", b"sig", Material::PublicKey("k"));
    assert_eq!(
        envelope,
        r#"{"payload":"e30=","payloadType":"application/vnd.in-toto+json","signatures":[{"keyid":"k","sig":"c2ln"}]}"#
    );
}

#[test]
fn a_key_without_id_is_named_by_its_digest() {
    assert_eq!(default_key_id(b""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}
