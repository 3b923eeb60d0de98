//! Logs that have an entry already, and logs that are frozen.

use cretula_attest::machine::{Action, Reply};
use cretula_crypto::KeyDetails;
use cretula_testkit::Algorithm;
use cretula_testkit::serve::{Place, RekorV2Lie, TransportLie};
use serde_json::json;

use crate::faults::{failure, logged};
use crate::runs::finished;
use crate::world::World;

const V2: Place = Place::RekorV2(0);

fn rsa() -> World {
    let mut world = World::new("managed");
    world.add_key("managed", Algorithm::Rsa(3072), KeyDetails::PKIX_RSA_PKCS1V15_3072_SHA256);
    world
}

#[test]
fn equal_signatures_are_found_in_the_log() {
    let mut world = rsa();
    world.services.lie(V2, TransportLie::LostReply, 1);
    let step = world.run();
    let finished = finished(step);
    assert_eq!(logged(&world), 1);
    assert!(finished.evidence.log_entries.is_empty());
    let reads = world.services.exchanges().iter().filter(|exchange| exchange.request.method == "GET");
    assert!(reads.count() >= 2, "checkpoint and tiles");
}

#[test]
fn a_second_run_finds_the_entry_of_the_first() {
    let mut world = rsa();
    let first = world.run();
    let first = finished(first);
    let second = world.run();
    let second = finished(second);
    assert_eq!(logged(&world), 1);
    let entry = |bundle: &[u8]| {
        let bundle: serde_json::Value = serde_json::from_slice(bundle).unwrap();
        bundle["verificationMaterial"]["tlogEntries"][0]["logIndex"].clone()
    };
    assert_eq!(entry(&first.bundle), entry(&second.bundle));
}

#[test]
fn random_signatures_are_made_again_once() {
    let mut world = World::new("managed");
    world.services.lie(V2, RekorV2Lie::Conflict, 1);
    let step = world.run();
    let finished = finished(step);
    assert_eq!(finished.evidence.log_entries.len(), 1);
    assert_eq!(world.steps.iter().filter(|step| **step == "need-signature").count(), 2);
}

#[test]
fn a_log_that_cannot_be_read_is_asked_until_the_deadline() {
    let mut world = rsa();
    world.services.lie(V2, TransportLie::LostReply, 1);
    let mut step = world.begin();
    loop {
        let reads = matches!(&step.action, Action::NeedExchange { requests } if requests[0].method == "GET");
        if reads {
            world.services.lie(V2, TransportLie::Status { status: 501, retry_after: None }, u32::MAX);
            break;
        }
        let reply = world.perform(&step.action).unwrap();
        step = world.resume(&step, reply);
    }
    let step = world.go_on(step);
    let failed = failure(step.clone());
    assert_eq!((failed.error.code(), failed.resumable), ("rekor/duplicate", true));
    world.services.honest(V2);
    let step = world.resume(&step, Reply::Again { deadline: None });
    let step = world.go_on(step);
    finished(step);
}

#[test]
fn a_frozen_log_gives_way_to_another() {
    let mut world = World::new("public-v2");
    world.services.lie(V2, RekorV2Lie::Frozen, u32::MAX);
    world.fresh_trust = Some(world.request["trust"].clone());
    let step = world.run();
    finished(step);
    let kinds = &world.steps;
    assert!(kinds.contains(&"need-config"));
    assert_eq!(kinds.iter().filter(|kind| **kind == "need-signature").count(), 2, "the same signature");

    let mut world = World::new("public-v2");
    for place in [V2, Place::RekorV2(1)] {
        world.services.lie(place, RekorV2Lie::Frozen, u32::MAX);
    }
    world.fresh_trust = Some(world.request["trust"].clone());
    let step = world.run();
    let failed = failure(step);
    assert_eq!((failed.error.code(), failed.resumable), ("rekor/frozen", false));
}

#[test]
fn a_fresh_configuration_may_be_of_no_use() {
    for (bend, code) in [
        (json!([]), "config/selection"),
        (
            json!([{"url": "https://rekor-v2-1.example", "majorApiVersion": 2, "operator": "o",
                "validFor": {"start": "2020-01-01T00:00:00Z", "end": "2021-01-01T00:00:00Z"}}]),
            "config/selection",
        ),
    ] {
        let mut world = World::new("public-v2");
        world.services.lie(V2, RekorV2Lie::Frozen, u32::MAX);
        let mut trust = world.request["trust"].clone();
        trust["signingConfig"]["rekorTlogUrls"] = bend;
        world.fresh_trust = Some(trust);
        let step = world.run();
        assert_eq!(failure(step).error.code(), code);
    }
    let mut world = World::new("public-v2");
    world.services.lie(V2, RekorV2Lie::Frozen, u32::MAX);
    let step = world.run();
    let failed = failure(step);
    assert_eq!((failed.error.code(), failed.resumable), ("rekor/frozen", true));
}
