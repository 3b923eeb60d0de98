//! The command line. It verifies and signs nothing itself: verdicts and bundles come out of the sandbox.

mod arguments;
mod artifact;
mod attest;
mod config;
mod demand;
mod files;
mod github;
mod inspect;
mod keys;
mod names;
mod outcome;
mod policy;
mod report;
mod request;
mod sandbox;
mod secrets;
mod show;
mod surroundings;
mod trust;
mod verify;
mod version;
mod words;

use std::process::ExitCode;

use clap::Parser as _;

use arguments::{Arguments, Command, PolicyCommand};
use outcome::{Exit, Trouble};
use surroundings::Output;

/// Runs the command of this process's command line.
pub(crate) fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error),
    };
    let mut output = Output::of_process();
    let exit = match dispatch(&arguments, &mut output) {
        Ok(exit) => exit,
        Err(trouble) => {
            output.note(&show::trouble(&trouble, output.diagnostics()));
            trouble.exit()
        }
    };
    output.finish(exit).code()
}

fn dispatch(arguments: &Arguments, output: &mut Output) -> Result<Exit, Trouble> {
    if arguments.version {
        return version::run(output);
    }
    match &arguments.command {
        Some(Command::Verify(arguments)) => verify::run(arguments, output),
        Some(Command::Inspect(arguments)) => inspect::run(arguments, output),
        Some(Command::Policy(PolicyCommand::Check { file })) => policy::check(file, output),
        Some(Command::VerifyBundle(arguments)) => verify::run(&arguments.to_verify(), output),
        Some(Command::Attest(arguments)) => attest::run(arguments, output),
        Some(Command::Statement(arguments)) => attest::statement(arguments, output),
        Some(Command::Keys(command)) => keys::run(command, output),
        Some(Command::Config(command)) => config::run(command, output),
        None => Err(Trouble::usage("no command was given").try_this("cretula --help")),
    }
}

/// Help goes to stdout and is a success; everything else is wrong use.
fn usage(error: &clap::Error) -> ExitCode {
    match (error.print(), error.use_stderr()) {
        (Ok(()), false) => Exit::Success.code(),
        _ => Exit::Usage.code(),
    }
}
