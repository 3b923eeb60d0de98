//! Runs the cases and prints how each ended.

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use cretula_peers::{Peer, Question, Tools};
use cretula_testkit::Json;
use serde_json::Value;

use crate::case::{CASES, Case, Ending, Part};
use crate::clients::{Clients, KINDS};
use crate::cosign;
use crate::driver::{Signed, sign};
use crate::request::Order;
use crate::stack::Stack;
use crate::tools::{self, Programs};
use crate::verdict;

/// What is run.
#[derive(Debug, Clone)]
pub struct Options {
    /// `OpenBao`: with virtual services, and no other clients.
    pub part: Part,
    /// A missing program is an error.
    pub require_all: bool,
    /// Where programs are installed.
    pub tools: Tools,
    /// For logs and data; it is made anew.
    pub folder: PathBuf,
}

/// How many tests ended how. A test is a case, or the opinion of one client on its bundle.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// As expected.
    pub passed: u32,
    /// Otherwise.
    pub failed: u32,
    /// Not run.
    pub skipped: u32,
}

type Asked = (&'static str, Box<dyn Peer>);

/// Runs all cases of a part.
///
/// # Errors
/// A data file that cannot be read. What fails in a case is counted and printed.
pub fn run(options: &Options) -> Result<Summary> {
    let mut report = Report { summary: Summary::default(), require_all: options.require_all };
    let clients = Clients::load()?;
    let cases: Vec<&Case> =
        CASES.iter().filter(|case| options.part == Part::Services || case.part == Part::OpenBao).collect();
    let stack = match start(options) {
        Ok(stack) => stack,
        Err(Missing::Tool(reason)) => {
            let names = cases.iter().map(|case| case.name.to_owned()).collect();
            report.skip(&reason, names);
            return Ok(report.summary);
        }
        Err(Missing::Service(error)) => {
            report.end("services", Err(error));
            return Ok(report.summary);
        }
    };
    let mut asked = Vec::new();
    if options.part == Part::Services {
        for kind in KINDS {
            match (kind.start)(&options.tools) {
                Ok(peer) => asked.push((kind.name, peer)),
                Err(reason) => report.skip(&format!("{}: {reason}", kind.name), opinions(&cases, kind.name)),
            }
        }
    }
    for case in cases {
        report.case(&stack, case, options, &clients, &mut asked);
    }
    if report.summary.failed > 0 {
        println!("{}", stack.logs());
    }
    Ok(report.summary)
}

/// Why there is no stack.
enum Missing {
    Tool(String),
    Service(anyhow::Error),
}

fn start(options: &Options) -> Result<Stack, Missing> {
    drop(std::fs::remove_dir_all(&options.folder));
    let openbao = tools::openbao(&options.tools).map_err(Missing::Tool)?;
    let stack = match options.part {
        Part::OpenBao => Stack::with_virtual_services(&options.folder, &openbao),
        Part::Services => {
            let programs = Programs::install(&options.tools).map_err(Missing::Tool)?;
            Stack::start(&options.folder, &programs, &openbao)
        }
    };
    stack.map_err(Missing::Service)
}

fn opinions(cases: &[&Case], client: &str) -> Vec<String> {
    let with_bundle = cases.iter().filter(|case| case.is_asked_about());
    with_bundle.map(|case| format!("{}/{client}", case.name)).collect()
}

struct Report {
    summary: Summary,
    require_all: bool,
}

impl Report {
    fn end(&mut self, name: &str, result: Result<()>) {
        match result {
            Ok(()) => {
                self.summary.passed += 1;
                println!("ok {name}");
            }
            Err(error) => {
                self.summary.failed += 1;
                println!("FAILED {name}\n  {error:#}");
            }
        }
    }

    fn skip(&mut self, reason: &str, names: Vec<String>) {
        if self.require_all {
            println!("FAILED {reason}");
            self.summary.failed += 1;
            return;
        }
        println!("SKIPPED: {reason}; {} cases not run", names.len());
        for name in names {
            println!("skipped {name}");
            self.summary.skipped += 1;
        }
    }

    /// A case, and the opinion of every client on its bundle.
    fn case(
        &mut self,
        stack: &Stack,
        case: &Case,
        options: &Options,
        clients: &Clients,
        asked: &mut [Asked],
    ) {
        let question = match sign_and_verify(stack, case, options) {
            Ok(question) => {
                self.end(case.name, Ok(()));
                question
            }
            Err(error) => return self.end(case.name, Err(error)),
        };
        let Some(question) = question else { return };
        for (client, peer) in asked {
            let opinion = peer.ask(&question);
            let compared = clients.expected(case.name, client).and_then(|row| row.compare(&opinion));
            self.end(&format!("{}/{client}", case.name), compared);
        }
    }
}

/// Signs as the case says, and has Cretula verify the bundle; the question for everybody else.
fn sign_and_verify(stack: &Stack, case: &Case, options: &Options) -> Result<Option<Question>> {
    let mut order = Order::of(stack, case)?;
    if case.ending == Ending::BundleOfCosign {
        let bundle = cosign::sign(stack, &order, &options.tools, &options.folder)?;
        question(stack, case, &order, &bundle)?;
        return Ok(None);
    }
    if case.ending == Ending::WrongAudience {
        order.token.claims.set("/aud", Json::text("somebody-else"));
        let refused = sign(stack, &order)?.outcome.err().context("a bundle for a token of somebody else")?;
        ensure!(refused.code() == "fulcio/refused", "{refused} instead of fulcio/refused");
        return Ok(None);
    }
    let signed = sign(stack, &order)?;
    let bundle = bundle(&signed)?;
    if case.ending == Ending::BundleTwice {
        found_again(stack, &order, &bundle)?;
    }
    question(stack, case, &order, &bundle).map(Some)
}

/// Has Cretula verify a bundle; the question for everybody else.
fn question(stack: &Stack, case: &Case, order: &Order, bundle: &[u8]) -> Result<Question> {
    let request = verdict::request(stack, case, order, bundle)?;
    if let Err(code) = verdict::of_cretula(&request) {
        bail!("Cretula refuses: {code}");
    }
    Question::of(&request)
}

fn bundle(signed: &Signed) -> Result<Vec<u8>> {
    match &signed.outcome {
        Ok(bundle) => Ok(bundle.clone()),
        Err(error) => bail!("{error} after {:?}", signed.exchanges),
    }
}

/// The log refuses an equal entry, which is then read from it: one entry for both bundles.
fn found_again(stack: &Stack, order: &Order, first: &[u8]) -> Result<()> {
    let signed = sign(stack, order)?;
    let second = bundle(&signed)?;
    let said = |status: u16| signed.exchanges.iter().any(|(_, found)| *found == status);
    ensure!(said(409), "the log took an equal entry: {:?}", signed.exchanges);
    ensure!(signed.exchanges.iter().any(|(what, _)| what.starts_with("GET ")), "nothing was read");
    ensure!(log_index(first)? == log_index(&second)?, "two entries");
    Ok(())
}

fn log_index(bundle: &[u8]) -> Result<Value> {
    let bundle: Value = serde_json::from_slice(bundle)?;
    let found = bundle.pointer("/verificationMaterial/tlogEntries/0/logIndex");
    Ok(found.context("no log entry")?.clone())
}
