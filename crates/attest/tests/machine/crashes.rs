//! A host that is killed: before each action, after it, and with an action performed twice.
//!
//! `CRETULA_SLOW=1` kills 201 times at every step, each time with other waits, kills and keys; `CRETULA_KILLS=1000` kills
//! at least so many times.

use cretula_attest::machine::{Action, Finished, Reply, Step};
use cretula_crypto::KeyDetails;
use cretula_testkit::Algorithm;
use cretula_testkit::serve::{Place, RekorV2Lie, TransportLie};
use serde_json::json;

use crate::chance::{Chance, cases};
use crate::faults::logged;
use crate::independent::Demand;
use crate::runs::finished;
use crate::world::{World, kind};

const AGAIN: Reply = Reply::Again { deadline: None };

/// What happens at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kill {
    /// The action is not performed before.
    Before,
    /// The action is performed, its reply lost.
    After,
    /// The action is performed twice, and both replies come.
    Twice,
}

/// A world in which a run goes its way, and how its logs see a request that comes twice.
struct Scenario {
    name: &'static str,
    world: fn(u8) -> World,
    /// Whether a log that has the entry already gets another one.
    signs_again: bool,
}

const SCENARIOS: [Scenario; 10] = [
    Scenario { name: "public-v1", world: |seed| World::with_seed("public-v1", seed), signs_again: false },
    Scenario { name: "public-v2", world: |seed| World::with_seed("public-v2", seed), signs_again: true },
    Scenario { name: "tsa", world: |seed| World::with_seed("tsa", seed), signs_again: false },
    Scenario { name: "managed", world: |seed| World::with_seed("managed", seed), signs_again: true },
    Scenario {
        name: "managed-offline",
        world: |seed| World::with_seed("managed-offline", seed),
        signs_again: false,
    },
    Scenario { name: "private-ca", world: |seed| World::with_seed("private-ca", seed), signs_again: false },
    Scenario { name: "two of each", world: two, signs_again: true },
    Scenario { name: "equal signatures", world: equal, signs_again: false },
    Scenario { name: "a lost reply", world: lost, signs_again: false },
    Scenario { name: "a frozen log", world: frozen, signs_again: true },
];

fn two(seed: u8) -> World {
    let mut world = World::with_seed("public-v2", seed);
    for list in ["tsaConfig", "rekorTlogConfig"] {
        world.signing_config()[list] = json!({"selector": "EXACT", "count": 2});
    }
    world
}

fn equal(seed: u8) -> World {
    let mut world = World::with_seed("managed", seed);
    world.add_key("managed", Algorithm::Ed25519, KeyDetails::PKIX_ED25519_PH);
    world
}

/// The entry is read from the log.
fn lost(seed: u8) -> World {
    let mut world = equal(seed);
    world.services.lie(Place::RekorV2(0), TransportLie::LostReply, 1);
    world
}

fn frozen(seed: u8) -> World {
    let mut world = World::with_seed("public-v2", seed);
    world.services.lie(Place::RekorV2(0), RekorV2Lie::Frozen, u32::MAX);
    world.fresh_trust = Some(world.request["trust"].clone());
    world
}

fn steps_of(scenario: &Scenario) -> usize {
    let mut world = (scenario.world)(0);
    let step = world.run();
    finished(step);
    world.steps.len() - 1
}

/// The step with this number, which has an action.
fn at(world: &mut World, number: usize) -> Step {
    let mut step = world.begin();
    for _ in 0..number {
        let reply = world.perform(&step.action).unwrap();
        step = world.resume(&step, reply);
    }
    step
}

fn repeated(world: &mut World, step: &Step) -> Step {
    let again = world.resume(step, AGAIN);
    assert_eq!((again.id, &again.action), (step.id, &step.action), "the same action, under its number");
    again
}

fn survive(world: &mut World, step: &Step, kill: Kill) -> Step {
    match kill {
        Kill::Before => repeated(world, step),
        Kill::After => {
            drop(world.perform(&step.action));
            repeated(world, step)
        }
        Kill::Twice => {
            let first = world.perform(&step.action).unwrap();
            let ephemeral = world.ephemeral;
            let second = world.perform(&step.action).unwrap();
            // The key whose public half comes is the one that stays.
            world.ephemeral = ephemeral;
            let next = world.resume(step, first);
            let stale = world.resume(&Step { id: step.id, ..next.clone() }, second);
            let has_ended = matches!(next.action, Action::Done(_));
            assert!(matches!(&stale.action, Action::Failed(failure) if failure.resumable || has_ended));
            assert_eq!(stale.state, next.state);
            next
        }
    }
}

/// Every entry that is not in the bundle is on record, and there is none where none may be.
fn check_entries(scenario: &Scenario, world: &World, finished: &Finished, at_log: bool, kill: Kill) {
    let bundle: serde_json::Value = serde_json::from_slice(&finished.bundle).unwrap();
    let entries = bundle["verificationMaterial"]["tlogEntries"].as_array().map_or(0, Vec::len);
    let extra = logged(world) - entries;
    let what = format!("{} {kill:?}", scenario.name);
    assert_eq!(finished.evidence.log_entries.len(), extra, "{what}");
    let may_be_more = scenario.signs_again && at_log && kill == Kill::After;
    assert!(may_be_more || extra == 0, "{what}: {extra} entries more");
}

fn crash(scenario: &Scenario, number: usize, kill: Kill, round: u64) {
    let mut world = (scenario.world)(u8::try_from(round % 200).unwrap());
    let mut chance = Chance::new(round);
    let demand = Demand::of(&mut world);
    let step = at(&mut world, number);
    let at_log = kind(&step.action) == "rekor";
    if round > 0 {
        world.services.clock().advance(chance.secs(45));
    }
    let mut step = survive(&mut world, &step, kill);
    // Another kill somewhere later.
    if round > 0 && chance.percent(50) && !matches!(step.action, Action::Done(_)) {
        step = repeated(&mut world, &step);
    }
    let step = world.go_on(step);
    let bundle = finished(step.clone());
    assert_eq!(demand.verify(&bundle, &mut world), Ok(()), "{} {number} {kill:?}", scenario.name);
    check_entries(scenario, &world, &bundle, at_log, kill);
    let again = world.resume(&step, AGAIN);
    assert_eq!(finished(again).bundle, bundle.bundle, "one bundle");
}

/// How often every kind of kill comes at every step.
fn rounds() -> u64 {
    let wanted = std::env::var("CRETULA_KILLS").ok().map(|kills| kills.parse::<u64>().unwrap());
    wanted.map_or_else(|| cases(1, 67), |kills| kills.div_ceil(3))
}

fn crashes(scenario: &Scenario) {
    for number in 0..steps_of(scenario) {
        for round in 0..rounds() {
            for kill in [Kill::Before, Kill::After, Kill::Twice] {
                crash(scenario, number, kill, round);
            }
        }
    }
}

#[test]
fn keyless_runs_survive_kills() {
    SCENARIOS[..3].iter().for_each(crashes);
}

#[test]
fn runs_with_keys_of_the_host_survive_kills() {
    SCENARIOS[3..6].iter().for_each(crashes);
}

#[test]
fn recoveries_survive_kills() {
    SCENARIOS[6..].iter().for_each(crashes);
}
