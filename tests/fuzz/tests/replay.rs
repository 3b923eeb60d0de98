//! Replays what every target has met: seeds, each with a few small changes, committed inputs, and the shared vectors.

use std::collections::BTreeSet;
use std::io::{Write as _, stderr};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::{fs, panic};

use cretula_encoding::hex;
use cretula_fuzz::seeds::{Seeds, seeds};
use cretula_fuzz::{Run, TARGETS};

/// Vectors above this are not documents that a target reads, or take long in a debug build.
const MAX_VECTOR_BYTES: u64 = 64 << 10;

/// Where vectors of a folder go; the others are certificates and signatures in files of other formats.
const VECTORS: &[(&str, &[&str])] = &[
    ("bundle", &["bundles", "npm", "pypi", "slsa", "private"]),
    ("certificate", &["x509", "rfc3161"]),
    ("checkpoint", &["tlog"]),
    ("component_abi", &["bundles", "trusted-roots", "jcs"]),
    ("encodings", &["rfc3161", "sct", "x509", "dsse", "tlog"]),
    ("inclusion_proof", &["tlog"]),
    ("jcs", &["jcs", "trusted-roots", "intoto", "slsa-predicates"]),
    ("log_body", &["tlog", "bundles"]),
    ("policy", &["jcs"]),
    ("sct_list", &["sct"]),
    ("statement", &["dsse", "intoto", "slsa-predicates", "slsa"]),
    ("timestamp_token", &["rfc3161"]),
    ("trusted_root", &["trusted-roots"]),
];

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn all_seeds() -> &'static Seeds {
    static SEEDS: OnceLock<Seeds> = OnceLock::new();
    SEEDS.get_or_init(seeds)
}

/// Files below a folder in the order of their names; none if there is no such folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    files(&folder).iter().map(|path| fs::read(path).expect("an input")).collect()
}

fn vectors(target: &str) -> Vec<Vec<u8>> {
    let place = repository().join("../shared/vectors");
    let folders = VECTORS.iter().find(|(name, _)| *name == target).map_or(&[][..], |(_, folders)| folders);
    let paths: BTreeSet<PathBuf> = folders.iter().flat_map(|folder| files(&place.join(folder))).collect();
    let small =
        paths.iter().filter(|path| path.metadata().is_ok_and(|found| found.len() <= MAX_VECTOR_BYTES));
    small.map(|path| fs::read(path).expect("a vector")).collect()
}

/// Cut, one bit changed, one byte doubled: where depends on the number of the seed.
fn neighbours(seed: &[u8], number: usize) -> [Vec<u8>; 3] {
    let at = if seed.is_empty() { 0 } else { (number * 7919 + 13) % seed.len() };
    let mut flipped = seed.to_vec();
    if let Some(byte) = flipped.get_mut(at) {
        *byte ^= 1 << (number % 8);
    }
    let mut longer = seed.to_vec();
    longer.insert(at, 0x30);
    [seed[..at].to_vec(), flipped, longer]
}

fn run_all(name: &str, run: Run, kind: &str, inputs: &[Vec<u8>]) -> usize {
    for input in inputs {
        if panic::catch_unwind(|| run(input)).is_err() {
            let shown = &input[..input.len().min(4096)];
            panic!("{name}: a property does not hold for an input of {kind}: {}", hex::encode(shown));
        }
    }
    inputs.len()
}

fn replay(name: &str) {
    let (_, run) = TARGETS.iter().find(|(target, _)| *target == name).expect("a target");
    let seeds: Vec<Vec<u8>> = all_seeds()[name].iter().cloned().collect();
    let close: Vec<Vec<u8>> =
        seeds.iter().enumerate().flat_map(|(number, seed)| neighbours(seed, number)).collect();
    let (corpus, vectors) = (corpus(name), vectors(name));
    let counts = [("seeds", &seeds), ("neighbours", &close), ("corpus", &corpus), ("vectors", &vectors)]
        .map(|(kind, inputs)| format!("{} {kind}", run_all(name, *run, kind, inputs)));
    assert!(seeds.len() >= 10, "{name}: only {} seeds", seeds.len());
    say(&format!("{name}: {}", counts.join(", ")));
}

fn say(line: &str) {
    writeln!(stderr(), "{line}").expect("somebody reads");
}

macro_rules! replays {
    ($($target:ident),*) => {
        $(#[test]
        fn $target() {
            replay(stringify!($target));
        })*

        #[test]
        fn every_target_is_replayed() {
            let names: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
            assert_eq!(names, [$(stringify!($target)),*]);
            assert!(names.is_sorted());
            for (name, _) in TARGETS {
                let binary = repository().join("fuzz/fuzz_targets").join(format!("{name}.rs"));
                assert!(binary.is_file(), "no fuzz_targets/{name}.rs");
            }
            if !repository().join("../shared/vectors").is_dir() {
                say("SKIPPED: ../shared/vectors is not there; its files were not replayed");
            }
        }
    };
}

replays!(
    bundle,
    certificate,
    checkpoint,
    component_abi,
    encodings,
    inclusion_proof,
    jcs,
    log_body,
    policy,
    resume_state,
    sct_list,
    signing_replies,
    statement,
    timestamp_token,
    trusted_root,
    verify_structured
);
