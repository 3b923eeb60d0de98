//! Runs a folder of vectors; see the library.
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use cretula_vectors::{Engines, Exceptions, Folder, NativeEngine, Summary};

/// Entries of the shared collection, for the message when it is not there.
const SHARED_ENTRIES: u64 = 1295;

/// Runs a folder of vectors with a manifest.
#[derive(Parser)]
struct Arguments {
    /// Folder with a manifest.json [default: ../shared/vectors beside the repository].
    dir: Option<PathBuf>,
    /// Run only entries of this kind.
    #[arg(long)]
    kind: Option<String>,
    /// Print a cretula/vectors/v1 document instead of a table.
    #[arg(long)]
    json: bool,
    /// Also list how often each check failed.
    #[arg(long, conflicts_with = "json")]
    checks: bool,
    /// Fail if the folder is not there.
    #[arg(long)]
    require: bool,
    /// What runs the cases.
    #[arg(long, value_enum, default_value_t)]
    engine: EngineName,
    /// The formats as WebAssembly, built from cretula-vector-judge.
    #[arg(long)]
    judge: Option<PathBuf>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum EngineName {
    /// Bundles in the component under wasmtime, formats natively and on 32 bits.
    #[cfg_attr(feature = "sandbox", default)]
    Component,
    /// Everything in this process.
    #[cfg_attr(not(feature = "sandbox"), default)]
    Native,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            complain(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Whether the run is a success.
fn run(arguments: &Arguments) -> Result<bool> {
    let place = match &arguments.dir {
        Some(place) => place.clone(),
        None => repository().join("../shared/vectors"),
    };
    if !Folder::exists(&place) {
        report_absence(arguments, &place)?;
        return Ok(!arguments.require && arguments.dir.is_none());
    }
    let folder = Folder::open(&place)?;
    let exceptions = Exceptions::load(&repository().join("tests/vectors/exceptions.json"))?;
    let mut engines = engines(arguments)?;
    let summary = cretula_vectors::run(&folder, arguments.kind.as_deref(), &exceptions, &mut engines)?;
    print(arguments, &summary)?;
    Ok(summary.failed() == 0 && summary.ran() > 0)
}

fn print(arguments: &Arguments, summary: &Summary) -> Result<()> {
    let out = &mut io::stdout().lock();
    if arguments.json {
        return Ok(cretula_vectors::write_json(out, summary)?);
    }
    if arguments.checks {
        cretula_vectors::write_checks(out, summary)?;
    }
    Ok(cretula_vectors::write_table(out, summary)?)
}

#[cfg(feature = "sandbox")]
fn engines(arguments: &Arguments) -> Result<Engines> {
    use cretula_vectors::{SandboxEngine, WasmJudge};
    if arguments.engine == EngineName::Native {
        return Ok(native());
    }
    let default = "target/wasm32-unknown-unknown/release/cretula_vector_judge.wasm";
    let judge = arguments.judge.clone().unwrap_or_else(|| repository().join(default));
    Ok(Engines {
        verify: Box::new(SandboxEngine::new()?),
        second_judge: Some(Box::new(WasmJudge::load(&judge)?)),
    })
}

#[cfg(not(feature = "sandbox"))]
fn engines(arguments: &Arguments) -> Result<Engines> {
    if arguments.engine == EngineName::Component || arguments.judge.is_some() {
        anyhow::bail!("built without the feature `sandbox`: only --engine native works");
    }
    Ok(native())
}

fn native() -> Engines {
    Engines { verify: Box::new(NativeEngine::default()), second_judge: None }
}

fn report_absence(arguments: &Arguments, place: &Path) -> Result<()> {
    let shared = arguments.dir.is_none();
    let number = if shared { SHARED_ENTRIES.to_string() } else { "an unknown number of".to_owned() };
    complain(&format!("NOT RUN: {number} vectors: there is no manifest.json in {}", place.display()));
    if shared && !arguments.json {
        writeln!(io::stdout(), "0 passed, 0 failed, {SHARED_ENTRIES} skipped")?;
    }
    Ok(())
}

fn complain(text: &str) {
    // There is nowhere to complain that complaining failed.
    writeln!(io::stderr(), "{text}").ok();
}

/// The repository that this program was built from.
fn repository() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.ancestors().nth(3).unwrap_or(manifest).to_path_buf()
}
