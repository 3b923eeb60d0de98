//! The command of these tests; see the README.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use cretula_interoperability::{Options, Part, run};
use cretula_peers::Tools;

/// Signs with real services and asks other clients about the bundles.
#[derive(Parser)]
struct Arguments {
    /// What is started
    #[arg(long, value_enum, default_value_t = Chosen::Services)]
    part: Chosen,
    /// A missing program is an error
    #[arg(long)]
    require_all: bool,
    /// Folder in which programs are installed; default: `target/tools` of the repository
    #[arg(long)]
    tools: Option<PathBuf>,
    /// Folder for logs and data; default: one below that of the tools
    #[arg(long)]
    data: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Chosen {
    /// OpenBao, with virtual services
    Openbao,
    /// Real services
    Services,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let tools = arguments.tools.map_or_else(Tools::default, Tools::new);
    let (part, name) = match arguments.part {
        Chosen::Openbao => (Part::OpenBao, "data-openbao"),
        Chosen::Services => (Part::Services, "data-services"),
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
