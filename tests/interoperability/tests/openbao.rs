//! Signing with keys of OpenBao; the other services are virtual.

use std::process::ExitCode;

use cretula_interoperability::{Part, command};

fn main() -> ExitCode {
    command(Part::OpenBao)
}
