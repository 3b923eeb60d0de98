#![doc = include_str!("../README.md")]

mod clauses;
mod inputs;
mod mutants;
mod ours;
mod peers;
mod recorded;
mod report;
mod scope;
mod tally;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use cretula_peers::{Opinion, Tools};

use crate::inputs::{Input, Inputs, Source};
use crate::peers::{KINDS, Kind};
use crate::recorded::Recorded;
use crate::report::{Mode, Run};
use crate::tally::Tally;

/// Mutants of a run of standard length.
const MUTANTS: usize = 10_000;

/// Second opinions on vectors, cases and mutants.
#[derive(Parser)]
struct Arguments {
    /// A missing peer or a missing folder of vectors is an error
    #[arg(long)]
    require_all: bool,
    /// How many mutants
    #[arg(long, default_value_t = MUTANTS)]
    mutants: usize,
    /// Only these peers, separated by commas
    #[arg(long, value_delimiter = ',')]
    peers: Vec<String>,
    /// A document instead of a table
    #[arg(long)]
    json: bool,
    /// Ask no peer; compare with the recorded verdicts
    #[arg(long, conflicts_with = "record")]
    replay: bool,
    /// Write the verdicts on vectors and cases to the folder of recorded ones
    #[arg(long)]
    record: bool,
    /// Folder of the shared vectors
    #[arg(long)]
    vectors: Option<PathBuf>,
    /// Folder in which peers are installed; default: `target/tools` of the repository
    #[arg(long)]
    tools: Option<PathBuf>,
}

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|_| {}));
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<bool> {
    let home = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let vectors = arguments.vectors.clone().unwrap_or_else(|| home.join("../../../shared/vectors"));
    let tools = arguments.tools.clone().map_or_else(Tools::default, Tools::new);
    let recorded = home.join("recorded");
    let rows = clauses::load(&home.join("clauses.toml"))?;
    let kinds = chosen(&arguments.peers)?;
    let inputs = Inputs::collect(&vectors, if arguments.replay { 0 } else { arguments.mutants })?;
    let asked = std::thread::scope(|scope| {
        let (tools, recorded, inputs) = (&tools, recorded.as_path(), &inputs.all);
        let asking = |kind: &'static Kind| {
            let path = recorded.join(format!("{}.json", kind.peer.name));
            scope.spawn(move || ask(kind, tools, &path, inputs, arguments))
        };
        let threads: Vec<_> = kinds.iter().map(|kind| (*kind, asking(kind))).collect();
        threads
            .into_iter()
            .map(|(kind, thread)| {
                Ok((kind, thread.join().map_err(|_| anyhow::anyhow!("{} failed", kind.peer.name))??))
            })
            .collect::<Result<Vec<_>>>()
    })?;
    let mut peers = Vec::new();
    for (kind, (mode, opinions)) in asked {
        let tally = Tally::of(kind, &rows, &inputs.all, &opinions);
        peers.push((kind, mode, tally));
    }
    let standard = arguments.mutants == MUTANTS && arguments.peers.is_empty() && !arguments.replay;
    let run = Run { inputs: &inputs, rows: &rows, peers, standard, require_all: arguments.require_all };
    Ok(if arguments.json { run.write_json() } else { run.write_table() })
}

/// The opinions of a peer, in the order of the inputs.
fn ask(
    kind: &'static Kind,
    tools: &Tools,
    path: &Path,
    inputs: &[Input],
    arguments: &Arguments,
) -> Result<(Mode, Vec<Option<Opinion>>)> {
    let started = if arguments.replay { Err("as demanded".into()) } else { (kind.peer.start)(tools) };
    let mut peer = match started {
        Ok(peer) => peer,
        Err(reason) => return Ok((Mode::Replayed(reason), replay(path, kind, inputs))),
    };
    let opinions: Vec<_> = inputs
        .iter()
        .enumerate()
        .map(|(index, input)| {
            let sampled = input.source != Source::Mutant || index % kind.every == 0;
            let wanted = sampled && scope::out_of_scope(kind.peer.name, &input.question).is_none();
            wanted.then(|| peer.ask(&input.question))
        })
        .collect();
    if arguments.record {
        let fixed = inputs.iter().zip(&opinions).filter(|(input, _)| input.source != Source::Mutant);
        let verdicts = fixed.filter_map(|(input, opinion)| Some((&input.question, opinion.as_ref()?)));
        Recorded::new(kind.peer.name, kind.peer.version, verdicts).save(path)?;
    }
    Ok((Mode::Asked, opinions))
}

fn replay(path: &Path, kind: &Kind, inputs: &[Input]) -> Vec<Option<Opinion>> {
    let recorded = Recorded::load(path).unwrap_or_default();
    let verdicts =
        if recorded.version == kind.peer.version { recorded.by_name() } else { Default::default() };
    inputs.iter().map(|input| verdicts.get(recorded::name(&input.question).as_str()).cloned()).collect()
}

fn chosen(names: &[String]) -> Result<Vec<&'static Kind>> {
    if names.is_empty() {
        return Ok(KINDS.iter().collect());
    }
    let find = |name: &String| {
        KINDS.iter().find(|kind| kind.peer.name == name).with_context(|| format!("no peer {name}"))
    };
    names.iter().map(find).collect()
}
