//! Runs the entries of a folder.
use std::collections::BTreeSet;

use anyhow::{Result, bail};
use cretula_vector_formats as formats;
use cretula_verify::tables::CODES;
use serde::Deserialize;

use crate::bundle::{self, Prepared};
use crate::engine::Engines;
use crate::exceptions::Exceptions;
use crate::folder::{Entry, Folder, Verdict, read_json};
use crate::formats::case_of;
use crate::outcome::{CaseOutcome, Summary, Weight};
use crate::replies;

/// Runs every entry, or those of one kind.
///
/// # Errors
/// The folder cannot be read, or no entry has the kind.
pub fn run(
    folder: &Folder,
    kind: Option<&str>,
    exceptions: &Exceptions,
    engines: &mut Engines,
) -> Result<Summary> {
    let mut summary = Summary::default();
    let mut selected = folder.entries().iter().filter(|entry| kind.is_none_or(|kind| kind == entry.kind));
    let replies =
        if kind.is_none_or(|kind| kind == replies::KIND) { replies::judge(folder)? } else { Vec::new() };
    if selected.clone().next().is_none() && replies.is_empty() {
        bail!("no entry{}", kind.map(|kind| format!(" of kind {kind}")).unwrap_or_default());
    }
    selected.try_for_each(|entry| -> Result<()> {
        let Some(outcome) = run_entry(folder, entry, engines)? else {
            summary.not_covered = summary.not_covered.saturating_add(1);
            return Ok(());
        };
        summary.add(outcome, weight(entry)?, exceptions.names(&entry.id));
        Ok(())
    })?;
    for pair in replies {
        let outcome = outcome_of_pair(&pair);
        let is_excepted = exceptions.names(&outcome.id);
        summary.add(outcome, Weight::Counted, is_excepted);
    }
    Ok(summary)
}

/// A recorded reply passes if its request is the one that is built here and every check of the reply holds.
fn outcome_of_pair(pair: &replies::Pair) -> CaseOutcome {
    let mut outcome = CaseOutcome {
        id: format!("private/replies/{}", pair.name),
        kind: replies::KIND.to_owned(),
        expected: Verdict::Accept.name(),
        got: "error",
        code: None,
        detail: String::new(),
        agrees: false,
        broken: false,
        vectors: 1,
        failed_checks: BTreeSet::new(),
    };
    match &pair.reply {
        Ok(()) if pair.is_ours => outcome.accept(),
        Ok(()) => outcome.fail("the recorded request is another one than is built here"),
        Err(error) => outcome.refuse(error.code()),
    }
    outcome.settle(Verdict::Accept);
    outcome
}

fn weight(entry: &Entry) -> Result<Weight> {
    let common = entry.common()?;
    Ok(match (common.either_ok, common.optional) {
        (true, _) => Weight::EitherOk,
        (false, true) => Weight::Optional,
        (false, false) => Weight::Counted,
    })
}

/// `None` for a kind that nothing here judges.
fn run_entry(folder: &Folder, entry: &Entry, engines: &mut Engines) -> Result<Option<CaseOutcome>> {
    let expected = entry.common()?.verdict;
    if entry.kind == bundle::KIND {
        return run_bundle(folder, entry, expected, engines).map(Some);
    }
    if formats::is_format(&entry.kind) {
        return run_format(folder, entry, expected, engines).map(Some);
    }
    #[cfg(feature = "sandbox")]
    if entry.kind == crate::jose::KIND {
        return run_jose(folder, entry, expected).map(Some);
    }
    Ok(None)
}

// ---- bundles ----------------------------------------------------------------------------------------------------

/// The members of a reply that are looked at.
#[derive(Deserialize)]
struct ReplyDocument {
    schema: String,
    verdict: Option<String>,
    code: Option<String>,
    #[serde(default)]
    checks: Vec<CheckRow>,
    error: Option<ErrorDocument>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CheckRow {
    id: String,
    outcome: String,
    code: Option<String>,
}

#[derive(Deserialize)]
struct ErrorDocument {
    code: String,
}

/// The outcome of the first variant that differs, otherwise of the last one.
fn run_bundle(
    folder: &Folder,
    entry: &Entry,
    expected: Verdict,
    engines: &mut Engines,
) -> Result<CaseOutcome> {
    let mut kept: Option<CaseOutcome> = None;
    for case in bundle::cases_of(folder, entry)? {
        let mut outcome = outcome_of(entry, expected);
        match &case.prepared {
            Prepared::Refused(code) => outcome.refuse(code),
            Prepared::Request(request) => outcome.take_reply(engines.verify.verify(request)),
        }
        outcome.settle(expected);
        if !outcome.agrees {
            outcome.detail = format!("by {}; {}", case.variant, outcome.detail);
        }
        if kept.as_ref().is_none_or(|kept| kept.agrees) {
            let earlier = kept.map(|kept| kept.failed_checks).unwrap_or_default();
            outcome.failed_checks.extend(earlier);
            kept = Some(outcome);
        }
    }
    Ok(kept.unwrap_or_else(|| outcome_of(entry, expected)))
}

fn outcome_of(entry: &Entry, expected: Verdict) -> CaseOutcome {
    CaseOutcome {
        id: entry.id.clone(),
        kind: entry.kind.clone(),
        expected: expected.name(),
        got: "error",
        code: None,
        detail: String::new(),
        agrees: false,
        broken: false,
        vectors: 1,
        failed_checks: BTreeSet::new(),
    }
}

impl CaseOutcome {
    fn accept(&mut self) {
        self.got = "accept";
    }

    fn refuse(&mut self, code: &str) {
        self.got = "reject";
        self.code = Some(code.to_owned());
    }

    fn fail(&mut self, detail: impl Into<String>) {
        self.got = "error";
        self.detail = detail.into();
        self.broken = true;
    }

    fn settle(&mut self, expected: Verdict) {
        self.agrees = !self.broken && self.got == expected.name();
    }

    fn take_reply(&mut self, reply: Result<Vec<u8>>) {
        let reply = match reply {
            Ok(reply) => reply,
            Err(error) => return self.fail(format!("engine: {error:#}")),
        };
        let document: ReplyDocument = match read_json(&reply) {
            Ok(document) => document,
            Err(error) => return self.fail(format!("unreadable reply: {error:#}")),
        };
        // Evidence that a check disqualifies is ignored, which is a failure of that check.
        let failed = document.checks.into_iter().filter(|row| match row.outcome.as_str() {
            "fail" => true,
            "ignored" => row.code.is_some(),
            _ => false,
        });
        self.failed_checks.extend(failed.map(|row| row.id));
        match (document.schema.as_str(), document.verdict.as_deref(), document.error) {
            ("cretula/report/v1", Some("verified"), None) => self.accept(),
            ("cretula/report/v1", Some("refused"), None) => {
                self.refuse(&document.code.unwrap_or_else(|| "no code".to_owned()));
            }
            // A wrong policy is a fault of this harness; a wrong input is the entry's.
            ("cretula/error/v1", None, Some(error)) if error.code.starts_with("policy/") => {
                self.fail(format!("failure {}", error.code));
            }
            ("cretula/error/v1", None, Some(error)) => self.refuse(&error.code),
            _ => self.fail("a reply that is no document of the contract"),
        }
    }
}

// ---- formats ----------------------------------------------------------------------------------------------------

fn run_format(
    folder: &Folder,
    entry: &Entry,
    expected: Verdict,
    engines: &mut Engines,
) -> Result<CaseOutcome> {
    let case = case_of(folder, entry)?;
    let mut outcome = outcome_of(entry, expected);
    let verdict = formats::judge(&case);
    if let Some(second) = &mut engines.second_judge {
        match second.judge(&case) {
            Ok(other) if other == verdict => {}
            Ok(other) => outcome.fail(format!("{verdict:?} natively, {other:?} in WebAssembly")),
            Err(error) => outcome.fail(format!("in WebAssembly: {error:#}")),
        }
    }
    if !outcome.broken {
        outcome.take_verdict(verdict);
    }
    outcome.settle(expected);
    Ok(outcome)
}

/// ID tokens are verified by the host, so there is no second judge.
#[cfg(feature = "sandbox")]
fn run_jose(folder: &Folder, entry: &Entry, expected: Verdict) -> Result<CaseOutcome> {
    let mut outcome = outcome_of(entry, expected);
    outcome.take_verdict(crate::jose::judge(&folder.read(&entry.path)?, entry.expects_json())?);
    outcome.settle(expected);
    Ok(outcome)
}

impl CaseOutcome {
    fn take_verdict(&mut self, verdict: formats::Verdict) {
        match verdict {
            formats::Verdict::Accept => self.accept(),
            formats::Verdict::Reject(refusal) => {
                self.detail.clone_from(&refusal.reason);
                self.failed_checks.extend(refusal.check.or_else(|| check_of(refusal.code.as_deref())));
                self.refuse(&refusal.code.unwrap_or(refusal.reason));
            }
            formats::Verdict::PerVector { ran, mismatches } => {
                self.vectors = ran;
                self.got = if mismatches.is_empty() { "per-vector" } else { "differs" };
                if let Some(first) = mismatches.first() {
                    self.detail =
                        format!("{} of {ran}, first {}: {}", mismatches.len(), first.vector, first.got);
                }
            }
            formats::Verdict::Differs(facts) => {
                self.got = "differs";
                self.detail = facts;
            }
            formats::Verdict::Unjudged(reason) => self.fail(format!("not judged: {reason}")),
        }
    }
}

/// The check that gives a code.
fn check_of(code: Option<&str>) -> Option<String> {
    CODES.iter().find(|row| Some(row.code) == code).map(|row| row.check.to_owned())
}
