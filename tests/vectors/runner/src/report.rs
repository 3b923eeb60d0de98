//! The result of a run: a table for people, a document for programs.
use std::collections::BTreeMap;
use std::io::{self, Write};

use cretula_verify::tables::CHECKS;
use serde::Serialize;

use crate::outcome::{CaseOutcome, Summary};

/// Longest text of one cell in the lists.
const MAX_TEXT: usize = 300;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema: &'static str,
    ran: u64,
    mismatches: Vec<Mismatch<'a>>,
    kinds: BTreeMap<&'a str, Kind>,
    either_ok: u64,
    optional: Optional,
    not_covered: u64,
}

#[derive(Serialize)]
struct Mismatch<'a> {
    id: &'a str,
    kind: &'a str,
    expected: &'a str,
    got: &'a str,
    code: Option<&'a str>,
}

impl<'a> Mismatch<'a> {
    fn of(case: &'a CaseOutcome) -> Self {
        Self {
            id: &case.id,
            kind: &case.kind,
            expected: case.expected,
            got: case.got,
            code: case.code.as_deref().or_else(|| some_text(&case.detail)),
        }
    }
}

#[derive(Serialize)]
struct Kind {
    ran: u64,
    mismatches: u64,
}

#[derive(Serialize)]
struct Optional {
    ran: u64,
    differ: u64,
}

/// Writes the run as `cretula/vectors/v1`, one line.
///
/// # Errors
/// Of the writer.
pub fn write_json(out: &mut dyn Write, summary: &Summary) -> io::Result<()> {
    let document = Document {
        schema: "cretula/vectors/v1",
        ran: summary.ran(),
        mismatches: summary.mismatches.iter().map(Mismatch::of).collect(),
        kinds: summary
            .kinds
            .iter()
            .map(|(name, count)| (name.as_str(), Kind { ran: count.ran, mismatches: count.mismatches }))
            .collect(),
        either_ok: summary.sum(|count| count.either_ok),
        optional: Optional {
            ran: summary.sum(|count| count.optional),
            differ: summary.sum(|count| count.optional_differ),
        },
        not_covered: summary.not_covered,
    };
    serde_json::to_writer(&mut *out, &document)?;
    writeln!(out)
}

/// Writes the run for people; the last line counts.
///
/// # Errors
/// Of the writer.
pub fn write_table(out: &mut dyn Write, summary: &Summary) -> io::Result<()> {
    writeln!(
        out,
        "{:<26} {:>6} {:>8} {:>10} {:>9} {:>8} {:>6}",
        "kind", "ran", "vectors", "mismatches", "either ok", "optional", "differ"
    )?;
    for (kind, count) in &summary.kinds {
        writeln!(
            out,
            "{kind:<26} {:>6} {:>8} {:>10} {:>9} {:>8} {:>6}",
            count.ran,
            count.vectors,
            count.mismatches,
            count.either_ok,
            count.optional,
            count.optional_differ
        )?;
    }
    writeln!(out, "not covered: {}", summary.not_covered)?;
    write_list(out, "mismatch", &summary.mismatches)?;
    write_list(out, "either verdict is right, differs", &summary.either_differ)?;
    write_list(out, "optional, differs", &summary.optional_differ)?;
    writeln!(out, "{} passed, {} failed", summary.passed(), summary.failed())
}

fn some_text(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

fn write_list(out: &mut dyn Write, title: &str, cases: &[CaseOutcome]) -> io::Result<()> {
    for case in cases {
        let code = case.code.as_deref().unwrap_or("-");
        let detail: String = case.detail.chars().take(MAX_TEXT).collect();
        writeln!(
            out,
            "{title}: {} ({}): expected {}, got {}, {code}; {detail}",
            case.id, case.kind, case.expected, case.got
        )?;
    }
    Ok(())
}

/// Writes how often each check failed in vectors that have to be refused; those that never did come last.
///
/// # Errors
/// Of the writer.
pub fn write_checks(out: &mut dyn Write, summary: &Summary) -> io::Result<()> {
    writeln!(out, "checks that failed in at least one vector that has to be refused, and in how many:")?;
    for (check, times) in &summary.failed_checks {
        writeln!(out, "  {check} {times}")?;
    }
    writeln!(out, "checks that no vector makes fail:")?;
    for check in CHECKS.iter().filter(|check| !summary.failed_checks.contains_key(check.id)) {
        writeln!(out, "  {} {}", check.id, check.title)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_have_every_member() {
        let mut bytes = Vec::new();
        write_json(&mut bytes, &Summary::default()).unwrap();
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            concat!(
                r#"{"schema":"cretula/vectors/v1","ran":0,"mismatches":[],"kinds":{},"eitherOk":0,"#,
                r#""optional":{"ran":0,"differ":0},"notCovered":0}"#,
                "\n"
            )
        );
    }

    #[test]
    fn the_last_line_counts() {
        let mut bytes = Vec::new();
        write_table(&mut bytes, &Summary::default()).unwrap();
        assert!(String::from_utf8(bytes).unwrap().ends_with("\n0 passed, 0 failed\n"));
    }
}
