//! Checkpoints, and who signed them (L08–L11).

use crate::bundle_builder::BundleBuilder;
use crate::note::{CheckpointText, Note};

use super::defect::{Defect, accepts, refuses};
use super::good::{KEYLESS_V1, KEYLESS_V2};

pub(super) fn rows() -> Vec<Defect> {
    [checkpoints(), signers()].concat()
}

pub(super) fn checkpoint(builder: &mut BundleBuilder, edit: fn(&mut CheckpointText)) {
    builder.entry(0).edit_checkpoint(edit);
}

pub(super) fn note(builder: &mut BundleBuilder, edit: fn(&mut Note)) {
    builder.entry(0).edit_note(edit);
}

fn published(builder: &mut BundleBuilder, edit: fn(&mut String)) {
    builder.entry(0).edit_published(edit);
}

/// Removes the log of the first entry from the trusted root.
fn checkpoints() -> Vec<Defect> {
    let bad =
        |id, sentence, bend| refuses("L08", id, "log-inclusion/checkpoint", &KEYLESS_V2, sentence, bend);
    vec![
        bad("origin-empty", "an empty first line", |b| checkpoint(b, |text| text.origin.clear())),
        bad("size-leading-zero", "a size with a leading zero", |b| {
            checkpoint(b, |text| text.size.insert(0, '0'))
        }),
        bad("size-sign", "a size with a sign", |b| checkpoint(b, |text| text.size.insert(0, '+'))),
        bad("size-hex", "a size that is not decimal", |b| checkpoint(b, |text| text.size = "0xb".into())),
        bad("root-short", "a root of 31 bytes", |b| {
            checkpoint(b, |text| text.root = cretula_encoding::base64::encode(&[7; 31]));
        }),
        bad("root-unpadded", "a root without padding", |b| {
            checkpoint(b, |text| text.root = text.root.trim_end_matches('=').into());
        }),
        bad("extension-empty", "an empty extension line", |b| {
            checkpoint(b, |text| text.extensions = vec![String::new(), "Timestamp: 1".into()]);
        }),
        bad("two-lines", "a text of two lines", |b| {
            b.entry(0).edit_checkpoint(|text| text.root = String::new());
        }),
        bad("control-character", "a tab in an extension line", |b| {
            checkpoint(b, |text| text.extensions = vec!["a\tb".into()]);
        }),
        bad("carriage-return", "lines that end with CR LF", |b| {
            published(b, |note| *note = note.replace('\n', "\r\n"))
        }),
        bad("no-empty-line", "no empty line before the signatures", |b| {
            published(b, |note| *note = note.replace("\n\n", "\n"));
        }),
        bad("no-last-newline", "no newline at the end", |b| {
            published(b, |note| {
                note.pop();
            });
        }),
        bad("hyphen", "a hyphen in place of the dash", |b| {
            published(b, |note| *note = note.replace('\u{2014}', "-"))
        }),
        bad("after-the-last-line", "something after the last line", |b| {
            published(b, |note| note.push_str("end\n"))
        }),
        bad("no-signature-line", "no signature line", |b| note(b, |note| note.lines.clear())),
        bad("key-id-short", "a blob shorter than a key id", |b| {
            published(b, |note| note.push_str("\u{2014} other.example AAA=\n"));
        }),
        bad("name-with-plus", "a signer's name with a plus sign", |b| {
            note(b, |note| {
                let mut line = note.lines[0].clone();
                line.name = "other+example".into();
                note.lines.push(line);
            });
        }),
        accepts("L08", "extension", &KEYLESS_V2, "an extension line", |b| {
            checkpoint(b, |text| text.extensions = vec!["Timestamp: 1675209600000000000".into()]);
        }),
    ]
}

/// A line that nobody known has signed.
pub(super) fn foreign(name: &str) -> crate::note::NoteLine {
    crate::note::NoteLine { name: name.into(), key_id: [9, 8, 7, 6], signature: vec![5; 64] }
}

fn signers() -> Vec<Defect> {
    let unsigned = |id, sentence, bend| {
        refuses("L09", id, "log-inclusion/checkpoint-unsigned", &KEYLESS_V2, sentence, bend)
    };
    let signature = |id, sentence, bend| {
        refuses("L09", id, "log-inclusion/checkpoint-signature", &KEYLESS_V2, sentence, bend)
    };
    vec![
        unsigned("foreign-only", "only somebody unknown signed", |b| {
            note(b, |note| note.lines = vec![foreign("other.example")])
        }),
        unsigned("other-name", "the log's key id under another name", |b| {
            note(b, |note| note.lines[0].name = "log2026.north.example.evil".into());
        }),
        unsigned("other-key-id", "the log's name with another key id", |b| {
            note(b, |note| note.lines[0].key_id[0] ^= 1)
        }),
        signature("signature", "a signature that does not verify", |b| {
            note(b, |note| note.lines[0].signature[8] ^= 1)
        }),
        signature("signature-short", "a signature of 63 bytes", |b| {
            note(b, |note| {
                note.lines[0].signature.pop();
            });
        }),
        signature("other-text", "a signature over another size", |b| {
            note(b, |note| note.text = note.text.replace("\n11\n", "\n12\n"))
        }),
        signature("without-last-newline", "a signature over the text without its last newline", |b| {
            let log = b.instance.rekor_v2[0].clone();
            b.entry(0)
                .edit_note(move |note| note.lines[0] = log.checkpoint_line(note.text.trim_end_matches('\n')));
        }),
        signature("second-line-bad", "a second line of the log that does not verify", |b| {
            note(b, |note| {
                let mut line = note.lines[0].clone();
                line.signature[8] ^= 1;
                note.lines.push(line);
            });
        }),
        refuses(
            "L09",
            "v1-signature",
            "log-inclusion/checkpoint-signature",
            &KEYLESS_V1,
            "a signature of v1 that does not verify",
            |b| {
                let other = b.instance.rekor_v1[1].log.key.clone();
                b.entry(0).edit_note(move |note| {
                    note.lines[0].signature = other.sign(other.scheme(), note.text.as_bytes())
                });
            },
        ),
        accepts(
            "L09",
            "foreign-first",
            &KEYLESS_V2,
            "a line of somebody unknown before that of the log",
            |b| {
                note(b, |note| note.lines.insert(0, foreign("other.example")));
            },
        ),
        accepts("L09", "same-name-foreign", &KEYLESS_V2, "another key under the name of the log", |b| {
            note(b, |note| note.lines.insert(0, foreign("log2026.north.example")));
        }),
        accepts("L09", "same-key-id-foreign", &KEYLESS_V2, "another name with the key id of the log", |b| {
            note(b, |note| {
                let mut line = foreign("other.example");
                line.key_id = note.lines[0].key_id;
                note.lines.push(line);
            });
        }),
        accepts("L09", "sixteen-lines", &KEYLESS_V2, "the log's line as the last of sixteen", |b| {
            note(b, |note| {
                for index in 0..15 {
                    note.lines.insert(0, foreign(&format!("signer{index}.example")));
                }
            });
        }),
        refuses(
            "L10",
            "other-log",
            "log-inclusion/checkpoint-log",
            &KEYLESS_V2,
            "another known log signed the checkpoint",
            |b| {
                let other = b.instance.rekor_v2[1].clone();
                b.entry(0).edit_note(move |note| note.lines = vec![other.checkpoint_line(&note.text)]);
            },
        ),
        refuses(
            "L10",
            "whole-checkpoint-of-other-log",
            "log-inclusion/checkpoint-log",
            &KEYLESS_V2,
            "the checkpoint of another known log",
            |b| {
                let other = b.instance.rekor_v2[1].clone();
                checkpoint(b, |text| text.origin = "log2026.south.example".into());
                b.entry(0).edit_note(move |note| note.lines = vec![other.checkpoint_line(&note.text)]);
            },
        ),
        refuses(
            "L11",
            "v2-origin",
            "log-inclusion/origin",
            &KEYLESS_V2,
            "an origin that is not the name of the log",
            |b| {
                checkpoint(b, |text| text.origin = "log2026.south.example".into());
            },
        ),
        refuses(
            "L11",
            "v1-origin",
            "log-inclusion/origin",
            &KEYLESS_V1,
            "an origin of v1 with another name",
            |b| {
                checkpoint(b, |text| text.origin = "rekor.south.example - 1193050959916656506".into());
            },
        ),
        refuses(
            "L11",
            "v1-tree-id",
            "log-inclusion/origin",
            &KEYLESS_V1,
            "a tree id that is not decimal",
            |b| {
                checkpoint(b, |text| text.origin = "rekor.north.example - 108e9186e8c5677a".into());
            },
        ),
    ]
}
