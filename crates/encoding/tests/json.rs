//! The JSON reader against the grammar, its limits and an independent reader.
#![expect(clippy::disallowed_methods, reason = "serde_json is the independent reader here")]
#![expect(clippy::disallowed_types, reason = "serde_json is the independent reader here")]

use cretula_encoding::jcs;
use cretula_encoding::json::{JsonError, JsonErrorKind, JsonLimits, Kind, Value, parse};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const LIMITS: JsonLimits = JsonLimits { max_depth: 16, max_members: 64, max_string_bytes: 256 };

fn refusal(text: &str) -> Option<(JsonErrorKind, usize)> {
    refusal_within(text.as_bytes(), &LIMITS)
}

fn refusal_within(text: &[u8], limits: &JsonLimits) -> Option<(JsonErrorKind, usize)> {
    parse(text, limits).err().map(|JsonError { kind, offset }| (kind, offset))
}

#[test]
fn refusals_name_their_place() {
    let error = parse(b"{} x", &LIMITS).unwrap_err();
    assert_eq!(error.to_string(), "trailing bytes at byte 3");
    assert_eq!(parse(b"[", &LIMITS).unwrap_err().to_string(), "not JSON at byte 1");
}

#[test]
fn grammar() {
    for text in [
        "0",
        "-0",
        "-1.5e-7",
        "1E+2",
        "10",
        "null",
        " true\r\n",
        "\"\"",
        "[]",
        "[ ]",
        "{}",
        "{ }",
        "[[],{}]",
        "{\"a\":[1,2 , 3]}",
        "\"\\u0000\\\"\\/\"",
        "\"\u{7f}\u{2028}\u{ffff}\"",
    ] {
        assert_eq!(refusal(text), None, "{text}");
    }
    for (text, offset) in [
        ("", 0),
        (" ", 1),
        ("[", 1),
        ("{", 1),
        ("[1,]", 3),
        ("[,1]", 1),
        ("{\"a\":1,}", 7),
        ("{,}", 1),
        ("{a:1}", 1),
        ("{\"a\"}", 4),
        ("{\"a\":}", 5),
        ("{\"a\" 1}", 5),
        ("[1 2]", 3),
        ("[1}", 2),
        ("{\"a\":1]", 6),
        ("]", 0),
        ("+1", 0),
        (".5", 0),
        ("-", 1),
        ("1.", 2),
        ("1e", 2),
        ("1e+", 3),
        ("-a", 1),
        ("[01]", 2),
        ("NaN", 0),
        ("tru", 0),
        ("nul", 0),
        ("True", 0),
        ("'a'", 0),
        ("\"", 1),
        ("\"\\", 2),
        ("\"\\x\"", 2),
        ("\"\\u12g4\"", 5),
        ("\"a\nb\"", 2),
        ("\"\u{0}\"", 1),
        ("[\u{c}]", 1),
        ("[\u{a0}]", 1),
        ("/**/1", 0),
        ("\u{2028}1", 0),
    ] {
        assert_eq!(refusal(text), Some((JsonErrorKind::Syntax, offset)), "{text}");
    }
    for (text, offset) in
        [("1 2", 2), ("{}x", 2), ("[]]", 2), ("01", 1), ("1\0", 1), ("\"\"\"\"", 2), ("truefalse", 4)]
    {
        assert_eq!(refusal(text), Some((JsonErrorKind::TrailingBytes, offset)), "{text}");
    }
}

#[test]
fn encoding() {
    for (text, offset) in [
        (&b"\xef\xbb\xbf1"[..], 0),
        (b"\"\xff\"", 1),
        (b"\"\xc0\x80\"", 1),
        (b"\"\xed\xa0\x80\"", 1),
        (b"{\"a\":[\"\x80\"]}", 7),
        (b"\xff\xfe1\0", 0),
        (b"\"\xe2\x82", 1),
    ] {
        assert_eq!(refusal_within(text, &LIMITS), Some((JsonErrorKind::Utf8, offset)), "{text:?}");
    }
    assert_eq!(refusal("\"\u{feff}\""), None);
    assert_eq!(refusal("1\u{feff}"), Some((JsonErrorKind::TrailingBytes, 1)));
}

#[test]
fn surrogates() {
    for text in ["\"\\ud83d\\ude00\"", "\"\\uD83D\\uDE00\"", "\"\\ud7ff\\ue000\"", "\"\\\\ud800\""] {
        assert_eq!(refusal(text), None, "{text}");
    }
    for (text, offset) in [
        ("\"\\ud800\"", 1),
        ("\"\\udfff\"", 1),
        ("\"\\ud800x\"", 1),
        ("\"\\ud800\\n\"", 1),
        ("\"\\ud800\\u0041\"", 1),
        ("\"\\ud800\\ud800\\udc00\"", 1),
        ("\"\\ude00\\ud83d\"", 1),
        ("{\"skipped\":{\"\\ud800\":0}}", 13),
        ("[{\"a\":[\"x\\udc00\"]}]", 9),
    ] {
        assert_eq!(refusal(text), Some((JsonErrorKind::LoneSurrogate, offset)), "{text}");
    }
}

#[test]
fn duplicate_names() {
    for (text, offset) in [
        (r#"{"a":1,"a":1}"#, 7),
        (r#"{"a":1,"b":2,"\u0061":3}"#, 13),
        (r#"{"\u0061":1,"a":1}"#, 12),
        (r#"{"":1,"":1}"#, 6),
        (r#"{"\/":1,"/":1}"#, 8),
        (r#"{"\ud83d\ude00":1,"😀":1}"#, 18),
        (r#"{"x":[{"y":{"z":0,"z":0}}]}"#, 18),
        (r#"{"a":{"a":1},"b":{"a":1,"c":0},"a":0}"#, 31),
    ] {
        assert_eq!(refusal(text), Some((JsonErrorKind::DuplicateMember, offset)), "{text}");
    }
    for text in [
        r#"{"a":{"a":{"a":0}}}"#,
        r#"[{"a":0},{"a":0}]"#,
        r#"{"a":0,"A":0,"\\u0061":0,"ab":0}"#,
        "{\"\u{e1}\":0,\"a\u{301}\":0}",
    ] {
        assert_eq!(refusal(text), None, "{text}");
    }
}

#[test]
fn limits_at_and_one_above() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert_eq!(refusal(&nested(16)), None);
    assert_eq!(refusal(&nested(17)), Some((JsonErrorKind::Depth, 16)));
    assert_eq!(refusal(&r#"{"":"#.repeat(17)), Some((JsonErrorKind::Depth, 64)));
    let members = |count: usize| {
        let list: Vec<String> = (0..count).map(|number| format!("\"{number}\":[]")).collect();
        format!("[{{}},{{{}}}]", list.join(","))
    };
    assert_eq!(refusal(&members(64)), None);
    assert_eq!(refusal(&members(65)).map(|(kind, _)| kind), Some(JsonErrorKind::Members));
    let string = |length: usize| format!("[\"{}\"]", "é".repeat(length / 2));
    assert_eq!(refusal(&string(256)), None);
    assert_eq!(refusal(&string(258)), Some((JsonErrorKind::StringBytes, 1)));
    assert_eq!(refusal(&format!("{{\"{}\":0}}", "a".repeat(257))), Some((JsonErrorKind::StringBytes, 1)));
    let scalars_only = JsonLimits { max_depth: 0, ..LIMITS };
    assert_eq!(refusal_within(b"1", &scalars_only), None);
    assert_eq!(refusal_within(b"[]", &scalars_only), Some((JsonErrorKind::Depth, 0)));
    let no_members = JsonLimits { max_members: 0, ..LIMITS };
    assert_eq!(refusal_within(b"{}", &no_members), None);
    assert_eq!(refusal_within(b"{\"a\":0}", &no_members), Some((JsonErrorKind::Members, 1)));
}

/// Whether both readers see the same.
fn agrees(ours: &Value<'_>, theirs: &serde_json::Value) -> bool {
    match (ours.kind(), theirs) {
        (Kind::Null, serde_json::Value::Null) => true,
        (Kind::Bool, serde_json::Value::Bool(theirs)) => ours.as_bool() == Some(*theirs),
        (Kind::Number, serde_json::Value::Number(theirs)) => {
            // The other reader writes the exponent as `e+` or `e-`.
            let exponent = |text: &str| text.to_ascii_lowercase().replace("e+", "e");
            ours.as_number().map(exponent) == Some(exponent(&theirs.to_string()))
        }
        (Kind::Text, serde_json::Value::String(theirs)) => ours.as_text().as_deref() == Some(theirs),
        (Kind::List, serde_json::Value::Array(theirs)) => {
            let elements: Vec<_> = ours.elements().into_iter().flatten().collect();
            elements.len() == theirs.len()
                && elements.iter().zip(theirs).all(|(ours, theirs)| agrees(ours, theirs))
        }
        (Kind::Object, serde_json::Value::Object(theirs)) => {
            let members: Vec<_> = ours.members().into_iter().flatten().collect();
            members.len() == theirs.len()
                && members
                    .iter()
                    .all(|(name, ours)| theirs.get(&**name).is_some_and(|theirs| agrees(ours, theirs)))
        }
        _ => false,
    }
}

/// Texts that are often JSON, and often nearly.
fn texts() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        Just(String::from("null")),
        Just(String::from("true")),
        "-?(0|[1-9][0-9]{0,3})(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,2})?",
        "\"([a-cé😀 ]|\\\\n|\\\\u00[0-7]f|\\\\ud83d\\\\ude0[0-9]|\\\\\"|\\\\\\\\|\\\\/){0,5}\"",
        "[0-9eE.+-]{1,4}",
        "\"[a\\\\ud8nx\"]{0,4}\"",
    ];
    scalar.prop_recursive(4, 32, 4, |inner| {
        let space = "[ \n]{0,1}";
        let name = "\"([a-d]|\\\\u006[1-4]){0,2}\"";
        prop_oneof![
            (proptest::collection::vec(inner.clone(), 0..4), space)
                .prop_map(|(elements, space)| format!("[{space}{}{space}]", elements.join(","))),
            (proptest::collection::vec((name, inner), 0..4), space).prop_map(|(members, space)| {
                let members: Vec<_> =
                    members.iter().map(|(name, value)| format!("{name}{space}:{space}{value}")).collect();
                format!("{{{}{space}}}", members.join(","))
            }),
        ]
    })
}

fn integers_only(value: &Value<'_>) -> bool {
    let mut open = vec![*value];
    while let Some(value) = open.pop() {
        let integer = value.as_number().is_none_or(|number| !number.contains(['.', 'e', 'E']));
        if !integer {
            return false;
        }
        open.extend(value.elements().into_iter().flatten());
        open.extend(value.members().into_iter().flatten().map(|(_, member)| member));
    }
    true
}

/// The same cases in every run.
fn repeatable() -> ProptestConfig {
    let rng_seed = RngSeed::Fixed(1);
    ProptestConfig { cases: 2000, rng_seed, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(repeatable())]

    #[test]
    fn what_we_accept_an_independent_reader_accepts_too(text in texts()) {
        let theirs: Result<serde_json::Value, _> = serde_json::from_str(&text);
        match (parse(text.as_bytes(), &LIMITS), theirs) {
            (Ok(ours), Ok(theirs)) => prop_assert!(agrees(&ours, &theirs), "{text} {theirs}"),
            (Ok(_), Err(error)) => prop_assert!(false, "{text}: {error}"),
            (Err(error), Ok(_)) => prop_assert_eq!(error.kind, JsonErrorKind::DuplicateMember, "{}", text),
            (Err(_), Err(_)) => {}
        }
    }

    #[test]
    fn parts_of_texts_never_panic(text in texts(), end in 0_usize..100, bytes: Vec<u8>) {
        let part = text.as_bytes().get(..end).unwrap_or_default();
        for bytes in [part, &bytes] {
            let parsed = parse(bytes, &LIMITS);
            prop_assert!(parsed.is_ok() || parsed.is_err());
        }
    }

    #[test]
    fn canonical_form_is_a_fixed_point_with_the_same_meaning(text in texts()) {
        let Ok(value) = parse(text.as_bytes(), &LIMITS) else { return Ok(()) };
        let canonical = jcs::canonicalize(&value);
        if !cfg!(feature = "jcs-doubles") {
            prop_assert_eq!(canonical.is_ok(), integers_only(&value));
        }
        let Ok(canonical) = canonical else { return Ok(()) };
        let again = parse(&canonical, &LIMITS).expect("canonical form is JSON");
        prop_assert_eq!(jcs::canonicalize(&again), Ok(canonical.clone()));
        if integers_only(&value) {
            let meaning: serde_json::Value = serde_json::from_slice(&canonical).expect("JSON");
            let original = text.replace("-0", "0");
            if original == text {
                prop_assert!(agrees(&value, &meaning));
            }
        }
    }
}
