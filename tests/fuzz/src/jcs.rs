//! Strict JSON and its canonical form.

use cretula_encoding::jcs::canonicalize;
use cretula_encoding::json::{self, Kind, Value};

use crate::oracle;

/// What the strict reader accepts, serde_json accepts with the same meaning; the canonical form has that meaning too,
/// is its own canonical form, and has its members in order, each once.
pub fn jcs(input: &[u8]) {
    let Ok(value) = json::parse(input, &oracle::WIDE) else { return };
    assert!(!input.starts_with(b"\xef\xbb\xbf"));
    oracle::assert_same_meaning(input, &value);
    let Ok(canonical) = canonicalize(&value) else { return };
    let again = json::parse(&canonical, &oracle::WIDE).expect("canonical JSON is JSON");
    oracle::assert_same_meaning(&canonical, &again);
    assert_eq!(canonicalize(&again).as_deref(), Ok(canonical.as_slice()), "canonical twice");
    same(&value, &again);
    ordered(&again);
    let text = str::from_utf8(&canonical).expect("UTF-8");
    if json::parse(format!(" {text}\n").as_bytes(), &oracle::WIDE).is_err() {
        panic!("white space around a value");
    }
    assert!(json::parse(format!("{text} x").as_bytes(), &oracle::WIDE).is_err(), "something follows");
    assert!(json::parse(format!("\u{feff}{text}").as_bytes(), &oracle::WIDE).is_err(), "a mark in front");
}

/// The same meaning, whatever the order of members; numbers by their text, which only differs for doubles.
fn same(left: &Value<'_>, right: &Value<'_>) {
    assert_eq!(left.kind(), right.kind());
    match left.kind() {
        Kind::Object => {
            let members: Vec<_> = left.members().expect("an object").collect();
            assert_eq!(members.len(), right.members().expect("an object").count());
            for (name, value) in &members {
                let mut others = right.members().expect("an object");
                let (_, other) = others.find(|(other, _)| other == name).expect("the same member");
                same(value, &other);
            }
        }
        Kind::List => {
            let (left, right) = (left.elements().expect("a list"), right.elements().expect("a list"));
            assert_eq!(left.clone().count(), right.clone().count());
            left.zip(right).for_each(|(left, right)| same(&left, &right));
        }
        Kind::Text => assert_eq!(left.as_text(), right.as_text()),
        _ => {}
    }
}

/// RFC 8785 §3.2.3.
fn ordered(value: &Value<'_>) {
    for element in value.elements().into_iter().flatten() {
        ordered(&element);
    }
    let names: Vec<Vec<u16>> =
        value.members().into_iter().flatten().map(|(name, _)| name.encode_utf16().collect()).collect();
    assert!(names.is_sorted_by(|left, right| left < right), "members in order, each once");
    for (_, member) in value.members().into_iter().flatten() {
        ordered(&member);
    }
}
