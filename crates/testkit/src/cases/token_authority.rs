//! Who made a token, over what, and for which request (T06, T08–T12, T15).

use cretula_crypto::HashAlgorithm;

use crate::asn1::{ANY_PURPOSE, CODE_SIGNING, TIME_STAMPING, context, hash_oid, int, octets, oid, seq};
use crate::bundle_builder::{BundleBuilder, TimestampSpec};
use crate::certificate::{
    BASIC_CONSTRAINTS, DIGITAL_SIGNATURE, EXTENDED_KEY_USAGE, KEY_CERT_SIGN, KEY_USAGE, basic_constraints,
    key_usage, purposes,
};
use crate::json::Json;
use crate::signing_key::{Algorithm, SigningKey};
use crate::token::{imprint, issuer_and_serial};
use crate::window::Window;

use super::defect::{Defect, accepts, refuses};
use super::good::{
    KEYLESS_V1, KEYLESS_V2, KEYLESS_V2_ENVELOPE, TSA_EMBEDDED, TSA_FROM_TOKEN, TSA_INTERMEDIATE, TSA_REFUSING,
};
use super::token_form::{gen_time, no_evidence, signer, token};

pub(super) fn rows() -> Vec<Defect> {
    [authorities(), profiles(), paths(), imprints(), requests()].concat()
}

fn authorities() -> Vec<Defect> {
    let unknown = |id, base, sentence, bend| {
        refuses("T06", id, "time/missing", base, sentence, bend)
            .reported_by("M01")
            .noting("time/token-authority")
    };
    vec![
        unknown("other-serial", &KEYLESS_V2, "a signer with another serial number", |b| {
            let issuer = b.instance.timestamp_authorities[0].signer().certificate.issuer.clone();
            b.timestamp(0).edit_token(move |token| token.signer_id = issuer_and_serial(&issuer, &int(9)));
        }),
        unknown("not-in-root", &KEYLESS_V2, "an authority that the trusted root does not know", |b| {
            b.edit_root(|root| {
                root.remove("/timestampAuthorities/0");
            });
        }),
        unknown(
            "brings-itself",
            &TSA_EMBEDDED,
            "an unknown authority whose certificate is in the token",
            |b| {
                b.edit_root(|root| {
                    root.remove("/timestampAuthorities/0");
                });
            },
        ),
        unknown(
            "certificate-missing",
            &TSA_FROM_TOKEN,
            "an instance of authorities only, and a token without certificate",
            |b| {
                token(b, |token| token.certificates.clear());
            },
        ),
        refuses(
            "T06",
            "listed-signer-not-in-root",
            "trusted-root/no-tsa",
            &KEYLESS_V2,
            "the only authority is gone",
            |b| {
                b.edit_root(|root| {
                    root.remove("/timestampAuthorities");
                });
            },
        )
        .reported_by("T15"),
        accepts(
            "T06",
            "second-of-the-bag",
            &TSA_FROM_TOKEN,
            "the signer is the second certificate in the token",
            |b| {
                let other = b.instance.timestamp_authorities[1].signer_certificate();
                b.timestamp(0).edit_token(|token| token.certificates.insert(0, other));
            },
        ),
        accepts(
            "T06",
            "foreign-certificate",
            &TSA_EMBEDDED,
            "another certificate beside the pinned signer",
            |b| {
                let other = b.instance.timestamp_authorities[1].signer_certificate();
                b.timestamp(0).edit_token(|token| token.certificates.insert(0, other));
            },
        ),
        accepts("T06", "by-key-id", &KEYLESS_V2, "the signer by its key identifier", |b| {
            let spki = b.instance.timestamp_authorities[0].signer().key.spki();
            b.timestamp(0).edit_token(move |token| {
                token.signer_version = 3;
                token.signer_id = crate::asn1::implicit(0, &crate::certificate::key_id(&spki));
            });
        }),
    ]
}

fn profiles() -> Vec<Defect> {
    let bad = |id, sentence, bend| no_evidence("T08", id, "time/token-profile", sentence, bend);
    vec![
        bad("not-critical", "extended key usage that is not critical", |b| {
            signer(b, |signer| signer.extension(EXTENDED_KEY_USAGE).critical = false)
        }),
        bad("two-purposes", "two purposes", |b| {
            signer(b, |signer| {
                signer.extension(EXTENDED_KEY_USAGE).value = purposes(&[TIME_STAMPING, CODE_SIGNING])
            });
        }),
        bad("other-purpose", "another purpose", |b| {
            signer(b, |signer| signer.extension(EXTENDED_KEY_USAGE).value = purposes(&[CODE_SIGNING]))
        }),
        bad("any-purpose", "any purpose", |b| {
            signer(b, |signer| signer.extension(EXTENDED_KEY_USAGE).value = purposes(&[ANY_PURPOSE]))
        }),
        bad("no-purpose", "no extended key usage", |b| {
            signer(b, |signer| {
                signer.remove(EXTENDED_KEY_USAGE);
            });
        }),
        bad("key-usage", "a key that signs certificates too", |b| {
            signer(b, |signer| {
                signer.extension(KEY_USAGE).value = key_usage(DIGITAL_SIGNATURE | KEY_CERT_SIGN)
            });
        }),
        bad("encipherment", "a key that is for encipherment", |b| {
            signer(b, |signer| signer.extension(KEY_USAGE).value = key_usage(0x20))
        }),
        accepts("T08", "no-key-usage", &TSA_REFUSING, "no key usage", |b| {
            signer(b, |signer| {
                signer.remove(KEY_USAGE);
            });
        }),
        accepts("T08", "non-repudiation", &TSA_REFUSING, "key usage nonRepudiation", |b| {
            signer(b, |signer| signer.extension(KEY_USAGE).value = key_usage(0x40));
        }),
        refuses(
            "T08",
            "authority-from-token",
            "time/token-profile",
            &TSA_FROM_TOKEN,
            "the signer in the token is an authority",
            |b| {
                signer(b, |signer| {
                    signer.set(BASIC_CONSTRAINTS, true, basic_constraints(true, None));
                });
            },
        )
        .arranged(|b| b.demand("/evidence/time/onInvalidToken", Json::text("refuse"))),
        refuses(
            "T08",
            "only-the-first-of-the-bag",
            "time/token-profile",
            &TSA_FROM_TOKEN,
            "the first certificate in the token has the right purpose, the signer has another",
            |b| {
                signer(b, |signer| signer.extension(EXTENDED_KEY_USAGE).value = purposes(&[CODE_SIGNING]));
            },
        )
        .arranged(|b| {
            b.demand("/evidence/time/onInvalidToken", Json::text("refuse"));
            let other = b.instance.timestamp_authorities[1].signer_certificate();
            b.timestamp(0).edit_token(|token| token.certificates.insert(0, other));
        }),
    ]
}

fn paths() -> Vec<Defect> {
    let chain = |id, sentence, bend| {
        refuses("T09", id, "time/token-chain", &TSA_INTERMEDIATE, sentence, bend)
            .arranged(|b| b.demand("/evidence/time/onInvalidToken", Json::text("refuse")))
    };
    let window = |id, sentence, bend| no_evidence("T10", id, "time/token-window", sentence, bend);
    vec![
        chain("signature", "the signer's certificate is signed by another key", |b| {
            let key = SigningKey::derive(&b.instance.seed, "another tsa", Algorithm::P256);
            b.instance.timestamp_authorities[0].members[2].signer = Some(key);
        }),
        chain("signer-expired", "the signer's certificate had expired", |b| expire(b, 2)),
        chain("intermediate-expired", "the intermediate had expired", |b| expire(b, 1)),
        chain("anchor-expired", "the anchor had expired", |b| expire(b, 0)),
        chain("intermediate-purpose", "an intermediate for another purpose", |b| {
            b.instance.timestamp_authorities[0].members[1].certificate.set(
                EXTENDED_KEY_USAGE,
                false,
                purposes(&[CODE_SIGNING]),
            );
        }),
        chain("path-length", "more certificates than the root allows", |b| {
            b.instance.timestamp_authorities[0].members[0].certificate.set(
                BASIC_CONSTRAINTS,
                true,
                basic_constraints(true, Some(0)),
            );
        }),
        accepts(
            "T09",
            "expires-then",
            &TSA_INTERMEDIATE,
            "every certificate expires at that very second",
            |b| {
                let time = b.signed_at + 1;
                for member in &mut b.instance.timestamp_authorities[0].members {
                    member.certificate.not_after = time;
                }
            },
        ),
        window("ended", "the authority was retired a second before", |b| {
            let (start, time) = (b.instance.start(), b.signed_at + 1);
            b.instance.timestamp_authorities[0].window = Some(Window::between(start, time - 1));
        }),
        window("not-begun", "the authority came into use a second later", |b| {
            let time = b.signed_at + 1;
            b.instance.timestamp_authorities[0].window = Some(Window::from(time + 1));
        }),
        window("fraction", "the authority was retired half a second before", |b| {
            let (start, time) = (b.instance.start(), b.signed_at + 1);
            gen_time(b, ".5Z");
            b.instance.timestamp_authorities[0].window = Some(Window::between(start, time));
        }),
        window("borrowed", "the window of another authority would fit", |b| {
            let (start, time) = (b.instance.start(), b.signed_at + 1);
            b.instance.timestamp_authorities[0].window = Some(Window::between(start, time - 1));
            b.instance.timestamp_authorities[1].window = Some(Window::from(start));
        }),
        accepts("T10", "at-the-end", &TSA_REFUSING, "the authority was retired at that very second", |b| {
            let (start, time) = (b.instance.start(), b.signed_at + 1);
            b.instance.timestamp_authorities[0].window = Some(Window::between(start, time));
        }),
        accepts(
            "T10",
            "at-the-start",
            &TSA_REFUSING,
            "the authority came into use at that very second",
            |b| {
                let time = b.signed_at + 1;
                b.instance.timestamp_authorities[0].window = Some(Window::from(time));
            },
        ),
    ]
}

fn expire(builder: &mut BundleBuilder, member: usize) {
    let time = builder.signed_at;
    builder.instance.timestamp_authorities[0].members[member].certificate.not_after = time;
}

fn imprints() -> Vec<Defect> {
    let bad = |id, sentence, bend| no_evidence("T11", id, "time/token-imprint", sentence, bend);
    vec![
        bad("other-signature", "a token over another signature", |b| {
            b.timestamp(0).message = Some(b"another signature".to_vec())
        }),
        bad("artifact", "a token over the artifact", |b| b.timestamp(0).message = Some(b.artifact.clone())),
        bad("wrong-hash", "a digest under the name of another algorithm", |b| {
            token(b, |token| {
                let value = octets(&[7; 32]);
                token.tst_info[2] = seq(&[&seq(&[&oid(hash_oid(HashAlgorithm::Sha512))]), &value]);
            });
        }),
        bad("sha-1", "an imprint with SHA-1", |b| {
            token(b, |token| token.tst_info[2] = seq(&[&seq(&[&oid("1.3.14.3.2.26")]), &octets(&[7; 20])]));
        }),
        refuses(
            "T11",
            "payload",
            "time/token-imprint",
            &KEYLESS_V2_ENVELOPE,
            "a token over the payload",
            |b| {
                let payload = b.payload().encode();
                b.timestamp(0).message = Some(payload);
            },
        )
        .arranged(|b| b.demand("/evidence/time/onInvalidToken", Json::text("refuse"))),
        accepts("T11", "sha-512", &TSA_REFUSING, "an imprint with another SHA-2 than the attributes", |b| {
            let signature = b.key.sign(b.scheme, &b.artifact);
            b.timestamp(0)
                .edit_token(move |token| token.tst_info[2] = imprint(HashAlgorithm::Sha512, &signature));
        }),
        accepts(
            "T11",
            "ignored-beside-another",
            &KEYLESS_V2,
            "a token over something else beside a good one is ignored",
            |b| {
                let mut other = TimestampSpec::new(1, b.signed_at + 2);
                other.message = Some(b"another signature".to_vec());
                b.timestamps.push(other);
            },
        )
        .noting("time/token-imprint"),
    ]
}

/// A directory name, as GeneralName.
fn tsa_name(common_name: &str) -> Vec<u8> {
    context(4, &[&crate::asn1::name(common_name)])
}

/// The token says that the authority `tsa` made it.
fn named_by_itself(builder: &mut BundleBuilder) {
    token(builder, |token| token.tst_info.push(context(0, &[&tsa_name("tsa")])));
}

fn requests() -> Vec<Defect> {
    let bad = |id, sentence, bend| no_evidence("T12", id, "time/token-request", sentence, bend);
    let expecting_nonce: fn(&mut BundleBuilder) = |b| {
        b.options.nonce = Some("2a".into());
        token(b, |token| token.tst_info.push(int(42)));
    };
    vec![
        bad("nonce", "another nonce than the caller's", |b| b.options.nonce = Some("2b".into()))
            .arranged(expecting_nonce),
        bad("no-nonce", "no nonce where the caller sent one", |b| b.options.nonce = Some("2a".into())),
        bad("policy", "another policy than the caller's", |b| b.options.tsa_policy = Some("1.2.3".into()))
            .arranged(|b| b.options.tsa_policy = Some("1.3.6.1.4.1.57264.2".into())),
        bad("policy-list", "a policy that is not in the list", |b| {
            b.demand("/evidence/time/policyOids", Json::List(vec![Json::text("1.2.3")]));
        })
        .arranged(|b| {
            b.demand("/evidence/time/policyOids", Json::List(vec![Json::text("1.3.6.1.4.1.57264.2")]))
        }),
        bad("no-name", "no name where the caller expects one", |b| {
            b.options.tsa_name = Some(tsa_name("tsa"))
        }),
        bad("name", "another name than the caller's", |b| b.options.tsa_name = Some(tsa_name("other")))
            .arranged(|b| {
                b.options.tsa_name = Some(tsa_name("tsa"));
                named_by_itself(b);
            }),
        bad("name-list", "a name that is not in the list", |b| {
            b.demand("/evidence/time/names", Json::List(vec![Json::text("CN=other")]));
        })
        .arranged(|b| {
            b.demand("/evidence/time/names", Json::List(vec![Json::text("CN=tsa")]));
            named_by_itself(b);
        }),
        refuses(
            "T15",
            "no-tsa",
            "trusted-root/no-tsa",
            &KEYLESS_V2,
            "tokens are the only times, and the trusted root knows no authority",
            |b| {
                b.edit_root(|root| {
                    root.remove("/timestampAuthorities");
                });
            },
        ),
        accepts("T15", "not-needed", &KEYLESS_V1, "a token of nobody beside a promise", |b| {
            b.timestamps.push(TimestampSpec::new(0, b.signed_at + 1));
            b.edit_root(|root| {
                root.remove("/timestampAuthorities");
            });
        })
        .noting("trusted-root/no-tsa"),
    ]
}
