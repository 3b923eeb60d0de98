//! The contract is part of the module: a change of `wit/` builds it anew.

fn main() {
    println!("cargo::rerun-if-changed=../../wit");
}
