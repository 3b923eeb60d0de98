//! Kinds of entries, and bodies that are rebuilt (L01, L02, L15, L16).

use cretula_crypto::{HashAlgorithm, SignatureScheme};

use crate::bundle_builder::{BundleBuilder, EntryKind};
use crate::inputs::GivenArtifact;
use crate::json::Json;
use crate::signing_key::{Algorithm, SigningKey};

use super::defect::{Defect, accepts, refuses};
use super::good::{
    DSSE_V2, KEYLESS_V1, KEYLESS_V1_DSSE, KEYLESS_V1_INTOTO, KEYLESS_V2, KEYLESS_V2_ENVELOPE,
    KEYLESS_V2_NO_BODY, MANAGED_V2,
};

pub(super) fn rows() -> Vec<Defect> {
    [forms(), rebuilt()].concat()
}

pub(super) fn body(builder: &mut BundleBuilder, edit: fn(&mut Json)) {
    builder.entry(0).edit_body(edit);
}

fn forms() -> Vec<Defect> {
    let malformed = |id, sentence, bend| refuses("L01", id, "log-binding/body", &KEYLESS_V1, sentence, bend);
    let unsupported =
        |id, base, sentence, bend| refuses("L01", id, "log-binding/kind-unsupported", base, sentence, bend);
    vec![
        refuses(
            "L01",
            "kind-differs",
            "log-binding/kind-mismatch",
            &KEYLESS_V1_DSSE,
            "the entry names another kind than its body",
            |b| {
                b.entry(0).edit_entry(|entry| {
                    entry.set("/kindVersion/kind", Json::text("intoto"));
                    entry.set("/kindVersion/version", Json::text("0.0.2"));
                });
            },
        ),
        refuses(
            "L01",
            "version-differs",
            "log-binding/kind-mismatch",
            &KEYLESS_V1,
            "the body names another version",
            |b| {
                body(b, |body| {
                    body.set("/apiVersion", Json::text("0.0.2"));
                });
            },
        ),
        unsupported("unknown-kind", &KEYLESS_V1, "a kind that is not read", |b| {
            body(b, |body| {
                body.set("/kind", Json::text("rekord"));
            });
            b.entry(0).edit_entry(|entry| {
                entry.set("/kindVersion/kind", Json::text("rekord"));
            });
        }),
        unsupported("intoto-0-0-1", &KEYLESS_V1_INTOTO, "intoto 0.0.1, which holds no signature", |b| {
            body(b, |body| {
                body.set("/apiVersion", Json::text("0.0.1"));
            });
            b.entry(0).edit_entry(|entry| {
                entry.set("/kindVersion/version", Json::text("0.0.1"));
            });
        }),
        unsupported(
            "dsse-0-0-2",
            &DSSE_V2,
            "the withdrawn dsse 0.0.2 where the policy does not admit it",
            |b| {
                b.policy.remove("/evidence/log/legacyDsseV2");
            },
        ),
        malformed("null", "a body that is null", |b| {
            b.entry(0).edit_body_bytes(|body| *body = b"null".to_vec());
        }),
        malformed("list", "a body that is a list", |b| {
            b.entry(0).edit_body_bytes(|body| *body = b"[]".to_vec());
        }),
        malformed("empty-object", "a body without members", |b| {
            b.entry(0).edit_body_bytes(|body| *body = b"{}".to_vec());
        }),
        malformed("not-json", "a body that is no JSON", |b| {
            b.entry(0).edit_body_bytes(|body| body.truncate(40));
        }),
        malformed("duplicate", "a member of the body twice", |b| {
            body(b, |body| {
                let again = body.at("/spec").clone();
                body.members("").push(("spec".into(), again));
            });
        }),
        malformed("no-spec", "a body without spec", |b| {
            body(b, |body| {
                body.remove("/spec");
            });
        }),
        refuses(
            "L02",
            "message-in-dsse",
            "log-binding/kind-content",
            &KEYLESS_V1,
            "a message in an entry of kind dsse",
            |b| {
                b.entry(0).kind = EntryKind::DsseV001;
            },
        ),
        refuses(
            "L02",
            "message-in-intoto",
            "log-binding/kind-content",
            &KEYLESS_V1,
            "a message in an entry of kind intoto",
            |b| {
                b.entry(0).kind = EntryKind::IntotoV002;
            },
        ),
        refuses(
            "L02",
            "envelope-in-hashedrekord",
            "log-binding/kind-content",
            &KEYLESS_V1_DSSE,
            "an envelope in hashedrekord 0.0.1",
            |b| {
                b.entry(0).kind = EntryKind::HashedRekordV001;
            },
        ),
    ]
}

pub(super) const RECORD: &str = "/spec/hashedRekordV002";

fn rebuilt() -> Vec<Defect> {
    let differs =
        |id, sentence, bend| refuses("L15", id, "log-binding/body-differs", &KEYLESS_V2, sentence, bend);
    vec![
        differs("digest", "the digest of another artifact", |b| {
            body(b, |body| body.edit_bytes(&format!("{RECORD}/data/digest"), |digest| digest[0] ^= 1));
        }),
        differs("signature", "another signature", |b| {
            body(b, |body| {
                body.edit_bytes(&format!("{RECORD}/signature/content"), |signature| signature[10] ^= 1)
            });
        }),
        differs("certificate", "another certificate", |b| {
            body(b, |body| {
                let pointer = format!("{RECORD}/signature/verifier/x509Certificate/rawBytes");
                body.edit_bytes(&pointer, |der| {
                    let last = der.len() - 1;
                    der[last] ^= 1;
                });
            });
        }),
        differs("public-key", "the key in place of the certificate", |b| {
            let spki = b.key.spki();
            b.entry(0).edit_body(move |body| {
                body.remove(&format!("{RECORD}/signature/verifier/x509Certificate"));
                body.set(&format!("{RECORD}/signature/verifier/publicKey/rawBytes"), Json::bytes(&spki));
            });
        }),
        differs("extra-member", "a member more", |b| {
            body(b, |body| {
                body.set("/spec/more", Json::number(1));
            });
        }),
        differs("white-space", "a space after the value", |b| {
            b.entry(0).edit_body_bytes(|body| body.push(b' '));
        }),
        differs("member-order", "members in another order", |b| body(b, |body| body.members("").reverse())),
        differs("key-details", "details of another kind of key", |b| {
            body(b, |body| {
                body.set(
                    &format!("{RECORD}/signature/verifier/keyDetails"),
                    Json::text("PKIX_ECDSA_P384_SHA_384"),
                );
            });
        }),
        refuses(
            "L15",
            "envelope-payload",
            "log-binding/body-differs",
            &KEYLESS_V2_ENVELOPE,
            "the digest of the payload in place of its encoding",
            |b| {
                let payload = b.payload().encode();
                b.entry(0).edit_body(move |body| {
                    let digest = HashAlgorithm::Sha256.digest(&[&payload]);
                    body.set(&format!("{RECORD}/data/digest"), Json::bytes(digest.as_bytes()));
                });
            },
        ),
        refuses("L15", "managed-key", "log-binding/body-differs", &MANAGED_V2, "another public key", |b| {
            let other = SigningKey::derive(&b.instance.seed, "other signer", Algorithm::P256).spki();
            b.entry(0).edit_body(move |body| {
                body.set(&format!("{RECORD}/signature/verifier/publicKey/rawBytes"), Json::bytes(&other));
            });
        }),
        refuses(
            "L15",
            "not-logged",
            "log-inclusion/proof",
            &KEYLESS_V2_NO_BODY,
            "the rebuilt body is not the one that was logged",
            |b| {
                body(b, |body| {
                    body.edit_bytes(&format!("{RECORD}/signature/content"), |signature| signature[10] ^= 1)
                });
            },
        )
        .reported_by("L14"),
        refuses(
            "L16",
            "no-prehash",
            "log-binding/no-prehash",
            &MANAGED_V2,
            "pure Ed25519 in a log of v2",
            |b| {
                let key = SigningKey::derive(&b.instance.seed, "signer", Algorithm::Ed25519);
                b.keys[0].key = key.spki();
                b.keys[0].key_details = Some("PKIX_ED25519".into());
                b.scheme = SignatureScheme::Ed25519;
                b.key = key;
            },
        ),
        refuses(
            "L16",
            "digest-unknown",
            "log-binding/digest",
            &MANAGED_V2,
            "the caller has a digest of another algorithm only",
            |b| {
                let digest = HashAlgorithm::Sha512.digest(&[&b.artifact]).to_hex();
                b.artifacts = Some(vec![GivenArtifact::Digests(vec![("sha512".into(), digest)])]);
            },
        ),
        accepts("L16", "by-digest", &MANAGED_V2, "the caller has the digest of the scheme only", |b| {
            let digest = HashAlgorithm::Sha256.digest(&[&b.artifact]).to_hex();
            b.artifacts = Some(vec![GivenArtifact::Digests(vec![("sha256".into(), digest)])]);
        }),
    ]
}
