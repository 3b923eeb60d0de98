//! The contract is part of the adapter: a change of `wit/` builds it anew.

fn main() {
    println!("cargo::rerun-if-changed=../../wit");
}
