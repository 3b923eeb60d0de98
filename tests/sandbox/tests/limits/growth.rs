//! Work grows linearly with the input (C4): doubling it costs at most 2.2 times the fuel.

use cretula_sandbox_tests::{Allowance, announce};
use cretula_testkit::{Algorithm, Inputs};

use super::{FUEL_CAP, MAX_PAGES, Reply, inputs, mega, metered};

/// Something of which there may be more, and three numbers of it, each twice the one before.
struct Growth {
    of: &'static str,
    sizes: [usize; 3],
    make: fn(usize) -> Inputs,
}

fn u64_of(number: usize) -> u64 {
    u64::try_from(number).unwrap()
}

const GROWTHS: &[Growth] = &[
    Growth {
        of: "bytes of a predicate",
        sizes: [160 << 10, 320 << 10, 640 << 10],
        make: |n| inputs::predicate(inputs::dense("[{\"a\":1}]", n)),
    },
    Growth {
        of: "bytes of one string in a predicate",
        sizes: [160 << 10, 320 << 10, 640 << 10],
        make: |n| inputs::predicate(format!("\"{}\"", "\\n".repeat(n / 2))),
    },
    Growth {
        of: "members of an object in a predicate",
        sizes: [10_000, 20_000, 40_000],
        make: |n| {
            // Not in the order of their names.
            let members: Vec<String> = (0..n).map(|m| format!("\"{}\":1", m * 7919 % 1_000_003)).collect();
            inputs::predicate(format!("{{{}}}", members.join(",")))
        },
    },
    Growth {
        of: "bytes of a skipped member",
        sizes: [250_000, 500_000, 1_000_000],
        make: |n| inputs::skipped(&inputs::dense("[]", n)),
    },
    Growth { of: "log entries", sizes: [2, 4, 8], make: |n| inputs::checkpoints(u64_of(n), 1, 64) },
    Growth { of: "checkpoint lines", sizes: [16, 32, 64], make: |n| inputs::checkpoints(8, n, 64) },
    Growth {
        of: "bytes of checkpoint lines",
        sizes: [256, 512, 1024],
        make: |n| inputs::checkpoints(8, 64, n),
    },
    Growth { of: "cosignatures", sizes: [15, 30, 60], make: |n| inputs::witnesses(2, n) },
    Growth {
        of: "timestamps",
        sizes: [2, 4, 8],
        make: |n| inputs::tokens(Algorithm::P256, u64_of(n), 2, 10),
    },
    Growth {
        of: "bytes of tokens",
        sizes: [10_000, 20_000, 40_000],
        make: |n| inputs::tokens(Algorithm::P256, 8, 1, n),
    },
    Growth { of: "subjects", sizes: [256, 512, 1024], make: |n| inputs::subjects(n, 4, 1) },
    Growth { of: "digests of subjects", sizes: [4, 8, 16], make: |n| inputs::subjects(400, n, 1) },
    Growth { of: "artifacts", sizes: [16, 32, 64], make: |n| inputs::subjects(1024, 2, n) },
    Growth {
        of: "bytes of an artifact",
        sizes: [1 << 20, 2 << 20, 4 << 20],
        make: |n| inputs::artifact(n, Algorithm::P256),
    },
    Growth {
        of: "policy nodes",
        sizes: [63, 126, 252],
        make: |n| inputs::patterns(n, 999, 1, 1, ("glob", "**/x")),
    },
    Growth {
        of: "bytes of claims",
        sizes: [510, 1020, 2040],
        make: |n| inputs::patterns(100, n, 1, 1, ("glob", "**/x")),
    },
    Growth {
        of: "times",
        sizes: [2, 4, 8],
        make: |n| inputs::patterns(4, 510, u64_of(n), 1, ("glob", "**/x")),
    },
    Growth {
        of: "authorities",
        sizes: [16, 32, 64],
        make: |n| inputs::patterns(4, 510, 1, n, ("glob", "**/x")),
    },
    Growth { of: "managed keys", sizes: [60, 120, 240], make: |n| inputs::keys(Algorithm::P256, n) },
    Growth { of: "instances of a trusted root", sizes: [16, 32, 64], make: |n| inputs::roots(2, n) },
    Growth { of: "trusted roots", sizes: [2, 4, 8], make: |n| inputs::dense_roots(n, "{\"a\":[]}") },
    Growth { of: "extensions", sizes: [15, 30, 60], make: |n| inputs::promises(n, 1, 1) },
    Growth { of: "promises of logs", sizes: [4, 8, 16], make: |n| inputs::promises(16, u64_of(n), 1) },
];

#[test]
fn doubled_input_is_at_most_doubled_work() {
    let mut wrong = Vec::new();
    announce("| more of | million fuel | ratios |");
    for growth in GROWTHS {
        let mut fuels = Vec::new();
        for size in growth.sizes {
            let allowance = Allowance { fuel: FUEL_CAP, pages: MAX_PAGES };
            let measured = metered().verify(&(growth.make)(size).to_document(), allowance);
            let outcome = Reply::of(&measured);
            if outcome != "verified" && outcome != "identity/no-match" {
                wrong.push(format!("{} {size}: {outcome}", growth.of));
            }
            fuels.push(measured.fuel);
        }
        let percents: Vec<u64> = fuels.windows(2).map(|pair| pair[1] * 100 / pair[0]).collect();
        let shown: Vec<String> = fuels.iter().map(|fuel| mega(*fuel)).collect();
        announce(&format!("| {} | {} | {percents:?} % |", growth.of, shown.join(", ")));
        if percents.iter().any(|percent| *percent > 220) {
            wrong.push(format!("{}: {percents:?} % per doubling", growth.of));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
