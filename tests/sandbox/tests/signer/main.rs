//! The composed signer: one call through keys and services of a host, against the virtual Sigstore in memory.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test stops at its own mistakes, and reads documents with serde_json"
)]

mod world;

use serde_json::Value;
use world::World;

#[test]
fn a_bundle_in_one_call() {
    for (profile, services) in [
        ("public-v1", &["fulcio", "tsa", "rekor"][..]),
        ("public-v2", &["fulcio", "tsa", "rekor"]),
        ("tsa", &["fulcio", "tsa"]),
    ] {
        let (result, world) = World::new(profile).attest();
        let finished = result.unwrap_or_else(|failure| panic!("{profile}: {failure:?}"));
        let report: Value = serde_json::from_slice(&finished.report).unwrap();
        assert_eq!(report["verdict"], "verified", "{profile}");
        let bundle: Value = serde_json::from_slice(&finished.bundle).unwrap();
        assert_eq!(bundle["mediaType"], "application/vnd.dev.sigstore.bundle.v0.3+json", "{profile}");
        assert_eq!(world.asked, services, "{profile}");
        assert_eq!((world.keys.len(), world.open_handles), (1, 0), "{profile}: every handle is given back");
    }
}

#[test]
fn a_key_that_was_not_granted_ends_the_call() {
    let mut world = World::new("public-v2");
    world.request["config"]["modes"]["m"]["key"] = "other".into();
    let (result, world) = world.attest();
    let failure = result.unwrap_err();
    assert_eq!((failure.error.code.as_str(), failure.resumable), ("key/denied", false));
    assert!(world.asked.is_empty());
}

/// Without the time from `wait`, a service that never answers would be asked until the last attempt.
#[test]
fn a_service_that_does_not_answer_ends_the_call_at_its_deadline() {
    let mut world = World::new("public-v2");
    world.is_offline = true;
    let begun = world.services.clock().now();
    world.request["deadline"] = (begun + 90).into();
    let (result, world) = world.attest();
    let failure = result.unwrap_err();
    assert_eq!((failure.error.code.as_str(), failure.resumable), ("fulcio/unavailable", true));
    let waited = world.services.clock().now() - begun;
    assert!((30..=90).contains(&waited), "{waited} s");
    assert!((4..20).contains(&world.asked.len()), "{} attempts", world.asked.len());
}

#[test]
fn a_request_that_cannot_be_read_asks_nobody() {
    let mut world = World::new("public-v2");
    world.subjects = Some(br#"[],"declared":{}"#.to_vec());
    let (result, world) = world.attest();
    let failure = result.unwrap_err();
    assert_eq!(failure.error.code, "input/syntax");
    assert_eq!(failure.error.path.as_deref(), Some("/tenant/subjects"));
    assert!(world.keys.is_empty() && world.asked.is_empty());
}
