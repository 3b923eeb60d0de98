//! Keys that misbehave.

use std::time::Duration;

use cretula_testkit::{Algorithm, Seed, SigningKey as TestKey};

use super::world::*;
use crate::keys::{KeyError, Signature};

#[test]
fn a_key_that_misbehaves_has_its_own_error_and_nothing_leaves() {
    let lies: [(Lie, &str); 7] = [
        (|signature| Ok(Signature { bytes: vec![0x30, 0], ..signature }), "key/encoding"),
        (|signature| Ok(Signature { encoding: "p1363".into(), ..signature }), "key/encoding"),
        (|signature| Ok(Signature { encoding: "raw".into(), ..signature }), "key/encoding"),
        (
            |signature| {
                let other = TestKey::derive(&Seed::new([9; 32]), "other", Algorithm::P256);
                Ok(Signature { bytes: other.sign(other.scheme(), b"message"), ..signature })
            },
            "key/self-check",
        ),
        (|signature| Ok(Signature { version: Some("2".into()), ..signature }), "key/version"),
        (|_| Err(KeyError::Denied), "key/denied"),
        (|_| Err(KeyError::unavailable("down")), "key/unavailable"),
    ];
    for (lie, code) in lies {
        let mut world = World::new("managed");
        world.keys.lie = Some(lie);
        let failure = block_on(world.attestor().attest(&world.order())).unwrap_err();
        assert_eq!(failure.code, code);
        assert!(world.served.services().exchanges().is_empty(), "{code}: nothing was sent");
    }
    for (says, code) in [("PKIX_ECDSA_P384_SHA_384", "key/public"), ("ML_DSA_65", "key/algorithm")] {
        let mut world = World::new("managed");
        world.keys.says = says;
        let failure = block_on(world.attestor().attest(&world.order())).unwrap_err();
        assert_eq!(failure.code, code);
    }
}

/// A backend may be anybody's: one that never answers is given up, and the run can be taken up again.
#[test]
fn a_key_that_never_answers_is_unavailable() {
    let mut world = World::new("managed");
    world.keys.hangs = true;
    let records = Records::default();
    let attestor = world.attestor().with_key_timeout(Duration::from_millis(1));
    let order = world.order();
    let failure = block_on(attestor.attest(&order.with_journal(&records))).unwrap_err();
    assert_eq!((failure.code.as_str(), failure.resumable), ("key/unavailable", true));
    assert!(world.served.services().exchanges().is_empty(), "nothing was sent");
    world.keys.hangs = false;
    let record = records.kept.lock().unwrap().last().cloned().unwrap();
    let sealed = block_on(world.attestor().resume(&world.order(), record)).unwrap();
    assert!(world.verifies(sealed.bundle()));
}
