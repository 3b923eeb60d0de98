//! Leaves and issuers by themselves (C01, C04–C06).

use cretula_encoding::der::{self, Tag};

use crate::asn1::{ANY_PURPOSE, CODE_SIGNING, TIME_STAMPING, context, int, name, null, seq};
use crate::bundle_builder::BundleBuilder;
use crate::ca::Member;
use crate::certificate::{
    BASIC_CONSTRAINTS, CRL_SIGN, CT_POISON, CertificateSpec, DIGITAL_SIGNATURE, EXTENDED_KEY_USAGE,
    Extension, KEY_CERT_SIGN, KEY_USAGE, SUBJECT_ALT_NAME, basic_constraints, key_usage, purposes,
};
use crate::json::Json;
use crate::signing_key::{Algorithm, SigningKey};

use super::defect::{Defect, accepts, refuses};
use super::good::KEYLESS_V2;

pub(super) fn rows() -> Vec<Defect> {
    [leaves(), issuers(), profiles(), extensions()].concat()
}

/// Changes the root (0) or the intermediate (1) of the first authority.
pub(super) fn member(builder: &mut BundleBuilder, index: usize, edit: fn(&mut CertificateSpec)) {
    edit(&mut builder.instance.certificate_authorities[0].members[index].certificate);
}

fn leaves() -> Vec<Defect> {
    let bad = |id, sentence, bend| refuses("C01", id, "chain/leaf", &KEYLESS_V2, sentence, bend);
    vec![
        bad("version-1", "a certificate of version 1", |b| b.edit_leaf(|leaf| leaf.version.clear())),
        bad("version-2", "a certificate of version 2", |b| {
            b.edit_leaf(|leaf| leaf.version = context(0, &[&int(1)]))
        }),
        bad("duplicate-extension", "an extension twice", |b| {
            b.edit_leaf(|leaf| {
                let again = leaf.extension(SUBJECT_ALT_NAME).clone();
                leaf.extensions.push(again);
            });
        }),
        bad("no-name", "no subject alternative name", |b| {
            b.edit_leaf(|leaf| {
                leaf.remove(SUBJECT_ALT_NAME);
            });
        }),
        bad("empty-subject", "an empty subject and a name that is not critical", |b| {
            b.edit_leaf(|leaf| leaf.extension(SUBJECT_ALT_NAME).critical = false)
        }),
        accepts("C01", "subject", &KEYLESS_V2, "a subject and a name that is not critical", |b| {
            b.edit_leaf(|leaf| {
                leaf.subject = name("somebody");
                leaf.extension(SUBJECT_ALT_NAME).critical = false;
            });
        }),
        bad("serial-zero", "a serial number of zero", |b| b.edit_leaf(|leaf| leaf.serial = int(0))),
        bad("serial-negative", "a negative serial number", |b| {
            b.edit_leaf(|leaf| leaf.serial = der::encode(Tag::INTEGER, &[&[0x80]]))
        }),
        bad("serial-long", "a serial number of 21 octets", |b| {
            b.edit_leaf(|leaf| leaf.serial = der::encode(Tag::INTEGER, &[&[1; 21]]))
        }),
        bad("false-written", "a flag written out although it is the default", |b| {
            b.edit_leaf(|leaf| {
                let flag = der::encode(Tag::BOOLEAN, &[&[0]]);
                leaf.set(BASIC_CONSTRAINTS, true, seq(&[&flag]));
            });
        }),
        refuses(
            "C02",
            "lifetime",
            "chain/lifetime",
            &KEYLESS_V2,
            "a certificate that lives a second longer than the policy admits",
            |b| {
                b.demand("/evidence/certificate/maxLifetimeSeconds", Json::number(599));
            },
        )
        .arranged(|b| b.demand("/evidence/certificate/maxLifetimeSeconds", Json::number(600))),
    ]
}

fn issuers() -> Vec<Defect> {
    let bad = |id, sentence, bend| refuses("C04", id, "chain/issuer-profile", &KEYLESS_V2, sentence, bend);
    vec![
        bad("no-constraints", "an intermediate without basic constraints", |b| {
            member(b, 1, |issuer| {
                issuer.remove(BASIC_CONSTRAINTS);
            });
        }),
        bad("not-critical", "basic constraints that are not critical", |b| {
            member(b, 1, |issuer| issuer.extension(BASIC_CONSTRAINTS).critical = false)
        }),
        bad("no-authority", "an intermediate that is no authority", |b| {
            member(b, 1, |issuer| issuer.extension(BASIC_CONSTRAINTS).value = basic_constraints(false, None))
        }),
        bad("no-key-usage", "an intermediate without key usage", |b| {
            member(b, 1, |issuer| {
                issuer.remove(KEY_USAGE);
            });
        }),
        bad("no-cert-sign", "an intermediate that may not sign certificates", |b| {
            member(b, 1, |issuer| issuer.extension(KEY_USAGE).value = key_usage(CRL_SIGN | DIGITAL_SIGNATURE))
        }),
        bad("path-length", "more certificates than the root allows", |b| {
            member(b, 0, |root| root.extension(BASIC_CONSTRAINTS).value = basic_constraints(true, Some(0)))
        }),
        bad("purpose", "an intermediate for another purpose", |b| {
            member(b, 1, |issuer| issuer.extension(EXTENDED_KEY_USAGE).value = purposes(&[TIME_STAMPING]))
        }),
        bad("empty-subject", "an issuer without name", |b| {
            member(b, 1, |issuer| issuer.subject = name(""));
            b.edit_leaf(|leaf| leaf.issuer = name(""));
        }),
        bad("anchor-no-authority", "an anchor that is no authority", |b| {
            member(b, 0, |root| root.extension(BASIC_CONSTRAINTS).value = basic_constraints(false, None))
        }),
        bad("anchor-no-constraints", "an anchor without basic constraints", |b| {
            member(b, 0, |root| {
                root.remove(BASIC_CONSTRAINTS);
            });
        }),
        bad("anchor-no-cert-sign", "an anchor that may not sign certificates", |b| {
            member(b, 0, |root| root.extension(KEY_USAGE).value = key_usage(CRL_SIGN))
        }),
        accepts("C04", "no-purpose", &KEYLESS_V2, "an intermediate without purposes", |b| {
            member(b, 1, |issuer| {
                issuer.remove(EXTENDED_KEY_USAGE);
            });
        }),
        accepts(
            "C04",
            "self-issued-not-counted",
            &KEYLESS_V2,
            "a self-issued intermediate does not count for the path length",
            |b| {
                let from = b.instance.start();
                let key = SigningKey::derive(&b.instance.seed, "re-keyed", Algorithm::P256);
                let members = &mut b.instance.certificate_authorities[0].members;
                members[0].certificate.extension(BASIC_CONSTRAINTS).value = basic_constraints(true, Some(0));
                let above = members[0].clone();
                let mut again = Member::authority("", key, Some(&above), Some(0), from);
                again.certificate.subject = above.certificate.subject.clone();
                members[1] = again;
            },
        ),
    ]
}

fn profiles() -> Vec<Defect> {
    let bad = |id, sentence, bend| refuses("C05", id, "chain/leaf-profile", &KEYLESS_V2, sentence, bend);
    vec![
        bad("authority", "a leaf that is an authority", |b| {
            b.edit_leaf(|leaf| {
                leaf.set(BASIC_CONSTRAINTS, true, basic_constraints(true, None));
                leaf.set(KEY_USAGE, true, key_usage(DIGITAL_SIGNATURE | KEY_CERT_SIGN));
            });
        }),
        bad("no-key-usage", "no key usage", |b| {
            b.edit_leaf(|leaf| {
                leaf.remove(KEY_USAGE);
            });
        }),
        bad("no-digital-signature", "a key that is not for signatures", |b| {
            b.edit_leaf(|leaf| leaf.extension(KEY_USAGE).value = key_usage(0x20))
        }),
        bad("no-purpose", "no extended key usage", |b| {
            b.edit_leaf(|leaf| {
                leaf.remove(EXTENDED_KEY_USAGE);
            });
        }),
        bad("any-purpose", "any purpose does not stand for code signing", |b| {
            b.edit_leaf(|leaf| leaf.extension(EXTENDED_KEY_USAGE).value = purposes(&[ANY_PURPOSE]))
        }),
        bad("other-purpose", "another purpose", |b| {
            b.edit_leaf(|leaf| leaf.extension(EXTENDED_KEY_USAGE).value = purposes(&[TIME_STAMPING]))
        }),
        accepts("C05", "second-purpose", &KEYLESS_V2, "another purpose beside code signing", |b| {
            b.edit_leaf(|leaf| {
                leaf.extension(EXTENDED_KEY_USAGE).value = purposes(&[TIME_STAMPING, CODE_SIGNING])
            });
        }),
        accepts(
            "C05",
            "constraints-of-a-leaf",
            &KEYLESS_V2,
            "basic constraints that say it is no authority",
            |b| {
                b.edit_leaf(|leaf| {
                    leaf.set(BASIC_CONSTRAINTS, true, basic_constraints(false, None));
                });
            },
        ),
    ]
}

pub(super) fn unknown(critical: bool) -> Extension {
    Extension { oid: "1.2.3.4.5".into(), critical, value: null() }
}

fn extensions() -> Vec<Defect> {
    let bad = |id, base, sentence, bend| refuses("C06", id, "chain/critical-extension", base, sentence, bend);
    vec![
        bad("leaf", &KEYLESS_V2, "an unknown critical extension of the leaf", |b| {
            b.edit_leaf(|leaf| leaf.extensions.push(unknown(true)))
        }),
        bad("intermediate", &KEYLESS_V2, "an unknown critical extension of the intermediate", |b| {
            member(b, 1, |issuer| issuer.extensions.push(unknown(true)))
        }),
        bad("anchor", &KEYLESS_V2, "an unknown critical extension of the anchor", |b| {
            member(b, 0, |root| root.extensions.push(unknown(true)))
        }),
        bad("poison", &KEYLESS_V2, "a precertificate", |b| {
            b.edit_leaf(|leaf| {
                leaf.set(CT_POISON, true, null());
            });
        }),
        bad("policy-constraints", &KEYLESS_V2, "policy constraints", |b| {
            member(b, 1, |issuer| {
                issuer.set("2.5.29.36", true, seq(&[&crate::asn1::implicit(0, &[0])]));
            });
        }),
        accepts("C06", "not-critical", &KEYLESS_V2, "an unknown extension that is not critical", |b| {
            b.edit_leaf(|leaf| leaf.extensions.push(unknown(false)))
        }),
    ]
}
