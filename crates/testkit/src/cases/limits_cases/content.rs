//! Limits of documents, items, statements and checkpoints.

use cretula_encoding::base64;

use crate::bundle_builder::{BundleBuilder, EntryKind, EntryLog, EntrySpec, TimestampSpec};
use crate::inputs::GivenArtifact;
use crate::json::Json;
use crate::note::NoteLine;
use crate::witness::Witness;

use crate::cases::defect::{Defect, fails, refuses};
use crate::cases::good::{KEYLESS_V1_DSSE, KEYLESS_V2, WITNESSED};

pub(super) fn rows() -> Vec<Defect> {
    [documents(), items(), statements(), checkpoints()].concat()
}

/// Lowers or raises a limit; the last value counts.
pub(super) fn limit(builder: &mut BundleBuilder, name: &str, value: u64) {
    builder.options.limits.retain(|(known, _)| known != name);
    builder.options.limits.push((name.into(), value));
}

fn skipped(builder: &mut BundleBuilder, value: String) {
    builder.demand("/bundle/unknownMembers", Json::text("ignore"));
    builder.edit_bundle(move |bundle| {
        bundle.set("/more", Json::Raw(value));
    });
}

pub(super) fn members(count: usize) -> String {
    let members: Vec<String> = (0..count).map(|index| format!("\"m{index}\":1")).collect();
    format!("{{{}}}", members.join(","))
}

fn documents() -> Vec<Defect> {
    vec![
        refuses(
            "P01",
            "limit-bundle-bytes",
            "limits/bundle-bytes",
            &KEYLESS_V2,
            "a bundle of 1 MiB and a byte",
            |b| {
                b.edits.bundle_bytes.push(Box::new(|bytes| bytes.push(b' ')));
            },
        )
        .arranged(|b| b.edits.bundle_bytes.push(Box::new(|bytes| bytes.resize(1 << 20, b' ')))),
        refuses(
            "P01",
            "limit-bundle-bytes-raised",
            "limits/bundle-bytes",
            &KEYLESS_V2,
            "a bundle of 2 MiB and a byte where 2 MiB are allowed",
            |b| {
                b.edits.bundle_bytes.push(Box::new(|bytes| bytes.push(b' ')));
            },
        )
        .arranged(|b| {
            limit(b, "bundle-bytes", 2 << 20);
            b.edits.bundle_bytes.push(Box::new(|bytes| bytes.resize(2 << 20, b' ')));
        }),
        fails("P01", "limit-cap", "input/limit-cap", &KEYLESS_V2, "a limit above its hard cap", |b| {
            limit(b, "bundle-bytes", (16 << 20) + 1);
        })
        .arranged(|b| limit(b, "bundle-bytes", 16 << 20)),
        refuses("P01", "limit-json-depth", "limits/json-depth", &KEYLESS_V2, "33 levels", |b| {
            skipped(b, "[".repeat(32) + &"]".repeat(32))
        })
        .arranged(|b| skipped(b, "[".repeat(31) + &"]".repeat(31))),
        refuses("P01", "limit-json-members", "limits/json-members", &KEYLESS_V2, "4097 members", |b| {
            skipped(b, members(4097))
        })
        .arranged(|b| skipped(b, members(4096))),
        refuses(
            "P01",
            "limit-json-string-bytes",
            "limits/json-string-bytes",
            &KEYLESS_V2,
            "a string of one byte more than the limit, which is lowered",
            |b| {
                skipped(b, format!("\"{}\"", "x".repeat(20_001)));
            },
        )
        .arranged(|b| {
            limit(b, "json-string-bytes", 20_000);
            skipped(b, format!("\"{}\"", "x".repeat(20_000)));
        }),
    ]
}

fn items() -> Vec<Defect> {
    vec![
        refuses("P11", "limit-log-entries", "limits/log-entries", &KEYLESS_V2, "nine log entries", |b| {
            add_entry(b, 20)
        })
        .arranged(|b| (7..14).for_each(|before| add_entry(b, before))),
        refuses(
            "P11",
            "limit-log-entries-raised",
            "limits/log-entries",
            &KEYLESS_V2,
            "ten log entries where nine are allowed",
            |b| add_entry(b, 20),
        )
        .arranged(|b| {
            limit(b, "log-entries", 9);
            (7..15).for_each(|before| add_entry(b, before));
        }),
        refuses("P11", "limit-timestamps", "limits/timestamps", &KEYLESS_V2, "nine timestamps", |b| {
            add_timestamp(b, 20)
        })
        .arranged(|b| (2..9).for_each(|after| add_timestamp(b, after))),
        refuses("P11", "limit-proof-hashes", "limits/proof-hashes", &KEYLESS_V2, "64 hashes", |b| {
            b.entry(0).edit_entry(|entry| entry.list("/inclusionProof/hashes").push(Json::bytes(&SIBLING)));
        })
        .arranged(deepest_tree),
        fails("A06", "limit-artifacts", "limits/artifacts", &KEYLESS_V1_DSSE, "65 artifacts", |b| {
            give(b, 65)
        })
        .arranged(|b| give(b, 64)),
        fails(
            "A06",
            "limit-artifact-bytes",
            "limits/artifact-bytes",
            &KEYLESS_V2,
            "an artifact of a byte more than the limit, which is lowered",
            |b| {
                limit(b, "artifact-bytes", 11);
            },
        )
        .arranged(|b| limit(b, "artifact-bytes", 12)),
    ]
}

/// One more entry of the same log, with this many entries of others before it.
fn add_entry(builder: &mut BundleBuilder, before: u64) {
    let mut entry = EntrySpec::new(EntryLog::V2(0), EntryKind::HashedRekordV002, builder.signed_at);
    entry.others = (before, 1);
    builder.entries.push(entry);
}

fn add_timestamp(builder: &mut BundleBuilder, after: u64) {
    builder.timestamps.push(TimestampSpec::new(0, builder.signed_at + after));
}

fn give(builder: &mut BundleBuilder, count: usize) {
    builder.artifacts = Some(vec![GivenArtifact::Bytes(builder.artifact.clone()); count]);
}

const SIBLING: [u8; 32] = [7; 32];

/// The first entry of a tree of 2⁶³−1 entries.
fn deepest_tree(builder: &mut BundleBuilder) {
    let entry = builder.entry(0);
    entry.others = (0, 0);
    entry.edit_checkpoint(|text| {
        // The root of a tree of one entry is the hash of that entry.
        let leaf = base64::decode(&text.root).expect("a root");
        let node = |left: Vec<u8>, _: u32| {
            let digest = cretula_crypto::HashAlgorithm::Sha256.digest(&[&[1], &left, &SIBLING]);
            digest.as_bytes().to_vec()
        };
        text.root = base64::encode(&(0..63).fold(leaf, node));
        text.size = (u64::MAX >> 1).to_string();
    });
    entry.edit_entry(|entry| {
        entry.set("/inclusionProof/hashes", Json::List(vec![Json::bytes(&SIBLING); 63]));
    });
}

fn statements() -> Vec<Defect> {
    vec![
        refuses("A05", "limit-subjects", "limits/subjects", &KEYLESS_V1_DSSE, "1025 subjects", |b| {
            add_subjects(b, 1)
        })
        .arranged(|b| add_subjects(b, 1023)),
        refuses(
            "A05",
            "limit-digests-per-subject",
            "limits/digests-per-subject",
            &KEYLESS_V1_DSSE,
            "17 digests of a subject",
            |b| add_digests(b, 15..16),
        )
        .arranged(|b| add_digests(b, 0..15)),
        refuses(
            "A05",
            "limit-predicate-depth",
            "limits/predicate-depth",
            &KEYLESS_V1_DSSE,
            "a statement of 65 levels",
            |b| nest_predicate(b, 64),
        )
        .arranged(|b| nest_predicate(b, 63)),
    ]
}

fn add_subjects(builder: &mut BundleBuilder, count: usize) {
    let subject = builder.payload().at("/subject/0").clone();
    let subjects = builder.payload().list("/subject");
    subjects.extend(std::iter::repeat_n(subject, count));
}

fn add_digests(builder: &mut BundleBuilder, range: std::ops::Range<u32>) {
    for index in range {
        builder.payload().set(&format!("/subject/0/digest/other{index}"), Json::text("00"));
    }
}

fn nest_predicate(builder: &mut BundleBuilder, levels: usize) {
    builder.payload().set("/predicate", Json::Raw("[".repeat(levels) + &"]".repeat(levels)));
}

fn checkpoints() -> Vec<Defect> {
    vec![
        refuses(
            "P11",
            "limit-checkpoint-bytes",
            "limits/checkpoint-bytes",
            &KEYLESS_V2,
            "a checkpoint of 256 KiB and a byte",
            |b| {
                b.entry(0).edit_published(|note| *note = note.replace("filler", "fillers"));
            },
        )
        .arranged(|b| {
            b.entry(0).edit_published(|note| {
                // Dash, spaces, newline and the name are 14 bytes and what base64 cannot fill.
                let free = (256 << 10) - note.len() - 14;
                let name = format!("filler{}", "x".repeat(free % 4 + 2));
                note.push_str(&format!("\u{2014} {name} {}\n", "A".repeat(free / 4 * 4)));
            });
        }),
        refuses(
            "L08",
            "limit-checkpoint-lines",
            "limits/checkpoint-lines",
            &KEYLESS_V2,
            "65 signature lines",
            |b| add_lines(b, 1),
        )
        .arranged(|b| add_lines(b, 63)),
        fails("L20", "limit-witnesses", "limits/witnesses", &WITNESSED, "65 witnesses", |b| {
            add_witnesses(b, 64..65)
        })
        .arranged(|b| add_witnesses(b, 3..64)),
    ]
}

fn add_lines(builder: &mut BundleBuilder, count: usize) {
    builder.entry(0).edit_note(move |note| {
        let line = |index: usize| NoteLine {
            name: format!("signer{index}.example"),
            key_id: [1, 2, 3, 4],
            signature: vec![0; 64],
        };
        let first = note.lines.len();
        note.lines.extend((first..first + count).map(line));
    });
}

fn add_witnesses(builder: &mut BundleBuilder, range: std::ops::Range<usize>) {
    for index in range {
        let witness = Witness::new(&builder.instance.seed, &format!("operator{index}.example"));
        let entry =
            Json::object([("vkey", Json::text(witness.vkey())), ("operator", Json::text(witness.operator))]);
        builder.policy.list("/evidence/witness/witnesses").push(entry);
    }
}
