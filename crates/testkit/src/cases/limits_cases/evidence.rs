//! Limits of certificates, paths and tokens.

use crate::asn1::{context, generalized_text, octets, oid, seq};
use crate::bundle_builder::{BundleBuilder, SctSpec};
use crate::ca::{Member, WORKFLOW};
use crate::certificate::{BASIC_CONSTRAINTS, Extension, SUBJECT_ALT_NAME, alt_names, basic_constraints, uri};
use crate::json::Json;
use crate::signing_key::{Algorithm, SigningKey};

use super::content::limit;
use crate::cases::defect::{Defect, refuses};
use crate::cases::good::{CA_ED25519, KEYLESS_V1, KEYLESS_V2, TSA_ED25519};

pub(super) fn rows() -> Vec<Defect> {
    [certificates(), paths(), tokens()].concat()
}

fn certificates() -> Vec<Defect> {
    vec![
        refuses(
            "P11",
            "limit-certificate-bytes",
            "limits/certificate-bytes",
            &CA_ED25519,
            "a certificate of 16 KiB and a byte",
            |b| fill_leaf(b, 16_385),
        )
        .arranged(|b| fill_leaf(b, 16_384)),
        refuses("C01", "limit-extensions", "limits/extensions", &KEYLESS_V2, "65 extensions", |b| {
            add_extension(b)
        })
        .arranged(|b| {
            b.edit_leaf(|leaf| {
                // The list of promises is the last one.
                for index in leaf.extensions.len()..63 {
                    leaf.extensions.push(numbered(index));
                }
            });
        }),
        refuses(
            "C01",
            "limit-san-entries-at",
            "identity/san-count",
            &KEYLESS_V2,
            "16 names are read, and are too many",
            |b| set_names(b, 16),
        )
        .reported_by("I01"),
        refuses("C01", "limit-san-entries", "limits/san-entries", &KEYLESS_V2, "17 names", |b| {
            set_names(b, 17)
        }),
        refuses("S01", "limit-scts", "limits/scts", &KEYLESS_V2, "17 promises", |b| {
            b.scts.push(SctSpec::new(0, b.signed_at))
        })
        .arranged(|b| (5..20).for_each(|before| b.scts.push(SctSpec::new(0, b.signed_at - before)))),
        refuses(
            "I04",
            "limit-claim-bytes",
            "limits/claim-bytes",
            &KEYLESS_V2,
            "a claim of 2049 bytes",
            |b| long_claim(b, 2049),
        )
        .arranged(|b| long_claim(b, 2048)),
    ]
}

/// Makes the leaf this long. Signatures of Ed25519 have one length.
fn fill_leaf(builder: &mut BundleBuilder, length: usize) {
    builder.scts.clear();
    builder.demand("/evidence/sct/threshold", Json::number(0));
    let issuer = builder.instance.certificate_authorities[0].issuer().key.clone();
    builder.edit_leaf(move |leaf| {
        let filled = |leaf: &mut crate::CertificateSpec, filler: usize| {
            leaf.set("1.2.3.4.7", false, octets(&vec![0; filler]));
            leaf.sign(&issuer, issuer.scheme()).len()
        };
        let found = filled(leaf, 12_000);
        let found = filled(leaf, 12_000 + length - found);
        assert_eq!(found, length, "the length of a leaf");
    });
}

fn numbered(index: usize) -> Extension {
    Extension { oid: format!("1.2.3.5.{index}"), critical: false, value: crate::asn1::null() }
}

fn add_extension(builder: &mut BundleBuilder) {
    builder.edit_leaf(|leaf| leaf.extensions.push(numbered(99)));
}

fn set_names(builder: &mut BundleBuilder, count: usize) {
    builder.edit_leaf(move |leaf| {
        leaf.extension(SUBJECT_ALT_NAME).value = alt_names(&vec![uri(WORKFLOW); count]);
    });
}

fn long_claim(builder: &mut BundleBuilder, length: usize) {
    builder.edit_leaf(move |leaf| {
        leaf.set(&crate::certificate::fulcio(22), false, crate::asn1::utf8(&"x".repeat(length)));
    });
}

fn paths() -> Vec<Defect> {
    vec![
        refuses("C08", "limit-chain", "limits/chain", &KEYLESS_V2, "a path of five certificates", |b| {
            lengthen(b, "third")
        })
        .arranged(|b| lengthen(b, "second")),
        refuses(
            "C08",
            "limit-signature-checks",
            "limits/signature-checks",
            &KEYLESS_V2,
            "a signature check more in a path search than the limit, which is lowered",
            |b| {
                limit(b, "signature-checks", 3);
            },
        )
        .arranged(|b| {
            limit(b, "signature-checks", 4);
            hide_issuer(b);
        }),
        refuses(
            "C08",
            "limit-path-steps",
            "limits/path-steps",
            &KEYLESS_V2,
            "a step more in a path search than the limit, which is lowered",
            |b| {
                limit(b, "path-steps", 3);
            },
        )
        .arranged(|b| {
            limit(b, "path-steps", 4);
            hide_issuer(b);
        }),
        refuses(
            "C08",
            "limit-name-comparisons",
            "limits/name-comparisons",
            &KEYLESS_V1,
            "a comparison more in a path search than the limit, which is lowered",
            |b| {
                limit(b, "name-comparisons", 7);
            },
        )
        .arranged(|b| {
            limit(b, "name-comparisons", 8);
            let permitted = [uri("gitlab.com"), uri("github.com")];
            let value = crate::certificate::name_constraints(&permitted, &[]);
            let issuer = &mut b.instance.certificate_authorities[0].members[1].certificate;
            issuer.set(crate::certificate::NAME_CONSTRAINTS, true, value);
        }),
        refuses(
            "A02",
            "limit-signature-total",
            "limits/signature-total",
            &KEYLESS_V2,
            "a signature check more in the whole call than the limit, which is lowered",
            |b| {
                limit(b, "signature-total", 6);
            },
        )
        .arranged(|b| limit(b, "signature-total", 7)),
    ]
}

/// One more intermediate below the last.
fn lengthen(builder: &mut BundleBuilder, name: &str) {
    let key = SigningKey::derive(&builder.instance.seed, name, Algorithm::P256);
    let from = builder.instance.start();
    let members = &mut builder.instance.certificate_authorities[0].members;
    for member in members.iter_mut() {
        member.certificate.set(BASIC_CONSTRAINTS, true, basic_constraints(true, None));
    }
    let below = Member::authority(name, key, members.last(), None, from);
    members.push(below);
}

/// Two namesakes of the issuer are tried before it, since the leaf does not say which one it is.
fn hide_issuer(builder: &mut BundleBuilder) {
    builder.edit_leaf(|leaf| {
        leaf.extension(crate::certificate::AUTHORITY_KEY_ID).value =
            seq(&[&crate::asn1::implicit(0, &[7; 20])]);
    });
    add_namesakes(builder, 2);
}

/// Lists intermediates with the issuer's name and other keys before the issuer itself.
fn add_namesakes(builder: &mut BundleBuilder, count: usize) {
    let authority = &builder.instance.certificate_authorities[0];
    let (root, issuer) = (authority.members[0].clone(), authority.issuer().certificate.clone());
    let seed = builder.instance.seed;
    builder.edit_root(move |document| {
        let listed = document.list("/certificateAuthorities/0/certChain/certificates");
        for index in 0..count {
            let key = SigningKey::derive(&seed, &format!("namesake {count} {index}"), Algorithm::P256);
            let mut namesake = issuer.clone();
            namesake.spki = key.spki();
            namesake.key_ids(Some(&root.key));
            let der = namesake.sign(&root.key, root.key.scheme());
            listed.insert(0, Json::object([("rawBytes", Json::bytes(&der))]));
        }
    });
}

fn tokens() -> Vec<Defect> {
    vec![
        refuses(
            "P11",
            "limit-token-bytes",
            "limits/token-bytes",
            &TSA_ED25519,
            "a response of 64 KiB and a byte",
            |b| fill_token(b, (64 << 10) + 1),
        )
        .arranged(|b| fill_token(b, 64 << 10)),
        refuses(
            "T02",
            "limit-token-certificates",
            "limits/token-certificates",
            &KEYLESS_V2,
            "nine certificates in a token",
            |b| add_certificates(b, 1),
        )
        .arranged(|b| add_certificates(b, 8)),
    ]
}

fn fill_token(builder: &mut BundleBuilder, length: usize) {
    let time = generalized_text(builder.signed_at + 1);
    let authority = builder.instance.timestamp_authorities[0].clone();
    let filler = |bytes: usize| context(1, &[&seq(&[&oid("1.2.3.4.8"), &octets(&vec![0; bytes])])]);
    let mut probe = authority.token(b"signature", &time);
    probe.tst_info.push(filler(60_000));
    let filler = filler(60_000 + length - probe.response().len());
    builder.timestamp(0).edit_token(move |token| {
        token.tst_info.truncate(5);
        token.tst_info.push(filler);
    });
}

fn add_certificates(builder: &mut BundleBuilder, count: usize) {
    let certificate = builder.instance.timestamp_authorities[1].signer_certificate();
    builder.timestamp(0).edit_token(move |token| {
        token.certificates.extend(std::iter::repeat_n(certificate, count));
    });
}
