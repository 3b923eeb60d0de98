//! Lints the shipped workflows; with `--released` placeholders are findings too.

use std::io::{self, Write as _};
use std::process::ExitCode;

use cretula_workflows::{File, Release, SHIPPED, lint, read_shipped};

fn main() -> io::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let must_be_released = match arguments.as_slice() {
        [] => false,
        [one] if one == "--released" => true,
        _ => {
            writeln!(io::stderr(), "usage: cretula-workflows [--released]")?;
            return Ok(ExitCode::from(2));
        }
    };
    let mut output = io::stdout().lock();
    let mut is_good = true;
    for (path, kind) in SHIPPED {
        match File::parse(kind, &read_shipped(path)?) {
            Ok(file) => {
                let (findings, release) = (lint(&file), Release::of(&file));
                for finding in &findings {
                    writeln!(output, "{path}: {finding}")?;
                }
                writeln!(output, "{path}: {} findings, {release}", findings.len())?;
                is_good &= findings.is_empty() && (release == Release::Released || !must_be_released);
            }
            Err(error) => {
                writeln!(output, "{path}: line {}: {:?}", error.line, error.kind)?;
                is_good = false;
            }
        }
    }
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
