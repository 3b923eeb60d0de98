//! Keys and identities of another kind than the admitted ones, and names that the bundle chose.

use crate::asn1::{bits, oid, seq};
use crate::bundle_builder::{BundleBuilder, ContentSpec, SignerSpec};
use crate::cases::defect::{Change, Defect, fails, refuses};
use crate::cases::good::{MANAGED, MANAGED_ENVELOPE, TSA_ONLY};
use crate::inputs::GivenKey;
use crate::json::Json;
use crate::signing_key::{Algorithm, SigningKey};

use super::row::{Row, row};

pub(super) fn rows() -> Vec<Row> {
    vec![
        row(
            "CVE-2025-62375",
            "other kinds of identity documents accepted",
            "A document of another kind than the expected one was accepted as proof of an identity.",
            "bundle-shape",
            &[
                "p06-*",
                "i01-dns",
                "i02-certificate-for-key",
                "i02-key-usage",
                "c05-*",
                "c03-leaf-curve",
                "a01-rsa-size",
                "a01-not-allowed",
                "p16-pem",
            ],
        )
        .adding(kinds),
        row(
            "lesson-hint-is-not-identity",
            "key chosen by what the bundle says",
            "The bundle's hint named the signer, although any key may stand under any hint.",
            "identity",
            &[
                "a01-any-hint",
                "a01-equal-ids",
                "a01-hint-of-another",
                "a01-hint-of-nobody",
                "i02-key-of-another",
                "i02-denied-key",
                "i02-denied-under-another-id",
                "p10-hint-differs",
                "p10-with-certificate",
            ],
        )
        .adding(hints),
    ]
}

fn kinds() -> Vec<Defect> {
    let key = |id, sentence, bend: Change| fails("A01", id, "input/key", &MANAGED, sentence, bend);
    vec![
        refuses(
            "P02",
            "other-material",
            "bundle-shape/unknown-member",
            &TSA_ONLY,
            "an instance document of a cloud beside the certificate",
            |b| {
                b.edit_bundle(|bundle| {
                    bundle.set("/verificationMaterial/instanceIdentityDocument", Json::bytes(b"{}"));
                });
            },
        ),
        refuses(
            "P06",
            "other-material-only",
            "bundle-shape/material-choice",
            &TSA_ONLY,
            "an instance document of a cloud in place of the certificate",
            |b| {
                b.edit_bundle(|bundle| {
                    bundle.remove("/verificationMaterial/certificate");
                });
            },
        )
        .arranged(|b| {
            b.demand("/bundle/unknownMembers", Json::text("ignore"));
            b.edit_bundle(|bundle| {
                bundle.set("/verificationMaterial/instanceIdentityDocument", Json::bytes(b"{}"));
            });
        }),
        refuses(
            "P02",
            "key-in-bundle",
            "bundle-shape/unknown-member",
            &MANAGED,
            "the key itself beside the hint",
            |b| {
                let key = b.key.spki();
                b.edit_bundle(move |bundle| {
                    bundle.set("/verificationMaterial/publicKey/rawBytes", Json::bytes(&key));
                });
            },
        ),
        key("x25519", "a key for agreement", |b| {
            give(b, seq(&[&seq(&[&oid("1.3.101.110")]), &bits(&[7; 32])]))
        }),
        key("secp256k1", "a key on another curve", |b| {
            let algorithm = seq(&[&oid("1.2.840.10045.2.1"), &oid("1.3.132.0.10")]);
            give(b, seq(&[&algorithm, &bits(&[4; 65])]));
        }),
        key("dsa", "a DSA key", |b| give(b, seq(&[&seq(&[&oid("1.2.840.10040.4.1")]), &bits(&[2, 1, 7])]))),
        key("certificate-as-key", "a certificate where a key is expected", |b| {
            let certificate = b.instance.timestamp_authorities[0].signer_certificate();
            give(b, certificate);
        }),
        key("empty", "no bytes where a key is expected", |b| give(b, Vec::new())),
    ]
}

/// One more key, which nobody uses.
fn give(builder: &mut BundleBuilder, key: Vec<u8>) {
    builder.keys.push(GivenKey { id: "unused".into(), key, ..GivenKey::default() });
}

/// Another key of the caller, given under this id.
fn other_key(builder: &mut BundleBuilder, id: &str) {
    let mut other = builder.keys[0].clone();
    other.id = id.into();
    other.key = SigningKey::derive(&builder.instance.seed, "other signer", Algorithm::P256).spki();
    builder.keys.push(other);
}

fn hint(builder: &mut BundleBuilder, text: &str) {
    builder.signer = SignerSpec::Managed { hint: text.into() };
    if let ContentSpec::Envelope { keyid, .. } = &mut builder.content {
        *keyid = text.into();
    }
}

fn demand_id(builder: &mut BundleBuilder, id: &str) {
    builder.demand("/signers/key/ids", Json::List(vec![Json::text(id)]));
}

fn hints() -> Vec<Defect> {
    vec![
        refuses(
            "I02",
            "any-hint-key-with-a-name",
            "identity/key",
            &MANAGED,
            "a bundle of the any-hint key that has the hint of the named key",
            |b| {
                demand_id(b, "release");
            },
        )
        .arranged(|b| {
            b.keys[0].id = String::new();
            other_key(b, "release");
            demand_id(b, "");
        }),
        refuses(
            "I02",
            "any-hint-key-with-a-name-envelope",
            "identity/key",
            &MANAGED_ENVELOPE,
            "an envelope of the any-hint key that has hint and key id of the named key",
            |b| {
                demand_id(b, "release");
            },
        )
        .arranged(|b| {
            hint(b, "release");
            b.keys[0].id = String::new();
            other_key(b, "release");
            demand_id(b, "");
        }),
        refuses(
            "L17",
            "named-key-with-another-name",
            "log-binding/key",
            &MANAGED,
            "a bundle of one named key that has the hint of another",
            |b| {
                hint(b, "other");
            },
        )
        .arranged(|b| other_key(b, "other")),
        refuses(
            "I02",
            "denied-any-hint",
            "identity/denied",
            &MANAGED,
            "a key that is denied under its id, used under a hint that is free",
            |b| {
                b.demand("/deny", Json::List(vec![Json::object([("keyId", Json::text("revoked"))])]));
            },
        )
        .arranged(|b| {
            let mut again = b.keys[0].clone();
            again.id = "revoked".into();
            b.keys[0].id = String::new();
            b.keys.push(again);
            hint(b, "free");
            demand_id(b, "");
        }),
    ]
}
