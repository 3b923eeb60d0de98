//! Who vouches for the signer (I03).

use crate::asn1::utf8;
use crate::ca::ISSUER;
use crate::json::Json;

use super::defect::{Defect, accepts, fails, refuses};
use super::good::{CURRENT, KEYLESS_V2};
use super::signer::{LEAF, remove_claim, set_claim};

pub(super) fn rows() -> Vec<Defect> {
    vec![
        refuses("I03", "other", "identity/issuer", &KEYLESS_V2, "another issuer", |b| {
            b.demand(&format!("{LEAF}/issuer"), Json::text("https://accounts.example.com"))
        }),
        refuses(
            "I03",
            "evil-suffix",
            "identity/issuer",
            &KEYLESS_V2,
            "an issuer with something after the demanded one",
            |b| {
                set_claim(b, 1, format!("{ISSUER}.evil").into_bytes());
                set_claim(b, 8, utf8(&format!("{ISSUER}.evil")));
            },
        ),
        refuses("I03", "conflict", "identity/issuer-conflict", &KEYLESS_V2, "two issuers that differ", |b| {
            set_claim(b, 1, b"https://accounts.example.com".to_vec())
        }),
        refuses(
            "I03",
            "malformed",
            "identity/issuer-malformed",
            &KEYLESS_V2,
            "an issuer that is no UTF8String, beside the older one",
            |b| {
                set_claim(b, 8, ISSUER.as_bytes().to_vec());
            },
        ),
        refuses(
            "I03",
            "trailing",
            "identity/issuer-malformed",
            &KEYLESS_V2,
            "an issuer with a byte after it",
            |b| {
                set_claim(b, 8, [utf8(ISSUER), vec![0]].concat());
            },
        ),
        refuses("I03", "missing", "identity/issuer-missing", &KEYLESS_V2, "no issuer", |b| {
            remove_claim(b, 1);
            remove_claim(b, 8);
        }),
        refuses(
            "I03",
            "missing-unsaid",
            "identity/issuer-missing",
            &CURRENT,
            "no issuer, and a pinned authority, where the policy does not say so",
            |b| {
                remove_claim(b, 1);
                remove_claim(b, 8);
            },
        )
        .arranged(|b| {
            b.policy.remove(&format!("{LEAF}/issuer"));
        }),
        refuses(
            "I03",
            "missing-any-signer",
            "identity/issuer-missing",
            &KEYLESS_V2,
            "no issuer, of any signer",
            |b| {
                remove_claim(b, 1);
                remove_claim(b, 8);
            },
        )
        .arranged(|b| {
            b.policy.remove("/signers");
            b.demand("/dangerous/anySigner", Json::bool(true));
        }),
        accepts("I03", "deprecated-only", &KEYLESS_V2, "the older form of the issuer alone", |b| {
            remove_claim(b, 8)
        }),
        accepts("I03", "current-only", &KEYLESS_V2, "the current form of the issuer alone", |b| {
            remove_claim(b, 1)
        }),
        accepts(
            "I03",
            "absent-and-pinned",
            &CURRENT,
            "no issuer where the policy pins the authority and says so",
            |b| {
                remove_claim(b, 1);
                remove_claim(b, 8);
                b.demand(&format!("{LEAF}/issuer"), Json::object([("absent", Json::bool(true))]));
            },
        ),
        fails(
            "I03",
            "absent-not-pinned",
            "policy/conflict",
            &KEYLESS_V2,
            "no issuer is demanded, and no authority pinned",
            |b| {
                b.demand(&format!("{LEAF}/issuer"), Json::object([("absent", Json::bool(true))]));
            },
        ),
    ]
}
