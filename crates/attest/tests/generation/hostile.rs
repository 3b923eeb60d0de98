//! Whatever is given, there is an answer: a statement, or a code of the table.

use cretula_attest::{ErrorKind, build_statement, parse_request};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngSeed};
use serde_json::Value;

use crate::support::{container, generic, github, gitlab, gitlab_compat, now};

/// Pieces that mean something to some reader.
const PIECES: [&str; 24] = [
    "null",
    "{}",
    "[]",
    "\"\"",
    "0",
    "-1",
    "1e400",
    "9007199254740993",
    "\"\\ud800\"",
    "true",
    "\"a@b\"",
    "\"@\"",
    "\"//\"",
    "\"/\"",
    "\"https://\"",
    "\"git+\"",
    "\"refs/\"",
    "[null]",
    "{\"\":1}",
    "\"\\u0000\"",
    "\"://:@\"",
    "\"e.e.e\"",
    "[[[[[[]]]]]]",
    "\"-----BEGIN \"",
];

fn answer(text: &[u8]) -> Result<(), TestCaseError> {
    let built = parse_request(text).and_then(|request| build_statement(&request, now()));
    if let Err(error) = built {
        prop_assert!(ErrorKind::ALL.contains(&error.kind));
        prop_assert!(error.detail.is_some_and(|detail| !detail.is_empty() && detail.len() <= 256));
        prop_assert!(error.path.is_none_or(|path| path.len() <= 256));
    }
    Ok(())
}

/// Pointers to every value of a document.
fn pointers(value: &Value) -> Vec<String> {
    let mut found = vec![];
    let mut open = vec![(String::new(), value)];
    while let Some((pointer, value)) = open.pop() {
        let child = |name: &str| format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
        match value {
            Value::Object(members) => open.extend(members.iter().map(|(name, value)| (child(name), value))),
            Value::Array(list) => {
                open.extend(list.iter().enumerate().map(|(at, value)| (child(&at.to_string()), value)))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
        found.push(pointer);
    }
    found
}

proptest! {
    #![proptest_config(Config { cases: 512, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..Config::default() })]

    #[test]
    fn values_are_replaced(good in 0_usize..5, edits in prop::collection::vec((any::<Index>(), any::<Index>()), 1..4)) {
        let mut request = [github(), gitlab(), gitlab_compat(), container(), generic()][good].clone();
        let mut text = String::new();
        for (place, piece) in edits {
            // A piece may be no value that `serde_json` can hold, so it goes in as text.
            let pointers = pointers(&request);
            let marker = Value::from("\u{1f511}");
            if let Some(value) = request.pointer_mut(&pointers[place.index(pointers.len())]) {
                *value = marker.clone();
            }
            text = request.to_string().replace(&marker.to_string(), PIECES[piece.index(PIECES.len())]);
            match serde_json::from_str(&text) {
                Ok(value) => request = value,
                Err(_) => break,
            }
        }
        answer(text.as_bytes())?;
    }

    #[test]
    fn bytes_are_replaced(good in 0_usize..5, edits in prop::collection::vec((any::<Index>(), any::<u8>()), 1..4)) {
        let request = [github(), gitlab(), gitlab_compat(), container(), generic()][good].clone();
        let mut text = request.to_string().into_bytes();
        for (place, byte) in edits {
            let at = place.index(text.len());
            text[at] = byte;
        }
        answer(&text)?;
    }
}
