//! The most expensive inputs that break no limit, in fuel and memory (C2). Memory above 64 MiB is refused here, so that no
//! outcome of the table needs more.

use std::time::Instant;

use cretula_sandbox_tests::{Allowance, announce};
use cretula_testkit::{Algorithm, Inputs, cases::good};

use super::{FUEL_CAP, MAX_PAGES, Reply, WORST_LEGAL_FUEL, inputs, mega, metered};

/// An input, what it comes to, and whether it takes more than the budget of C2.
struct Worst {
    name: &'static str,
    make: fn() -> Inputs,
    outcome: &'static str,
    over: bool,
}

const fn row(name: &'static str, make: fn() -> Inputs, outcome: &'static str) -> Worst {
    Worst { name, make, outcome, over: false }
}

/// Above the budget of C2: README.md says what is pending.
const fn over(name: &'static str, make: fn() -> Inputs, outcome: &'static str) -> Worst {
    Worst { name, make, outcome, over: true }
}

/// The budget of C2 is 150 ms where a typical bundle has 15 ms (C5).
const C2_RATIO: u64 = 10;

/// An automaton of nearly 32 KiB in which all states are active at once.
const LARGE_REGEX: &str = "(?:a?b?/?){104}x";

const INPUTS: &[Worst] = &[
    row("typical: keyless, Rekor v2 and a timestamp", || inputs::good(&good::KEYLESS_V2).build(), "verified"),
    row("typical: keyless, Rekor v1", || inputs::good(&good::KEYLESS_V1).build(), "verified"),
    over("250 P-256 keys of one id", || inputs::keys(Algorithm::P256, 250), "verified"),
    over("250 P-521 keys of one id", || inputs::keys(Algorithm::P521, 250), "limits/signature-total"),
    over("60 P-384 keys of one id", || inputs::keys(Algorithm::P384, 60), "verified"),
    over("60 P-521 keys of one id", || inputs::keys(Algorithm::P521, 60), "verified"),
    over("60 RSA-4096 keys of one id", || inputs::rsa_keys(4096, 60), "log-binding/signature"),
    over("15 P-521 authorities with 2 namesakes each", || inputs::namesakes(Algorithm::P521, 15), "verified"),
    over("10 RSA-8192 authorities with 2 namesakes each", || inputs::rsa_namesakes(10), "chain/algorithm"),
    row("3 entries with 63 cosignatures each", || inputs::witnesses(3, 63), "verified"),
    row("64 extensions, 16 promises, one log listed 64 times", || inputs::promises(64, 16, 64), "verified"),
    over(
        "8 tokens of 40 KiB with 8 certificates, P-521",
        || inputs::tokens(Algorithm::P521, 8, 8, 40_000),
        "verified",
    ),
    over("8 trusted roots of 64 instances of each kind", || inputs::roots(8, 64), "verified"),
    over("8 trusted roots of 1 MiB, [[],[],…]", || inputs::dense_roots(8, "[]"), "verified"),
    over(
        "254 signers of 6 globs over 2 KiB",
        || inputs::patterns(254, 2040, 1, 1, ("glob", "**/x")),
        "identity/no-match",
    ),
    over(
        "the same at 8 times for 8 authorities",
        || inputs::patterns(254, 2040, 8, 8, ("glob", "**/x")),
        "identity/no-match",
    ),
    row(
        "6 regexes of 32 KiB over 2 KiB",
        || inputs::patterns(1, 2040, 1, 1, ("regex", LARGE_REGEX)),
        "identity/claim",
    ),
    row(
        "240 regexes of 1 KiB over 2 KiB",
        || inputs::patterns(40, 2040, 1, 1, ("regex", "(?:a?b?/?){4}x")),
        "identity/no-match",
    ),
    over("1024 subjects of 1 digest, 64 artifacts", || inputs::subjects(1024, 1, 64), "verified"),
    over("500 subjects of 16 digests, 64 artifacts", || inputs::subjects(500, 16, 64), "verified"),
    row("8 checkpoints of 64 lines, 85 KiB", || inputs::checkpoints(8, 64, 1000), "verified"),
    over("artifact of 8 MiB", || inputs::artifact(8 << 20, Algorithm::P521), "verified"),
    over("predicate of 700 KiB, [1,1,…]", || inputs::predicate(inputs::dense("1", 700 << 10)), "verified"),
    row("predicate of 700 KiB, [[],[],…]", || inputs::predicate(inputs::dense("[]", 700 << 10)), "verified"),
    over(
        "predicate of 700 KiB, [{\"\":1},…]",
        || inputs::predicate(inputs::dense("{\"\":1}", 700 << 10)),
        "verified",
    ),
    row("bundle of 1 MiB, [[],[],…]", || inputs::skipped(&inputs::dense("[]", 1_020_000)), "verified"),
    over("log body of 700 KiB, [1,1,…]", || inputs::body(&inputs::dense("1", 700 << 10)), "time/set"),
];

/// What a call took.
struct Cost {
    outcome: String,
    fuel: u64,
    pages: usize,
    millis: u128,
}

fn measure(worst: &Worst) -> Cost {
    let request = (worst.make)().to_document();
    let start = Instant::now();
    let measured = metered().verify(&request, Allowance { fuel: FUEL_CAP, pages: MAX_PAGES });
    let millis = start.elapsed().as_millis();
    Cost { outcome: Reply::of(&measured), fuel: measured.fuel, pages: measured.pages, millis }
}

#[test]
fn the_most_expensive_legal_inputs() {
    let typical = measure(&INPUTS[0]).fuel;
    let mut wrong = Vec::new();
    announce("| input | outcome | million fuel | times typical | pages | ms |");
    for worst in INPUTS {
        let cost = measure(worst);
        let tenths = cost.fuel * 10 / typical;
        announce(&format!(
            "| {} | {} | {} | {}.{} | {} | {} |",
            worst.name,
            cost.outcome,
            mega(cost.fuel),
            tenths / 10,
            tenths % 10,
            cost.pages,
            cost.millis
        ));
        if cost.outcome != worst.outcome {
            wrong.push(format!("{}: expected {}, found {}", worst.name, worst.outcome, cost.outcome));
        }
        let allowed = if worst.over { WORST_LEGAL_FUEL } else { C2_RATIO * typical };
        if cost.fuel > allowed {
            wrong.push(format!(
                "{}: {} million fuel, allowed are {}",
                worst.name,
                mega(cost.fuel),
                mega(allowed)
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
