//! The strict JSON reader and serde_json: whatever ours accepts, the other accepts with the same meaning.
#![expect(clippy::disallowed_methods, reason = "the second opinion")]

use cretula_encoding::json::{self, JsonErrorKind, JsonLimits};
use cretula_properties::repeatable;
use proptest::prelude::*;

const WIDE: JsonLimits = JsonLimits { max_depth: 64, max_members: 4096, max_string_bytes: 1 << 20 };

/// JSON as somebody writes it: white space, escapes of every form, unusual numbers, names that may repeat.
fn written() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        "-?(0|[1-9][0-9]{0,18})",
        "-?(0|[1-9][0-9]{0,3})(\\.[0-9]{1,6})?([eE][+-]?[0-9]{1,2})?",
        "-?[0-9]{1,4}\\.?[0-9]{0,2}[eE]?[+-]?[0-9]{0,3}",
    ];
    let piece = prop_oneof![
        4 => "[ -!#-\\[\\]-~éß€😀]{0,6}",
        1 => prop::sample::select(vec![
            "\\n", "\\/", "\\\"", "\\\\", "\\u0041", "\\u00e9", "\\ud83d\\ude00", "\\ud83d", "\\udc00", "\\x", "\\u12",
        ]).prop_map(String::from),
    ];
    let text = prop::collection::vec(piece, 0..4).prop_map(|pieces| format!("\"{}\"", pieces.concat()));
    let scalar = prop_oneof![
        prop::sample::select(vec!["null", "true", "false", "nul", ""]).prop_map(String::from),
        number,
        text,
    ];
    let space = prop::sample::select(vec!["", " ", "\n\t", "\r", "\u{a0}"]);
    let name = prop::sample::select(vec!["a", "b", "\\u0061", "é", "c d", ""]);
    scalar.prop_recursive(5, 40, 5, move |inner| {
        let list = (space.clone(), prop::collection::vec(inner.clone(), 0..5))
            .prop_map(|(space, items)| format!("[{space}{}{space}]", items.join(&format!("{space},"))));
        let member = (name.clone(), inner).prop_map(|(name, value)| format!("\"{name}\":{value}"));
        let object = (space.clone(), prop::collection::vec(member, 0..5))
            .prop_map(|(space, members)| format!("{space}{{{}{space}}}", members.join(&format!("{space},"))));
        prop_oneof![list, object]
    })
}

proptest! {
    #![proptest_config(repeatable())]

    #[test]
    fn what_is_accepted_means_the_same(text in written()) {
        // The target asserts it, member by member.
        cretula_fuzz::jcs(text.as_bytes());
        let ours = json::parse(text.as_bytes(), &WIDE);
        let other = serde_json::from_str::<serde::de::IgnoredAny>(&text);
        if let Err(error) = ours {
            let stricter = matches!(error.kind, JsonErrorKind::DuplicateMember | JsonErrorKind::LoneSurrogate);
            prop_assert!(other.is_err() || stricter, "only the other accepts {text:?}: {error}");
        }
    }

    #[test]
    fn a_changed_byte_changes_no_meaning_in_secret(text in written(), at: prop::sample::Index, byte: u8) {
        let mut bytes = text.into_bytes();
        if !bytes.is_empty() {
            let index = at.index(bytes.len());
            bytes[index] = byte;
        }
        cretula_fuzz::jcs(&bytes);
    }

    #[test]
    fn duplicates_are_refused_at_every_depth(depth in 0_usize..30, width in 0_usize..20) {
        let others: String = (0..width).map(|index| format!("\"m{index}\":{index},")).collect();
        let inner = format!("{{{others}\"a\":1,\"\\u0061\":2}}");
        let text = format!("{}{inner}{}", "[".repeat(depth), "]".repeat(depth));
        prop_assert_eq!(json::parse(text.as_bytes(), &WIDE).map_err(|error| error.kind).err(), Some(JsonErrorKind::DuplicateMember));
    }
}
