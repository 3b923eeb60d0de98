//! The fault matrix: services that fail or lie. Each row is named by its number.

use cretula_attest::machine::{Action, Failure, HostError, Reply, Step};
use cretula_testkit::serve::{FulcioLie, Lie, Place, RekorV1Lie, RekorV2Lie, TransportLie, TsaLie};
use serde_json::{Value, json};

use crate::runs::finished;
use crate::world::World;

const FULCIO: Place = Place::Fulcio(0);
const TSA: Place = Place::Tsa(0);
const V1: Place = Place::RekorV1(0);
const V2: Place = Place::RekorV2(0);
const FOREVER: u32 = u32::MAX;

pub(crate) fn failure(step: Step) -> Failure {
    match step.action {
        Action::Failed(failure) => failure,
        other => panic!("{other:?}"),
    }
}

fn profile_of(place: Place) -> &'static str {
    if matches!(place, Place::RekorV1(_)) { "public-v1" } else { "public-v2" }
}

/// One group of each kind, so that nobody stands in.
pub(crate) fn alone(place: Place) -> World {
    let mut world = World::new(profile_of(place));
    for (list, service) in [("rekorTlogUrls", "operator"), ("tsaUrls", "operator")] {
        let services = world.signing_config()[list].as_array().unwrap().clone();
        let first = services.iter().filter(|one| one[service] == services[0][service]);
        world.signing_config()[list] = Value::Array(first.cloned().collect());
    }
    world
}

fn run(place: Place, lie: impl Into<Lie>, replies: u32) -> (World, Step) {
    let mut world = alone(place);
    world.services.lie(place, lie, replies);
    let step = world.run();
    (world, step)
}

/// Code of a final failure.
fn refused(place: Place, lie: impl Into<Lie> + Copy) -> &'static str {
    let (_, step) = run(place, lie, FOREVER);
    let failure = failure(step);
    assert!(!failure.resumable, "{}", failure.error);
    failure.error.code()
}

const UNAVAILABLE: [(Place, &str); 4] = [
    (FULCIO, "fulcio/unavailable"),
    (TSA, "tsa/unavailable"),
    (V1, "rekor/unavailable"),
    (V2, "rekor/unavailable"),
];

#[test]
fn rows_1_to_5_what_passes_is_tried_again() {
    for (place, code) in UNAVAILABLE {
        for lie in [
            TransportLie::Closed,
            TransportLie::Hang,
            TransportLie::Truncated,
            TransportLie::Status { status: 500, retry_after: None },
            TransportLie::Status { status: 502, retry_after: None },
            TransportLie::Status { status: 504, retry_after: None },
            TransportLie::Status { status: 408, retry_after: None },
        ] {
            let (_, step) = run(place, lie, 2);
            finished(step);
            let (world, step) = run(place, lie, FOREVER);
            let failure = failure(step);
            assert_eq!((failure.error.code(), failure.resumable), (code, true), "{place:?} {lie:?}");
            assert!(world.now() <= crate::world::NOW + 600 + 60, "{place:?} {lie:?}: past the deadline");
        }
    }
}

#[test]
fn row_4_retry_after_is_honoured() {
    for (place, _) in UNAVAILABLE {
        for status in [429, 503] {
            let (world, step) = run(place, TransportLie::Status { status, retry_after: Some(77) }, 1);
            finished(step);
            assert!(world.now() >= crate::world::NOW + 77, "{place:?} {status}");
        }
        let (_, step) = run(place, TransportLie::Status { status: 503, retry_after: Some(100_000) }, 1);
        finished(step);
    }
}

#[test]
fn row_5_a_failed_run_is_taken_up_again() {
    for (place, _) in UNAVAILABLE {
        let (mut world, step) = run(place, TransportLie::Status { status: 500, retry_after: None }, FOREVER);
        world.services.honest(place);
        world.services.clock().advance(2700);
        let step = world.resume(&step, Reply::Again { deadline: None });
        let step = world.go_on(step);
        finished(step);
    }
}

#[test]
fn row_6_what_is_refused_is_final() {
    for (place, code) in
        [(FULCIO, "fulcio/refused"), (TSA, "tsa/refused"), (V1, "rekor/refused"), (V2, "rekor/refused")]
    {
        for status in [400, 401, 403, 404, 418, 501] {
            let (_, step) = run(place, TransportLie::Status { status, retry_after: None }, FOREVER);
            let failure = failure(step);
            let is_resumable = place == FULCIO && status == 401;
            assert_eq!((failure.error.code(), failure.resumable), (code, is_resumable), "{place:?} {status}");
        }
    }
}

#[test]
fn row_6_a_fresh_token_is_enough_after_401() {
    let (mut world, step) = run(FULCIO, TransportLie::Status { status: 401, retry_after: None }, 1);
    let step = world.resume(&step, Reply::Again { deadline: None });
    let step = world.go_on(step);
    finished(step);
}

#[test]
fn rows_7_to_9_forms_of_replies() {
    for (place, format) in
        [(FULCIO, "fulcio/format"), (TSA, "tsa/format"), (V1, "rekor/format"), (V2, "rekor/format")]
    {
        assert_eq!(refused(place, TransportLie::Redirect { port: 9 }), "service/redirect");
        assert_eq!(refused(place, TransportLie::Oversize), "service/body");
        assert_eq!(refused(place, TransportLie::Compressed), "service/body");
        assert_eq!(refused(place, TransportLie::OtherContentType), format);
        assert_eq!(refused(place, TransportLie::Malformed), format);
        if place != TSA {
            assert_eq!(refused(place, TransportLie::DuplicateMember), format);
        }
    }
}

/// Entries that a run has left in a log.
pub(crate) fn logged(world: &World) -> usize {
    let posts = world.services.exchanges().iter().filter(|exchange| {
        matches!(exchange.place, Place::RekorV1(_) | Place::RekorV2(_)) && exchange.request.method == "POST"
    });
    posts.filter(|exchange| exchange.delivery.reply.status == 201).count()
}

#[test]
fn row_10_a_lost_reply_costs_nothing_but_a_second_one() {
    for (place, entries) in [(FULCIO, 1), (TSA, 1), (V1, 1), (V2, 2)] {
        let (world, step) = run(place, TransportLie::LostReply, 1);
        let finished = finished(step);
        assert_eq!(logged(&world), entries, "{place:?}");
        let is_second_entry = place == V2;
        assert_eq!(!finished.evidence.log_entries.is_empty(), is_second_entry, "{place:?}");
        assert_eq!(!finished.evidence.certificates.is_empty(), is_second_entry, "{place:?}");
    }
}

#[test]
fn row_11_a_method_that_is_not_allowed() {
    let lie = TransportLie::Status { status: 405, retry_after: None };
    assert_eq!(refused(FULCIO, lie), "fulcio/refused");
    assert_eq!(refused(TSA, lie), "tsa/refused");
    assert_eq!(refused(V1, lie), "rekor/refused");
}

#[test]
fn rows_12_to_15_certificates() {
    for (lie, code) in [
        (FulcioLie::OtherIdentity, "claims/certificate-mismatch"),
        (FulcioLie::OtherIssuer, "claims/certificate-mismatch"),
        (FulcioLie::OtherClaim, "claims/certificate-mismatch"),
        (FulcioLie::OtherKey, "fulcio/key"),
        (FulcioLie::ForeignChain, "fulcio/chain"),
        (FulcioLie::BrokenSignature, "fulcio/chain"),
        (FulcioLie::NoSct, "fulcio/sct"),
        (FulcioLie::SctOfOtherCertificate, "fulcio/sct"),
        (FulcioLie::SctOfUnknownLog, "fulcio/sct"),
        (FulcioLie::DetachedSct, "fulcio/sct-detached"),
        (FulcioLie::Expired, "fulcio/validity"),
        (FulcioLie::NotYetValid, "fulcio/validity"),
        (FulcioLie::LongLived, "fulcio/validity"),
        (FulcioLie::IsAuthority, "fulcio/profile"),
        (FulcioLie::OtherPurpose, "fulcio/profile"),
        (FulcioLie::UnknownCriticalExtension, "fulcio/profile"),
        (FulcioLie::TwoLeaves, "fulcio/format"),
        (FulcioLie::ManyIssuers, "fulcio/format"),
        (FulcioLie::EmptyChain, "fulcio/format"),
        (FulcioLie::NotPem, "fulcio/format"),
    ] {
        assert_eq!(refused(FULCIO, lie), code, "{lie:?}");
    }
}

#[test]
fn rows_13_to_20_entries_of_rekor_v1() {
    for (lie, code) in [
        (RekorV1Lie::OtherEntry, "rekor/other-entry"),
        (RekorV1Lie::OtherVerifier, "rekor/other-entry"),
        (RekorV1Lie::OtherEnvelope, "rekor/other-entry"),
        (RekorV1Lie::OtherKind, "rekor/format"),
        (RekorV1Lie::TwoEntries, "rekor/format"),
        (RekorV1Lie::PromiseOverOtherEntry, "rekor/promise"),
        (RekorV1Lie::PromiseByOtherKey, "rekor/promise"),
        (RekorV1Lie::WrongProof, "rekor/proof"),
        (RekorV1Lie::CheckpointOfOtherTree, "rekor/proof"),
        (RekorV1Lie::UnsignedCheckpoint, "rekor/checkpoint"),
        (RekorV1Lie::BrokenCheckpoint, "rekor/checkpoint"),
        (RekorV1Lie::ForeignCheckpoint, "rekor/checkpoint"),
        (RekorV1Lie::FutureTime, "rekor/time"),
        (RekorV1Lie::EarlyTime, "rekor/time"),
        (RekorV1Lie::Conflict, "rekor/other-entry"),
        (RekorV1Lie::ConflictElsewhere, "rekor/format"),
    ] {
        assert_eq!(refused(V1, lie), code, "{lie:?}");
    }
}

#[test]
fn rows_13_to_20_entries_of_rekor_v2() {
    for (lie, code) in [
        (RekorV2Lie::OtherEntry, "rekor/other-entry"),
        (RekorV2Lie::OtherVerifier, "rekor/other-entry"),
        (RekorV2Lie::OtherKind, "rekor/format"),
        (RekorV2Lie::WrongProof, "rekor/proof"),
        (RekorV2Lie::CheckpointOfOtherTree, "rekor/proof"),
        (RekorV2Lie::UnsignedCheckpoint, "rekor/checkpoint"),
        (RekorV2Lie::BrokenCheckpoint, "rekor/checkpoint"),
        (RekorV2Lie::ForeignCheckpoint, "rekor/checkpoint"),
    ] {
        assert_eq!(refused(V2, lie), code, "{lie:?}");
    }
}

#[test]
fn rows_16_to_20_timestamps() {
    for (lie, code) in [
        (TsaLie::OtherImprint, "tsa/imprint"),
        (TsaLie::OtherHash, "tsa/imprint"),
        (TsaLie::OtherNonce, "tsa/nonce"),
        (TsaLie::NoNonce, "tsa/nonce"),
        (TsaLie::ForeignSigner, "tsa/chain"),
        (TsaLie::BrokenSignature, "tsa/signature"),
        (TsaLie::Rejected, "tsa/status"),
        (TsaLie::RejectedWithToken, "tsa/status"),
        (TsaLie::TrailingByte, "tsa/format"),
        (TsaLie::EarlyTime, "tsa/time"),
        (TsaLie::FutureTime, "tsa/time"),
        (TsaLie::TimeBeforeWindow, "tsa/window"),
    ] {
        assert_eq!(refused(TSA, lie), code, "{lie:?}");
    }
}

#[test]
fn row_19_a_log_that_was_not_in_use() {
    let mut world = alone(V2);
    let ended = json!({"start": "2020-01-01T00:00:00Z", "end": "2021-01-01T00:00:00Z"});
    let logs = world.request["trust"]["trustedRoot"]["tlogs"].as_array_mut().unwrap();
    for log in logs {
        log["publicKey"]["validFor"] = ended.clone();
    }
    let step = world.run();
    assert_eq!(failure(step).error.code(), "rekor/window");
}

/// The step before the action of this kind, and the world then.
pub(crate) fn before(profile: &str, kind: &str, count: usize) -> (World, Step) {
    before_in(World::new(profile), kind, count)
}

pub(crate) fn before_in(mut world: World, kind: &str, count: usize) -> (World, Step) {
    let mut step = world.begin();
    let mut seen = 0;
    loop {
        if crate::world::kind(&step.action) == kind {
            seen += 1;
            if seen == count {
                return (world, step);
            }
        }
        let reply = world.perform(&step.action).unwrap_or_else(|| panic!("no {kind}: {:?}", step.action));
        step = world.resume(&step, reply);
    }
}

#[test]
fn row_21_a_certificate_that_ends_while_something_waits_is_replaced() {
    for kind in ["need-signature", "tsa", "rekor"] {
        let (mut world, step) = before("public-v2", kind, if kind == "need-signature" { 2 } else { 1 });
        let reply = world.perform(&step.action).unwrap();
        world.services.clock().advance(580);
        let step = world.resume(&step, reply);
        // The deadline is close as well: the run waits for more time.
        let step = match &step.action {
            Action::Failed(failure) if failure.resumable => {
                world.resume(&step, Reply::Again { deadline: None })
            }
            _ => step,
        };
        let step = world.go_on(step);
        let finished = finished(step);
        assert_eq!(finished.evidence.certificates.len(), 1, "{kind}");
    }
}

#[test]
fn row_21_three_certificates_are_enough() {
    let (mut world, mut step) = before("public-v2", "tsa", 1);
    for _ in 0..3 {
        world.services.clock().advance(580);
        let reply = Reply::Exchange(vec![Err(HostError::TimedOut)]);
        step = world.resume(&step, reply);
        while matches!(&step.action, Action::Failed(failure) if failure.resumable) {
            step = world.resume(&step, Reply::Again { deadline: None });
        }
        while !matches!(crate::world::kind(&step.action), "tsa" | "failed") {
            let reply = world.perform(&step.action).unwrap();
            step = world.resume(&step, reply);
        }
    }
    let failure = failure(step);
    assert_eq!((failure.error.code(), failure.resumable), ("fulcio/expired", false));
    assert_eq!(failure.evidence.certificates.len(), 3);
}

#[test]
fn row_22_clocks_that_jump() {
    for (kind, count) in [("need-key", 1), ("need-signature", 1), ("fulcio", 1), ("tsa", 1), ("rekor", 1)] {
        let (mut world, step) = before("public-v2", kind, count);
        let reply = world.perform(&step.action).unwrap();
        let now = world.now();
        world.services.clock().set(now - 61);
        let failed = world.resume(&step, reply.clone());
        assert_eq!(failure(failed).error.code(), "time/backwards", "{kind}");
        world.services.clock().set(if kind == "need-key" { now - 60 } else { now });
        let step = world.resume(&step, reply);
        let step = world.go_on(step);
        finished(step);
    }
    for (kind, code) in [("fulcio", "fulcio/validity"), ("tsa", "tsa/time")] {
        let (mut world, step) = before_in(alone(TSA), kind, 1);
        let reply = world.perform(&step.action).unwrap();
        world.services.clock().advance(3600);
        let mut step = world.resume(&step, reply);
        if matches!(&step.action, Action::Failed(failure) if failure.resumable) {
            step = world.resume(&step, Reply::Again { deadline: None });
        }
        assert_eq!(failure(step).error.code(), code);
    }
}

#[test]
fn row_27_one_of_several() {
    for (place, unavailable) in [(TSA, "tsa/threshold"), (V2, "rekor/threshold")] {
        for lie in [TransportLie::Closed, TransportLie::Status { status: 404, retry_after: None }] {
            let mut world = World::new("public-v2");
            world.services.lie(place, lie, FOREVER);
            let step = world.run();
            finished(step);

            let mut world = World::new("public-v2");
            let list = if place == TSA { "tsaConfig" } else { "rekorTlogConfig" };
            world.signing_config()[list] = json!({"selector": "EXACT", "count": 2});
            world.services.lie(place, lie, FOREVER);
            let step = world.run();
            assert_eq!(failure(step).error.code(), unavailable, "{place:?} {lie:?}");
        }
    }
}

#[test]
fn row_28_replies_to_other_actions_change_nothing() {
    let (mut world, step) = before("public-v2", "tsa", 1);
    let reply = world.perform(&step.action).unwrap();
    let now = world.time();
    let stale =
        cretula_attest::machine::resume(&step.state, step.id + 1, reply.clone(), now, &mut world.roots);
    let other = Reply::Exchange(Vec::new());
    let short = cretula_attest::machine::resume(&step.state, step.id, other, now, &mut world.roots);
    let kind = Reply::Config(Vec::new());
    let kind = cretula_attest::machine::resume(&step.state, step.id, kind, now, &mut world.roots);
    for stale in [stale, short, kind] {
        assert_eq!(stale.state, step.state);
        let failure = failure(stale);
        assert_eq!((failure.error.code(), failure.resumable), ("step/stale-reply", true));
    }
    let next = world.resume(&step, reply.clone());
    let repeated = cretula_attest::machine::resume(&next.state, step.id, reply, now, &mut world.roots);
    assert_eq!(failure(repeated).error.code(), "step/stale-reply");
    let step = world.go_on(next);
    finished(step);
}
