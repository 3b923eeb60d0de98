//! Runs in which everything goes wrong at random: the faults of rows 1 to 11, lies of every kind, clocks, kills.
//!
//! Every run is a function of its number; `CRETULA_RUN=<number>` makes that one alone. `CRETULA_SLOW=1` makes 10,000
//! runs instead of 500.

use std::collections::BTreeMap;
use std::io::{Write as _, stderr};
use std::thread;

use cretula_attest::machine::{Action, ExchangeRequest, HostError, Reply, ServiceReply, Step};
use cretula_crypto::KeyDetails;
use cretula_testkit::Algorithm;
use cretula_testkit::serve::{FulcioLie, Lie, Place, RekorV1Lie, RekorV2Lie, TransportLie, TsaLie};
use serde_json::json;

use crate::chance::{Chance, cases};
use crate::independent::Demand;
use crate::world::{NOW, World};

const SEED: u64 = 0x6372_6574_756c_6133;
const THREADS: u64 = 2;
/// A run that takes more steps than this hangs.
const MAX_STEPS: usize = 2000;

const PROFILES: [&str; 6] = ["public-v1", "public-v2", "tsa", "managed", "managed-offline", "private-ca"];
const HOST_ERRORS: [HostError; 8] = [
    HostError::Denied,
    HostError::Redirected,
    HostError::Throttled { retry_after_ms: Some(9000) },
    HostError::TimedOut,
    HostError::TooLarge,
    HostError::Unavailable,
    HostError::WrongVersion,
    HostError::Other,
];

/// What runs came to: `done`, or the code of a failure.
type Outcomes = BTreeMap<&'static str, u64>;

#[test]
fn random_faults_give_no_wrong_bundle() {
    let only = std::env::var("CRETULA_RUN").ok().map(|number| number.parse::<u64>().unwrap());
    let (first, after) = only.map_or_else(|| (0, cases(500, 10_000)), |number| (number, number + 1));
    let outcomes = thread::scope(|scope| {
        let part = |part| scope.spawn(move || runs((first + part..after).step_by(2)));
        let threads: Vec<_> = (0..THREADS).map(part).collect();
        let mut outcomes = Outcomes::new();
        for thread in threads {
            for (name, count) in thread.join().expect("the number of the run stands above") {
                *outcomes.entry(name).or_default() += count;
            }
        }
        outcomes
    });
    writeln!(stderr(), "{outcomes:?}").unwrap();
    assert_eq!(outcomes.values().sum::<u64>(), after - first);
    if only.is_none() {
        assert!(outcomes["done"] * 5 >= after, "too few runs come to an end");
        assert!(outcomes.len() >= 20, "too few kinds of failures");
    }
}

fn runs(numbers: impl Iterator<Item = u64>) -> Outcomes {
    let mut outcomes = Outcomes::new();
    for number in numbers {
        let run = std::panic::catch_unwind(|| Run::new(number).finish());
        let outcome = run.unwrap_or_else(|_| panic!("run {number} went wrong: CRETULA_RUN={number}"));
        *outcomes.entry(outcome).or_default() += 1;
    }
    outcomes
}

/// One run, and what its host knows.
struct Run {
    world: World,
    chance: Chance,
    demand: Demand,
    /// Until when actions may begin.
    deadline: u64,
    /// How much goes wrong, in percent.
    rate: usize,
    steps: usize,
}

impl Run {
    fn new(number: u64) -> Self {
        let mut chance = Chance::new(SEED ^ number);
        let profile = chance.pick(&PROFILES);
        let mut world = World::with_seed(profile, u8::try_from(number % 7).unwrap());
        if profile != "managed-offline" {
            for list in ["tsaConfig", "rekorTlogConfig"] {
                let any = json!({"selector": "ANY"});
                let exact = json!({"selector": "EXACT", "count": 2});
                world.signing_config()[list] =
                    chance.pick(&[any.clone(), any, exact, json!({"selector": "ALL"})]);
            }
        }
        if profile.starts_with("managed") {
            let (algorithm, details) = chance.pick(&[
                (Algorithm::P256, KeyDetails::PKIX_ECDSA_P256_SHA_256),
                (Algorithm::P384, KeyDetails::PKIX_ECDSA_P384_SHA_384),
                (Algorithm::Ed25519, KeyDetails::PKIX_ED25519_PH),
            ]);
            world.add_key("managed", algorithm, details);
        }
        let mut deadline = NOW + 600;
        if chance.percent(30) {
            deadline = NOW + 60 + chance.secs(7200);
            world.request["deadline"] = json!(deadline);
        }
        let rate = chance.pick(&[5, 15, 30, 50]);
        let demand = Demand::of(&mut world);
        Self { world, chance, demand, deadline, rate, steps: 0 }
    }

    fn finish(mut self) -> &'static str {
        let mut step = self.world.begin();
        for _ in 0..MAX_STEPS {
            self.steps += 1;
            self.assert_in_time(&step);
            match &step.action {
                Action::Done(_) => return self.done(&step),
                Action::Failed(failure) => {
                    if !failure.resumable || self.chance.percent(30) {
                        return failure.error.code();
                    }
                    step = self.again(&step);
                }
                _ => step = self.perform(&step),
            }
        }
        panic!("no end: {:?}", self.world.steps);
    }

    /// No action begins after the deadline.
    fn assert_in_time(&self, step: &Step) {
        let delay_ms = match &step.action {
            Action::NeedExchange { requests } => requests.iter().map(|request| request.delay_ms).max(),
            Action::NeedKey { delay_ms, .. } | Action::NeedSignature { delay_ms, .. } => Some(*delay_ms),
            Action::NeedConfig { .. } => Some(0),
            Action::Done(_) | Action::Failed(_) => None,
        };
        if let Some(delay_ms) = delay_ms {
            let begins = self.world.now() + u64::from(delay_ms / 1000);
            assert!(begins < self.deadline, "{begins} is after {}", self.deadline);
        }
    }

    /// A bundle is right, and the only one.
    fn done(mut self, step: &Step) -> &'static str {
        let Action::Done(finished) = &step.action else { panic!("not done") };
        assert_eq!(self.demand.verify(finished, &mut self.world), Ok(()), "a wrong bundle");
        let again = self.world.resume(step, Reply::Again { deadline: None });
        let Action::Done(repeated) = again.action else { panic!("the bundle is lost: {:?}", again.action) };
        assert_eq!(repeated.bundle, finished.bundle, "a second bundle");
        "done"
    }

    /// A failure that passes is taken up again, perhaps much later.
    fn again(&mut self, step: &Step) -> Step {
        self.jump();
        let deadline = self.chance.percent(30).then(|| self.world.now() + 30 + self.chance.secs(1000));
        let day = NOW + 86_400;
        self.deadline = deadline.unwrap_or_else(|| self.world.now() + 600).min(day);
        self.world.resume(step, Reply::Again { deadline })
    }

    fn jump(&mut self) {
        let secs = match self.chance.below(20) {
            0 => self.chance.secs(40_000),
            1..6 => self.chance.secs(1200),
            _ => self.chance.secs(30),
        };
        self.world.services.clock().advance(secs);
    }

    fn perform(&mut self, step: &Step) -> Step {
        let kind = if self.chance.percent(self.rate) { self.chance.below(16) } else { usize::MAX };
        match kind {
            0 | 1 => return self.killed(step),
            2 => assert_eq!(self.stale(step).state, step.state),
            3 => self.jump(),
            4 => {
                let error = self.chance.pick(&HOST_ERRORS);
                return self.world.resume(step, fails(&step.action, error));
            }
            5 if self.chance.percent(50) => {
                let now = self.world.now();
                self.world.services.clock().set(now - self.chance.secs(70));
            }
            5..16 => self.prepare(&step.action),
            _ => {}
        }
        let Some(reply) = self.world.perform(&step.action) else { panic!("no action") };
        self.world.key_lie = None;
        self.world.resume(step, reply)
    }

    fn killed(&mut self, step: &Step) -> Step {
        if self.chance.percent(50) {
            drop(self.world.perform(&step.action));
        }
        self.world.key_lie = None;
        self.world.services.clock().advance(self.chance.secs(40));
        let next = self.world.resume(step, Reply::Again { deadline: None });
        if next.id == step.id && !matches!(next.action, Action::Failed(_)) {
            assert_eq!(next.action, step.action, "the same action again");
        }
        next
    }

    fn stale(&mut self, step: &Step) -> Step {
        let other = match self.chance.below(3) {
            0 => Reply::Config(b"{}".to_vec()),
            1 => Reply::Exchange(vec![Ok(ServiceReply::default()); 5]),
            _ => Reply::Exchange(Vec::new()),
        };
        let is_of_config = matches!((&step.action, &other), (Action::NeedConfig { .. }, Reply::Config(_)));
        let id = step.id + u64::from(is_of_config || self.chance.percent(50));
        self.world.resume(&Step { id, ..step.clone() }, other)
    }

    /// Arranges something for the next action to go wrong.
    fn prepare(&mut self, action: &Action) {
        match action {
            Action::NeedExchange { requests } => {
                let request = self.chance.pick(requests);
                self.lie(&request);
            }
            Action::NeedConfig { .. } => {
                let mut trust = self.world.request["trust"].clone();
                if self.chance.percent(20) {
                    trust["signingConfig"]["rekorTlogUrls"] = json!([]);
                }
                self.world.fresh_trust = self.chance.percent(90).then_some(trust);
            }
            Action::NeedSignature { .. } => {
                let kind = self.chance.below(6);
                self.world.key_lie = Some(Box::new(move |mut reply| {
                    match kind {
                        0 => reply.signature[9] ^= 1,
                        1 => reply.encoding = "p1363".into(),
                        2 => reply.version = Some("9".into()),
                        3 => return Reply::Error(HostError::TimedOut),
                        4 => reply.signature.truncate(20),
                        _ => {}
                    }
                    Reply::Signature(reply)
                }));
            }
            Action::NeedKey { .. } | Action::Done(_) | Action::Failed(_) => {}
        }
    }

    fn lie(&mut self, request: &ExchangeRequest) {
        let Some((place, _)) = self.world.place(&request.url) else { return };
        let transport = |chance: &mut Chance| -> Lie {
            let status = chance.pick(&[400, 401, 403, 404, 405, 408, 409, 429, 500, 502, 503, 504]);
            let retry_after = chance.percent(50).then_some(20);
            let own = TransportLie::Status { status, retry_after };
            let lies =
                [&[own, own, own, TransportLie::LostReply, TransportLie::LostReply], TransportLie::ALL]
                    .concat();
            chance.pick(&lies).into()
        };
        let chance = &mut self.chance;
        let lie = match (chance.percent(70), place) {
            (true, _) | (false, Place::Issuer) => transport(chance),
            (false, Place::Fulcio(_)) => chance.pick(FulcioLie::ALL).into(),
            (false, Place::RekorV1(_)) => chance.pick(RekorV1Lie::ALL).into(),
            (false, Place::RekorV2(_)) => {
                let often = [RekorV2Lie::Frozen, RekorV2Lie::Conflict];
                chance.pick(&[&often, &often, RekorV2Lie::ALL].concat()).into()
            }
            (false, Place::Tsa(_)) => chance.pick(TsaLie::ALL).into(),
        };
        let replies = chance.pick(&[1, 1, 1, 2, 4]);
        self.world.services.lie(place, lie, replies);
    }
}

/// The host could not do it.
fn fails(action: &Action, error: HostError) -> Reply {
    match action {
        Action::NeedExchange { requests } => Reply::Exchange(vec![Err(error); requests.len()]),
        _ => Reply::Error(error),
    }
}
