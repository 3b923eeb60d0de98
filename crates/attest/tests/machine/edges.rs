//! Where several things go wrong at once, or at the worst time.

use cretula_attest::machine::{self, Action, HostError, Reply, ServiceReply, Step};
use cretula_attest::{Limits, build_statement, parse_request_within};
use cretula_crypto::KeyDetails;
use cretula_testkit::Algorithm;
use cretula_testkit::serve::{Place, RekorV2Lie, TransportLie};
use serde_json::{Value, json};

use crate::faults::{alone, before, before_in, failure};
use crate::independent::Demand;
use crate::runs::finished;
use crate::world::{NOW, World};

const TSA: Place = Place::Tsa(0);
const V2: Place = Place::RekorV2(0);
const AGAIN: Reply = Reply::Again { deadline: None };

/// Two logs and two authorities, all needed.
fn two() -> World {
    let mut world = World::new("public-v2");
    for list in ["tsaConfig", "rekorTlogConfig"] {
        world.signing_config()[list] = json!({"selector": "EXACT", "count": 2});
    }
    world
}

fn status(status: u16, retry_after: Option<u32>) -> Result<ServiceReply, HostError> {
    Ok(ServiceReply { status, retry_after, ..ServiceReply::default() })
}

fn requests(step: &Step) -> usize {
    match &step.action {
        Action::NeedExchange { requests } => requests.len(),
        other => panic!("{other:?}"),
    }
}

fn delays(step: &Step) -> Vec<u32> {
    match &step.action {
        Action::NeedExchange { requests } => requests.iter().map(|request| request.delay_ms).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_profile_passes_the_verification_of_the_publisher() {
    for profile in ["public-v1", "public-v2", "tsa", "managed", "managed-offline", "private-ca"] {
        let mut world = World::new(profile);
        let demand = Demand::of(&mut world);
        let step = world.run();
        assert_eq!(demand.verify(&finished(step), &mut world), Ok(()), "{profile}");
    }
    let mut world = two();
    let demand = Demand::of(&mut world);
    let step = world.run();
    assert_eq!(demand.verify(&finished(step), &mut world), Ok(()));
    let step = World::new("public-v2").run();
    assert!(demand.verify(&finished(step), &mut world).is_err(), "one of each is less than was demanded");
}

#[test]
fn a_run_that_failed_for_good_is_not_resumable() {
    let (mut world, step) = before("public-v2", "need-key", 1);
    let step = world.resume(&step, Reply::Error(HostError::Denied));
    assert!(!failure(step.clone()).resumable);
    let step = world.resume(&step, AGAIN);
    let failed = failure(step);
    assert_eq!((failed.error.code(), failed.resumable), ("step/stale-reply", false));
}

#[test]
fn a_stale_reply_changes_nothing_at_a_later_time() {
    let (mut world, step) = before("public-v2", "rekor", 1);
    world.services.clock().advance(7);
    let other = world.resume(&step, Reply::Config(Vec::new()));
    assert_eq!(other.state, step.state);
    let numbered = Step { id: step.id + 1, ..step.clone() };
    let numbered = world.resume(&numbered, Reply::Exchange(Vec::new()));
    assert_eq!((numbered.state.as_slice(), numbered.id), (step.state.as_slice(), step.id));
    assert!(failure(numbered).resumable);
}

#[test]
fn the_longest_wait_that_is_asked_for_is_honoured() {
    let (mut world, step) = before_in(two(), "tsa", 1);
    let reply = Reply::Exchange(vec![Err(HostError::Unavailable), status(429, Some(77))]);
    let step = world.resume(&step, reply);
    assert_eq!(delays(&step), [77_000, 77_000]);
}

#[test]
fn what_one_of_two_gave_is_kept() {
    let (mut world, step) = before_in(two(), "tsa", 1);
    let Some(Reply::Exchange(mut replies)) = world.perform(&step.action) else { panic!("no replies") };
    replies[0] = status(503, None);
    let step = world.resume(&step, Reply::Exchange(replies));
    assert_eq!(requests(&step), 1);
    let step = world.go_on(step);
    finished(step);
}

#[test]
fn an_action_that_is_repeated_does_not_begin_after_the_deadline() {
    let (mut world, step) = before("managed", "tsa", 1);
    let step = world.resume(&step, Reply::Exchange(vec![status(503, Some(100))]));
    assert_eq!(delays(&step), [100_000]);
    world.services.clock().set(NOW + 499);
    let repeated = world.resume(&step, AGAIN);
    assert_eq!(delays(&repeated), [100_000]);
    world.services.clock().set(NOW + 500);
    let late = world.resume(&step, AGAIN);
    let failed = failure(late);
    assert_eq!((failed.error.code(), failed.resumable), ("tsa/unavailable", true));
}

#[test]
fn a_certificate_that_ends_during_a_wait_is_replaced_before_it() {
    let mut world = alone(TSA);
    world.request["deadline"] = json!(NOW + 3600);
    let (mut world, step) = before_in(world, "tsa", 1);
    world.services.clock().set(NOW + 520);
    let step = world.resume(&step, Reply::Exchange(vec![status(503, Some(120))]));
    assert!(matches!(step.action, Action::NeedKey { delay_ms: 0, .. }), "{:?}", step.action);
    let step = world.go_on(step);
    assert_eq!(finished(step).evidence.certificates.len(), 1);
}

#[test]
fn row_21_evidence_that_comes_after_the_certificate_has_ended() {
    for (profile, kind, entries) in [("public-v2", "tsa", 0), ("public-v1", "rekor", 1)] {
        let mut world = World::new(profile);
        world.request["deadline"] = json!(NOW + 3600);
        let (mut world, step) = before_in(world, kind, 1);
        world.services.clock().set(NOW + 601);
        let reply = world.perform(&step.action).unwrap();
        let step = world.resume(&step, reply);
        assert!(matches!(step.action, Action::NeedKey { .. }), "{:?}", step.action);
        let step = world.go_on(step);
        let evidence = finished(step).evidence;
        assert_eq!((evidence.certificates.len(), evidence.log_entries.len()), (1, entries), "{profile}");
    }
}

#[test]
fn row_21_a_private_authority_that_takes_its_time() {
    for late_reply in [true, false] {
        let mut world = World::new("private-ca");
        world.request["deadline"] = json!(NOW + 3600);
        let (mut world, mut step) = before_in(world, "need-signature", 1);
        let first = step.action.clone();
        world.services.clock().set(NOW + if late_reply { 560 } else { 575 });
        if late_reply {
            let reply = world.perform(&step.action).unwrap();
            step = world.resume(&step, reply);
        } else {
            step = world.resume(&step, Reply::Error(HostError::Unavailable));
        }
        let (again, _) = loop {
            if let Action::NeedSignature { key, .. } = &step.action {
                break (step.action.clone(), key.clone());
            }
            let reply = world.perform(&step.action).unwrap_or_else(|| panic!("{:?}", step.action));
            step = world.resume(&step, reply);
        };
        assert_ne!(first, again, "another certificate, with another serial number");
        let step = world.go_on(step);
        finished(step);
    }
}

#[test]
fn two_logs_that_have_the_entry_are_both_on_record() {
    let mut world = two();
    for place in [V2, Place::RekorV2(1)] {
        world.services.lie(place, TransportLie::LostReply, 1);
    }
    let step = world.run();
    let evidence = finished(step).evidence;
    assert_eq!((evidence.certificates.len(), evidence.log_entries.len()), (1, 2));
    assert_ne!(evidence.log_entries[0].0, evidence.log_entries[1].0);
}

#[test]
fn an_entry_of_a_run_that_failed_is_on_record() {
    let mut world = two();
    world.services.lie(V2, RekorV2Lie::Conflict, 1);
    world.services.lie(Place::RekorV2(1), RekorV2Lie::BrokenCheckpoint, 1);
    let step = world.run();
    let failed = failure(step);
    assert_eq!(failed.error.code(), "rekor/checkpoint");
    assert_eq!(failed.evidence.log_entries.len(), 1);
    assert_eq!(failed.evidence.certificates.len(), 1);
}

#[test]
fn an_entry_that_cannot_be_read_is_on_record() {
    let mut world = rsa();
    world.services.lie(V2, TransportLie::LostReply, 1);
    let mut step = world.begin();
    while urls(&step).iter().all(|url| !url.ends_with("/checkpoint")) {
        let reply = world.perform(&step.action).unwrap();
        step = world.resume(&step, reply);
    }
    world.services.lie(V2, TransportLie::Closed, u32::MAX);
    let step = world.go_on(step);
    let failed = failure(step);
    assert_eq!((failed.error.code(), failed.resumable), ("rekor/duplicate", true));
    assert_eq!(failed.evidence.log_entries.len(), 1);
}

fn rsa() -> World {
    let mut world = World::new("managed");
    world.add_key("managed", Algorithm::Rsa(3072), KeyDetails::PKIX_RSA_PKCS1V15_3072_SHA256);
    world
}

/// Paths of the requests of a step.
fn urls(step: &Step) -> Vec<String> {
    match &step.action {
        Action::NeedExchange { requests } => requests.iter().map(|request| request.url.clone()).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn tiles_that_are_gone_are_read_by_a_fresh_checkpoint() {
    let mut world = rsa();
    world.services.lie(V2, TransportLie::LostReply, 1);
    let mut step = world.begin();
    while !urls(&step).iter().any(|url| url.contains("/tile/")) {
        let reply = world.perform(&step.action).unwrap();
        step = world.resume(&step, reply);
    }
    let gone = urls(&step).iter().map(|_| status(404, None)).collect();
    let step = world.resume(&step, Reply::Exchange(gone));
    assert!(urls(&step)[0].ends_with("/api/v2/checkpoint"), "{:?}", urls(&step));
    let step = world.go_on(step);
    finished(step);
}

#[test]
fn a_log_with_checkpoints_and_without_tiles_is_asked_so_many_times() {
    let mut world = rsa();
    world.request["deadline"] = json!(NOW + 80_000);
    world.services.lie(V2, TransportLie::LostReply, 1);
    let mut step = world.begin();
    let mut reads = 0;
    while !matches!(step.action, Action::Failed(_)) {
        let reply = if urls(&step).iter().any(|url| url.contains("/tile/")) {
            reads += 1;
            Reply::Exchange(urls(&step).iter().map(|_| status(404, None)).collect())
        } else {
            world.perform(&step.action).unwrap()
        };
        step = world.resume(&step, reply);
    }
    assert_eq!(reads, 64);
    assert!(failure(step).resumable);
}

#[test]
fn a_redirected_tile_is_final_beside_one_that_is_late() {
    let mut world = rsa();
    // More entries than a tile holds, so that two tiles are read.
    world.services.lie(V2, TransportLie::LostReply, 1);
    let mut step = world.begin();
    while !urls(&step).iter().any(|url| url.contains("/tile/")) {
        let reply = world.perform(&step.action).unwrap();
        step = world.resume(&step, reply);
    }
    let mut replies: Vec<_> = urls(&step).iter().map(|_| status(404, None)).collect();
    *replies.last_mut().unwrap() = Err(HostError::Redirected);
    let step = world.resume(&step, Reply::Exchange(replies));
    assert_eq!(failure(step).error.code(), "service/redirect");
}

#[test]
fn an_entry_of_a_log_that_is_not_chosen_any_more_is_on_record() {
    let mut world = two();
    world.services.lie(Place::RekorV2(1), RekorV2Lie::Frozen, 1);
    let logs = world.signing_config()["rekorTlogUrls"].as_array().unwrap().clone();
    let v2: Vec<Value> = logs.into_iter().filter(|log| log["majorApiVersion"] == 2).collect();
    // A log beside the frozen one under a URL of its own, and only that.
    let mut trust = world.request["trust"].clone();
    let mut other = v2[1].clone();
    other["url"] = json!(format!("{}/", v2[0]["url"].as_str().unwrap()));
    trust["signingConfig"]["rekorTlogUrls"] = json!([other]);
    trust["signingConfig"]["rekorTlogConfig"] = json!({"selector": "ANY"});
    world.fresh_trust = Some(trust);
    let step = world.run();
    let evidence = match step.action {
        Action::Done(finished) => finished.evidence,
        Action::Failed(failure) => failure.evidence,
        other => panic!("{other:?}"),
    };
    assert!(evidence.log_entries.iter().any(|(log, _)| *log == v2[0]["url"]), "{evidence:?}");
}

#[test]
fn two_frozen_logs_are_both_left_out() {
    let mut world = two();
    for place in [V2, Place::RekorV2(1)] {
        world.services.lie(place, RekorV2Lie::Frozen, u32::MAX);
    }
    world.fresh_trust = Some(world.request["trust"].clone());
    let step = world.run();
    let failed = failure(step);
    assert_eq!((failed.error.code(), failed.resumable), ("rekor/frozen", false));
    let posts = world.services.exchanges().iter().filter(|exchange| exchange.place == Place::RekorV2(1));
    assert_eq!(posts.count(), 1, "a frozen log is not asked twice");
}

#[test]
fn a_frozen_log_gives_way_after_the_certificate_has_ended() {
    let mut world = World::new("public-v2");
    world.services.lie(V2, RekorV2Lie::Frozen, u32::MAX);
    let step = world.run();
    let failed = failure(step.clone());
    assert_eq!((failed.error.code(), failed.resumable), ("rekor/frozen", true));
    world.services.clock().advance(3600);
    world.fresh_trust = Some(world.request["trust"].clone());
    let step = world.resume(&step, AGAIN);
    let step = world.go_on(step);
    finished(step);
}

#[test]
fn another_version_of_the_log_needs_a_key_that_fits() {
    let mut world = World::new("managed");
    world.add_key("managed", Algorithm::Ed25519, KeyDetails::PKIX_ED25519_PH);
    world.services.lie(V2, RekorV2Lie::Frozen, u32::MAX);
    let mut trust = world.request["trust"].clone();
    let logs = trust["signingConfig"]["rekorTlogUrls"].as_array().unwrap().clone();
    let v1: Vec<Value> = logs.into_iter().filter(|log| log["majorApiVersion"] == 1).collect();
    trust["signingConfig"]["rekorTlogUrls"] = Value::Array(v1);
    world.fresh_trust = Some(trust);
    let step = world.run();
    assert_eq!(failure(step).error.code(), "profile/algorithm");
}

#[test]
fn an_entry_that_is_found_again_is_not_left_behind() {
    // The keys of this host sign without randomness, which no algorithm says.
    let mut world = World::new("managed");
    world.services.lie(V2, TransportLie::LostReply, 1);
    let step = world.run();
    assert!(finished(step).evidence.log_entries.is_empty());
    assert_eq!(crate::faults::logged(&world), 1);
}

/// Bytes of the longest statement that is signed.
const LONGEST: usize = 11_796_480;

/// A run about a predicate so long that the statement has exactly this many bytes.
fn long_statement(profile: &str, bytes: usize) -> (World, Step) {
    let mut world = World::new(profile);
    let mut begin = |length: usize| {
        let content = format!("{{\"x\":\"{}\"}}", "x".repeat(length));
        world.request["predicate"] = json!({
            "kind": "raw",
            "type": "https://example.com/long/v1",
            "content": cretula_encoding::base64::encode(content.as_bytes())
        });
        let limits = Limits { statement_bytes: Limits::STATEMENT_BYTES_CAP, ..Limits::default() };
        let request = parse_request_within(&serde_json::to_vec(&world.request).unwrap(), &limits).unwrap();
        let built = build_statement(&request, world.time()).unwrap().payload().len();
        (built, machine::begin(&request, world.time(), &mut world.roots))
    };
    let (of_nothing, _) = begin(0);
    let (built, step) = begin(bytes - of_nothing);
    assert_eq!(built, bytes);
    let step = world.go_on(step);
    (world, step)
}

#[test]
fn great_statements_come_to_a_bundle() {
    for (profile, bytes) in [("public-v1", 1 << 20), ("public-v2", 1 << 20), ("public-v2", LONGEST)] {
        let (_, step) = long_statement(profile, bytes);
        let length = step.state.len();
        finished(step);
        assert!(length > bytes && length < bytes + (2 << 20));
    }
}

#[test]
fn a_statement_whose_bundle_nobody_reads_is_not_signed() {
    let (world, step) = long_statement("public-v2", LONGEST + 1);
    assert_eq!(failure(step).error.code(), "limits/statement-bytes");
    assert!(world.services.exchanges().is_empty());
}
