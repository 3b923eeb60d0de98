//! Signing with real services, and what other clients say of the bundles.

use std::process::ExitCode;

use cretula_interoperability::{Part, command};

fn main() -> ExitCode {
    command(Part::Services)
}
