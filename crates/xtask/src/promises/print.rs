//! How promises stand, for people and machines.

use anyhow::Result;
use serde::Serialize;

use super::{
    judge::{Standing, Status, Verdict, Verdicts},
    table::Lane,
};
use crate::test::Record;

/// Which run is judged.
pub(super) fn ran(record: &Record) -> String {
    let lanes: Vec<&str> = record.lanes.iter().map(|lane| lane.word()).collect();
    let steps = record.steps.len();
    let tests = record.tests().count();
    format!("lanes {}: {steps} steps, {tests} tests, {}", lanes.join(", "), record.tree.shown())
}

/// A line for each promise, those that are met only if `all`, and a line of counts.
pub(super) fn text(verdicts: &Verdicts, all: bool) -> Vec<String> {
    let mut lines = Vec::new();
    for verdict in &verdicts.0 {
        if all || !matches!(verdict.status, Status::Met | Status::NotInThisLane | Status::Pending) {
            lines.push(line(verdict));
        }
    }
    let count = |status| verdicts.count(status);
    let mut counts = format!(
        "{} promises met, {} pending, {} not in this lane, {} broken",
        count(Status::Met),
        count(Status::Pending).saturating_add(count(Status::PendingButPassed)),
        count(Status::NotInThisLane),
        count(Status::Broken)
    );
    if count(Status::Skipped) > 0 {
        counts.push_str(&format!(", {} skipped", count(Status::Skipped)));
    }
    lines.push(counts);
    lines
}

fn line(verdict: &Verdict) -> String {
    let id = &verdict.row.id;
    match verdict.status {
        Status::Met => format!("{id:<4} met      {}", verdict.row.promise),
        Status::Pending => {
            let mut missing = verdict.row.pending.clone().unwrap_or_default();
            problems(verdict).iter().for_each(|problem| missing.push_str(&format!("; {problem}")));
            format!("{id:<4} pending  {missing}")
        }
        Status::PendingButPassed => format!("{id:<4} pending  row {id} is pending but its test passed"),
        Status::NotInThisLane => format!("{id:<4} –        not in this lane"),
        Status::Skipped => format!("{id:<4} skipped  {}", problems(verdict).join("; ")),
        Status::Broken => format!("{id:<4} BROKEN   {}", problems(verdict).join("; ")),
    }
}

fn problems(verdict: &Verdict) -> Vec<String> {
    let named = verdict.tests.iter();
    named.filter_map(|(test, standing)| Some(format!("{}: {}", test.name, detail(standing)?))).collect()
}

fn detail(standing: &Standing) -> Option<&str> {
    match standing {
        Standing::Failed(detail) | Standing::Missing(detail) | Standing::Skipped(detail) => Some(detail),
        Standing::Passed(_) | Standing::NotInThisLane => None,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema: &'a str,
    started: u64,
    lanes: &'a [Lane],
    /// Whether the sources are those of the run; null without git.
    current: Option<bool>,
    met: usize,
    pending: usize,
    not_in_this_lane: usize,
    skipped: usize,
    broken: usize,
    promises: Vec<Promise<'a>>,
}

#[derive(Serialize)]
struct Promise<'a> {
    id: &'a str,
    promise: &'a str,
    number: &'a str,
    lanes: &'a [Lane],
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<&'a str>,
    tests: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    name: String,
    lane: Lane,
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
}

/// A document of `cretula/promises/v1`.
///
/// # Errors
/// None that is known.
pub(super) fn json(verdicts: &Verdicts, record: &Record, current: Option<bool>) -> Result<String> {
    Ok(serde_json::to_string(&Document {
        schema: "cretula/promises/v1",
        started: record.started,
        lanes: &record.lanes,
        current,
        met: verdicts.count(Status::Met),
        pending: verdicts.count(Status::Pending).saturating_add(verdicts.count(Status::PendingButPassed)),
        not_in_this_lane: verdicts.count(Status::NotInThisLane),
        skipped: verdicts.count(Status::Skipped),
        broken: verdicts.count(Status::Broken),
        promises: verdicts.0.iter().map(promise).collect(),
    })?)
}

fn promise(verdict: &Verdict) -> Promise<'_> {
    let status = match verdict.status {
        Status::Met => "met",
        Status::Pending => "pending",
        Status::PendingButPassed => "pending-but-passed",
        Status::Skipped => "skipped",
        Status::NotInThisLane => "not-in-this-lane",
        Status::Broken => "broken",
    };
    let tests = verdict.tests.iter().map(|(test, standing)| {
        let (status, count) = match standing {
            Standing::Passed(count) => ("passed", Some(*count)),
            Standing::Skipped(_) => ("skipped", None),
            Standing::Failed(_) => ("failed", None),
            Standing::Missing(_) => ("missing", None),
            Standing::NotInThisLane => ("not-in-this-lane", None),
        };
        Row { name: test.name.to_string(), lane: test.lane, status, count, detail: detail(standing) }
    });
    Promise {
        id: &verdict.row.id,
        promise: &verdict.row.promise,
        number: &verdict.row.number,
        lanes: &verdict.row.lanes,
        status,
        missing: verdict.row.pending.as_deref(),
        tests: tests.collect(),
    }
}
