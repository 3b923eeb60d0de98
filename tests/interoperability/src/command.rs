//! The command line of the test programs.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use cretula_peers::Tools;

use crate::case::Part;
use crate::run::{Options, run};

#[derive(Parser)]
struct Arguments {
    /// A missing program is an error
    #[arg(long)]
    require_all: bool,
    /// Folder in which programs are installed; default: `target/tools` of the repository
    #[arg(long)]
    tools: Option<PathBuf>,
    /// Folder for logs and data, which is made anew; default: one below that of the tools
    #[arg(long)]
    data: Option<PathBuf>,
}

/// Runs one part as the arguments of this process say: the `main` of a test program.
#[must_use]
pub fn command(part: Part) -> ExitCode {
    let arguments = Arguments::parse();
    let tools = arguments.tools.map_or_else(Tools::default, Tools::new);
    let name = match part {
        Part::OpenBao => "data-openbao",
        Part::Services => "data-services",
    };
    let folder = arguments.data.unwrap_or_else(|| tools.folder(name));
    match run(&Options { part, require_all: arguments.require_all, tools, folder }) {
        Ok(summary) => {
            println!("{} passed, {} failed, {} skipped", summary.passed, summary.failed, summary.skipped);
            if summary.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
