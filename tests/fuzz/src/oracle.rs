//! serde_json as the second reader of whatever is accepted as JSON.
#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "the second opinion")]

use cretula_encoding::jcs;
use cretula_encoding::json::{self, JsonLimits, Kind, Value};

/// Bounds that no input reaches, except for the depth, which serde_json bounds too.
pub(crate) const WIDE: JsonLimits =
    JsonLimits { max_depth: 64, max_members: usize::MAX, max_string_bytes: usize::MAX };

/// Asserts that serde_json reads the same, member by member.
pub(crate) fn assert_same_meaning(text: &[u8], value: &Value<'_>) {
    match serde_json::from_slice::<serde_json::Value>(text) {
        Ok(other) => same(value, &other),
        // serde_json reads numbers as doubles and refuses what is too large for one.
        Err(error) => assert!(error.to_string().contains("number out of range"), "only we accept: {error}"),
    }
}

fn same(ours: &Value<'_>, other: &serde_json::Value) {
    match (ours.kind(), other) {
        (Kind::Null, serde_json::Value::Null) => {}
        (Kind::Bool, serde_json::Value::Bool(other)) => assert_eq!(ours.as_bool(), Some(*other)),
        (Kind::Number, serde_json::Value::Number(other)) => {
            same_number(ours.as_number().expect("a number"), other)
        }
        (Kind::Text, serde_json::Value::String(other)) => {
            assert_eq!(ours.as_text().as_deref(), Some(&**other))
        }
        (Kind::List, serde_json::Value::Array(others)) => {
            let elements: Vec<_> = ours.elements().expect("a list").collect();
            assert_eq!(elements.len(), others.len(), "elements");
            elements.iter().zip(others).for_each(|(ours, other)| same(ours, other));
        }
        (Kind::Object, serde_json::Value::Object(others)) => {
            let members: Vec<_> = ours.members().expect("an object").collect();
            assert_eq!(members.len(), others.len(), "members");
            for (name, value) in members {
                same(&value, others.get(&*name).expect("the same member"));
            }
        }
        (kind, other) => panic!("{kind:?} is read as {other}"),
    }
}

fn same_number(text: &str, other: &serde_json::Number) {
    if let Some(other) = other.as_u64() {
        assert_eq!(text.parse(), Ok(other));
    } else if let Some(other) = other.as_i64() {
        assert_eq!(text.parse(), Ok(other));
    } else {
        let ours: f64 = text.parse().expect("a number");
        let Some(other) = other.as_f64() else {
            // Built with arbitrary precision, because another package of the build asks for it.
            return assert!(ours.is_infinite(), "{text} is no double for serde_json");
        };
        assert_eq!(ours.to_bits(), other.to_bits(), "{text} is read as {other}");
    }
}

/// Asserts that a document of ours is canonical JSON that both readers understand, and returns it.
pub(crate) fn assert_canonical(document: &[u8]) -> Value<'_> {
    let value = json::parse(document, &WIDE)
        .unwrap_or_else(|error| panic!("our own document is {error}: {}", String::from_utf8_lossy(document)));
    assert_same_meaning(document, &value);
    let canonical = jcs::canonicalize(&value).expect("our own numbers are integers");
    assert_eq!(canonical, document, "our own document is canonical");
    value
}

/// The canonical form of a document, if it has one.
pub(crate) fn canonical(text: &[u8]) -> Option<Vec<u8>> {
    jcs::canonicalize(&json::parse(text, &WIDE).ok()?).ok()
}

/// Text of a member of one of our documents.
pub(crate) fn text_of(document: &Value<'_>, name: &str) -> Option<String> {
    Some(document.member(name)?.as_text()?.into_owned())
}
