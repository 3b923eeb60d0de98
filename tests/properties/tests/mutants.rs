//! No mutant of a good bundle is accepted, unless it differs in nothing that is signed or checked.
//!
//! [`Checked`] says what that is. Mutants that differ outside of it are counted apart, and another one is made for each.

use std::collections::BTreeMap;
use std::io::{Write as _, stderr};
use std::thread;

use cretula_fuzz::Dice;
use cretula_fuzz::mutation::{Document, Mutation};
use cretula_properties::{Checked, Given, good, verify};
use cretula_verify::{Refusal, RootMemo, Stage};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

const SEED: u64 = 0x6372_6574_756c_6133;
const MUTANTS: u64 = 20_000;
const THREADS: u64 = 2;

/// How many mutants came to what.
#[derive(Default)]
struct Counts {
    /// Refused: by mutation and stage.
    refused: BTreeMap<(Mutation, String), u64>,
    /// Accepted with the same checked material: by place.
    outside: BTreeMap<String, u64>,
    /// Accepted with evidence about the same signature out of another good bundle.
    borrowed: u64,
}

impl Counts {
    fn add(&mut self, other: Self) {
        for (key, count) in other.refused {
            *self.refused.entry(key).or_default() += count;
        }
        for (place, count) in other.outside {
            *self.outside.entry(place).or_default() += count;
        }
        self.borrowed += other.borrowed;
    }
}

struct Mutant {
    base: usize,
    donor: usize,
    document: Document,
    mutation: Mutation,
}

#[test]
fn bundles() {
    let wanted = std::env::var_os("CRETULA_MUTANTS").and_then(|number| number.to_str()?.parse().ok());
    let wanted: u64 = wanted.unwrap_or(MUTANTS);
    let good = good();
    let originals: Vec<Checked> = good.iter().map(original).collect();
    let counts = thread::scope(|scope| {
        let (good, originals) = (&good, &originals);
        let start = |part| scope.spawn(move || run(good, originals, (part..wanted).step_by(2)));
        let threads: Vec<_> = (0..THREADS).map(start).collect();
        let mut counts = Counts::default();
        for thread in threads {
            counts.add(thread.join().expect("no mutant is accepted"));
        }
        counts
    });
    assert_eq!(counts.refused.values().sum::<u64>(), wanted);
    say(&counts, good.len());
}

fn original(good: &Given) -> Checked {
    let outcome = verify(&good.request, &mut RootMemo::default()).expect("a call that is right");
    assert!(outcome.verdict.is_ok(), "{} is verified", good.name);
    Checked::of(&good.request.bundle, &outcome.report, &good.request.options.limits)
}

/// For each number one mutant that is refused.
fn run(good: &[Given], originals: &[Checked], numbers: impl Iterator<Item = u64>) -> Counts {
    let mut roots = RootMemo::default();
    let mut counts = Counts::default();
    let donors: Vec<usize> = (0..good.len()).filter(|index| originals[*index].is_whole()).collect();
    for number in numbers {
        let mut random = ChaCha8Rng::seed_from_u64(SEED ^ number);
        loop {
            let mutant = mutant(good, &donors, &mut random);
            match judge(good, originals, &mutant, &mut roots) {
                Ok(Kinship::Same) => {
                    for place in mutant.document.differences(&good[mutant.base].bundle) {
                        *counts.outside.entry(place).or_default() += 1;
                    }
                }
                Ok(Kinship::Borrowed) => counts.borrowed += 1,
                Ok(Kinship::Foreign(foreign)) => {
                    let names = (&good[mutant.base].name, &good[mutant.donor].name);
                    panic!("mutant {number} of {names:?} by {:?} is accepted: {foreign}", mutant.mutation);
                }
                Err(refusal) => {
                    let stage = Stage::of_code(refusal.code).area().to_owned();
                    *counts.refused.entry((mutant.mutation, stage)).or_default() += 1;
                    break;
                }
            }
        }
    }
    counts
}

/// The next mutant. It differs from its base as a document. All evidence of the donor is known to be good.
fn mutant(good: &[Given], donors: &[usize], random: &mut ChaCha8Rng) -> Mutant {
    loop {
        let mut bytes = [0; 64];
        random.fill_bytes(&mut bytes);
        let mut dice = Dice::new(&bytes);
        let (base, donor) = (dice.below(good.len()), donors[dice.below(donors.len())]);
        let mut document = good[base].bundle.clone();
        let mut mutation = document.mutate(&good[donor].bundle, &mut dice);
        if dice.byte() < 50 {
            mutation = document.mutate(&good[donor].bundle, &mut dice).or(mutation);
        }
        if let Some(mutation) = mutation.filter(|_| document != good[base].bundle) {
            return Mutant { base, donor, document, mutation };
        }
    }
}

/// How an accepted mutant is related to what it was made of.
enum Kinship {
    /// Everything checked is as in the base.
    Same,
    /// Everything checked is about the same signature, and stands in the base or in the donor.
    Borrowed,
    /// Something stands in neither.
    Foreign(String),
}

fn judge(
    good: &[Given],
    originals: &[Checked],
    mutant: &Mutant,
    roots: &mut RootMemo,
) -> Result<Kinship, Refusal> {
    let mut request = good[mutant.base].request.clone();
    request.bundle = mutant.document.encode();
    let outcome = verify(&request, roots).expect("only the bundle is another one");
    outcome.verdict?;
    let checked = Checked::of(&request.bundle, &outcome.report, &request.options.limits);
    let (base, donor) = (&originals[mutant.base], &originals[mutant.donor]);
    Ok(match (checked.comes_from(&[base]), checked.comes_from(&[base, donor])) {
        (Ok(()), _) => Kinship::Same,
        (_, Ok(())) => Kinship::Borrowed,
        (_, Err(foreign)) => Kinship::Foreign(foreign),
    })
}

fn say(counts: &Counts, bases: usize) {
    let mut stages: BTreeMap<&str, u64> = BTreeMap::new();
    let mut mutations: BTreeMap<Mutation, u64> = BTreeMap::new();
    for ((mutation, stage), count) in &counts.refused {
        *stages.entry(stage).or_default() += count;
        *mutations.entry(*mutation).or_default() += count;
    }
    let refused = stages.values().sum::<u64>();
    let lines = [
        format!("{refused} mutants of {bases} good bundles refused, 0 accepted"),
        format!("by stage: {stages:?}"),
        format!("by mutation: {mutations:?}"),
        format!("with evidence of another good bundle about the same signature: {}", counts.borrowed),
        format!("changed outside of what is signed or checked: {:#?}", counts.outside),
    ];
    writeln!(stderr(), "{}", lines.join("\n")).expect("somebody reads");
}
