//! Inclusion proofs, witnesses, thresholds and windows of logs (L12–L14, L20–L22).

use crate::bundle_builder::{BundleBuilder, EntryKind, EntryLog, EntrySpec};
use crate::json::Json;
use crate::window::{Window, rfc3339};

use super::checkpoint::{checkpoint, foreign, note};
use super::defect::{Defect, accepts, fails, refuses};
use super::good::{
    KEYLESS_V1, KEYLESS_V2, MANAGED, MANAGED_V2, TSA_ONLY, TWO_OF_EACH, V01_PROMISE, WITNESSED,
};

pub(super) fn rows() -> Vec<Defect> {
    [proofs(), witnesses(), thresholds(), windows()].concat()
}

fn proof(builder: &mut BundleBuilder, edit: fn(&mut Json)) {
    builder.entry(0).edit_entry(move |entry| edit(entry.at("/inclusionProof")));
}

fn proofs() -> Vec<Defect> {
    let wrong = |id, sentence, bend| refuses("L14", id, "log-inclusion/proof", &KEYLESS_V2, sentence, bend);
    vec![
        refuses(
            "L12",
            "root-hash",
            "log-inclusion/root-hash",
            &KEYLESS_V1,
            "the root of another tree in the proof",
            |b| {
                proof(b, |proof| proof.edit_bytes("/rootHash", |hash| hash[0] ^= 1));
            },
        ),
        refuses(
            "L12",
            "tree-size",
            "log-inclusion/tree-size",
            &KEYLESS_V1,
            "the size of another tree in the proof",
            |b| {
                proof(b, |proof| {
                    proof.set("/treeSize", Json::text("12"));
                });
            },
        ),
        refuses(
            "L12",
            "index",
            "log-inclusion/index",
            &KEYLESS_V1,
            "an index that is the size of the tree",
            |b| {
                proof(b, |proof| {
                    proof.set("/logIndex", Json::text("11"));
                });
            },
        ),
        refuses(
            "L13",
            "index",
            "log-inclusion/index",
            &KEYLESS_V2,
            "an index that is the size of the tree",
            |b| {
                b.entry(0).edit_entry(|entry| {
                    entry.set("/logIndex", Json::text("11"));
                });
            },
        ),
        accepts(
            "L13",
            "members-ignored",
            &KEYLESS_V2,
            "index, size and root of the proof mean nothing in v2",
            |b| {
                proof(b, |proof| {
                    proof.set("/logIndex", Json::text("99"));
                    proof.set("/treeSize", Json::text("0"));
                    proof.set("/rootHash", Json::bytes(b"short"));
                });
            },
        ),
        wrong("other-index", "the index of another entry", |b| {
            b.entry(0).edit_entry(|entry| {
                entry.set("/logIndex", Json::text("5"));
            });
        }),
        wrong("hash", "a sibling hash that differs", |b| {
            proof(b, |proof| proof.edit_bytes("/hashes/1", |hash| hash[31] ^= 1));
        }),
        wrong("order", "two sibling hashes exchanged", |b| {
            proof(b, |proof| proof.list("/hashes").swap(0, 1))
        }),
        wrong("missing-hash", "one hash too few", |b| {
            proof(b, |proof| {
                proof.list("/hashes").pop();
            });
        }),
        wrong("extra-hash", "one hash too many", |b| {
            proof(b, |proof| {
                let hashes = proof.list("/hashes");
                hashes.push(hashes[0].clone());
            });
        }),
        wrong("root", "a checkpoint of another tree of that size", |b| {
            checkpoint(b, |text| text.root = cretula_encoding::base64::encode(&[7; 32]));
        }),
        refuses(
            "L14",
            "v1-index",
            "log-inclusion/proof",
            &KEYLESS_V1,
            "the index of another entry of the shard",
            |b| {
                proof(b, |proof| {
                    proof.set("/logIndex", Json::text("5"));
                });
            },
        ),
        refuses(
            "L14",
            "extra-hash-for-one",
            "log-inclusion/proof",
            &KEYLESS_V2,
            "a hash in a tree of one entry",
            |b| {
                proof(b, |proof| proof.list("/hashes").push(Json::bytes(&[7; 32])));
            },
        )
        .arranged(|b| b.entry(0).others = (0, 0)),
        accepts("L14", "last-of-odd-tree", &KEYLESS_V2, "the last entry of a tree of seven", |b| {
            b.entry(0).others = (6, 0)
        }),
        accepts("L14", "first-of-a-power", &KEYLESS_V1, "the first entry of a tree of eight", |b| {
            b.entry(0).others = (0, 7)
        }),
    ]
}

fn witnesses() -> Vec<Defect> {
    let threshold = |id, base, sentence, bend| {
        refuses("L20", id, "log-inclusion/witness-threshold", base, sentence, bend)
    };
    vec![
        refuses(
            "L20",
            "cosignature",
            "log-inclusion/cosignature",
            &WITNESSED,
            "a cosignature that does not verify",
            |b| {
                note(b, |note| note.lines[1].signature[20] ^= 1);
            },
        ),
        refuses(
            "L20",
            "cosignature-time",
            "log-inclusion/cosignature",
            &WITNESSED,
            "a cosignature with another time than the signed one",
            |b| {
                note(b, |note| note.lines[1].signature[7] ^= 1);
            },
        ),
        threshold("one-of-two", &WITNESSED, "one cosignature where two are demanded", |b| {
            b.entry(0).witnesses.pop();
        }),
        threshold("one-twice", &WITNESSED, "two cosignatures of one witness", |b| {
            let time = b.signed_at;
            b.entry(0).witnesses = vec![(0, time + 2), (0, time + 3)];
        }),
        threshold("one-operator", &WITNESSED, "two witnesses of one operator", |b| {
            b.demand("/evidence/witness/witnesses/1/operator", Json::text("ada.example"));
        }),
        threshold("unknown-witness", &WITNESSED, "one of the two witnesses is not in the policy", |b| {
            b.policy.remove("/evidence/witness/witnesses/1");
        }),
        threshold("promise-only", &V01_PROMISE, "a promise has no checkpoint that could be witnessed", |b| {
            let witness = b.instance.witnesses[0].clone();
            let key = Json::object([
                ("vkey", Json::text(witness.vkey())),
                ("operator", Json::text(witness.operator)),
            ]);
            b.demand(
                "/evidence/witness",
                Json::object([("threshold", Json::number(1)), ("witnesses", Json::List(vec![key]))]),
            );
        }),
        threshold("other-logs", &WITNESSED, "the policy has witnesses for another log only", |b| {
            let id = b.instance.rekor_v2[1].log.id.clone();
            b.demand("/evidence/witness/logs", Json::List(vec![Json::bytes(&id)]));
        }),
        accepts("L20", "third-unknown", &WITNESSED, "a cosignature of somebody unknown beside", |b| {
            note(b, |note| note.lines.push(foreign("witness.example")));
        }),
        accepts(
            "L20",
            "as-time",
            &WITNESSED,
            "the time of a cosignature counts where the policy says so",
            |b| {
                b.timestamps.clear();
                b.demand("/evidence/witness/asTime", Json::bool(true));
            },
        ),
        refuses(
            "L20",
            "not-as-time",
            "time/missing",
            &WITNESSED,
            "the time of a cosignature does not count by itself",
            |b| {
                b.timestamps.clear();
            },
        )
        .reported_by("M01"),
        fails(
            "L20",
            "without-log",
            "policy/conflict",
            &WITNESSED,
            "witnesses where no log is demanded",
            |b| {
                b.demand("/evidence/log/threshold", Json::number(0));
            },
        ),
        fails("L20", "same-key", "policy/conflict", &WITNESSED, "one key under two names", |b| {
            let mut again = b.instance.witnesses[0].clone();
            again.name = "other.example".into();
            b.demand("/evidence/witness/witnesses/1/vkey", Json::text(again.vkey()));
        }),
    ]
}

fn thresholds() -> Vec<Defect> {
    let threshold =
        |id, base, sentence, bend| refuses("L21", id, "log-inclusion/threshold", base, sentence, bend);
    vec![
        threshold("none", &TSA_ONLY, "no entry where one is demanded", |b| {
            b.demand("/evidence/log/threshold", Json::number(1))
        }),
        threshold("managed-none", &MANAGED, "no entry for a managed key", |b| b.entries.clear()),
        threshold("one-of-two", &TWO_OF_EACH, "one entry where two logs are demanded", |b| {
            b.entries.pop();
        }),
        threshold("same-log", &TWO_OF_EACH, "two entries of one log", |b| {
            b.entries.pop();
            let mut entry = EntrySpec::new(EntryLog::V1(0), EntryKind::HashedRekordV001, b.signed_at);
            entry.others = (3, 4);
            b.entries.push(entry);
        }),
        threshold("one-operator", &TWO_OF_EACH, "two logs of one operator", |b| {
            b.instance.rekor_v2[1].log.operator = Some("north.example".into());
        }),
        threshold("no-operators", &TWO_OF_EACH, "two logs without operator count as one", |b| {
            b.instance.rekor_v1[0].log.operator = None;
            b.instance.rekor_v2[1].log.operator = None;
        }),
        threshold("shared-key", &TWO_OF_EACH, "two operators that share a key", |b| {
            b.instance.rekor_v1[1].log.key = b.instance.rekor_v1[0].log.key.clone();
            b.instance.rekor_v1[1].log.id = b.instance.rekor_v1[0].log.id.clone();
        })
        .arranged(|b| {
            b.entry(1).log = EntryLog::V1(1);
            b.entry(1).kind = EntryKind::HashedRekordV001;
            b.entry(1).others = (2, 2);
            b.entry(1).promise = true;
            let time = b.signed_at;
            b.entry(1).integrated_time = time;
        }),
        accepts("L21", "none-demanded", &TSA_ONLY, "no entry where none is demanded", |_| {}),
    ]
}

fn windows() -> Vec<Defect> {
    let window =
        |id, base, sentence, bend| refuses("L22", id, "log-inclusion/key-window", base, sentence, bend);
    vec![
        window("ended", &KEYLESS_V2, "the log's key was retired a second before", |b| {
            let (start, time) = (b.instance.start(), b.signed_at + 1);
            b.instance.rekor_v2[0].log.window = Some(Window::between(start, time - 1));
        }),
        window("not-begun", &KEYLESS_V2, "the log's key came into use a second later", |b| {
            let time = b.signed_at + 1;
            b.instance.rekor_v2[0].log.window = Some(Window::from(time + 1));
        }),
        window("fraction", &KEYLESS_V2, "the log's key was retired half a second before", |b| {
            let (start, time) = (b.instance.start(), b.signed_at + 1);
            b.timestamp(0).gen_time = crate::asn1::generalized_text(time).replace('Z', ".5Z");
            b.instance.rekor_v2[0].log.window = Some(Window::between(start, time));
        }),
        accepts("L22", "at-the-end", &KEYLESS_V2, "the log's key was retired at that very second", |b| {
            let (start, time) = (b.instance.start(), b.signed_at + 1);
            b.instance.rekor_v2[0].log.window = Some(Window::between(start, time));
        }),
        accepts("L22", "at-the-start", &KEYLESS_V2, "the log's key came into use at that very second", |b| {
            let time = b.signed_at + 1;
            b.instance.rekor_v2[0].log.window = Some(Window::from(time));
        }),
        window(
            "managed-without-time",
            &MANAGED_V2,
            "no time is known, and the window of the log's key has an end",
            |b| {
                let end = rfc3339(b.instance.now + 86_400);
                b.edit_root(move |root| {
                    root.set("/tlogs/2/publicKey/validFor/end", Json::Text(end));
                });
            },
        ),
    ]
}
