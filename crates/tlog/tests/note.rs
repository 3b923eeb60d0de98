//! Forms of notes and checkpoints.

use cretula_encoding::limits::Limits;
use cretula_tlog::{Checkpoint, CheckpointBody, Error, NoteDefect, SignedNote};
use proptest::prelude::*;

const TEXT: &str = "log.example\n42\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
const LINE: &str = "— log.example AQIDBAU=\n";

fn parse(note: &str) -> Result<SignedNote, Error> {
    SignedNote::parse(note.as_bytes(), &Limits::default())
}

fn defect(note: &str) -> Option<NoteDefect> {
    match parse(note) {
        Err(Error::Note(defect)) => Some(defect),
        Ok(_) | Err(_) => None,
    }
}

#[test]
fn note_of_one_line() {
    let note = parse(&format!("{TEXT}\n{LINE}")).unwrap();
    assert_eq!(note.signed_text(), TEXT);
    let [signature] = note.signatures() else { panic!("{note:?}") };
    assert_eq!(signature.name, "log.example");
    assert_eq!(signature.key_id, [1, 2, 3, 4]);
    assert_eq!(signature.signature, [5]);
}

#[test]
fn text_ends_at_the_last_empty_line() {
    let note = parse(&format!("a\n\nb\n\n{LINE}")).unwrap();
    assert_eq!(note.signed_text(), "a\n\nb\n");
    let note = parse(&format!("a\n\n\n{LINE}")).unwrap();
    assert_eq!(note.signed_text(), "a\n\n");
    let signed_twice = format!("{TEXT}\n{LINE}\n{LINE}");
    assert_eq!(parse(&signed_twice).unwrap().signed_text(), format!("{TEXT}\n{LINE}"));
    assert!(Checkpoint::parse(signed_twice.as_bytes(), &Limits::default()).is_err());
}

#[test]
fn wrong_notes() {
    assert_eq!(defect(""), Some(NoteDefect::Separator));
    assert_eq!(defect("\n"), Some(NoteDefect::Separator));
    assert_eq!(defect(LINE), Some(NoteDefect::Separator));
    assert_eq!(defect(&format!("{TEXT}{LINE}")), Some(NoteDefect::Separator));
    assert_eq!(defect(TEXT), Some(NoteDefect::Separator));
    assert_eq!(defect(&format!("{TEXT}\n")), Some(NoteDefect::Unsigned));
    assert_eq!(defect(&format!("{TEXT}\n{LINE}\n")), Some(NoteDefect::Unsigned));
    assert_eq!(defect(format!("{TEXT}\n{LINE}").trim_end()), Some(NoteDefect::FinalNewline));
    assert_eq!(defect(&format!("{TEXT}\n{LINE}junk")), Some(NoteDefect::FinalNewline));
    assert_eq!(defect(&format!("{TEXT}\n{LINE}junk\n")), Some(NoteDefect::SignatureLine));
    for control in ['\0', '\t', '\r', '\u{b}', '\u{1f}'] {
        assert_eq!(defect(&format!("a{control}\n\n{LINE}")), Some(NoteDefect::Control));
    }
    assert!(parse(&format!("a\u{7f}\n\n{LINE}")).is_ok());
    let not_text = SignedNote::parse(b"a\xff\n\n", &Limits::default());
    assert_eq!(not_text, Err(Error::Note(NoteDefect::Utf8)));
}

#[test]
fn wrong_signature_lines() {
    for line in [
        "- log.example AQIDBAU=",
        "—log.example AQIDBAU=",
        "—  log.example AQIDBAU=",
        "— log.example  AQIDBAU=",
        "— log.example AQIDBAU= ",
        "— log.example\u{a0}x AQIDBAU=",
        "— log+example AQIDBAU=",
        "—  AQIDBAU=",
        "— log.example",
        "— log.example ",
        "— log.example AQIDBA==",
        "— log.example AQIDBAU",
        "— log.example AQIDBAV=",
        "— log.example AQID_AU=",
        " — log.example AQIDBAU=",
    ] {
        assert_eq!(defect(&format!("{TEXT}\n{line}\n")), Some(NoteDefect::SignatureLine), "{line}");
        assert_eq!(defect(&format!("{TEXT}\n{LINE}{line}\n")), Some(NoteDefect::SignatureLine), "{line}");
    }
}

#[test]
fn limits_of_bytes_and_lines() {
    let note = format!("{TEXT}\n{LINE}{LINE}");
    let limits = Limits { checkpoint_lines: 2, checkpoint_bytes: note.len(), ..Limits::default() };
    assert!(SignedNote::parse(note.as_bytes(), &limits).is_ok());
    let longer = format!(" {note}");
    let error = SignedNote::parse(longer.as_bytes(), &limits).unwrap_err();
    assert_eq!(error.code(), "limits/checkpoint-bytes");
    let limits = Limits { checkpoint_lines: 1, ..limits };
    let error = SignedNote::parse(note.as_bytes(), &limits).unwrap_err();
    assert_eq!(error, Error::CheckpointLines { limit: 1 });
    assert_eq!(error.code(), "limits/checkpoint-lines");
}

#[test]
fn checkpoint_of_a_note() {
    let note = format!("{TEXT}Timestamp: 1\n\n{LINE}");
    let checkpoint = Checkpoint::parse(note.as_bytes(), &Limits::default()).unwrap();
    let body = checkpoint.body();
    assert_eq!(
        (body.origin(), body.tree_size(), body.extensions()),
        ("log.example", 42, &["Timestamp: 1".into()][..])
    );
    assert_eq!(body.root_hash().unwrap().as_bytes(), &[0; 32]);
    assert_eq!(checkpoint.note().encode(), note);
}

#[test]
fn wrong_checkpoints() {
    for (text, expected) in [
        ("", NoteDefect::FinalNewline),
        ("\n", NoteDefect::Origin),
        ("\n1\nAQ==\n", NoteDefect::Origin),
        ("a\n", NoteDefect::Size),
        ("a\n\nAQ==\n", NoteDefect::Size),
        ("a\n01\nAQ==\n", NoteDefect::Size),
        ("a\n00\nAQ==\n", NoteDefect::Size),
        ("a\n+1\nAQ==\n", NoteDefect::Size),
        ("a\n-1\nAQ==\n", NoteDefect::Size),
        ("a\n1 \nAQ==\n", NoteDefect::Size),
        ("a\n9223372036854775808\nAQ==\n", NoteDefect::Size),
        ("a\n99999999999999999999\nAQ==\n", NoteDefect::Size),
        ("a\n1\n", NoteDefect::Root),
        ("a\n1\n\n", NoteDefect::Root),
        ("a\n1\nAQ=\n", NoteDefect::Root),
        ("a\n1\nAQ==\n\n", NoteDefect::Extension),
        ("a\n1\nAQ==\n\nx\n", NoteDefect::Extension),
        ("a\n1\nAQ==\nx", NoteDefect::FinalNewline),
    ] {
        assert_eq!(CheckpointBody::parse(text), Err(Error::Note(expected)), "{text:?}");
    }
    for (text, size) in [("a\n0\nAQ==\n", 0), ("a\n9223372036854775807\nAQ==\n", u64::MAX >> 1)] {
        assert_eq!(CheckpointBody::parse(text).unwrap().tree_size(), size);
    }
    let short = CheckpointBody::parse("a\n1\nAQ==\n").unwrap();
    assert_eq!(short.root_hash(), Err(Error::Note(NoteDefect::RootLength)));
}

proptest! {
    #[test]
    fn parse_then_encode_is_identity(
        text in "([^\\x00-\\x1f]{0,20}\n){1,4}",
        lines in prop::collection::vec(("[a-zé.]{1,9}", "([A-Za-z0-9+/]{4}){2,20}"), 1..5),
    ) {
        let mut note = format!("{text}\n");
        for (name, blob) in &lines {
            note.push_str(&format!("— {name} {blob}\n"));
        }
        let parsed = parse(&note).unwrap();
        prop_assert_eq!(parsed.signed_text(), &text);
        prop_assert_eq!(parsed.signatures().len(), lines.len());
        prop_assert_eq!(parsed.encode(), note);
    }

    #[test]
    fn what_is_accepted_has_one_spelling(
        note in "[a\n— =AQ+]{0,40}\n\n(— a [ABQ]{8}\n){0,2}[a\n ]{0,2}",
    ) {
        if let Ok(parsed) = parse(&note) {
            prop_assert_eq!(parsed.encode(), note);
        }
    }
}

#[test]
fn a_checkpoint_has_at_most_64_more_lines_and_a_root_as_it_stands() {
    let with = |count: usize| CheckpointBody::parse(&format!("{TEXT}{}", "x\n".repeat(count)));
    assert_eq!(with(64).unwrap().extensions().len(), 64);
    for count in [65, 66, 130] {
        assert_eq!(with(count), Err(Error::Note(NoteDefect::Extension)), "{count}");
    }
    assert_eq!(CheckpointBody::parse("log.example\n42\nAQI=\n").unwrap().root(), [1, 2]);
}

#[test]
fn a_note_above_the_limit_is_measured() {
    let note = format!("{TEXT}\n{LINE}");
    let limits = Limits { checkpoint_bytes: 9, ..Limits::default() };
    let present = u64::try_from(note.len()).unwrap();
    let refused = SignedNote::parse(note.as_bytes(), &limits).map(|_| ());
    assert_eq!(refused, Err(Error::CheckpointBytes { limit: 9, present }));
}
