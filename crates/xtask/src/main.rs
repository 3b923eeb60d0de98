//! Every developer command of Cretula, as `cargo xtask COMMAND`.
//!
//! Each command does the set-up that it needs and says what it installs.

mod build;
mod demo;
mod generate;
mod process;
mod promises;
mod root;
mod say;
mod test;
mod vectors;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use root::Root;

/// Developer commands of Cretula.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Builds the module into target/cretula/, checks it and prints its sizes.
    Build(build::Arguments),
    /// Builds the command and verifies a real public-good bundle with it.
    Demo(demo::Arguments),
    /// Writes the generated files, or checks that they are up to date.
    Generate(generate::Arguments),
    /// Compares the promises of SPECIFICATION.md with the tests that ran last.
    Promises(promises::Arguments),
    /// Runs the tests of the fast lane.
    Test(test::Arguments),
    /// Runs a folder of vectors with a manifest.
    Vectors(vectors::Arguments),
}

fn main() -> ExitCode {
    let root = Root::of_this_build();
    let result = match Arguments::parse().command {
        Command::Build(arguments) => build::run(&root, &arguments),
        Command::Demo(arguments) => demo::run(&root, &arguments),
        Command::Generate(arguments) => generate::run(&root, &arguments),
        Command::Promises(arguments) => promises::run(&root, &arguments),
        Command::Test(arguments) => test::run(&root, &arguments),
        Command::Vectors(arguments) => vectors::run(&arguments).and_then(vectors::Outcome::into_result),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::problem(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}
