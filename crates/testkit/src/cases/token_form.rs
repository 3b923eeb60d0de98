//! RFC 3161 tokens as documents, their attributes and signatures (T01–T04, T07).

use cretula_encoding::der::{self, Tag};

use crate::asn1::{context, generalized, generalized_text, int, null, octets, oid, seq};
use crate::bundle_builder::BundleBuilder;
use crate::certificate::CertificateSpec;
use crate::signing_key::{Algorithm, SigningKey, algorithm_identifier};
use crate::token::{CONTENT_TYPE, MESSAGE_DIGEST, TokenSpec, attribute};

use super::defect::{Defect, accepts, refuses};
use super::good::{KEYLESS_V2, TSA_REFUSING, TSA_RSA};

pub(super) fn rows() -> Vec<Defect> {
    [forms(), signers(), attributes()].concat()
}

pub(super) fn token(builder: &mut BundleBuilder, edit: fn(&mut TokenSpec)) {
    builder.timestamp(0).edit_token(edit);
}

pub(super) fn signer(builder: &mut BundleBuilder, edit: fn(&mut CertificateSpec)) {
    let members = &mut builder.instance.timestamp_authorities[0].members;
    let last = members.len() - 1;
    edit(&mut members[last].certificate);
}

/// Well-formed, but no evidence: refused where the policy says so.
pub(super) fn no_evidence(
    check: &'static str,
    id: &'static str,
    code: &'static str,
    sentence: &'static str,
    bend: fn(&mut BundleBuilder),
) -> Defect {
    refuses(check, id, code, &TSA_REFUSING, sentence, bend)
}

fn forms() -> Vec<Defect> {
    let status = |id, sentence, bend| refuses("T01", id, "time/token-status", &KEYLESS_V2, sentence, bend);
    let bad = |id, sentence, bend| refuses("T02", id, "time/token", &KEYLESS_V2, sentence, bend);
    vec![
        status("rejection", "a status of rejection with a token", |b| {
            token(b, |token| token.status = seq(&[&int(2)]))
        }),
        status("waiting", "a status of waiting with a token", |b| {
            token(b, |token| token.status = seq(&[&int(3)]))
        }),
        accepts("T01", "granted-with-mods", &KEYLESS_V2, "granted with modifications", |b| {
            token(b, |token| token.status = seq(&[&int(1)]));
        }),
        refuses("T01", "no-token", "time/token", &KEYLESS_V2, "granted, and no token", |b| {
            b.timestamp(0).edit_response(|response| *response = seq(&[&seq(&[&int(0)])]));
        }),
        refuses("T01", "bare-token", "time/token", &KEYLESS_V2, "a bare ContentInfo", |b| {
            let authority = b.instance.timestamp_authorities[0].clone();
            let time = generalized_text(b.signed_at + 1);
            b.timestamp(0)
                .edit_response(move |response| *response = authority.token(b"signature", &time).token());
        }),
        refuses("T01", "trailing-byte", "time/token", &KEYLESS_V2, "a byte after the response", |b| {
            b.timestamp(0).edit_response(|response| response.push(0));
        }),
        refuses("T01", "empty", "time/token", &KEYLESS_V2, "an empty response", |b| {
            b.timestamp(0).edit_response(Vec::clear);
        }),
        bad("content-info-type", "a ContentInfo of another type", |b| {
            token(b, |token| token.content_info_type = "1.2.840.113549.1.7.1".into());
        }),
        bad("content-type", "content of another type", |b| {
            token(b, |token| token.content_type = "1.2.840.113549.1.7.1".into());
        }),
        bad("version", "TSTInfo of version 2", |b| token(b, |token| token.tst_info[0] = int(2))),
        bad("fraction-zero", "a fraction that ends with zero", |b| gen_time(b, ".50Z")),
        bad("fraction-empty", "a point without fraction", |b| gen_time(b, ".Z")),
        bad("local-time", "a time without zone", |b| gen_time(b, "")),
        bad("offset", "a time with an offset", |b| gen_time(b, "+0000")),
        bad("critical-extension", "a critical extension of TSTInfo", |b| {
            token(b, |token| {
                let critical = der::encode(Tag::BOOLEAN, &[&[0xff]]);
                let extension = seq(&[&oid("1.2.3.4"), &critical, &octets(b"")]);
                token.tst_info.push(context(1, &[&extension]));
            });
        }),
        bad("digest-algorithms", "digestAlgorithms that are no algorithms", |b| {
            token(b, |token| token.digest_algorithms = Some(int(1)))
        }),
        bad("digest-algorithms-tail", "something after the parameters of a digest algorithm", |b| {
            token(b, |token| {
                let sha256 = oid(&token.digest_algorithm);
                token.digest_algorithms = Some(seq(&[&sha256, &null(), &null()]));
            });
        }),
        accepts(
            "T02",
            "digest-algorithms-with-null",
            &KEYLESS_V2,
            "a digest algorithm with parameters",
            |b| {
                token(b, |token| {
                    let sha256 = oid(&token.digest_algorithm);
                    token.digest_algorithms = Some(seq(&[&sha256, &null()]));
                });
            },
        ),
        accepts("T02", "no-digest-algorithms", &KEYLESS_V2, "no digest algorithm announced", |b| {
            token(b, |token| token.digest_algorithms = Some(Vec::new()))
        }),
        bad("attribute-order", "signed attributes that are not in the order of DER", |b| {
            token(b, |token| token.sorted = false)
        }),
        bad("long-length", "a length that is longer than needed", |b| {
            b.timestamp(0).edit_response(|response| {
                response[1] = 0x83;
                response.insert(2, 0);
            });
        })
        .reported_by("T01"),
        accepts("T02", "fraction", &KEYLESS_V2, "a fraction of a second", |b| gen_time(b, ".5Z")),
        accepts("T02", "extension", &KEYLESS_V2, "an extension of TSTInfo that is not critical", |b| {
            token(b, |token| {
                let extension = seq(&[&oid("1.2.3.4"), &octets(b"")]);
                token.tst_info.push(context(1, &[&extension]));
            });
        }),
    ]
}

/// What follows the seconds of genTime.
pub(super) fn gen_time(builder: &mut BundleBuilder, after: &str) {
    let time = generalized_text(builder.signed_at + 1);
    builder.timestamp(0).gen_time = time.trim_end_matches('Z').to_string() + after;
}

fn signers() -> Vec<Defect> {
    vec![
        no_evidence("T03", "two-signers", "time/token-signer", "two SignerInfos", |b| {
            token(b, |token| token.signer_infos = 2)
        }),
        no_evidence("T03", "no-signer", "time/token-signer", "no SignerInfo", |b| {
            token(b, |token| token.signer_infos = 0)
        }),
        no_evidence("T03", "sha-1", "time/token-digest", "a digest algorithm that is not SHA-2", |b| {
            token(b, |token| token.digest_algorithm = "1.3.14.3.2.26".into());
        }),
        refuses(
            "T03",
            "ignored",
            "time/missing",
            &KEYLESS_V2,
            "two SignerInfos: the token is ignored, and no time is left",
            |b| {
                token(b, |token| token.signer_infos = 2);
            },
        )
        .reported_by("M01")
        .noting("time/token-signer"),
        no_evidence("T07", "signature", "time/token-signature", "a signature over something else", |b| {
            token(b, |token| token.signed_instead = Some(b"something else".to_vec()));
        }),
        no_evidence("T07", "other-key", "time/token-signature", "a signature of another key", |b| {
            let key = SigningKey::derive(&b.instance.seed, "another tsa", Algorithm::P256);
            b.timestamp(0).edit_token(|token| token.key = key);
        }),
        no_evidence(
            "T07",
            "implicit-tag",
            "time/token-signature",
            "a signature over the attributes with the tag that they stand under",
            |b| {
                token(b, |token| {
                    let mut list = [token.usual_attributes(), token.attributes.clone()].concat();
                    list.sort();
                    token.signed_instead = Some(context(0, &[&list.concat()]));
                });
            },
        ),
        no_evidence(
            "T07",
            "content",
            "time/token-signature",
            "a signature over the content in place of the attributes",
            |b| {
                token(b, |token| token.signed_instead = Some(token.content()));
            },
        ),
        no_evidence(
            "T07",
            "algorithm",
            "time/token-signature",
            "an algorithm that is not one of the key",
            |b| {
                token(b, |token| {
                    let scheme = cretula_crypto::SignatureScheme::Ed25519;
                    token.signature_algorithm = algorithm_identifier(scheme);
                });
            },
        ),
        accepts(
            "T07",
            "bare-rsa",
            &TSA_RSA,
            "bare rsaEncryption takes the hash of the digest algorithm",
            |b| {
                token(b, |token| {
                    token.signature_algorithm = seq(&[&oid("1.2.840.113549.1.1.1"), &crate::asn1::null()]);
                });
            },
        ),
    ]
}

fn attributes() -> Vec<Defect> {
    let bad = |id, sentence, bend| no_evidence("T04", id, "time/token-attributes", sentence, bend);
    vec![
        bad("none", "no signed attributes", |b| {
            token(b, |token| {
                token.replaced = Some(Vec::new());
                token.attributes.clear();
                token.signed_instead = Some(token.content());
            });
        }),
        bad("no-content-type", "no content type", |b| {
            replace(b, |usual| {
                usual.remove(0);
            })
        }),
        bad("no-digest", "no message digest", |b| {
            replace(b, |usual| {
                usual.remove(1);
            })
        }),
        bad("two-digests", "two message digests", |b| {
            replace(b, |usual| {
                usual.push(attribute(MESSAGE_DIGEST, &octets(&[7; 32])));
            })
        }),
        bad("content-type", "another content type than that of the content", |b| {
            replace(b, |usual| {
                usual[0] = attribute(CONTENT_TYPE, &oid("1.2.840.113549.1.7.1"));
            })
        }),
        bad("digest", "the digest of other content", |b| {
            replace(b, |usual| {
                usual[1] = attribute(MESSAGE_DIGEST, &octets(&[7; 32]));
            })
        }),
        bad("digest-length", "a digest of another length", |b| {
            replace(b, |usual| {
                usual[1] = attribute(MESSAGE_DIGEST, &octets(&[7; 48]));
            })
        }),
        accepts("T04", "signing-time", &TSA_REFUSING, "the signing time is ignored", |b| {
            token(b, |token| {
                let time = generalized("20000101000000Z");
                token.attributes.push(attribute("1.2.840.113549.1.9.5", &time));
            });
        }),
    ]
}

fn replace(builder: &mut BundleBuilder, edit: fn(&mut Vec<Vec<u8>>)) {
    builder.timestamp(0).edit_token(move |token| {
        let mut usual = token.usual_attributes();
        edit(&mut usual);
        token.replaced = Some(usual);
    });
}
