//! States as storage may give them back.

use cretula_attest::portable;
use cretula_verify::RootMemo;

use crate::Dice;
use crate::signing::{NOW, Recorded, recorded, sealed};
use crate::signing_replies::assert_action;

const AGAIN: &[u8] = br#"{"schema":"cretula/reply/v1","id":1,"type":"again"}"#;

/// A state whose digest is not its own is refused; whoever writes a digest of his own gets an action of ours, and the
/// same one when he asks again.
pub fn resume_state(input: &[u8]) {
    let mut dice = Dice::new(input);
    let is_sealed = dice.byte() & 1 == 1;
    let secs = NOW + u64::from(dice.byte()) * 8;
    let all = recorded();
    let base = &all[dice.below(all.len())];
    let state = dice.remainder();
    if is_sealed {
        return resume(&sealed(state), base, secs);
    }
    let (kept, action) = portable::resume(state, AGAIN, secs, &mut RootMemo::default());
    assert_eq!(kept, if sealed(state) == state { kept.clone() } else { state.to_vec() }, "unchanged");
    let kind = assert_action(&action);
    assert!(kind == "failed" || sealed(state) == state, "a damaged state goes on");
}

fn resume(state: &[u8], base: &Recorded, secs: u64) {
    for reply in [AGAIN, &base.reply] {
        let call = || portable::resume(state, reply, secs, &mut RootMemo::default());
        let (next, action) = call();
        assert_eq!(call(), (next.clone(), action.clone()), "the same call, the same step");
        if assert_action(&action) != "failed" {
            let (same, again) = portable::resume(&next, AGAIN, secs, &mut RootMemo::default());
            assert_eq!((same, again), (next, action), "the same action again");
        }
    }
}

/// Real states, as they are and to be sealed.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let of = |is_sealed: u8| {
        let states = recorded().iter().enumerate();
        states.map(move |(index, recorded)| {
            let place = u8::try_from(index).expect("a small number");
            [&[is_sealed, 0, place][..], &recorded.state].concat()
        })
    };
    of(0).chain(of(1)).collect()
}
