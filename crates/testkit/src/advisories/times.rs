//! Times that nobody vouched for, and windows that were not compared, or not with the right time.

use crate::asn1::{CODE_SIGNING, octets, oid};
use crate::bundle_builder::BundleBuilder;
use crate::cases::defect::{Change, Defect, refuses};
use crate::cases::good::{
    Good, KEYLESS_V1, KEYLESS_V2, TSA_EMBEDDED, TSA_INTERMEDIATE, TSA_P384, TSA_RSA_SHA512,
};
use crate::certificate::{EXTENDED_KEY_USAGE, purposes};
use crate::json::Json;
use crate::token::{CONTENT_TYPE, MESSAGE_DIGEST, attribute};
use crate::window::Window;

use super::row::{Row, row};

pub(super) fn rows() -> Vec<Row> {
    vec![
        row(
            "CVE-2026-24122",
            "issuer certificates expired at signing time",
            "Only the leaf was compared with the signing time: issuers that had expired by then still vouched for it.",
            "chain",
            &[
                "c02-intermediate", "c02-intermediate-early", "c02-anchor", "c02-unused-member", "c02-last-second",
                "t09-signer-expired", "t09-intermediate-expired", "t09-anchor-expired", "t09-expires-then",
                "m02-intermediate-expired-between",
            ],
        )
        .also(&["GHSA-wfqv-66vq-46rm"]),
        row(
            "GHSA-wqqc-jjcq-vfxm",
            "key validity not compared with signing time",
            "The window in which a managed key is valid was read and compared with no time, or with the present.",
            "time",
            &["m05-*"],
        )
        .also(&["CVE-2026-54787"]),
        row(
            "CVE-2026-39984",
            "TSA constraints checked on another certificate of the bag",
            "The purpose of the signer was checked on the first certificate in the token, which need not be the signer.",
            "time",
            &[
                "t08-only-the-first-of-the-bag", "t08-other-purpose", "t08-not-critical", "t06-second-of-the-bag",
                "t06-foreign-certificate", "t05-from-token",
            ],
        )
        .also(&["GHSA-xm5m-wgh2-rrg3"])
        .adding(bags),
        row(
            "lesson-unsigned-integrated-time",
            "time without authority",
            "The time in a log entry was taken for a verified one although no promise signs it.",
            "time",
            &["l05-shifted-time", "l05-time", "l06-*", "m04-log-without-promise", "m01-none"],
        )
        .adding(unsigned),
        row(
            "lesson-borrowed-window",
            "authorities mixed",
            "A token or entry of one authority was accepted in the window of another.",
            "time",
            &["c02-borrowed", "t10-borrowed", "r03-empty", "r03-missing", "l04-split-windows", "s05-split-windows"],
        )
        .adding(borrowed),
        row(
            "lesson-closed-intervals",
            "end excluded",
            "A time equal to the end of a window was refused, or one just outside was accepted.",
            "time",
            &[
                "c02-ca-retired", "c02-ca-not-begun", "c02-fraction", "c02-at-the-end", "c02-at-the-start",
                "c02-last-second", "l05-key-retired", "l05-key-not-in-use", "l05-at-the-end", "l05-at-the-start",
                "l07-*", "l22-ended", "l22-not-begun", "l22-fraction", "l22-at-the-end", "l22-at-the-start",
                "m03-*", "m04-current-last-second", "m05-retired", "m05-not-in-use", "m05-last-second",
                "m05-first-second", "s05-*", "t09-expires-then", "t10-ended", "t10-not-begun", "t10-fraction",
                "t10-at-the-end", "t10-at-the-start", "t13-before", "t13-after", "t13-fraction",
                "t13-first-second", "t13-last-second",
            ],
        ),
        row(
            "lesson-fixed-digest",
            "SHA-384 and SHA-512 tokens refused",
            "The digest in the attributes of a token was computed with SHA-256, whatever the token says.",
            "time",
            &[
                "good-tsa-p256-sha512", "good-tsa-p384", "good-tsa-rsa", "good-tsa-rsa-sha512", "good-tsa-pss",
                "good-tsa-ed25519", "t03-sha-1", "t04-digest", "t04-digest-length", "t11-sha-512", "t11-wrong-hash",
            ],
        )
        .adding(digests),
        row(
            "lesson-retired-authorities",
            "filtered by the present time",
            "Authorities and keys whose window has ended were dropped when the trusted root was read, so that history \
             did not verify; or their window was not compared at all.",
            "chain",
            &[
                "r04-*", "c02-ca-retired", "l05-key-retired", "l22-ended", "s05-retired", "t10-ended",
                "m02-second-time",
            ],
        )
        .adding(history),
    ]
}

fn refusing(builder: &mut BundleBuilder) {
    builder.demand("/evidence/time/onInvalidToken", Json::text("refuse"));
}

fn purpose_of_the_signer(builder: &mut BundleBuilder) {
    let members = &mut builder.instance.timestamp_authorities[0].members;
    let signer = members.last_mut().expect("a signer");
    signer.certificate.extension(EXTENDED_KEY_USAGE).value = purposes(&[CODE_SIGNING]);
}

fn bags() -> Vec<Defect> {
    let bad = |id, sentence, arrange: Change| {
        let base: &'static Good = &TSA_EMBEDDED;
        refuses("T08", id, "time/token-profile", base, sentence, purpose_of_the_signer).arranged(arrange)
    };
    vec![
        bad(
            "pinned-signer-second-of-the-bag",
            "the pinned signer, second in the token, has another purpose",
            |b| {
                refusing(b);
                let other = b.instance.timestamp_authorities[1].signer_certificate();
                b.timestamp(0).edit_token(|token| token.certificates.insert(0, other));
            },
        ),
        bad(
            "pinned-signer-first-of-the-bag",
            "the pinned signer, first in the token, has another purpose",
            |b| {
                refusing(b);
                let other = b.instance.timestamp_authorities[1].signer_certificate();
                b.timestamp(0).edit_token(|token| token.certificates.push(other));
            },
        ),
    ]
}

fn unsigned() -> Vec<Defect> {
    vec![
        refuses(
            "L06",
            "shifted-without-promise",
            "time/missing",
            &KEYLESS_V1,
            "the promise of a shifted time is dropped",
            |b| b.entry(0).promise = false,
        )
        .arranged(|b| b.entry(0).integrated_time += 60)
        .reported_by("M01"),
        refuses(
            "L06",
            "forged-time-for-an-expired-leaf",
            "time/outside-certificate",
            &KEYLESS_V2,
            "an entry of v2 whose time lies in the certificate, and a token from after it",
            |b| {
                let time = b.signed_at + 600;
                b.timestamp(0).at(time);
            },
        )
        .arranged(|b| {
            let time = b.signed_at;
            b.entry(0).edit_entry(move |entry| {
                entry.set("/integratedTime", Json::text(time.to_string()));
            });
        })
        .reported_by("T13"),
    ]
}

fn borrowed() -> Vec<Defect> {
    vec![
        refuses(
            "L05",
            "borrowed",
            "time/set-key-window",
            &KEYLESS_V1,
            "two logs of v1 with exchanged windows",
            |b| {
                let [first, second, ..] = &mut b.instance.rekor_v1[..] else { panic!("two logs") };
                std::mem::swap(&mut first.log.window, &mut second.log.window);
            },
        )
        .arranged(|b| b.instance.rekor_v1[1].log.window = Some(ended(b))),
        refuses(
            "L22",
            "borrowed",
            "log-inclusion/key-window",
            &KEYLESS_V2,
            "two logs of v2 with exchanged windows",
            |b| {
                let [first, second, ..] = &mut b.instance.rekor_v2[..] else { panic!("two logs") };
                std::mem::swap(&mut first.log.window, &mut second.log.window);
            },
        )
        .arranged(|b| b.instance.rekor_v2[1].log.window = Some(ended(b))),
        refuses(
            "S05",
            "borrowed",
            "sct/log-window",
            &KEYLESS_V2,
            "two CT logs with exchanged windows",
            |b| {
                let [first, second, ..] = &mut b.instance.ct_logs[..] else { panic!("two logs") };
                std::mem::swap(&mut first.log.window, &mut second.log.window);
            },
        )
        .arranged(|b| b.instance.ct_logs[1].log.window = Some(ended(b))),
        refuses(
            "R03",
            "tsa-empty",
            "trusted-root/chain-empty",
            &KEYLESS_V2,
            "a timestamp authority with an empty chain before the one that signed",
            |b| {
                b.edit_root(|root| {
                    let mut empty = root.at("/timestampAuthorities/0").clone();
                    empty.set("/certChain/certificates", Json::List(Vec::new()));
                    root.list("/timestampAuthorities").insert(0, empty);
                });
            },
        ),
    ]
}

/// A window that ended a day before anything was signed.
fn ended(builder: &BundleBuilder) -> Window {
    Window::between(builder.instance.start(), builder.signed_at - 86_400)
}

fn digests() -> Vec<Defect> {
    let fixed = |id, base, sentence| {
        refuses("T04", id, "time/token-attributes", base, sentence, |b| {
            b.timestamp(0).edit_token(|token| {
                let digest = cretula_crypto::HashAlgorithm::Sha256.digest(&[&token.content()]);
                token.replaced = Some(vec![
                    attribute(CONTENT_TYPE, &oid(&token.content_type)),
                    attribute(MESSAGE_DIGEST, &octets(digest.as_bytes())),
                ]);
            });
        })
        .arranged(refusing)
    };
    vec![
        fixed("fixed-sha-256-of-384", &TSA_P384, "a SHA-256 where the token says SHA-384"),
        fixed("fixed-sha-256-of-512", &TSA_RSA_SHA512, "a SHA-256 where the token says SHA-512"),
    ]
}

fn history() -> Vec<Defect> {
    let all_ended: Change = |b| {
        let (start, end) = (b.instance.start(), b.signed_at + 60);
        let window = Some(Window::between(start, end));
        b.options.now = Some(b.instance.now);
        b.instance.rekor_v1[0].log.window.clone_from(&window);
        b.instance.rekor_v2[0].log.window.clone_from(&window);
        b.instance.ct_logs[0].log.window.clone_from(&window);
        b.instance.timestamp_authorities[0].window.clone_from(&window);
        b.instance.certificate_authorities[0].window = window;
    };
    let before = |check, id, code, base, sentence, bend: Change| {
        refuses(check, id, code, base, sentence, bend).arranged(all_ended)
    };
    vec![
        before(
            "C02",
            "history",
            "chain/ca-window",
            &KEYLESS_V2,
            "every window has ended, that of the authority before",
            |b| {
                b.instance.certificate_authorities[0].window = Some(ended(b));
            },
        ),
        before(
            "S05",
            "history",
            "sct/log-window",
            &KEYLESS_V2,
            "every window has ended, that of the CT log before",
            |b| {
                b.instance.ct_logs[0].log.window = Some(ended(b));
            },
        ),
        before(
            "L05",
            "history",
            "time/set-key-window",
            &KEYLESS_V1,
            "every window has ended, that of the log before",
            |b| {
                b.instance.rekor_v1[0].log.window = Some(ended(b));
            },
        ),
        before(
            "L22",
            "history",
            "log-inclusion/key-window",
            &KEYLESS_V2,
            "every window has ended, that of the log before",
            |b| {
                b.instance.rekor_v2[0].log.window = Some(ended(b));
            },
        ),
        before(
            "T10",
            "history",
            "time/missing",
            &TSA_INTERMEDIATE,
            "every window has ended, that of the timestamp authority before",
            |b| {
                b.instance.timestamp_authorities[0].window = Some(ended(b));
            },
        )
        .reported_by("M01")
        .noting("time/token-window"),
    ]
}
