//! The shape of the workspace: arrows point down, and every crate inside the module has its reason.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "output of cargo, outside of the module; a test that cannot read it fails"
)]

use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
};

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Each crate of the core and what it may use of ours (architecture: one noun a crate).
const ARROWS: [(&str, &[&str]); 10] = [
    ("cretula-encoding", &[]),
    ("cretula-crypto", &["encoding"]),
    ("cretula-pki", &["encoding", "crypto"]),
    ("cretula-tlog", &["encoding", "crypto"]),
    ("cretula-attestation", &["encoding", "crypto"]),
    ("cretula-bundle", &["encoding", "crypto"]),
    ("cretula-verify", &["encoding", "crypto", "pki", "tlog", "attestation", "bundle"]),
    ("cretula-attest", &["encoding", "crypto", "pki", "tlog", "attestation", "bundle", "verify"]),
    ("cretula-component", &["encoding", "crypto", "verify", "attest"]),
    ("cretula-signer", &[]),
];

fn workspace() -> Metadata {
    let cargo = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo metadata");
    assert!(cargo.status.success(), "{}", String::from_utf8_lossy(&cargo.stderr));
    serde_json::from_slice(&cargo.stdout).expect("metadata")
}

/// Dependencies that are linked, not those of tests and build scripts.
fn uses(package: &Package) -> BTreeSet<&str> {
    package.dependencies.iter().filter(|used| used.kind.is_none()).map(|used| used.name.as_str()).collect()
}

#[test]
fn arrows_point_down_only() {
    let metadata = workspace();
    let ours: BTreeSet<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    let packages: BTreeMap<&str, &Package> =
        metadata.packages.iter().map(|package| (package.name.as_str(), package)).collect();
    for (name, allowed) in ARROWS {
        let package = packages.get(name).unwrap_or_else(|| panic!("{name} is missing"));
        for used in uses(package).into_iter().filter(|used| ours.contains(used)) {
            let short = used.trim_start_matches("cretula-");
            assert!(allowed.contains(&short), "{name} may not use {used}");
        }
    }
}

/// What the host links of the core beside the module: encodings (base64, PEM, strict JSON, escaping of foreign text);
/// `cretula-attest` for the guard, which the module must not run over itself, and for the table of claims;
/// `cretula-crypto` for the signatures of ID tokens, which no module ever sees. Bundles are verified in the module only.
const OF_THE_HOST: [&str; 3] = ["cretula-attest", "cretula-crypto", "cretula-encoding"];

#[test]
fn hosts_know_the_module_and_not_its_crates() {
    for package in workspace().packages.iter().filter(|package| package.name == "cretula") {
        let is_foreign = |used: &&str| used.starts_with("cretula-") && !OF_THE_HOST.contains(used);
        let core: Vec<_> = uses(package).into_iter().filter(is_foreign).collect();
        assert!(core.is_empty(), "the host embeds the module and links nothing of {core:?}");
    }
}

/// Glue around the core: its bindings need the target's standard library.
const GLUE: [&str; 2] = ["cretula-component", "cretula-signer"];

#[test]
fn core_crates_are_no_std() {
    for (name, _) in ARROWS.iter().filter(|(name, _)| !GLUE.contains(name)) {
        let path = root().join("crates").join(name.trim_start_matches("cretula-")).join("src/lib.rs");
        let text = std::fs::read_to_string(&path).expect("lib.rs");
        assert!(text.contains("#![no_std]"), "{name}");
    }
}

/// Names of the crates that are linked into one of the built files, without macros and what only they use.
fn tree(package: &str) -> BTreeSet<String> {
    let cargo = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--package", package, "--edges", "normal,no-proc-macro"])
        .args(["--target", "wasm32-unknown-unknown", "--prefix", "none", "--format", "{p}"])
        .current_dir(root())
        .output()
        .expect("cargo tree");
    assert!(cargo.status.success(), "{}", String::from_utf8_lossy(&cargo.stderr));
    let text = String::from_utf8(cargo.stdout).expect("text");
    let names = text.lines().filter_map(|line| line.split(' ').next());
    names.filter(|name| !name.is_empty()).map(String::from).collect()
}

/// The crates of others in the module.
fn linked() -> BTreeSet<String> {
    tree("cretula-component").into_iter().filter(|name| !name.starts_with("cretula-")).collect()
}

#[test]
fn the_adapter_links_its_bindings_and_nothing_else() {
    let expected = ["cretula-signer", "wit-bindgen"].map(String::from);
    assert_eq!(tree("cretula-signer"), BTreeSet::from(expected), "the adapter has no logic to link");
}

#[test]
fn every_crate_in_the_module_has_its_reason() {
    let text = std::fs::read_to_string(root().join("deny.toml")).expect("deny.toml");
    let reasons: BTreeSet<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# module: "))
        .filter_map(|line| line.split_once(": "))
        .filter(|(_, reason)| !reason.trim().is_empty())
        .map(|(name, _)| name.to_string())
        .collect();
    let linked = linked();
    assert!(linked.len() > 20, "cargo tree listed only {linked:?}");
    assert!(linked.len() <= 65, "{} crates are linked, at most 65 are allowed", linked.len());
    let without: Vec<_> = linked.difference(&reasons).collect();
    let stale: Vec<_> = reasons.difference(&linked).collect();
    assert!(without.is_empty(), "no reason in deny.toml for {without:?}");
    assert!(stale.is_empty(), "not linked any more: {stale:?}");
}

/// Names by which libraries hold or use a private key, and by which they make one.
const OF_PRIVATE_KEYS: [&str; 10] = [
    "SigningKey",
    "SecretKey",
    "PrivateKey",
    "SecretScalar",
    "Keypair",
    "KeyPair",
    ".sign(",
    "try_sign",
    "sign_prehash",
    "getrandom",
];

/// What the adapter names: a handle of the host to a key that stays there, and its function.
const CALLS_OF_HANDLES: [(&str, &str); 2] = [("cretula-signer", ".sign("), ("cretula-signer", "SigningKey")];

/// Code without tests and comments.
fn code_of(folder: &Path, files: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if name != "tests" {
                code_of(&path, files);
            }
        } else if name.ends_with(".rs") && !matches!(name, "tests.rs" | "testing.rs") {
            let text = std::fs::read_to_string(&path).expect("a source");
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            files.push((path, lines.collect::<Vec<_>>().join("\n")));
        }
    }
}

#[test]
fn no_code_of_the_module_holds_a_private_key() {
    let mut read = 0;
    for (name, _) in ARROWS {
        let mut files = Vec::new();
        code_of(&root().join("crates").join(name.trim_start_matches("cretula-")).join("src"), &mut files);
        for (path, code) in files {
            read += 1;
            for word in OF_PRIVATE_KEYS.iter().filter(|word| !CALLS_OF_HANDLES.contains(&(name, **word))) {
                assert!(!code.contains(word), "{} names {word}", path.display());
            }
        }
    }
    assert!(read > 150, "only {read} files were read");
    let linked = linked();
    for source in ["getrandom", "rand", "rand_chacha", "rand_pcg"] {
        assert!(!linked.contains(source), "{source} is linked: what makes keys needs random numbers");
    }
}
