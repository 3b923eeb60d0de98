//! Checkpoints, trees and names of logs.

use crate::bundle_builder::BundleBuilder;
use crate::cases::defect::{Change, Defect, accepts, refuses};
use crate::cases::good::{MANAGED, MANAGED_V2, TSA_ONLY, WITNESSED};
use crate::json::Json;
use crate::note::NoteLine;

use super::row::{Row, row};

pub(super) fn rows() -> Vec<Row> {
    vec![
        row(
            "lesson-checkpoints",
            "several lines, foreign line first, same origin twice, equal key id with other name",
            "Notes were read more loosely than they are written: the first line was taken for the log's, names were \
             patterns, line ends and dashes were guessed, or the tree was not that of the proof.",
            "log-inclusion",
            &["l03-*", "l08-*", "l09-*", "l10-*", "l11-*", "l12-*"],
        )
        .adding(notes),
        row(
            "lesson-v2-redundant-members",
            "members of a proof that mean nothing in v2",
            "Members that logs of v2 leave undefined were compared, or the log id was not.",
            "log-inclusion",
            &["l13-*", "l04-other-log-id", "l10-other-log", "l10-whole-checkpoint-of-other-log"],
        )
        .adding(redundant),
        row(
            "lesson-merkle",
            "wrong border length, extra hash, index ≥ size",
            "Proofs at the right border of a tree, with a hash too many, or for an index beyond the tree were accepted.",
            "log-inclusion",
            &["l14-*", "l12-index", "l13-index"],
        )
        .adding(trees)
        .in_test(
            "every index of every tree of 1 to 64 entries, and border cases up to 257, each with a hash too many and \
             one too few",
        ),
        row(
            "lesson-host-comparison",
            "suffix or substring instead of equality",
            "The name of a log was accepted because it contains, begins with or ends with the right one.",
            "log-inclusion",
            &["r08-*", "r06-name-proved", "l09-other-name", "l11-v1-origin", "l11-v2-origin"],
        )
        .adding(hosts),
    ]
}

fn line(name: &str) -> NoteLine {
    NoteLine { name: name.into(), key_id: [9, 8, 7, 6], signature: vec![5; 64] }
}

fn notes() -> Vec<Defect> {
    let published = |id, sentence, bend: Change| {
        refuses("L08", id, "log-inclusion/checkpoint", &MANAGED_V2, sentence, bend)
    };
    vec![
        published("en-dash", "an en dash in place of the em dash", |b| {
            b.entry(0).edit_published(|note| *note = note.replace('\u{2014}', "\u{2013}"));
        }),
        published("space-before-the-dash", "a space before the dash", |b| {
            b.entry(0).edit_published(|note| *note = note.replace('\u{2014}', " \u{2014}"));
        }),
        published("two-spaces", "two spaces after the dash", |b| {
            b.entry(0).edit_published(|note| *note = note.replace("\u{2014} ", "\u{2014}  "));
        }),
        published("two-last-newlines", "an empty line at the end", |b| {
            b.entry(0).edit_published(|note| note.push('\n'));
        }),
        published("base64-url-safe", "a signature in the URL-safe alphabet", |b| {
            b.entry(0).edit_published(|note| {
                note.push_str("\u{2014} other.example CQgHBv___w==\n");
            });
        }),
        published("name-with-space", "a signer's name with a space", |b| {
            b.entry(0).edit_note(|note| note.lines.push(line("other example")));
        }),
        published("size-beyond", "a size of 64 bits", |b| {
            b.entry(0).edit_checkpoint(|text| text.size = "18446744073709551615".into());
        }),
        refuses(
            "L09",
            "name-as-pattern",
            "log-inclusion/checkpoint-unsigned",
            &MANAGED_V2,
            "a line whose name is a pattern for the log's",
            |b| {
                b.entry(0).edit_note(|note| note.lines[0].name = "log2026.*.example".into());
            },
        ),
        refuses(
            "L09",
            "same-origin-twice",
            "log-inclusion/checkpoint-signature",
            &MANAGED_V2,
            "two lines of the log, of which the first does not verify",
            |b| {
                b.entry(0).edit_note(|note| {
                    let mut bad = note.lines[0].clone();
                    bad.signature[8] ^= 1;
                    note.lines.insert(0, bad);
                });
            },
        ),
        accepts("L09", "same-line-twice", &MANAGED_V2, "the log's line twice", |b| {
            b.entry(0).edit_note(|note| note.lines.push(note.lines[0].clone()));
        }),
        accepts("L09", "foreign-first-and-last", &MANAGED, "the log's line between lines of others", |b| {
            b.entry(0).edit_note(|note| {
                note.lines.insert(0, line("first.example"));
                note.lines.push(line("last.example"));
            });
        }),
        refuses(
            "L12",
            "checkpoint-of-another-size",
            "log-inclusion/tree-size",
            &MANAGED,
            "the signed checkpoint of another size",
            |b| {
                b.entry(0).edit_checkpoint(|text| text.size = "12".into());
            },
        ),
        refuses(
            "L14",
            "checkpoint-of-another-size",
            "log-inclusion/proof",
            &MANAGED_V2,
            "the signed checkpoint of another size",
            |b| {
                b.entry(0).edit_checkpoint(|text| text.size = "17".into());
            },
        ),
        refuses(
            "L20",
            "cosignature-of-another-text",
            "log-inclusion/cosignature",
            &WITNESSED,
            "a cosignature of another checkpoint",
            |b| {
                let (witness, time) = (b.instance.witnesses[1].clone(), b.signed_at + 2);
                b.entry(0).edit_note(move |note| {
                    note.lines[2] = witness.cosign(&note.text.replace("\n11\n", "\n12\n"), time);
                });
            },
        ),
    ]
}

fn redundant() -> Vec<Defect> {
    vec![
        accepts("L13", "tree-size-of-another", &MANAGED_V2, "the size of another tree in the proof", |b| {
            proof(b, "/treeSize", Json::text("12"));
        }),
        accepts("L13", "root-hash-of-another", &MANAGED_V2, "the root of another tree in the proof", |b| {
            proof(b, "/rootHash", Json::bytes(&[7; 32]));
        }),
        accepts(
            "L13",
            "inner-index-of-another",
            &MANAGED_V2,
            "the index of another entry in the proof",
            |b| {
                proof(b, "/logIndex", Json::text("3"));
            },
        ),
        refuses(
            "L04",
            "foreign-log-id",
            "log-inclusion/threshold",
            &MANAGED_V2,
            "a log id that nobody has",
            |b| {
                b.entry(0).edit_entry(|entry| {
                    entry.set("/logId/keyId", Json::bytes(&[7; 32]));
                });
            },
        )
        .reported_by("L21")
        .noting("log-inclusion/unknown-log"),
    ]
}

fn proof(builder: &mut BundleBuilder, member: &'static str, value: Json) {
    builder.entry(0).edit_entry(move |entry| {
        entry.set(&format!("/inclusionProof{member}"), value);
    });
}

fn trees() -> Vec<Defect> {
    let wrong = |id, sentence, others: Change, bend: Change| {
        refuses("L14", id, "log-inclusion/proof", &MANAGED_V2, sentence, bend).arranged(others)
    };
    let extra: Change = |b| {
        b.entry(0).edit_entry(|entry| entry.list("/inclusionProof/hashes").push(Json::bytes(&[7; 32])));
    };
    let missing: Change = |b| {
        b.entry(0).edit_entry(|entry| {
            entry.list("/inclusionProof/hashes").pop();
        });
    };
    let first: Change = |b| b.entry(0).others = (64, 0);
    let border: Change = |b| b.entry(0).others = (66, 2);
    let large: Change = |b| b.entry(0).others = (255, 1);
    vec![
        wrong("border-of-65-extra", "the last entry of a tree of 65, a hash too many", first, extra),
        wrong("border-of-65-missing", "the last entry of a tree of 65, a hash too few", first, missing),
        wrong("border-of-69-extra", "an entry at the border of a tree of 69, a hash too many", border, extra),
        wrong(
            "border-of-69-missing",
            "an entry at the border of a tree of 69, a hash too few",
            border,
            missing,
        ),
        wrong(
            "border-of-257-extra",
            "the last but one entry of a tree of 257, a hash too many",
            large,
            extra,
        ),
        wrong(
            "border-of-257-missing",
            "the last but one entry of a tree of 257, a hash too few",
            large,
            missing,
        ),
        refuses(
            "L13",
            "index-beyond",
            "log-inclusion/index",
            &MANAGED_V2,
            "an index far beyond the tree",
            |b| {
                b.entry(0).edit_entry(|entry| {
                    entry.set("/logIndex", Json::text("9223372036854775807"));
                });
            },
        ),
    ]
}

fn hosts() -> Vec<Defect> {
    let origin =
        |id, sentence, bend: Change| refuses("L11", id, "log-inclusion/origin", &MANAGED_V2, sentence, bend);
    let name = |id, sentence, bend: Change| {
        refuses("L09", id, "log-inclusion/checkpoint-unsigned", &MANAGED_V2, sentence, bend)
    };
    let url = |id, sentence, bend: Change| {
        refuses("R08", id, "log-inclusion/checkpoint-unsigned", &MANAGED, sentence, bend).reported_by("L09")
    };
    vec![
        origin("evil-suffix", "an origin that goes on after the name of the log", |b| {
            set_origin(b, "log2026.north.example.evil")
        }),
        origin("evil-prefix", "an origin with something before the name of the log", |b| {
            set_origin(b, "evil-log2026.north.example")
        }),
        origin("other-port", "an origin with a port", |b| set_origin(b, "log2026.north.example:8443")),
        origin("trailing-dot", "an origin with a dot at its end", |b| {
            set_origin(b, "log2026.north.example.")
        }),
        origin("other-case", "an origin in other case", |b| set_origin(b, "LOG2026.north.example")),
        origin("with-scheme", "an origin with a scheme", |b| set_origin(b, "https://log2026.north.example")),
        origin("with-path", "an origin with a path", |b| set_origin(b, "log2026.north.example/x")),
        name("evil-prefix", "a line with something before the name of the log", |b| {
            set_name(b, "evil-log2026.north.example")
        }),
        name("name-with-port", "a line with a port after the name of the log", |b| {
            set_name(b, "log2026.north.example:8443")
        }),
        name("trailing-dot", "a line with a dot after the name of the log", |b| {
            set_name(b, "log2026.north.example.")
        }),
        name("parent", "a line with the domain above the name of the log", |b| set_name(b, "north.example")),
        url("evil-prefix", "the URL of a host that only ends so", |b| {
            set_url(b, "https://evil-rekor.north.example")
        }),
        url("trailing-dot", "the URL with a dot at the end of the host", |b| {
            set_url(b, "https://rekor.north.example.")
        }),
        url("other-case", "the URL in other case", |b| set_url(b, "https://REKOR.north.example")),
        url("user", "the URL with a user in front", |b| {
            set_url(b, "https://rekor.north.example@evil.example")
        }),
        refuses(
            "I08",
            "authority-url-suffix",
            "identity/instance",
            &TSA_ONLY,
            "an authority whose URL only begins so",
            |b| {
                b.instance.certificate_authorities[0].uri.push_str(".evil");
            },
        )
        .arranged(demand_authority),
        refuses(
            "I08",
            "authority-url-prefix",
            "identity/instance",
            &TSA_ONLY,
            "an authority whose URL only ends so",
            |b| {
                b.instance.certificate_authorities[0].uri = "https://evil-fulcio.north.example".into();
            },
        )
        .arranged(demand_authority),
    ]
}

fn demand_authority(builder: &mut BundleBuilder) {
    builder.demand("/signers/certificate/ca/uri", Json::text("https://fulcio.north.example"));
}

fn set_origin(builder: &mut BundleBuilder, origin: &'static str) {
    builder.entry(0).edit_checkpoint(|text| text.origin = origin.into());
}

fn set_name(builder: &mut BundleBuilder, name: &'static str) {
    builder.entry(0).edit_note(|note| note.lines[0].name = name.into());
}

fn set_url(builder: &mut BundleBuilder, url: &'static str) {
    builder.edit_root(move |root| {
        root.set("/tlogs/0/baseUrl", Json::text(url));
    });
}
