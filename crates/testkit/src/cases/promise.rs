//! Promises of logs, and times inside the certificate (L05–L07, T13).

use crate::asn1::generalized_text;
use crate::bundle_builder::{BundleBuilder, TimestampSpec};
use crate::json::Json;
use crate::window::Window;

use super::defect::{Defect, accepts, refuses};
use super::good::{KEYLESS_V1, KEYLESS_V1_DSSE, KEYLESS_V2, V01_PROMISE};

pub(super) fn rows() -> Vec<Defect> {
    [promises(), promise_windows(), certificate_times()].concat()
}

fn promises() -> Vec<Defect> {
    let bad = |id, base, sentence, bend| refuses("L05", id, "time/set", base, sentence, bend);
    vec![
        bad("signature", &KEYLESS_V1, "a promise that does not verify", |b| {
            b.entry(0).edit_entry(|entry| {
                entry.edit_bytes("/inclusionPromise/signedEntryTimestamp", |bytes| bytes[12] ^= 1);
            });
        }),
        bad("time", &KEYLESS_V1, "a promise made at another time", |b| {
            b.entry(0).edit_promise(|promise| promise.integrated_time -= 1);
        }),
        bad("index", &KEYLESS_V1, "a promise of another index", |b| {
            b.entry(0).edit_promise(|promise| promise.log_index += 1);
        }),
        bad("log", &KEYLESS_V1, "a promise in the name of another log", |b| {
            b.entry(0).edit_promise(|promise| promise.log_id[0] ^= 1);
        }),
        bad("body", &KEYLESS_V1, "a promise of another body", |b| {
            b.entry(0).edit_promise(|promise| promise.body.push(b' '));
        }),
        bad("other-log", &KEYLESS_V1, "a promise that another known log signed", |b| {
            let listed = b.instance.rekor_v1[0].clone();
            b.instance.rekor_v1[0].log.key = b.instance.rekor_v1[1].log.key.clone();
            b.entry(0).edit_note({
                let listed = listed.clone();
                move |note| note.lines = vec![listed.checkpoint_line(&note.text)]
            });
            b.edit_root(move |root| {
                root.set("/tlogs/0", listed.to_json());
            });
        }),
        bad(
            "promise-only-signature",
            &V01_PROMISE,
            "the only evidence is a promise that does not verify",
            |b| {
                b.entry(0).edit_entry(|entry| {
                    entry.edit_bytes("/inclusionPromise/signedEntryTimestamp", |bytes| bytes[12] ^= 1);
                });
            },
        ),
        bad("shifted-time", &KEYLESS_V1, "a time that nobody signed", |b| {
            let time = b.signed_at + 1;
            b.entry(0).edit_entry(move |entry| {
                entry.set("/integratedTime", Json::text(time.to_string()));
            });
        }),
        bad("spliced", &KEYLESS_V1_DSSE, "the promise of the entry of another bundle", |b| {
            let mut other = (KEYLESS_V1_DSSE.make)(&b.instance);
            *other.payload() = Json::object([("other", Json::null())]);
            let (_, mut bundle) = other.build_with_json();
            let promise = bundle.at("/verificationMaterial/tlogEntries/0/inclusionPromise").clone();
            b.entry(0).edit_entry(move |entry| {
                entry.set("/inclusionPromise", promise);
            });
        }),
        refuses(
            "L06",
            "promise-of-v2",
            "time/set-on-v2",
            &KEYLESS_V2,
            "a promise of a log of v2, even a good one",
            |b| b.entry(0).promise = true,
        ),
        refuses(
            "L06",
            "no-promise",
            "time/missing",
            &KEYLESS_V1,
            "the time of an entry without promise is no time",
            |b| {
                b.entry(0).promise = false;
            },
        )
        .reported_by("M01"),
        refuses(
            "L06",
            "forged-time-of-v2",
            "time/missing",
            &KEYLESS_V2,
            "the time of an entry of v2 is no time",
            |b| {
                b.timestamps.clear();
            },
        )
        .arranged(|b| {
            let time = b.signed_at;
            b.entry(0).edit_entry(move |entry| {
                entry.set("/integratedTime", Json::text(time.to_string()));
            });
        })
        .reported_by("M01"),
        accepts(
            "L06",
            "any-time-of-v2",
            &KEYLESS_V2,
            "the time of an entry of v2 is ignored, whatever it is",
            |b| {
                b.entry(0).edit_entry(|entry| {
                    entry.set("/integratedTime", Json::text("1"));
                });
            },
        ),
    ]
}

fn promise_windows() -> Vec<Defect> {
    let window = |id, sentence, bend| refuses("L05", id, "time/set-key-window", &KEYLESS_V1, sentence, bend);
    vec![
        window("key-retired", "the log's key was retired a second before the promise", |b| {
            let (start, time) = (b.instance.start(), b.signed_at);
            b.instance.rekor_v1[0].log.window = Some(Window::between(start, time - 1));
        }),
        window("key-not-in-use", "the log's key came into use a second after the promise", |b| {
            let time = b.signed_at;
            b.instance.rekor_v1[0].log.window = Some(Window::from(time + 1));
        }),
        accepts("L05", "at-the-end", &KEYLESS_V1, "the log's key was retired at that very second", |b| {
            let (start, time) = (b.instance.start(), b.signed_at);
            b.instance.rekor_v1[0].log.window = Some(Window::between(start, time));
        }),
        accepts("L05", "at-the-start", &KEYLESS_V1, "the log's key came into use at that very second", |b| {
            let time = b.signed_at;
            b.instance.rekor_v1[0].log.window = Some(Window::from(time));
        }),
    ]
}

/// The leaf is valid from five seconds before the signature to 595 after it.
fn certificate_times() -> Vec<Defect> {
    let logged = |id, sentence, bend| {
        refuses("L07", id, "time/log-time-outside-certificate", &KEYLESS_V1, sentence, bend)
    };
    let stamped =
        |id, sentence, bend| refuses("T13", id, "time/outside-certificate", &KEYLESS_V2, sentence, bend);
    vec![
        logged("before", "the log saw the entry a second before the certificate was valid", |b| {
            b.entry(0).integrated_time -= 6
        }),
        logged("after", "the log saw the entry a second after the certificate expired", |b| {
            b.entry(0).integrated_time += 596
        }),
        accepts(
            "L07",
            "first-second",
            &KEYLESS_V1,
            "the log saw the entry in the first second of the certificate",
            |b| b.entry(0).integrated_time -= 5,
        ),
        accepts(
            "L07",
            "last-second",
            &KEYLESS_V1,
            "the log saw the entry in the last second of the certificate",
            |b| b.entry(0).integrated_time += 595,
        ),
        stamped("before", "a token from a second before the certificate was valid", |b| at(b, -6)),
        stamped("after", "a token from a second after the certificate expired", |b| at(b, 596)),
        stamped("fraction", "a token from half a second after the certificate expired", |b| {
            let text = generalized_text(b.signed_at + 595).replace('Z', ".5Z");
            b.timestamp(0).gen_time = text;
        }),
        accepts(
            "T13",
            "first-second",
            &KEYLESS_V2,
            "a token from the first second of the certificate",
            |b| at(b, -5),
        ),
        accepts("T13", "last-second", &KEYLESS_V2, "a token from the last second of the certificate", |b| {
            at(b, 595)
        }),
        refuses(
            "T13",
            "beside-a-good-one",
            "time/outside-certificate",
            &KEYLESS_V2,
            "a token from after the certificate beside a good one",
            late_token,
        ),
        accepts(
            "T13",
            "dropped",
            &KEYLESS_V2,
            "a token from after the certificate is dropped where the policy says so",
            |b| {
                late_token(b);
                b.demand("/evidence/time/outsideCertificate", Json::text("skip"));
            },
        )
        .noting("time/outside-certificate"),
        refuses(
            "T13",
            "dropped-last",
            "time/missing",
            &KEYLESS_V2,
            "the dropped token was the only time",
            |b| at(b, 596),
        )
        .arranged(|b| b.demand("/evidence/time/outsideCertificate", Json::text("skip")))
        .reported_by("M01")
        .noting("time/outside-certificate"),
    ]
}

pub(super) fn at(builder: &mut BundleBuilder, offset: i64) {
    let time = builder.signed_at.checked_add_signed(offset).expect("a time");
    builder.timestamp(0).at(time);
}

fn late_token(builder: &mut BundleBuilder) {
    builder.timestamps.push(TimestampSpec::new(1, builder.signed_at + 700));
}
