//! States that storage damaged, states of other runs, and states that somebody rewrote.

use std::collections::BTreeMap;
use std::io::{Write as _, stderr};

use cretula_attest::machine::{Action, Reply, Step};
use cretula_attest::parse_request;
use cretula_crypto::{HashAlgorithm, KeyDetails};
use cretula_testkit::Algorithm;
use cretula_testkit::serve::{Place, RekorV2Lie, TransportLie};

use crate::chance::{Chance, cases};
use crate::faults::failure;
use crate::independent::Demand;
use crate::world::{NOW, World};

const AGAIN: Reply = Reply::Again { deadline: None };
const SCHEMA: &[u8] = b"cretula/state/v1";
/// Head and content of the last item.
const CHECKSUM_BYTES: usize = 34;
/// A state is read again only so far.
const MAX_STEPS: usize = 60;

/// Where a state comes from.
type Origin = fn() -> World;

const ORIGINS: [Origin; 8] = [
    || World::new("public-v1"),
    || World::new("public-v2"),
    || World::new("tsa"),
    || World::new("managed"),
    || World::new("managed-offline"),
    || World::new("private-ca"),
    recovering,
    frozen,
];

fn recovering() -> World {
    let mut world = World::new("managed");
    world.add_key("managed", Algorithm::Ed25519, KeyDetails::PKIX_ED25519_PH);
    world.services.lie(Place::RekorV2(0), TransportLie::LostReply, 1);
    world
}

fn frozen() -> World {
    let mut world = World::new("public-v2");
    world.services.lie(Place::RekorV2(0), RekorV2Lie::Frozen, 1);
    world
}

/// Every state of a run with its number, and how many ephemeral keys there were.
fn states(origin: Origin) -> Vec<(Step, u32)> {
    let mut world = origin();
    let mut step = world.begin();
    let mut states = Vec::new();
    loop {
        states.push((step.clone(), world.ephemeral));
        let Some(reply) = world.perform(&step.action) else { return states };
        step = world.resume(&step, reply);
    }
}

fn code(step: Step) -> &'static str {
    failure(step).error.code()
}

fn resumed(world: &mut World, state: Vec<u8>, id: u64) -> Step {
    let step = Step { state, id, action: Action::NeedConfig { reason: "" } };
    world.resume(&step, AGAIN)
}

#[test]
fn damaged_states_are_no_states() {
    let mut world = World::new("public-v2");
    let mut tried = 0;
    let mut chance = Chance::new(1);
    for origin in ORIGINS {
        for (step, _) in states(origin) {
            let stride = usize::try_from(cases(211, 5)).unwrap();
            let first = chance.below(stride);
            for place in (first..step.state.len()).step_by(stride) {
                let mut state = step.state.clone();
                state[place] ^= 1 << chance.below(8);
                let refused = code(resumed(&mut world, state, step.id));
                assert!(matches!(refused, "state/format" | "state/version"), "{place}: {refused}");
                assert_eq!(code(resumed(&mut world, step.state[..place].to_vec(), step.id)), "state/format");
                tried += 2;
            }
            let longer = [step.state.as_slice(), &[0]].concat();
            assert_eq!(code(resumed(&mut world, longer, step.id)), "state/format");
        }
    }
    writeln!(stderr(), "{tried} damaged states").unwrap();
    assert!(tried >= cases(4000, 100_000), "{tried}");
}

#[test]
fn parts_of_two_states_are_no_state() {
    let mut world = World::new("public-v2");
    let all: Vec<Vec<u8>> =
        ORIGINS.iter().flat_map(|origin| states(*origin)).map(|(step, _)| step.state).collect();
    let mut chance = Chance::new(2);
    for _ in 0..cases(500, 10_000) {
        let (one, other) = (chance.pick(&all), chance.pick(&all));
        let place = chance.below(one.len().min(other.len()));
        let spliced = [&one[..place], &other[place..]].concat();
        if spliced != one && spliced != other {
            assert_eq!(code(resumed(&mut world, spliced, 1)), "state/format");
        }
    }
}

/// What somebody writes who knows the format.
fn sealed(mut state: Vec<u8>) -> Vec<u8> {
    let content = state.len() - CHECKSUM_BYTES;
    let checksum = HashAlgorithm::Sha256.digest(&[SCHEMA, &state[..content]]);
    state.truncate(content);
    state.extend([0x58, 0x20]);
    state.extend_from_slice(checksum.as_bytes());
    state
}

/// Takes a state to the end with honest services; the demands are those of the original request.
fn judge(origin: Origin, demand: &Demand, state: Vec<u8>, id: u64, ephemeral: u32) -> &'static str {
    let mut world = origin();
    world.ephemeral = ephemeral;
    world.services.clock().set(NOW + 5);
    world.fresh_trust = Some(world.request["trust"].clone());
    let mut step = resumed(&mut world, state, id);
    for _ in 0..MAX_STEPS {
        match &step.action {
            Action::Done(finished) => {
                return match demand.verify(finished, &mut world) {
                    Ok(()) => "a right bundle",
                    Err(_) => "refused by the publisher",
                };
            }
            Action::Failed(failure) => return failure.error.code(),
            _ => {
                let reply = world.perform(&step.action).unwrap();
                step = world.resume(&step, reply);
            }
        }
    }
    "waits"
}

#[test]
fn rewritten_states_gain_nothing() {
    let mut outcomes = BTreeMap::<&str, u64>::new();
    let mut chance = Chance::new(3);
    let all: Vec<_> = ORIGINS.iter().map(|origin| (*origin, states(*origin))).collect();
    let wanted = cases(400, 10_000);
    for _ in 0..wanted {
        let (origin, states) = chance.pick(&all);
        let (step, ephemeral) = chance.pick(&states);
        let mut state = step.state.clone();
        let trust = step.state.windows(6).position(|bytes| bytes == b"\"trust").unwrap_or_default();
        // Half of the changes outside of the long trust configuration.
        let place = match chance.below(4) {
            0 => chance.below(state.len()),
            1 => chance.below(trust.max(200)),
            _ => state.len() - 1 - chance.below(5000.min(state.len() - 1)),
        };
        state[place] ^= 1 << chance.below(8);
        let demand = Demand::of(&mut origin());
        let outcome = judge(origin, &demand, sealed(state), step.id, ephemeral);
        *outcomes.entry(outcome).or_default() += 1;
    }
    writeln!(stderr(), "{outcomes:?}").unwrap();
    assert_eq!(outcomes.values().sum::<u64>(), wanted);
    assert!(outcomes.contains_key("state/format") && outcomes.contains_key("refused by the publisher"));
}

#[test]
fn states_of_other_requests_do_not_pass_for_this_one() {
    let mut judged = 0;
    for (index, origin) in ORIGINS.into_iter().enumerate() {
        let mut world = origin();
        world.request["tenant"]["subjects"][0]["name"] = "other.tgz".into();
        let other = world.begin();
        for (place, host) in ORIGINS.into_iter().enumerate() {
            let demand = Demand::of(&mut host());
            let outcome = judge(host, &demand, other.state.clone(), other.id, 0);
            assert_ne!(outcome, "a right bundle", "{index} at {place}");
            judged += 1;
        }
    }
    assert_eq!(judged, 64);
}

#[test]
fn no_state_holds_a_secret() {
    for origin in ORIGINS {
        let world = origin();
        let token = world.services.github_token().encode();
        let request = parse_request(&serde_json::to_vec(&world.request).unwrap()).unwrap();
        assert!(!request.job().mode().is_empty());
        for (step, _) in states(origin) {
            for part in token.split('.').skip(1).chain(["PRIVATE KEY", "Bearer", "eyJhbGciOi"]) {
                let found = step.state.windows(part.len()).any(|bytes| bytes == part.as_bytes());
                assert!(!found, "{part}");
            }
        }
    }
}
