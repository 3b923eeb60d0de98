//! Keys and signatures (A01–A04).

use cretula_crypto::{HashAlgorithm, SignatureScheme};

use crate::bundle_builder::{BundleBuilder, ContentSpec, SignerSpec};
use crate::inputs::{GivenArtifact, GivenKey};
use crate::json::Json;
use crate::signing_key::{Algorithm, SigningKey};

use super::defect::{Defect, accepts, refuses};
use super::good::{KEYLESS_V2, LEAF_P384_SHA256, MANAGED, MANAGED_COMPAT, TSA_ENVELOPE, TSA_ONLY};

pub(super) fn rows() -> Vec<Defect> {
    [keys(), messages(), digests(), envelopes()].concat()
}

/// Takes the log away, so that the signature is the first that can fail.
fn without_log(builder: &mut BundleBuilder) {
    builder.entries.clear();
    builder.demand("/evidence/log/threshold", Json::number(0));
}

fn keys() -> Vec<Defect> {
    vec![
        refuses(
            "A01",
            "hint-of-nobody",
            "signature/key-missing",
            &MANAGED,
            "a hint under which no key is given",
            |b| {
                b.signer = SignerSpec::Managed { hint: "other".into() };
            },
        )
        .arranged(without_log),
        refuses("A01", "no-key", "signature/key-missing", &MANAGED, "no key is given", |b| b.keys.clear())
            .arranged(without_log),
        refuses(
            "A01",
            "hint-of-another",
            "signature/invalid",
            &MANAGED,
            "the hint of another given key",
            |b| {
                b.signer = SignerSpec::Managed { hint: "other".into() };
            },
        )
        .arranged(|b| {
            without_log(b);
            let other = SigningKey::derive(&b.instance.seed, "other signer", Algorithm::P256);
            b.keys.push(GivenKey { id: "other".into(), key: other.spki(), ..GivenKey::default() });
        })
        .reported_by("A02"),
        accepts("A01", "any-hint", &MANAGED, "a key given with an empty id fits any hint", |b| {
            b.keys[0].id.clear();
            b.demand("/signers/key/ids", Json::List(vec![Json::text("")]));
        }),
        accepts("A01", "equal-ids", &MANAGED, "of two keys with one id both are tried", |b| {
            let other = SigningKey::derive(&b.instance.seed, "other signer", Algorithm::P256);
            b.keys.insert(0, GivenKey { id: "release".into(), key: other.spki(), ..GivenKey::default() });
        }),
        refuses(
            "A01",
            "not-allowed",
            "signature/not-allowed",
            &MANAGED,
            "an algorithm that the policy does not list",
            |b| {
                b.demand("/evidence/algorithms/allow", Json::List(vec![Json::text("PKIX_ED25519")]));
            },
        )
        .arranged(|b| {
            without_log(b);
            b.demand("/evidence/algorithms/allow", Json::List(vec![Json::text("PKIX_ECDSA_P256_SHA_256")]));
        }),
        refuses(
            "A01",
            "compat-refused",
            "signature/not-allowed",
            &MANAGED_COMPAT,
            "a deprecated algorithm that the policy refuses",
            |b| {
                b.demand("/evidence/algorithms/compat", Json::text("refuse"));
            },
        )
        .arranged(without_log),
        accepts(
            "A01",
            "compat-without-details",
            &MANAGED_COMPAT,
            "a P-384 key without details may have signed with SHA-256",
            |b| {
                b.keys[0].key_details = None;
            },
        )
        .noting("signature/compat-algorithm"),
        refuses(
            "A01",
            "other-scheme",
            "signature/invalid",
            &MANAGED_COMPAT,
            "the key's details name another scheme than the one used",
            |b| {
                b.keys[0].key_details = Some("PKIX_ECDSA_P384_SHA_384".into());
            },
        )
        .arranged(without_log)
        .reported_by("A02"),
        refuses(
            "A01",
            "rsa-size",
            "signature/algorithm",
            &TSA_ONLY,
            "an RSA key of a size that the registry does not name",
            |b| {
                b.key = SigningKey::derive(&b.instance.seed, "signer", Algorithm::Rsa(2560));
                b.scheme = b.key.scheme();
            },
        ),
        accepts(
            "A01",
            "p384-sha256-leaf",
            &LEAF_P384_SHA256,
            "a P-384 leaf that signed with SHA-256, as some signers do",
            |_| {},
        ),
    ]
}

fn messages() -> Vec<Defect> {
    let bad = |id, base, sentence, bend| refuses("A02", id, "signature/invalid", base, sentence, bend);
    vec![
        bad("signature", &TSA_ONLY, "a signature that does not verify, although it was dated", |b| {
            b.edits.signature.push(Box::new(|signature| signature[12] ^= 1));
        }),
        bad(
            "logged-signature",
            &KEYLESS_V2,
            "a signature that does not verify, although it was logged and dated",
            |b| {
                b.edits.signature.push(Box::new(|signature| signature[12] ^= 1));
            },
        ),
        bad("trailing-byte", &TSA_ONLY, "a byte after the signature", |b| {
            b.edits.signature.push(Box::new(|signature| signature.push(0)))
        }),
        bad("negative", &TSA_ONLY, "a signature with a negative number", |b| {
            b.edits.signature.push(Box::new(|signature| signature[4] |= 0x80));
        })
        .arranged(|b| {
            // A first number without leading zero, so that its first bit is the sign.
            b.artifact = (0_u32..)
                .map(|number| number.to_be_bytes().to_vec())
                .find(|artifact| b.key.sign(b.scheme, artifact)[3] == 32)
                .unwrap_or_default();
        }),
        bad("empty", &TSA_ONLY, "an empty signature", |b| b.edits.signature.push(Box::new(Vec::clear))),
        bad("other-artifact", &TSA_ONLY, "another artifact than the signed one", |b| {
            b.artifacts = Some(vec![GivenArtifact::Bytes(b"another artifact\n".to_vec())]);
        })
        .arranged(|b| b.content = ContentSpec::Message(false)),
        bad("other-key", &TSA_ONLY, "a certificate for another key than the one that signed", |b| {
            let other = SigningKey::derive(&b.instance.seed, "other signer", Algorithm::P256).spki();
            b.edit_leaf(|leaf| leaf.spki = other);
        }),
        refuses(
            "A02",
            "message-required",
            "signature/message-required",
            &MANAGED,
            "a scheme without prehash, and a digest only",
            |b| {
                b.artifacts = Some(vec![digest(b, HashAlgorithm::Sha256)]);
            },
        )
        .arranged(|b| {
            without_log(b);
            let key = SigningKey::derive(&b.instance.seed, "signer", Algorithm::Ed25519);
            b.keys[0].key = key.spki();
            b.keys[0].key_details = Some("PKIX_ED25519".into());
            b.scheme = SignatureScheme::Ed25519;
            b.key = key;
        }),
        refuses(
            "A02",
            "digest-of-another-algorithm",
            "artifact/digest-algorithm",
            &MANAGED,
            "a digest of another algorithm than that of the scheme",
            |b| {
                b.artifacts = Some(vec![digest(b, HashAlgorithm::Sha512)]);
            },
        )
        .arranged(|b| {
            without_log(b);
            b.content = ContentSpec::Message(false);
            b.artifacts = Some(vec![digest(b, HashAlgorithm::Sha256)]);
        }),
        refuses(
            "A02",
            "two-artifacts",
            "artifact/mismatch",
            &TSA_ONLY,
            "two artifacts, one of them the signed one",
            |b| {
                let artifact = GivenArtifact::Bytes(b.artifact.clone());
                b.artifacts = Some(vec![artifact, GivenArtifact::Bytes(b"another artifact\n".to_vec())]);
            },
        ),
    ]
}

pub(super) fn digest(builder: &BundleBuilder, hash: HashAlgorithm) -> GivenArtifact {
    GivenArtifact::Digests(vec![(hash.name().into(), hash.digest(&[&builder.artifact]).to_hex())])
}

fn digests() -> Vec<Defect> {
    const STATED: &str = "/messageSignature/messageDigest";
    let bad = |id, sentence, bend| refuses("A03", id, "artifact/message-digest", &KEYLESS_V2, sentence, bend);
    vec![
        bad("value", "a message digest that is not that of the artifact", |b| {
            b.edit_bundle(|bundle| bundle.edit_bytes(&format!("{STATED}/digest"), |digest| digest[0] ^= 1));
        }),
        bad("length", "a message digest that is cut", |b| {
            b.edit_bundle(|bundle| {
                bundle.edit_bytes(&format!("{STATED}/digest"), |digest| digest.truncate(16))
            });
        }),
        bad("algorithm", "a message digest under the name of another algorithm", |b| {
            b.edit_bundle(|bundle| {
                bundle.set(&format!("{STATED}/algorithm"), Json::text("SHA2_512"));
            });
        }),
        bad("unsupported", "a message digest of an algorithm that is not supported", |b| {
            b.edit_bundle(|bundle| {
                bundle.set(&format!("{STATED}/algorithm"), Json::text("SHA3_256"));
            });
        }),
        accepts("A03", "absent", &KEYLESS_V2, "no message digest", |b| {
            b.content = ContentSpec::Message(false)
        }),
        refuses(
            "A03",
            "never-the-artifact",
            "signature/invalid",
            &TSA_ONLY,
            "the message digest is that of the signed artifact, the caller has another",
            |b| {
                b.artifacts = Some(vec![GivenArtifact::Bytes(b"another artifact\n".to_vec())]);
            },
        )
        .reported_by("A02"),
    ]
}

fn envelopes() -> Vec<Defect> {
    let bad = |id, sentence, bend| refuses("A04", id, "signature/invalid", &TSA_ENVELOPE, sentence, bend);
    vec![
        bad("signature", "a signature that does not verify", |b| {
            b.edits.signature.push(Box::new(|signature| signature[12] ^= 1))
        }),
        bad("bare-payload", "a signature over the bare payload", |b| {
            let payload = b.payload().encode();
            b.edits.message.push(Box::new(|message| *message = payload));
        }),
        bad("encoded-payload", "a signature over the payload in base64", |b| {
            let payload = cretula_encoding::base64::encode(&b.payload().encode());
            b.edits.message.push(Box::new(move |message| {
                *message = cretula_attestation::pae("application/vnd.in-toto+json", payload.as_bytes());
            }));
        }),
        bad("characters", "lengths that count characters in place of bytes", |b| {
            b.edits.message.push(Box::new(|message| {
                let text = String::from_utf8_lossy(message).replacen("DSSEv1 12 ", "DSSEv1 11 ", 1);
                *message = text.into_bytes();
            }));
        })
        .arranged(|b| {
            let payload = Json::object([("any", Json::text("payload"))]);
            b.content =
                ContentSpec::Envelope { payload_type: "text/plaïne".into(), payload, keyid: String::new() };
            b.artifacts = Some(Vec::new());
            b.demand("/dangerous/noArtifact", Json::bool(true));
        }),
        bad("payload-changed", "another payload than the signed one", |b| {
            b.edit_bundle(|bundle| bundle.edit_bytes("/dsseEnvelope/payload", |payload| payload.push(b' ')));
        }),
        bad("payload-type-changed", "another payload type than the signed one", |b| {
            b.edit_bundle(|bundle| {
                bundle
                    .set("/dsseEnvelope/payloadType", Json::text("application/vnd.in-toto.provenance+json"));
            });
            b.demand(
                "/statement/payloadTypes",
                Json::List(vec![Json::text("application/vnd.in-toto.provenance+json")]),
            );
            b.demand(
                "/statement/predicateTypes",
                Json::List(vec![Json::text("https://example.com/reviewed/v1")]),
            );
        }),
        accepts(
            "A04",
            "unusual-white-space",
            &TSA_ENVELOPE,
            "a payload with unusual white space and escapes",
            |b| {
                let text = String::from_utf8(b.payload().encode()).expect("UTF-8");
                *b.payload() = Json::Raw(
                    text.replace(":", " :\n\t")
                        .replace(" :\n\t//", "://")
                        .replace("somebody", "some\\u0062ody"),
                );
            },
        ),
    ]
}
