//! The interface of the module, called as its hosts call it: bytes in, bytes out.

use cretula_crypto::HashAlgorithm;
use cretula_encoding::hex;
use cretula_verify::{RootMemo, portable};

use crate::{Dice, oracle};

/// Bytes of a reply beyond what the request explains: the policy as applied, rows, limits.
const REPLY_BASE: usize = 64 << 10;
/// Bytes of a reply for each byte of the request: a control character is written in six.
const REPLY_FACTOR: usize = 16;

/// Whatever comes in, a document of ours comes out, not much longer than what came in; hashing in pieces gives the
/// digest of the whole.
pub fn component_abi(input: &[u8]) {
    let mut dice = Dice::new(input);
    match dice.byte() % 6 {
        0 => hash_in_pieces(&mut dice),
        1 => hash_of_any_state(&mut dice),
        2 => assert_reply(dice.remainder(), portable::inspect, &[]),
        3 => assert_reply(dice.remainder(), portable::check_policy, &["cretula/policy/v1"]),
        _ => {
            let verify = |request: &[u8]| portable::verify(request, &mut RootMemo::default());
            assert_reply(dice.remainder(), verify, &["cretula/report/v1"]);
        }
    }
    assert_eq!(
        oracle::text_of(&oracle::assert_canonical(&portable::version()), "schema").as_deref(),
        Some("cretula/version/v1")
    );
}

fn assert_reply(request: &[u8], call: impl Fn(&[u8]) -> Vec<u8>, schemas: &[&str]) {
    let reply = call(request);
    assert!(reply.len() <= REPLY_BASE + REPLY_FACTOR * request.len(), "{} bytes", reply.len());
    let document = oracle::assert_canonical(&reply);
    let schema = oracle::text_of(&document, "schema");
    let known = schemas.is_empty() || schema.as_deref().is_some_and(|schema| schemas.contains(&schema));
    assert!(known || schema.as_deref() == Some("cretula/error/v1"), "{schema:?}");
    assert_eq!(call(request), reply, "the same call, the same reply");
}

fn hash_in_pieces(dice: &mut Dice<'_>) {
    let mut state = br#"["sha512","sha256"]"#.to_vec();
    let cuts = dice.take(8);
    let whole = dice.remainder();
    let mut rest = whole;
    for cut in cuts {
        let (piece, after) = rest.split_at(usize::from(*cut).min(rest.len()));
        state = portable::hash(&state, piece);
        rest = after;
    }
    state = portable::hash(&state, rest);
    let digests = portable::digests(&state);
    let document = oracle::assert_canonical(&digests);
    for algorithm in [HashAlgorithm::Sha256, HashAlgorithm::Sha512] {
        let expected = hex::encode(algorithm.digest(&[whole]).as_bytes());
        assert_eq!(oracle::text_of(&document, algorithm.name()), Some(expected));
    }
}

/// A state is ours, or the reply is an error; it stays one when it is fed back.
fn hash_of_any_state(dice: &mut Dice<'_>) {
    let state = dice.take(600);
    let next = portable::hash(state, dice.remainder());
    let digests = portable::digests(&next);
    let document = oracle::assert_canonical(&digests);
    let is_error = oracle::text_of(&document, "schema").as_deref() == Some("cretula/error/v1");
    assert_eq!(is_error, next.starts_with(b"{"), "an error is an error");
    assert!(next.len() <= 1024 && digests.len() <= 1024);
}
