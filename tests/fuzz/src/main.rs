//! Writes the seeds of every target below a folder.

use std::path::Path;
use std::{env, fs, io, process::ExitCode};

use cretula_crypto::HashAlgorithm;

fn main() -> ExitCode {
    let Some(folder) = env::args_os().nth(1) else {
        say("usage: cretula-fuzz FOLDER");
        return ExitCode::FAILURE;
    };
    match write(Path::new(&folder)) {
        Ok(written) => {
            say(&format!("{written} seeds"));
            ExitCode::SUCCESS
        }
        Err(error) => {
            say(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &Path) -> io::Result<usize> {
    let mut written = 0;
    for (target, inputs) in cretula_fuzz::seeds::seeds() {
        let folder = folder.join(target);
        fs::create_dir_all(&folder)?;
        for input in inputs {
            let name = HashAlgorithm::Sha256.digest(&[&input]).to_hex();
            fs::write(folder.join(&name[..20]), input)?;
            written += 1;
        }
    }
    Ok(written)
}

#[expect(clippy::print_stderr, reason = "a command says what it did")]
fn say(line: &str) {
    eprintln!("{line}");
}
