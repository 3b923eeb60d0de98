//! Whatever is given, there is an answer, and a message that was bent never passes.

use cretula_attest::ErrorKind;
use cretula_attest::guard::{Authorisation, check, guard};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngSeed};
use serde_json::{Value, json};

use crate::certificates::private;
use crate::messages::request_info;
use crate::requests::{container, github, gitlab};
use crate::support::{PROVENANCE, authorisation, key, message, pointers, reviewed};

fn config(cases: u32) -> Config {
    Config { rng_seed: RngSeed::Fixed(1), failure_persistence: None, cases, ..Config::default() }
}

/// Pieces that mean something to some reader.
const PIECES: [&str; 14] = [
    "null",
    "{}",
    "[]",
    "\"\"",
    "0",
    "-1",
    "1e400",
    "9007199254740993",
    "\"a@b\"",
    "true",
    "[null]",
    "{\"\":1}",
    "\"AAAA\"",
    "\"attestation\"",
];

/// Names of subjects identify nothing, so the subjects of these have none.
fn nameless(mut request: Value) -> Value {
    request["tenant"]["subjects"][0].as_object_mut().unwrap().remove("name");
    request
}

/// Authorisations and messages that may be signed under them.
fn good() -> Vec<(Authorisation, Vec<u8>)> {
    let parse = |value: &Value| Authorisation::parse(&serde_json::to_vec(value).unwrap()).unwrap();
    let mut pairs = vec![];
    for request in [github(), gitlab(), container()].map(nameless) {
        pairs.push((parse(&authorisation(&request, PROVENANCE)), message(&request)));
    }
    pairs.push((parse(&authorisation(&github(), PROVENANCE)), request_info(&key("signer").spki())));
    let private = private();
    pairs.push((parse(&private.authorisation()), private.tbs()));
    pairs
}

fn answer(authorisation: &[u8], message: &[u8]) -> Result<(), TestCaseError> {
    if let Err(error) = Authorisation::parse(authorisation).and_then(|parsed| check(&parsed, message)) {
        prop_assert!(ErrorKind::ALL.contains(&error.kind));
        prop_assert!(error.detail.is_some_and(|detail| !detail.is_empty() && detail.len() <= 256));
    }
    let document: Value = serde_json::from_slice(&guard(authorisation, message)).unwrap();
    let schema = document["schema"].as_str();
    prop_assert!(matches!(schema, Some("cretula/guard/v1" | "cretula/error/v1")));
    Ok(())
}

/// The serial number of a certificate is the authority's choice, of 16 bytes.
fn is_choice(kind: usize, at: usize) -> bool {
    kind == 4 && (11..27).contains(&at)
}

#[test]
fn flipped_bits_never_pass() {
    let pairs = good();
    for (kind, (granted, message)) in pairs.iter().enumerate() {
        check(granted, message).unwrap_or_else(|error| panic!("{kind}: {error}"));
        let mut state = 1_u64;
        for _ in 0..1000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let random = usize::try_from(state >> 33).unwrap();
            let (at, bit) = (random / 8 % message.len(), random % 8);
            let mut flipped = message.clone();
            flipped[at] ^= 1 << bit;
            if !is_choice(kind, at) {
                assert!(check(granted, &flipped).is_err(), "{kind}: bit {bit} of byte {at}");
            }
        }
    }
}

proptest! {
    #![proptest_config(config(512))]

    #[test]
    fn bent_documents(at: Index, piece: Index, whole in 0..4_usize) {
        let mut document = match whole {
            0 => authorisation(&github(), PROVENANCE),
            1 => authorisation(&gitlab(), PROVENANCE),
            2 => reviewed().1,
            _ => private().authorisation(),
        };
        let found = pointers(&document);
        let pointer = &found[at.index(found.len())];
        let piece: Value = serde_json::from_str(PIECES[piece.index(PIECES.len())]).unwrap_or(json!("x"));
        *document.pointer_mut(pointer).unwrap() = piece;
        let bytes = serde_json::to_vec(&document).unwrap();
        answer(&bytes, &message(&github()))?;
        answer(&bytes, &private().tbs())?;
    }

    #[test]
    fn bent_bytes(at: Index, byte: u8, cut: Index) {
        let mut bytes = serde_json::to_vec(&authorisation(&github(), PROVENANCE)).unwrap();
        let place = at.index(bytes.len());
        bytes[place] = byte;
        answer(&bytes, &message(&github()))?;
        bytes.truncate(cut.index(bytes.len()));
        answer(&bytes, b"DSSEv1 0  0 ")?;
    }

    #[test]
    fn any_message(bytes: Vec<u8>) {
        let starts: [&[u8]; 3] = [b"", b"DSSEv1 ", b"\x30"];
        let granted = serde_json::to_vec(&private().authorisation()).unwrap();
        answer(&granted, &bytes)?;
        for start in starts {
            answer(&granted, &[start, &bytes].concat())?;
        }
    }
}
