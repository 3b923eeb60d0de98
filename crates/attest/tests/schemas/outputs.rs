//! What the machine, the builder and the guard write fits the tables.

use std::collections::BTreeSet;

use cretula_attest::guard::guard;
use cretula_attest::machine::{Action, HostError, Reply, Step, encode_action, parse_reply};
use cretula_attest::portable;
use cretula_attest::schema::{ACTION, GUARD, REPLY, STATEMENT};
use cretula_crypto::KeyDetails;
use cretula_encoding::base64;
use cretula_testkit::Algorithm;
use cretula_testkit::serve::{Place, RekorV2Lie, TransportLie};
use cretula_verify::RootMemo;
use cretula_verify::shape::Shape;
use cretula_verify::tables::FAILURE;
use serde_json::{Value, json};

use crate::replies::document;
use crate::requests::{github, now, set};
use crate::support::{PROVENANCE, authorisation, key, message, reviewed};
use crate::tables::{Walk, fits, members};
use crate::world::World;

const AGAIN: Reply = Reply::Again { deadline: None };
const ERROR: Shape = Shape::Object(&FAILURE);

/// A run of which every action and every reply is held against its table.
struct Run {
    walk: Walk,
    types: BTreeSet<String>,
}

impl Run {
    fn action(&mut self, step: &Step) {
        let action: Value = serde_json::from_slice(&encode_action(step)).unwrap();
        assert!(fits(&action, ACTION), "{action}");
        self.walk.follow(&action, ACTION);
        self.types.insert(action["type"].as_str().unwrap().to_owned());
    }

    /// From a step to the end. A key fails once before it answers.
    fn go_on(&mut self, world: &mut World, mut step: Step) -> Step {
        let mut failed = 0;
        loop {
            self.action(&step);
            let Some(mut reply) = world.perform(&step.action) else { return step };
            let is_key = matches!(step.action, Action::NeedKey { .. } | Action::NeedSignature { .. });
            if is_key && failed < 2 {
                failed += 1;
                reply = Reply::Error(HostError::Unavailable);
            } else {
                failed = 0;
            }
            let document = document(step.id, &reply);
            assert!(fits(&document, REPLY), "{document}");
            assert_eq!(parse_reply(document.to_string().as_bytes()), Ok((step.id, reply.clone())));
            step = world.resume(&step, reply);
        }
    }

    fn whole(&mut self, world: &mut World) -> Step {
        let step = world.begin();
        self.go_on(world, step)
    }
}

#[test]
fn actions() {
    let mut run = Run { walk: Walk::default(), types: BTreeSet::new() };
    for profile in ["public-v1", "public-v2", "tsa", "managed", "managed-offline", "private-ca"] {
        let mut world = World::new(profile);
        let step = run.whole(&mut world);
        assert!(matches!(step.action, Action::Done(_)), "{profile}: {:?}", step.action);
    }
    // A log that takes no more entries, with a fresh configuration and without one.
    for has_trust in [true, false] {
        let mut world = World::new("public-v2");
        world.services.lie(Place::RekorV2(0), RekorV2Lie::Frozen, 1);
        world.fresh_trust = has_trust.then(|| world.request["trust"].clone());
        run.whole(&mut world);
    }
    // An entry that stays outside, and a certificate of a run that fails.
    let mut world = World::new("managed");
    world.services.lie(Place::RekorV2(0), RekorV2Lie::Conflict, 1);
    run.whole(&mut world);
    let mut world = World::new("managed");
    world.add_key("managed", Algorithm::Ed25519, KeyDetails::PKIX_ED25519_PH);
    world.services.lie(Place::RekorV2(0), TransportLie::LostReply, 1);
    run.whole(&mut world);
    let mut world = World::new("public-v2");
    let refused = TransportLie::Status { status: 403, retry_after: None };
    world.services.lie(Place::RekorV2(0), refused, u32::MAX);
    let step = run.whole(&mut world);
    let step = world.resume(&step, AGAIN);
    run.action(&step);
    // A failure with place and sentence.
    let (_, action) = portable::begin(b"{}", now().secs(), &mut RootMemo::default());
    let action: Value = serde_json::from_slice(&action).unwrap();
    assert!(fits(&action, ACTION), "{action}");
    run.walk.follow(&action, ACTION);
    let types: Vec<&str> = run.types.iter().map(String::as_str).collect();
    assert_eq!(types, ["done", "failed", "need-config", "need-exchange", "need-key", "need-signature"]);
    let unseen: Vec<_> = members(ACTION).difference(&run.walk.seen).copied().collect();
    assert!(unseen.is_empty(), "no action had {unseen:?}");
    assert!(run.walk.wrong.iter().all(|(_, action)| !fits(action, ACTION)));
}

#[test]
fn statements_and_errors() {
    let answer = |request: &Value| -> Value {
        let text = request.to_string();
        let answer = portable::statement(text.as_bytes(), now().secs(), &mut RootMemo::default());
        serde_json::from_slice(&answer).unwrap()
    };
    let good = answer(&github());
    assert!(fits(&good, STATEMENT) && !fits(&good, ERROR), "{good}");
    for (pointer, text) in [("/mode", "1"), ("/mode", r#""n""#), ("/predicate", "{}"), ("/tenant/x", "1")] {
        let mut request = github();
        set(&mut request, pointer, text);
        let error = answer(&request);
        assert!(fits(&error, ERROR) && !fits(&error, STATEMENT), "{error}");
    }
}

#[test]
fn guards() {
    let mut walk = Walk::default();
    let mut ask = |authorisation: &Value, message: &[u8]| {
        let text = authorisation.to_string();
        let answer: Value = serde_json::from_slice(&guard(text.as_bytes(), message)).unwrap();
        let may_sign = fits(&answer, GUARD);
        assert_ne!(may_sign, fits(&answer, ERROR), "{answer}");
        if may_sign {
            walk.follow(&answer, GUARD);
        }
        may_sign
    };
    let provenance = authorisation(&github(), PROVENANCE);
    assert!(ask(&provenance, &message(&github())));
    let (request, other) = reviewed();
    assert!(ask(&other, &message(&request)));
    let mut world = World::new("public-v2");
    let csr = certificate_request(&mut world);
    let mut ephemeral = authorisation(&world.request, PROVENANCE);
    ephemeral["spki"] = json!(base64::encode(&csr.0));
    assert!(ask(&ephemeral, &csr.1));
    assert!(!ask(&provenance, &csr.1), "another key");
    assert!(!ask(&provenance, b"x"));
    assert!(!ask(&json!({}), &csr.1));
    assert_eq!(walk.seen, members(GUARD));
    assert!(walk.wrong.iter().all(|(_, answer)| !fits(answer, GUARD)));
    assert_ne!(key("signer").spki(), csr.0);
}

/// The public key of an ephemeral key and its certificate request, as the machine asks for its signature.
fn certificate_request(world: &mut World) -> (Vec<u8>, Vec<u8>) {
    let step = world.begin();
    let reply = world.perform(&step.action).unwrap();
    let Reply::Key(key) = &reply else { panic!("{reply:?}") };
    let spki = key.public_key.clone();
    let step = world.resume(&step, reply);
    match step.action {
        Action::NeedSignature { message, .. } => (spki, message),
        other => panic!("{other:?}"),
    }
}
