//! Numbers that count items in place of parties, and witnesses that were left out.

use crate::bundle_builder::{BundleBuilder, EntryKind, EntryLog};
use crate::cases::defect::{Change, Defect, fails, refuses};
use crate::cases::good::{TWO_OF_EACH, V01_PROMISE, WITNESSED};
use crate::json::Json;

use super::row::{Row, row};

pub(super) fn rows() -> Vec<Row> {
    vec![
        row(
            "CVE-2026-49834",
            "threshold counts items",
            "A threshold was met by several pieces of evidence of one party.",
            "log-inclusion",
            &[
                "l21-same-log", "l21-one-operator", "l21-no-operators", "l21-shared-key", "l21-one-of-two",
                "s06-same-log", "s06-one-operator", "s06-no-operators", "s06-one-of-two", "t14-*", "m01-one-of-two",
                "p14-entry", "p14-timestamp",
            ],
        )
        .also(&["GHSA-9vcr-p3rj-q5q6"])
        .adding(shared),
        row(
            "CVE-2026-23992",
            "duplicate key ids meet a threshold",
            "One key that was listed twice, or signed twice, counted as two.",
            "log-inclusion",
            &["l20-one-twice", "l20-one-operator", "l20-same-key", "l20-one-of-two", "l20-unknown-witness"],
        )
        .adding(twice),
        row(
            "lesson-witness-downgrade",
            "evidence without checkpoint",
            "Witnesses were demanded, and an entry without a checkpoint that they could have seen still counted.",
            "log-inclusion",
            &["l20-promise-only", "l20-other-logs", "l20-without-log", "l20-one-of-two", "l20-not-as-time", "l20-as-time"],
        )
        .adding(downgraded),
    ]
}

fn shared() -> Vec<Defect> {
    let two_v1_logs: Change = |b| {
        let time = b.signed_at;
        let entry = b.entry(1);
        (entry.log, entry.kind, entry.others) = (EntryLog::V1(1), EntryKind::HashedRekordV001, (2, 2));
        (entry.promise, entry.integrated_time) = (true, time);
        b.instance.rekor_v1[1].log.base_url = b.instance.rekor_v1[0].log.base_url.clone();
    };
    vec![
        refuses(
            "L21",
            "one-url",
            "log-inclusion/threshold",
            &TWO_OF_EACH,
            "a log that changed its key, without operator",
            |b| {
                b.instance.rekor_v1[0].log.operator = None;
                b.instance.rekor_v1[1].log.operator = None;
            },
        )
        .arranged(two_v1_logs),
        refuses(
            "S06",
            "one-url",
            "sct/threshold",
            &TWO_OF_EACH,
            "a CT log that changed its key, without operator",
            |b| {
                b.instance.ct_logs[0].log.operator = None;
                b.instance.ct_logs[1].log.operator = None;
            },
        )
        .arranged(|b| b.instance.ct_logs[1].log.base_url = b.instance.ct_logs[0].log.base_url.clone()),
        refuses(
            "T14",
            "one-uri",
            "time/threshold",
            &TWO_OF_EACH,
            "an authority that changed its key, without operator",
            |b| {
                b.instance.timestamp_authorities[0].operator = None;
                b.instance.timestamp_authorities[1].operator = None;
            },
        )
        .arranged(|b| {
            b.instance.timestamp_authorities[1].uri = b.instance.timestamp_authorities[0].uri.clone()
        }),
        refuses(
            "S06",
            "shared-key",
            "sct/threshold",
            &TWO_OF_EACH,
            "two operators of CT logs that share a key",
            |b| {
                b.instance.ct_logs[1].log.key = b.instance.ct_logs[0].log.key.clone();
                b.instance.ct_logs[1].log.id = b.instance.ct_logs[0].log.id.clone();
                b.scts[1].timestamp += 1;
            },
        ),
    ]
}

fn witness_rule(builder: &BundleBuilder, indices: &[usize]) -> Json {
    let key = |index: &usize| {
        let witness = &builder.instance.witnesses[*index];
        Json::object([("vkey", Json::text(witness.vkey())), ("operator", Json::text(&witness.operator))])
    };
    Json::List(indices.iter().map(key).collect())
}

fn twice() -> Vec<Defect> {
    vec![
        fails("L20", "listed-twice", "policy/conflict", &WITNESSED, "a witness that is listed twice", |b| {
            let list = witness_rule(b, &[0, 0, 1]);
            b.demand("/evidence/witness/witnesses", list);
        }),
        refuses(
            "L20",
            "same-line-twice",
            "log-inclusion/witness-threshold",
            &WITNESSED,
            "the same cosignature twice",
            |b| {
                b.entry(0).edit_note(|note| note.lines[2] = note.lines[1].clone());
            },
        ),
        refuses(
            "L20",
            "other-name-of-one-key",
            "log-inclusion/witness-threshold",
            &WITNESSED,
            "the key of one witness under the name of another",
            |b| {
                b.instance.witnesses[1].key = b.instance.witnesses[0].key.clone();
            },
        ),
    ]
}

fn downgraded() -> Vec<Defect> {
    vec![
        refuses(
            "L20",
            "proof-dropped",
            "log-inclusion/witness-threshold",
            &V01_PROMISE,
            "the proof, and with it the witnessed checkpoint, is dropped: the promise is left",
            |b| b.entry(0).proof = false,
        )
        .arranged(|b| {
            let time = b.signed_at + 2;
            b.entry(0).proof = true;
            b.entry(0).witnesses = vec![(0, time)];
            let list = witness_rule(b, &[0]);
            b.demand(
                "/evidence/witness",
                Json::object([("threshold", Json::number(1)), ("witnesses", list)]),
            );
        }),
        refuses(
            "L20",
            "cosignatures-dropped",
            "log-inclusion/witness-threshold",
            &WITNESSED,
            "the cosignatures are dropped: the log's own line is left",
            |b| {
                b.entry(0).edit_note(|note| note.lines.truncate(1));
            },
        ),
    ]
}
