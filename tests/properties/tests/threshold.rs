//! Thresholds count distinct operators, whatever the duplicates: every threshold and every way to share up to six items.

use std::io::{Write as _, stderr};

use cretula_properties::verify;
use cretula_testkit::{
    Algorithm, BundleBuilder, CtLog, EntryKind, EntryLog, EntrySpec, Inputs, Instance, Json, RekorV2,
    SctSpec, Seed, SigningKey, TimestampAuthority, TimestampSpec, Witness,
};
use cretula_tlog::c2sp_id;
use cretula_verify::RootMemo;

const MOST: usize = 6;
const NOW: u64 = 1_767_225_600;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Log,
    Sct,
    SignedTime,
    Witness,
}

const KINDS: [Kind; 4] = [Kind::Log, Kind::Sct, Kind::SignedTime, Kind::Witness];

impl Kind {
    /// Name in reports.
    const fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Sct => "sct",
            Self::SignedTime => "signedTime",
            Self::Witness => "witness",
        }
    }
}

/// Item `i` is of instance `instances[i]`, whose operator is `operators[instances[i]]`.
struct Arrangement {
    instances: Vec<usize>,
    operators: Vec<Option<String>>,
}

impl Arrangement {
    fn distinct(&self) -> usize {
        let mut operators: Vec<_> =
            self.instances.iter().map(|instance| &self.operators[*instance]).collect();
        operators.sort();
        operators.dedup();
        operators.len()
    }
}

/// Six of everything, each with its own key.
fn instance(operators: &[Option<String>]) -> Instance {
    let seed = Seed::new([5; 32]);
    let mut instance = Instance::new(seed, NOW);
    let (from, names) = (instance.start(), (0..MOST).map(|index| format!("n{index}.example")));
    let names: Vec<String> = names.collect();
    let operator = |index: usize| operators.get(index).cloned().flatten();
    instance.rekor_v2 =
        names.iter().map(|name| RekorV2::new(&seed, name, Algorithm::Ed25519, from)).collect();
    instance.ct_logs = names.iter().map(|name| CtLog::new(&seed, name, Algorithm::P256, from)).collect();
    instance.timestamp_authorities =
        names.iter().map(|name| TimestampAuthority::new(&seed, name, Algorithm::P256, from)).collect();
    instance.witnesses = names.iter().map(|name| Witness::new(&seed, name)).collect();
    for index in 0..MOST {
        instance.rekor_v2[index].log.operator = operator(index);
        instance.ct_logs[index].log.operator = operator(index);
        instance.timestamp_authorities[index].operator = operator(index);
        instance.witnesses[index].operator = operator(index).unwrap_or_default();
    }
    instance
}

fn builder(kind: Kind, instance: &Instance) -> BundleBuilder {
    match kind {
        Kind::Log | Kind::Witness => {
            let key = SigningKey::derive(&instance.seed, "signer", Algorithm::P256);
            let scheme = key.scheme();
            BundleBuilder::managed(instance, key, scheme)
        }
        Kind::Sct => BundleBuilder::keyless(instance).logged(EntryLog::V1(0), EntryKind::HashedRekordV001),
        Kind::SignedTime => BundleBuilder::keyless(instance).demanding("/preset", Json::text("private-tsa")),
    }
}

/// A bundle with these items, each a little different from those of the same instance.
fn bundle(kind: Kind, instance: &Instance, items: &[usize]) -> BundleBuilder {
    let mut builder = builder(kind, instance);
    let at = builder.signed_at;
    match kind {
        Kind::Log => {
            for (index, log) in (1..).zip(items) {
                let mut entry = EntrySpec::new(EntryLog::V2(*log), EntryKind::HashedRekordV002, at);
                entry.others = (index, 2);
                builder.entries.push(entry);
            }
        }
        Kind::Sct => {
            let sct = |(index, log): (u64, &usize)| SctSpec::new(*log, at - 4 - index);
            builder.scts = (0..).zip(items).map(sct).collect();
        }
        Kind::SignedTime => {
            let token = |(index, authority): (u64, &usize)| TimestampSpec::new(*authority, at + 1 + index);
            builder.timestamps = (0..).zip(items).map(token).collect();
        }
        Kind::Witness => {
            let mut entry = EntrySpec::new(EntryLog::V2(0), EntryKind::HashedRekordV002, at);
            entry.witnesses = (0..).zip(items).map(|(index, witness)| (*witness, at + index)).collect();
            builder.entries.push(entry);
        }
    }
    builder
}

fn demand(kind: Kind, instance: &Instance, builder: &mut BundleBuilder, threshold: u64) {
    let number = Json::number(threshold);
    match kind {
        Kind::Log => builder.policy.set("/evidence/log/threshold", number),
        Kind::Sct => builder.policy.set("/evidence/sct/threshold", number),
        Kind::SignedTime => builder.policy.set("/evidence/time/signedThreshold", number),
        Kind::Witness => {
            let known = instance.witnesses.iter().map(|witness| {
                let (vkey, operator) = (Json::text(witness.vkey()), Json::text(&witness.operator));
                Json::object([("vkey", vkey), ("operator", operator)])
            });
            builder.policy.set("/evidence/witness/witnesses", Json::List(known.collect()));
            builder.policy.set("/evidence/witness/threshold", number)
        }
    };
}

/// Every threshold: verified if and only if as many operators are there, and the report says how many.
fn check(kind: Kind, instance: &Instance, items: &[usize], distinct: usize) -> u32 {
    let mut first = bundle(kind, instance, items);
    demand(kind, instance, &mut first, 1);
    let inputs = first.build();
    let mut roots = RootMemo::default();
    for threshold in 1..=MOST {
        let mut wanted = builder(kind, instance);
        demand(kind, instance, &mut wanted, u64::try_from(threshold).unwrap());
        let inputs = Inputs { policy: wanted.policy.encode(), ..inputs.clone() };
        let what = format!("{kind:?} {items:?}: {threshold} wanted, {distinct} there");
        let outcome = match verify(&inputs.to_request().unwrap(), &mut roots) {
            Ok(outcome) => outcome,
            Err(failure) => {
                // More witnesses than are known can never be there.
                assert!(failure.code == "policy/conflict" && distinct < threshold, "{what}: {failure}");
                continue;
            }
        };
        let why = outcome.verdict.as_ref().err();
        assert_eq!(outcome.verdict.is_ok(), distinct >= threshold, "{what}: {why:?}");
        if let Some(counted) = outcome.report.thresholds.get(kind.name()) {
            assert_eq!(usize::try_from(counted.reached), Ok(distinct), "{what}");
            assert_eq!(usize::try_from(counted.wanted), Ok(threshold), "{what}");
        }
    }
    u32::try_from(MOST).unwrap()
}

/// The ways to write a number as a sum, greatest first.
fn sums(number: usize, greatest: usize) -> Vec<Vec<usize>> {
    if number == 0 {
        return vec![Vec::new()];
    }
    let first = (1..=number.min(greatest)).rev();
    let with = |first: usize| {
        let rest = sums(number - first, first).into_iter();
        rest.map(move |rest| [vec![first], rest].concat())
    };
    first.flat_map(with).collect()
}

/// Operator `i` runs as many instances as the sum says; every item is of another instance.
fn shared(sum: &[usize]) -> Arrangement {
    let operators =
        sum.iter().enumerate().flat_map(|(index, count)| vec![Some(format!("operator {index}")); *count]);
    let operators: Vec<_> = operators.collect();
    Arrangement { instances: (0..operators.len()).collect(), operators }
}

/// Every item of operator `i` is of its one instance.
fn repeated(sum: &[usize]) -> Arrangement {
    let instances = sum.iter().enumerate().flat_map(|(index, count)| vec![index; *count]).collect();
    Arrangement {
        instances,
        operators: (0..sum.len()).map(|index| Some(format!("operator {index}"))).collect(),
    }
}

/// Instances without operator are of one, beside those that name theirs.
fn unnamed(sum: &[usize]) -> Arrangement {
    let mut arrangement = shared(sum);
    arrangement
        .operators
        .iter_mut()
        .take(sum.first().copied().unwrap_or(0))
        .for_each(|operator| *operator = None);
    arrangement
}

#[test]
fn threshold() {
    let mut runs = 0;
    for kind in KINDS {
        for sum in (0..=MOST).flat_map(|number| sums(number, number)) {
            for arrange in [shared, repeated, unnamed] {
                let arrangement = arrange(&sum);
                // A witness always has an operator.
                if kind == Kind::Witness && arrangement.operators.contains(&None) {
                    continue;
                }
                let instance = instance(&arrangement.operators);
                runs += check(kind, &instance, &arrangement.instances, arrangement.distinct());
            }
        }
    }
    writeln!(stderr(), "{runs} thresholds over {} kinds of evidence", KINDS.len()).unwrap();
    assert!(runs > 1500, "{runs}");
}

#[test]
fn one_key_counts_once_under_whatever_names() {
    let names: Vec<Option<String>> = (0..MOST).map(|index| Some(format!("operator {index}"))).collect();
    let mut instance = instance(&names);
    let key = instance.rekor_v2[0].log.key.clone();
    let name = instance.rekor_v2[1].log.name().to_owned();
    instance.rekor_v2[1].log.id = c2sp_id(&name, &key.verification_key()).unwrap().full_id().to_vec();
    instance.rekor_v2[1].log.key = key;
    check(Kind::Log, &instance, &[0, 1], 1);
    check(Kind::Log, &instance, &[0, 1, 2], 2);
    let authority = instance.timestamp_authorities[0].clone();
    instance.timestamp_authorities[1].members = authority.members;
    check(Kind::SignedTime, &instance, &[0, 1], 1);
    check(Kind::SignedTime, &instance, &[0, 1, 3], 2);
    let log = instance.ct_logs[0].log.clone();
    (instance.ct_logs[1].log.key, instance.ct_logs[1].log.id) = (log.key, log.id);
    check(Kind::Sct, &instance, &[0, 1], 1);
    check(Kind::Sct, &instance, &[0, 1, 4], 2);
}
