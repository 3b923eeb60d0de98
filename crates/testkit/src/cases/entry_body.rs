//! Entries of v1 and spliced entries: about this signature, key and digest (L15, L17–L19).

use cretula_crypto::HashAlgorithm;

use crate::bundle_builder::{BundleBuilder, ContentSpec};
use crate::json::Json;
use crate::rekor_v1::EntryKey;
use crate::signing_key::{Algorithm, SigningKey};

use super::defect::{Defect, accepts, refuses};
use super::entry_form::body;
use super::good::{
    DSSE_V2, Good, KEYLESS_V1, KEYLESS_V1_DSSE, KEYLESS_V1_INTOTO, KEYLESS_V2, MANAGED, MANAGED_ENVELOPE,
};

pub(super) fn rows() -> Vec<Defect> {
    [hashedrekord(), dsse(), intoto(), splices()].concat()
}

/// Someone else's certificate for the same identity, as PEM in base64.
fn other_verifier(builder: &BundleBuilder) -> Json {
    let key = SigningKey::derive(&builder.instance.seed, "other signer", Algorithm::P256);
    let authority = &builder.instance.certificate_authorities[0];
    let leaf = authority.leaf(&key, &crate::ca::Identity::workflow(), builder.signed_at - 5);
    let issuer = &authority.issuer().key;
    Json::bytes(EntryKey::Certificate(leaf.sign(issuer, issuer.scheme())).pem().as_bytes())
}

/// The key itself, as PEM in base64.
fn key_verifier(builder: &BundleBuilder) -> Json {
    Json::bytes(EntryKey::PublicKey(builder.key.spki()).pem().as_bytes())
}

fn hashedrekord() -> Vec<Defect> {
    const KEY: &str = "/spec/signature/publicKey/content";
    vec![
        refuses("L17", "digest", "log-binding/digest", &KEYLESS_V1, "the digest of another artifact", |b| {
            body(b, |body| {
                let digest = HashAlgorithm::Sha256.digest(&[b"another artifact"]).to_hex();
                body.set("/spec/data/hash/value", Json::text(digest));
            });
        }),
        refuses(
            "L17",
            "digest-algorithm",
            "log-binding/digest",
            &KEYLESS_V1,
            "a digest of another algorithm than that of the scheme",
            |b| {
                let digest = HashAlgorithm::Sha512.digest(&[&b.artifact]).to_hex();
                b.entry(0).edit_body(|body| {
                    body.set("/spec/data/hash/algorithm", Json::text("sha512"));
                    body.set("/spec/data/hash/value", Json::text(digest));
                });
            },
        ),
        refuses("L17", "signature", "log-binding/signature", &KEYLESS_V1, "another signature", |b| {
            body(b, |body| body.edit_bytes("/spec/signature/content", |signature| signature[10] ^= 1));
        }),
        refuses(
            "L17",
            "certificate",
            "log-binding/key",
            &KEYLESS_V1,
            "another certificate of the same identity",
            |b| {
                let other = other_verifier(b);
                b.entry(0).edit_body(|body| {
                    body.set(KEY, other);
                });
            },
        ),
        refuses(
            "L17",
            "public-key",
            "log-binding/key",
            &KEYLESS_V1,
            "the key in place of the certificate",
            |b| {
                let key = key_verifier(b);
                b.entry(0).edit_body(|body| {
                    body.set(KEY, key);
                });
            },
        ),
        refuses("L17", "managed-key", "log-binding/key", &MANAGED, "another public key", |b| {
            let other = SigningKey::derive(&b.instance.seed, "other signer", Algorithm::P256).spki();
            b.entry(0).edit_body(move |body| {
                body.set(KEY, Json::bytes(EntryKey::PublicKey(other).pem().as_bytes()));
            });
        }),
        refuses("L17", "two-blocks", "log-binding/body", &KEYLESS_V1, "two blocks of PEM", |b| {
            body(b, |body| body.edit_bytes(KEY, |pem| *pem = pem.repeat(2)));
        })
        .reported_by("L01"),
    ]
}

fn dsse() -> Vec<Defect> {
    const SIGNED: &str = "/spec/signatures/0";
    const RECORD: &str = "/spec/dsseV002";
    vec![
        refuses(
            "L18",
            "payload-hash",
            "log-binding/digest",
            &KEYLESS_V1_DSSE,
            "the hash of another payload",
            |b| {
                body(b, |body| {
                    let digest = HashAlgorithm::Sha256.digest(&[b"{}"]).to_hex();
                    body.set("/spec/payloadHash/value", Json::text(digest));
                });
            },
        ),
        refuses(
            "L18",
            "payload-hash-algorithm",
            "log-binding/body",
            &KEYLESS_V1_DSSE,
            "a payload hash that is not SHA-256",
            |b| {
                let digest = HashAlgorithm::Sha512.digest(&[&b.payload().encode()]).to_hex();
                b.entry(0).edit_body(|body| {
                    body.set("/spec/payloadHash/algorithm", Json::text("sha512"));
                    body.set("/spec/payloadHash/value", Json::text(digest));
                });
            },
        )
        .reported_by("L01"),
        refuses("L18", "signature", "log-binding/signature", &KEYLESS_V1_DSSE, "another signature", |b| {
            body(b, |body| body.edit_bytes(&format!("{SIGNED}/signature"), |signature| signature[10] ^= 1));
        }),
        refuses(
            "L18",
            "verifier",
            "log-binding/key",
            &KEYLESS_V1_DSSE,
            "another certificate of the same identity",
            |b| {
                let other = other_verifier(b);
                b.entry(0).edit_body(|body| {
                    body.set(&format!("{SIGNED}/verifier"), other);
                });
            },
        ),
        refuses("L18", "managed-key", "log-binding/key", &MANAGED_ENVELOPE, "another public key", |b| {
            let other = SigningKey::derive(&b.instance.seed, "other signer", Algorithm::P256).spki();
            b.entry(0).edit_body(move |body| {
                body.set(
                    &format!("{SIGNED}/verifier"),
                    Json::bytes(EntryKey::PublicKey(other).pem().as_bytes()),
                );
            });
        }),
        refuses("L18", "two-signatures", "log-binding/signature", &KEYLESS_V1_DSSE, "two signatures", |b| {
            body(b, |body| {
                let signatures = body.list("/spec/signatures");
                signatures.push(signatures[0].clone());
            });
        }),
        refuses("L18", "no-signature", "log-binding/signature", &KEYLESS_V1_DSSE, "no signature", |b| {
            body(b, |body| body.list("/spec/signatures").clear());
        }),
        accepts(
            "L18",
            "envelope-hash",
            &KEYLESS_V1_DSSE,
            "the hash of the uploaded envelope is not compared",
            |b| {
                body(b, |body| {
                    body.set("/spec/envelopeHash/value", Json::text("00".repeat(32)));
                });
            },
        ),
        refuses(
            "L18",
            "v2-payload-hash",
            "log-binding/digest",
            &DSSE_V2,
            "dsse 0.0.2: the hash of another payload",
            |b| {
                body(b, |body| {
                    body.edit_bytes(&format!("{RECORD}/payloadHash/digest"), |digest| digest[0] ^= 1)
                });
            },
        ),
        refuses(
            "L18",
            "v2-signature",
            "log-binding/signature",
            &DSSE_V2,
            "dsse 0.0.2: another signature",
            |b| {
                body(b, |body| {
                    body.edit_bytes(&format!("{RECORD}/signatures/0/content"), |signature| signature[10] ^= 1)
                });
            },
        ),
        refuses("L18", "v2-verifier", "log-binding/key", &DSSE_V2, "dsse 0.0.2: another certificate", |b| {
            body(b, |body| {
                let pointer = format!("{RECORD}/signatures/0/verifier/x509Certificate/rawBytes");
                body.edit_bytes(&pointer, |der| {
                    let last = der.len() - 1;
                    der[last] ^= 1;
                });
            });
        }),
    ]
}

fn intoto() -> Vec<Defect> {
    const ENVELOPE: &str = "/spec/content/envelope";
    vec![
        refuses(
            "L19",
            "payload-hash",
            "log-binding/digest",
            &KEYLESS_V1_INTOTO,
            "the hash of another payload",
            |b| {
                body(b, |body| {
                    let digest = HashAlgorithm::Sha256.digest(&[b"{}"]).to_hex();
                    body.set("/spec/content/payloadHash/value", Json::text(digest));
                });
            },
        ),
        refuses("L19", "signature", "log-binding/signature", &KEYLESS_V1_INTOTO, "another signature", |b| {
            body(b, |body| {
                body.edit_bytes(&format!("{ENVELOPE}/signatures/0/sig"), |text| {
                    *text = cretula_encoding::base64::encode(b"another signature").into_bytes();
                });
            });
        }),
        refuses(
            "L19",
            "signature-once",
            "log-binding/body",
            &KEYLESS_V1_INTOTO,
            "a signature that is encoded once only",
            |b| {
                body(b, |body| {
                    body.edit_bytes(&format!("{ENVELOPE}/signatures/0/sig"), |text| {
                        *text = cretula_encoding::base64::decode(&String::from_utf8_lossy(text))
                            .unwrap_or_default();
                    });
                });
            },
        )
        .reported_by("L01"),
        refuses(
            "L19",
            "public-key",
            "log-binding/key",
            &KEYLESS_V1_INTOTO,
            "another certificate of the same identity",
            |b| {
                let other = other_verifier(b);
                b.entry(0).edit_body(|body| {
                    body.set(&format!("{ENVELOPE}/signatures/0/publicKey"), other);
                });
            },
        ),
        refuses(
            "L19",
            "payload-type",
            "log-binding/payload-type",
            &KEYLESS_V1_INTOTO,
            "another payload type",
            |b| {
                body(b, |body| {
                    body.set(&format!("{ENVELOPE}/payloadType"), Json::text("text/plain"));
                });
            },
        ),
        refuses(
            "L19",
            "two-signatures",
            "log-binding/signature",
            &KEYLESS_V1_INTOTO,
            "two signatures",
            |b| {
                body(b, |body| {
                    let signatures = body.list(&format!("{ENVELOPE}/signatures"));
                    signatures.push(signatures[0].clone());
                });
            },
        ),
    ]
}

/// Takes the entry of a bundle of the same signer over something else.
fn splice(builder: &mut BundleBuilder, good: &Good) {
    let mut other = (good.make)(&builder.instance);
    other.artifact = b"another artifact\n".to_vec();
    if matches!(other.content, ContentSpec::Envelope { .. }) {
        let payload = other.statement();
        *other.payload() = payload;
    }
    let (_, mut bundle) = other.build_with_json();
    let entry = bundle.at("/verificationMaterial/tlogEntries/0").clone();
    builder.edit_bundle(move |bundle| {
        bundle.set("/verificationMaterial/tlogEntries/0", entry);
    });
}

fn splices() -> Vec<Defect> {
    vec![
        refuses(
            "L15",
            "spliced",
            "log-binding/body-differs",
            &KEYLESS_V2,
            "the entry of another bundle of the same signer",
            |b| splice(b, &KEYLESS_V2),
        ),
        refuses(
            "L17",
            "spliced",
            "log-binding/signature",
            &KEYLESS_V1,
            "the entry of another bundle of the same signer",
            |b| splice(b, &KEYLESS_V1),
        ),
        refuses(
            "L18",
            "spliced",
            "log-binding/signature",
            &KEYLESS_V1_DSSE,
            "the entry of another bundle of the same signer",
            |b| splice(b, &KEYLESS_V1_DSSE),
        ),
        refuses(
            "L19",
            "spliced",
            "log-binding/signature",
            &KEYLESS_V1_INTOTO,
            "the entry of another bundle of the same signer",
            |b| splice(b, &KEYLESS_V1_INTOTO),
        ),
    ]
}
