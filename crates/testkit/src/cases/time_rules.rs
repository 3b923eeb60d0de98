//! How many times of which kind, and windows of keys (T14, M01–M05).

use crate::bundle_builder::{BundleBuilder, TimestampSpec};
use crate::json::Json;
use crate::window::{Window, rfc3339};

use super::defect::{Defect, accepts, fails, refuses};
use super::good::{CURRENT, KEYLESS_V1, KEYLESS_V2, MANAGED, MANAGED_V2, TSA_ONLY, TWO_OF_EACH};

pub(super) fn rows() -> Vec<Defect> {
    [thresholds(), modes(), key_windows()].concat()
}

fn thresholds() -> Vec<Defect> {
    let signed = |id, sentence, bend| refuses("T14", id, "time/threshold", &TWO_OF_EACH, sentence, bend);
    vec![
        signed("one-of-two", "one token where two authorities are demanded", |b| {
            b.timestamps.pop();
        }),
        signed("same-authority", "two tokens of one authority", |b| b.timestamp(1).authority = 0).arranged(
            |b| {
                let time = b.signed_at + 9;
                b.timestamp(1).at(time);
            },
        ),
        signed("one-operator", "two authorities of one operator", |b| {
            b.instance.timestamp_authorities[1].operator = Some("north.example".into());
        }),
        signed("no-operators", "two authorities without operator count as one", |b| {
            for authority in &mut b.instance.timestamp_authorities {
                authority.operator = None;
            }
        }),
        signed("shared-key", "two operators that share a signer's key", |b| {
            let key = b.instance.timestamp_authorities[0].signer().key.clone();
            let authority = &mut b.instance.timestamp_authorities[1];
            authority.members[1].certificate.spki = key.spki();
            authority.members[1].key = key;
        }),
        refuses("M01", "none", "time/missing", &KEYLESS_V2, "no time at all", |b| b.timestamps.clear()),
        refuses("M01", "one-of-two", "time/threshold", &KEYLESS_V1, "one time where two are demanded", |b| {
            b.timestamps.clear();
        })
        .arranged(|b| {
            b.timestamps.push(TimestampSpec::new(1, b.signed_at + 1));
            b.demand("/evidence/time/threshold", Json::number(2));
        }),
        refuses(
            "M01",
            "zero-demanded",
            "time/missing",
            &KEYLESS_V2,
            "a certificate needs a time, whatever the policy says",
            |b| b.timestamps.clear(),
        )
        .arranged(|b| b.demand("/evidence/time/threshold", Json::number(0))),
        accepts(
            "M01",
            "managed-without-time",
            &MANAGED_V2,
            "a managed key without window needs no time",
            |_| {},
        ),
        refuses(
            "M01",
            "managed-with-time-demanded",
            "time/missing",
            &MANAGED_V2,
            "a managed key of which the policy demands a time",
            |b| b.timestamps.clear(),
        )
        .arranged(|b| {
            b.timestamps.push(TimestampSpec::new(0, b.signed_at + 1));
            b.demand("/evidence/time/mode", Json::text("tsa"));
        }),
        refuses(
            "M02",
            "second-time",
            "chain/ca-window",
            &TWO_OF_EACH,
            "the authority was retired between two verified times",
            |b| {
                let (start, time) = (b.instance.start(), b.signed_at + 60);
                b.timestamp(1).at(time + 1);
                b.instance.certificate_authorities[0].window = Some(Window::between(start, time));
            },
        )
        .reported_by("C02"),
        refuses(
            "M02",
            "intermediate-expired-between",
            "chain/not-valid",
            &TWO_OF_EACH,
            "the intermediate expired between two verified times",
            |b| {
                let time = b.signed_at + 60;
                b.timestamp(1).at(time + 1);
                b.instance.certificate_authorities[0].members[1].certificate.not_after = time;
            },
        )
        .reported_by("C02"),
        refuses(
            "M03",
            "future",
            "time/in-future",
            &KEYLESS_V2,
            "a token from a second after the present",
            |b| b.options.now = Some(b.signed_at),
        )
        .arranged(|b| b.options.now = Some(b.signed_at + 1)),
        refuses(
            "M03",
            "future-promise",
            "time/in-future",
            &KEYLESS_V1,
            "a promise from a second after the present",
            |b| b.options.now = Some(b.signed_at - 1),
        )
        .arranged(|b| b.options.now = Some(b.signed_at)),
    ]
}

fn modes() -> Vec<Defect> {
    vec![
        refuses(
            "M04",
            "tsa-without-token",
            "time/missing",
            &KEYLESS_V1,
            "a promise where a token is demanded",
            |b| b.timestamps.clear(),
        )
        .arranged(|b| {
            b.timestamps.push(TimestampSpec::new(0, b.signed_at + 1));
            b.demand("/evidence/time/mode", Json::text("tsa"));
        })
        .reported_by("M01"),
        refuses(
            "M04",
            "log-without-promise",
            "time/missing",
            &KEYLESS_V2,
            "a token where a promise is demanded",
            |b| {
                b.demand("/evidence/time/mode", Json::text("log"));
            },
        )
        .reported_by("M01"),
        refuses(
            "M04",
            "both-without-token",
            "time/mode",
            &KEYLESS_V1,
            "a promise alone where both are demanded",
            |b| b.timestamps.clear(),
        )
        .arranged(|b| {
            b.timestamps.push(TimestampSpec::new(0, b.signed_at + 1));
            b.demand("/evidence/time/mode", Json::text("both"));
        }),
        refuses(
            "M04",
            "none-with-certificate",
            "time/mode",
            &KEYLESS_V2,
            "no time is demanded, of a certificate",
            |b| {
                b.demand("/evidence/time/mode", Json::text("none"));
            },
        )
        .arranged(|b| {
            b.policy.remove("/signers");
            b.demand("/dangerous/anySigner", Json::bool(true));
        }),
        fails(
            "M04",
            "current-without-now",
            "policy/now-required",
            &CURRENT,
            "the present is demanded and not given",
            |b| b.options.now = None,
        ),
        refuses(
            "M04",
            "current-expired",
            "chain/not-valid",
            &CURRENT,
            "the certificate is not valid at the present",
            |b| {
                b.options.now = Some(b.instance.now + 366 * 86_400);
            },
        )
        .reported_by("C02"),
        accepts("M04", "current-last-second", &CURRENT, "the certificate expires at this very second", |b| {
            b.options.now = Some(b.signed_at - 5 + 365 * 86_400);
        }),
        accepts("M04", "tsa-only", &TSA_ONLY, "a token where a token is demanded", |_| {}),
    ]
}

fn key_windows() -> Vec<Defect> {
    let window = |id, base, sentence, bend| refuses("M05", id, "time/key-window", base, sentence, bend);
    let stamped: fn(&mut BundleBuilder) = |b| b.timestamps.push(TimestampSpec::new(0, b.signed_at + 1));
    vec![
        window("retired", &MANAGED_V2, "the key was retired a second before the token", |b| {
            valid_for(b, None, Some(0))
        })
        .arranged(stamped),
        window("not-in-use", &MANAGED_V2, "the key came into use a second after the token", |b| {
            valid_for(b, Some(2), None)
        })
        .arranged(stamped),
        window("retired-before-promise", &MANAGED, "the key was retired a second before the promise", |b| {
            valid_for(b, None, Some(-1))
        }),
        window("one-of-two-times", &MANAGED, "the key was retired between promise and token", |b| {
            valid_for(b, None, Some(0))
        })
        .arranged(stamped),
        accepts("M05", "last-second", &MANAGED, "the key was retired at the second of the promise", |b| {
            valid_for(b, None, Some(0))
        }),
        accepts("M05", "first-second", &MANAGED, "the key came into use at the second of the promise", |b| {
            valid_for(b, Some(0), None)
        }),
        window("no-time", &MANAGED_V2, "no time is known, and the window has an end", |b| {
            valid_for(b, None, Some(86_400))
        }),
        accepts("M05", "no-time-open", &MANAGED_V2, "no time is known, and the window has no end", |b| {
            valid_for(b, Some(0), None)
        }),
    ]
}

/// Window of the managed key, in seconds after the signature.
fn valid_for(builder: &mut BundleBuilder, start: Option<i64>, end: Option<i64>) {
    let signed_at = builder.signed_at;
    let text = |offset: i64| rfc3339(signed_at.checked_add_signed(offset).expect("a time"));
    builder.keys[0].valid_for = Some((start.map(text), end.map(text)));
}
