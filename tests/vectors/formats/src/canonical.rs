//! Canonical JSON (RFC 8785), with doubles.
use cretula_encoding::{
    jcs,
    json::{self, JsonLimits},
};
use serde::Deserialize;

use crate::FormatCase;
use crate::read;
use crate::verdict::{Facts, Judgement, Tally, Verdict};

/// Bounds of the documents: wide enough for every vector.
const LIMITS: JsonLimits = JsonLimits { max_depth: 64, max_members: 4096, max_string_bytes: 1 << 20 };

#[derive(Deserialize)]
struct Expectation {
    canonical: Option<String>,
}

#[derive(Deserialize)]
struct Counts {
    accept: u64,
}

#[derive(Deserialize)]
struct NumbersExpectation {
    counts: Counts,
}

pub(crate) fn document(case: &FormatCase) -> Judgement {
    let expectation: Expectation = read::expects(case)?;
    let canonical = match canonicalize(&case.file) {
        Ok(canonical) => canonical,
        Err(refusal) => return Ok(Verdict::Reject(refusal.into())),
    };
    let stated = expectation.canonical.map(|path| case.other(&path)).transpose()?;
    let mut facts = Facts::default();
    facts.compare("canonical form", stated, canonical.as_slice());
    Ok(facts.verdict())
}

/// Lines `HEX,EXPECTED`: the bits of a double, and its text in ECMAScript.
pub(crate) fn numbers(case: &FormatCase) -> Judgement {
    let expectation: NumbersExpectation = read::expects(case)?;
    let text = str::from_utf8(&case.file).map_err(|_| "the list is not UTF-8")?;
    let mut tally = Tally::default();
    for line in text.lines() {
        let (bits, expected) = line.split_once(',').ok_or("a line without comma")?;
        let bits = u64::from_str_radix(bits, 16).map_err(|error| error.to_string())?;
        tally.count(line, Some(true), check_number(f64::from_bits(bits), expected));
    }
    tally.expect(Some(expectation.counts.accept))?;
    tally.verdict()
}

/// The scientific notation of Rust is JSON, and reads back as the same double.
fn check_number(number: f64, expected: &str) -> Result<(), String> {
    let found = canonicalize(format!("{number:e}").as_bytes())?;
    if found == expected.as_bytes() { Ok(()) } else { Err(String::from_utf8_lossy(&found).into_owned()) }
}

fn canonicalize(text: &[u8]) -> Result<Vec<u8>, String> {
    let value = json::parse(text, &LIMITS).map_err(|error| error.to_string())?;
    jcs::canonicalize(&value).map_err(|error| error.to_string())
}
