//! Whatever a host sends: requests to begin with, and replies to real states.

use cretula_attest::portable;
use cretula_verify::RootMemo;

use crate::signing::{NOW, Recorded, recorded, requests};
use crate::{Dice, oracle};

/// Bytes of a reply beyond what the input explains.
const BASE: usize = 64 << 10;
/// Bytes of a reply for each byte that came in: base64 of base64, and what JSON escapes.
const FACTOR: usize = 16;

/// An action of ours comes out, the same for the same call; a bundle only with the report that verified it; a reply to
/// something else leaves the state as it is.
pub fn signing_replies(input: &[u8]) {
    let mut dice = Dice::new(input);
    let secs = NOW + u64::from(dice.byte()) * 8;
    let all = recorded();
    match dice.below(all.len() + 1) {
        0 => begin(dice.remainder(), secs),
        place => resume(&all[place - 1], dice.remainder(), secs),
    }
}

fn begin(request: &[u8], secs: u64) {
    let call = || portable::begin(request, secs, &mut RootMemo::default());
    let (state, action) = call();
    assert_eq!(call(), (state.clone(), action.clone()), "the same call, the same step");
    assert!(state.len() <= BASE + FACTOR * request.len() && action.len() <= BASE + FACTOR * request.len());
    let kind = assert_action(&action);
    assert_eq!(kind == "failed", state.is_empty(), "a run has a state");
}

fn resume(recorded: &Recorded, reply: &[u8], secs: u64) {
    let call = || portable::resume(&recorded.state, reply, secs, &mut RootMemo::default());
    let (state, action) = call();
    assert_eq!(call(), (state.clone(), action.clone()), "the same call, the same step");
    assert!(state.len() <= recorded.state.len() + BASE + FACTOR * reply.len(), "{} bytes", state.len());
    assert_action(&action);
    let text = String::from_utf8_lossy(&action);
    if text.contains("\"code\":\"step/stale-reply\"") || text.contains("\"code\":\"input/") {
        assert_eq!(state, recorded.state, "the state is unchanged");
    }
}

/// The type of an action.
pub(crate) fn assert_action(action: &[u8]) -> String {
    let document = oracle::assert_canonical(action);
    assert_eq!(oracle::text_of(&document, "schema").as_deref(), Some("cretula/action/v1"));
    let kind = oracle::text_of(&document, "type").expect("a type");
    let known = ["need-config", "need-exchange", "need-key", "need-signature", "done", "failed"];
    assert!(known.contains(&kind.as_str()), "{kind}");
    if kind == "done" {
        let report = document.member("report").expect("a report");
        assert_eq!(oracle::text_of(&report, "verdict").as_deref(), Some("verified"));
    }
    kind
}

/// Honest replies and requests.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let head = |place: usize| [0, u8::try_from(place).expect("a small number")];
    let replies = recorded().iter().enumerate();
    let replies = replies.map(|(index, recorded)| [&head(index + 1)[..], &recorded.reply].concat());
    replies.chain(requests().iter().map(|request| [&head(0)[..], request].concat())).collect()
}
