//! Validity, signatures, name constraints and paths (C02, C03, C07–C09).

use cretula_encoding::der::Tag;

use crate::asn1::{context, name, seq};
use crate::bundle_builder::BundleBuilder;
use crate::ca::Member;
use crate::certificate::{
    AUTHORITY_KEY_ID, NAME_CONSTRAINTS, SUBJECT_KEY_ID, dns, email, name_constraints, uri,
};
use crate::json::Json;
use crate::signing_key::{Algorithm, SigningKey};
use crate::window::Window;

use super::certificate_profile::member;
use super::defect::{Defect, accepts, refuses};
use super::good::{CA_RSA, KEYLESS_V2, PERSON, SAME_NAME, TSA_ONLY, V02_CHAIN};

pub(super) fn rows() -> Vec<Defect> {
    [times(), signatures(), constraints(), paths()].concat()
}

fn times() -> Vec<Defect> {
    let window = |id, sentence, bend| refuses("C02", id, "chain/ca-window", &KEYLESS_V2, sentence, bend);
    let expired = |id, sentence, bend| refuses("C02", id, "chain/not-valid", &KEYLESS_V2, sentence, bend);
    vec![
        window("ca-retired", "the authority was retired a second before", |b| {
            let (start, time) = (b.instance.start(), b.signed_at + 1);
            b.instance.certificate_authorities[0].window = Some(Window::between(start, time - 1));
        }),
        window("ca-not-begun", "the authority came into use a second later", |b| {
            b.instance.certificate_authorities[0].window = Some(Window::from(b.signed_at + 2));
        }),
        window("fraction", "the authority was retired half a second before", |b| {
            let (start, time) = (b.instance.start(), b.signed_at + 1);
            b.timestamp(0).gen_time = crate::asn1::generalized_text(time).replace('Z', ".5Z");
            b.instance.certificate_authorities[0].window = Some(Window::between(start, time));
        }),
        window("borrowed", "the window of another authority would fit", |b| {
            let (start, time) = (b.instance.start(), b.signed_at + 1);
            b.instance.certificate_authorities[0].window = Some(Window::between(start, time - 1));
            b.instance.certificate_authorities[1].window = None;
        }),
        accepts("C02", "at-the-end", &KEYLESS_V2, "the authority was retired at that very second", |b| {
            let (start, time) = (b.instance.start(), b.signed_at + 1);
            b.instance.certificate_authorities[0].window = Some(Window::between(start, time));
        }),
        accepts("C02", "at-the-start", &KEYLESS_V2, "the authority came into use at that very second", |b| {
            b.instance.certificate_authorities[0].window = Some(Window::from(b.signed_at + 1));
        }),
        expired("intermediate", "the intermediate had expired, the leaf had not", |b| {
            let time = b.signed_at;
            b.instance.certificate_authorities[0].members[1].certificate.not_after = time;
        }),
        expired("intermediate-early", "the intermediate was not valid yet", |b| {
            let time = b.signed_at + 2;
            b.instance.certificate_authorities[0].members[1].certificate.not_before = time;
        }),
        expired("anchor", "the anchor had expired", |b| {
            let time = b.signed_at;
            b.instance.certificate_authorities[0].members[0].certificate.not_after = time;
        }),
        expired("unused-member", "another intermediate of the authority had expired", |b| {
            list_unused(b, b.signed_at)
        }),
        accepts(
            "C02",
            "unused-member-valid",
            &KEYLESS_V2,
            "another intermediate of the authority is valid",
            |b| {
                list_unused(b, b.instance.now);
            },
        ),
        accepts("C02", "last-second", &KEYLESS_V2, "every certificate expires at that very second", |b| {
            let time = b.signed_at + 1;
            for member in &mut b.instance.certificate_authorities[0].members {
                member.certificate.not_after = time;
            }
        }),
    ]
}

/// Lists an intermediate that no path needs, valid to `not_after`.
fn list_unused(builder: &mut BundleBuilder, not_after: u64) {
    let key = SigningKey::derive(&builder.instance.seed, "unused", Algorithm::P256);
    let root = &builder.instance.certificate_authorities[0].members[0];
    let mut unused = Member::authority("unused", key, Some(root), Some(0), builder.instance.start());
    unused.certificate.not_after = not_after;
    let certificate = unused.certificate.sign(&root.key, root.key.scheme());
    builder.edit_root(move |root| {
        let certificate = Json::object([("rawBytes", Json::bytes(&certificate))]);
        root.list("/certificateAuthorities/0/certChain/certificates").insert(0, certificate);
    });
}

fn signatures() -> Vec<Defect> {
    vec![
        refuses(
            "C03",
            "leaf-signature",
            "chain/signature",
            &TSA_ONLY,
            "a leaf that another key signed",
            |b| {
                b.edits.leaf_signer = Some(SigningKey::derive(&b.instance.seed, "nobody", Algorithm::P256));
            },
        ),
        refuses(
            "C03",
            "intermediate-signature",
            "chain/signature",
            &KEYLESS_V2,
            "an intermediate that another key signed",
            |b| {
                let nobody = SigningKey::derive(&b.instance.seed, "nobody", Algorithm::P256);
                b.instance.certificate_authorities[0].members[1].signer = Some(nobody);
            },
        ),
        refuses(
            "C03",
            "issuer-name",
            "chain/no-path",
            &KEYLESS_V2,
            "another issuer name than the issuer's",
            |b| {
                b.edit_leaf(|leaf| leaf.issuer = name("north.example issuing 2"));
            },
        )
        .reported_by("C08"),
        refuses(
            "C03",
            "issuer-name-form",
            "chain/no-path",
            &KEYLESS_V2,
            "the issuer name in another string type",
            |b| {
                b.edit_leaf(|leaf| {
                    for byte in &mut leaf.issuer {
                        if *byte == Tag::UTF8_STRING.0 {
                            *byte = Tag::PRINTABLE_STRING.0;
                        }
                    }
                });
            },
        )
        .reported_by("C08"),
        refuses("C03", "sha-1", "chain/algorithm", &CA_RSA, "a leaf signed with SHA-1", |b| {
            b.edits.leaf_der.push(Box::new(|der| replace_all(der, &[1, 1, 11, 5, 0], &[1, 1, 5, 5, 0])));
        }),
        refuses("C03", "sha-224", "chain/algorithm", &KEYLESS_V2, "a leaf signed with SHA-224", |b| {
            b.edits
                .leaf_der
                .push(Box::new(|der| replace_all(der, &[0xce, 0x3d, 4, 3, 2], &[0xce, 0x3d, 4, 3, 1])));
        }),
        refuses(
            "C03",
            "leaf-curve",
            "chain/algorithm",
            &TSA_ONLY,
            "a leaf with a key on another curve",
            |b| {
                b.edit_leaf(|leaf| leaf.spki = on_another_curve(&leaf.spki));
            },
        ),
        refuses(
            "C03",
            "issuer-curve",
            "chain/algorithm",
            &KEYLESS_V2,
            "an issuer's key on another curve",
            |b| {
                member(b, 1, |issuer| issuer.spki = on_another_curve(&issuer.spki));
            },
        ),
        refuses(
            "C03",
            "no-authority-key-id",
            "chain/no-path",
            &KEYLESS_V2,
            "a leaf without authority key identifier",
            |b| {
                b.edit_leaf(|leaf| {
                    leaf.remove(AUTHORITY_KEY_ID);
                });
            },
        ),
        refuses(
            "C03",
            "no-subject-key-id",
            "chain/no-path",
            &KEYLESS_V2,
            "an issuer without subject key identifier",
            |b| {
                member(b, 1, |issuer| {
                    issuer.remove(SUBJECT_KEY_ID);
                });
            },
        ),
        accepts(
            "C03",
            "key-ids-not-demanded",
            &KEYLESS_V2,
            "no key identifiers where the policy does not demand them",
            |b| {
                b.demand("/evidence/certificate/allowMissingKeyIds", Json::bool(true));
                b.edit_leaf(|leaf| {
                    leaf.remove(AUTHORITY_KEY_ID);
                });
                member(b, 1, |issuer| {
                    issuer.remove(SUBJECT_KEY_ID);
                });
            },
        ),
        accepts(
            "C03",
            "other-key-id",
            &KEYLESS_V2,
            "key identifiers order candidates and do not decide",
            |b| {
                b.edit_leaf(|leaf| {
                    leaf.extension(AUTHORITY_KEY_ID).value = seq(&[&crate::asn1::implicit(0, &[7; 20])])
                });
            },
        ),
    ]
}

/// A P-256 key under the name of secp256k1.
fn on_another_curve(spki: &[u8]) -> Vec<u8> {
    let algorithm = seq(&[&crate::asn1::oid("1.2.840.10045.2.1"), &crate::asn1::oid("1.3.132.0.10")]);
    seq(&[&algorithm, &crate::asn1::bits(&spki[26..])])
}

fn replace_all(bytes: &mut [u8], from: &[u8], to: &[u8]) {
    for start in 0..=bytes.len() - from.len() {
        if bytes[start..].starts_with(from) {
            bytes[start..start + to.len()].copy_from_slice(to);
        }
    }
}

fn constrain(builder: &mut BundleBuilder, permitted: &[Vec<u8>], excluded: &[Vec<u8>]) {
    let value = name_constraints(permitted, excluded);
    builder.instance.certificate_authorities[0].members[1].certificate.set(NAME_CONSTRAINTS, true, value);
}

fn constraints() -> Vec<Defect> {
    let bad = |id, base, sentence, bend| refuses("C07", id, "chain/name-constraints", base, sentence, bend);
    vec![
        bad("uri-not-permitted", &KEYLESS_V2, "a URI of another host than the permitted one", |b| {
            constrain(b, &[uri("gitlab.com")], &[])
        }),
        bad("uri-subdomains-only", &KEYLESS_V2, "only hosts below the one of the URI are permitted", |b| {
            constrain(b, &[uri(".github.com")], &[])
        }),
        bad("uri-excluded", &KEYLESS_V2, "a URI of an excluded host", |b| {
            constrain(b, &[], &[uri("github.com")])
        }),
        accepts("C07", "uri-permitted", &KEYLESS_V2, "a URI of the permitted host", |b| {
            constrain(b, &[uri("github.com")], &[])
        }),
        accepts("C07", "uri-other-excluded", &KEYLESS_V2, "a URI while another host is excluded", |b| {
            constrain(b, &[], &[uri("gitlab.com")])
        }),
        bad("email-not-permitted", &PERSON, "an address of another host than the permitted one", |b| {
            constrain(b, &[email("example.org")], &[])
        }),
        bad("email-excluded", &PERSON, "an excluded address", |b| {
            constrain(b, &[], &[email("dev@example.com")])
        }),
        accepts("C07", "email-permitted", &PERSON, "an address of the permitted host", |b| {
            constrain(b, &[email("example.com")], &[])
        }),
        bad("other-form", &KEYLESS_V2, "a constraint on addresses of the network", |b| {
            constrain(b, &[], &[crate::asn1::implicit(7, &[10, 0, 0, 0, 255, 0, 0, 0])])
        }),
        bad("directory-name", &KEYLESS_V2, "a constraint on directory names", |b| {
            constrain(b, &[], &[context(4, &[&name("nobody")])])
        }),
        accepts(
            "C07",
            "dns-only",
            &KEYLESS_V2,
            "a constraint on host names, of which the leaf has none",
            |b| constrain(b, &[dns("example.com")], &[]),
        ),
    ]
}

fn paths() -> Vec<Defect> {
    vec![
        refuses(
            "C08",
            "unknown-authority",
            "chain/no-path",
            &KEYLESS_V2,
            "an authority that the trusted root does not know",
            |b| {
                b.edit_root(|root| {
                    root.remove("/certificateAuthorities/0");
                });
            },
        ),
        refuses(
            "C08",
            "same-name-only",
            "chain/signature",
            &SAME_NAME,
            "only another authority of the same name is left",
            |b| {
                b.edit_root(|root| {
                    root.remove("/certificateAuthorities/1");
                });
            },
        )
        .reported_by("C03"),
        refuses(
            "C08",
            "mixed",
            "chain/no-path",
            &KEYLESS_V2,
            "the intermediate of one authority under the anchor of another",
            |b| {
                b.edit_root(|root| {
                    let other = root.at("/certificateAuthorities/1/certChain/certificates/1").clone();
                    root.set("/certificateAuthorities/0/certChain/certificates/1", other);
                });
            },
        ),
        refuses(
            "C09",
            "not-admitted",
            "chain/no-path",
            &V02_CHAIN,
            "the intermediate is in the bundle only, and the policy does not use it",
            |b| {
                b.policy.remove("/bundle/useIntermediates");
            },
        )
        .arranged(|b| {
            b.demand("/bundle/useIntermediates", Json::bool(true));
            b.edit_root(|root| {
                root.remove("/certificateAuthorities/0/certChain/certificates/0");
            });
        })
        .reported_by("C08"),
    ]
}
