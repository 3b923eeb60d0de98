//! The fault matrix over HTTP: what the host makes of transports, and the code in which a run ends. What services lie about
//! inside their replies is tested with the state machine.

use cretula_testkit::serve::{FulcioLie, Lie, Place, TransportLie};

use super::world::*;
use crate::attestor::{AttestFailure, Sealed};

const SERVICES: [(Place, &str, &str, &str); 4] = [
    (Place::Fulcio(0), "public-v2", "fulcio", "fulcio/refused"),
    (Place::Tsa(0), "public-v2", "tsa", "tsa/refused"),
    (Place::RekorV1(0), "public-v1", "rekor", "rekor/refused"),
    (Place::RekorV2(0), "public-v2", "rekor", "rekor/refused"),
];

/// The code in which a run ends while a service behaves so, and whether it can be taken up again.
fn ended(profile: &str, place: Place, lie: impl Into<Lie>) -> (String, bool) {
    let mut world = World::new(profile);
    world.only_first_services();
    world.served.lie(place, lie, u32::MAX);
    let failure = attest(&world).unwrap_err();
    (failure.code, failure.resumable)
}

/// With as many tokens as are asked for: a certificate may end while a service is waited for.
fn attest(world: &World) -> Result<Sealed, AttestFailure> {
    let tokens = world.tokens();
    block_on(world.attestor().attest(&world.order().with_token_source(&tokens)))
}

#[test]
fn a_token_that_is_spent_is_asked_for_by_name() {
    let mut world = World::new("public-v2");
    world.only_first_services();
    world.served.lie(Place::Tsa(0), TransportLie::Closed, u32::MAX);
    let records = Records::default();
    let order = world.order();
    let failure = block_on(world.attestor().attest(&order.with_journal(&records))).unwrap_err();
    assert_eq!((failure.code.as_str(), failure.resumable), ("host/token", true));
    world.served.honest(Place::Tsa(0));
    let record = records.kept.lock().unwrap().last().cloned().unwrap();
    // The key of the first certificate is gone with the run, so more than one token may be needed.
    let tokens = world.tokens();
    let order = world.order().with_token_source(&tokens);
    let sealed = block_on(world.attestor().resume(&order, record)).unwrap();
    assert!(world.verifies(sealed.bundle()));
}

#[test]
fn what_passes_is_tried_until_the_deadline() {
    for (place, profile, area, _) in SERVICES {
        for lie in [
            TransportLie::Closed,
            TransportLie::Truncated,
            TransportLie::Drip { millis: 100_000 },
            TransportLie::Status { status: 503, retry_after: Some(120) },
            TransportLie::Status { status: 500, retry_after: None },
        ] {
            assert_eq!(
                ended(profile, place, lie),
                (format!("{area}/unavailable"), true),
                "{place:?} {lie:?}"
            );
        }
    }
}

#[test]
fn a_service_that_nobody_answers_for_is_unavailable() {
    for (place, profile, area, _) in SERVICES {
        let mut world = World::new(profile);
        world.only_first_services();
        world.served.refuse(place);
        let failure = attest(&world).unwrap_err();
        assert_eq!((failure.code, failure.resumable), (format!("{area}/unavailable"), true), "{place:?}");
    }
}

#[test]
fn what_a_service_refuses_or_bends_is_final() {
    for (place, profile, area, refused) in SERVICES {
        let format = format!("{area}/format");
        for (lie, code) in [
            (TransportLie::Status { status: 403, retry_after: None }, refused),
            (TransportLie::Redirect { port: 9 }, "service/redirect"),
            (TransportLie::Oversize, "service/body"),
            (TransportLie::Compressed, "service/body"),
            (TransportLie::OtherContentType, format.as_str()),
            (TransportLie::Malformed, format.as_str()),
        ] {
            assert_eq!(ended(profile, place, lie), (code.to_owned(), false), "{place:?} {lie:?}");
        }
    }
}

#[test]
fn a_token_that_is_refused_may_be_replaced() {
    let lie = TransportLie::Status { status: 401, retry_after: None };
    assert_eq!(ended("public-v2", Place::Fulcio(0), lie), ("fulcio/refused".to_owned(), true));
}

#[test]
fn a_certificate_for_somebody_else_is_refused() {
    let ended = ended("public-v2", Place::Fulcio(0), FulcioLie::OtherIdentity);
    assert_eq!(ended, ("claims/certificate-mismatch".to_owned(), false));
}

#[test]
fn a_reply_that_is_lost_once_costs_one_more_request_and_gives_one_bundle() {
    for (place, profile, _, _) in SERVICES {
        let world = World::new(profile);
        world.served.lie(place, TransportLie::LostReply, 1);
        let sealed = attest(&world).unwrap_or_else(|error| panic!("{place:?}: {error}"));
        assert!(world.verifies(sealed.bundle()), "{place:?}");
    }
}
