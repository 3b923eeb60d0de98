//! Checking the chain of an audit log.

use std::fmt;
use std::io::{BufRead, Read as _};

use cretula_encoding::json::{self, JsonLimits};

use super::sink::LineDigest;

/// Longest line that is read.
const MAX_LINE_BYTES: usize = 64 << 10;
const LIMITS: JsonLimits = JsonLimits { max_depth: 4, max_members: 64, max_string_bytes: MAX_LINE_BYTES };

/// A log whose chain holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainSummary {
    /// Lines, those that were cut off included.
    pub lines: u64,
    /// Lines that a crash cut off.
    pub cut_off: u64,
    /// Digest of the last line: compare it with one that was kept elsewhere, since an end can be taken away.
    pub last: LineDigest,
}

/// Where a chain is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainBreak {
    /// Line, counted from 1.
    pub line: u64,
}

impl fmt::Display for ChainBreak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} of the audit log does not follow the line before", self.line)
    }
}

impl std::error::Error for ChainBreak {}

/// Checks that every line names the digest of the line before.
///
/// # Errors
/// The first line that does not, is longer than 64 KiB or cannot be read.
pub fn verify_chain(mut log: impl BufRead) -> Result<ChainSummary, ChainBreak> {
    let mut summary = ChainSummary { lines: 0, cut_off: 0, last: LineDigest::START };
    loop {
        let number = summary.lines.saturating_add(1);
        let broken = ChainBreak { line: number };
        let mut line = Vec::new();
        let most = u64::try_from(MAX_LINE_BYTES).unwrap_or(u64::MAX).saturating_add(1);
        let read = (&mut log).take(most).read_until(b'\n', &mut line).map_err(|_| broken)?;
        if read == 0 {
            return Ok(summary);
        }
        let is_closed = line.pop_if(|byte| *byte == b'\n').is_some();
        if !is_closed && line.len() > MAX_LINE_BYTES {
            return Err(broken);
        }
        match json::parse(&line, &LIMITS) {
            Ok(document) => {
                let previous = document.member("previous").and_then(|value| value.as_text());
                if previous.as_deref() != Some(summary.last.to_hex().as_str()) {
                    return Err(broken);
                }
            }
            Err(_) => summary.cut_off = summary.cut_off.saturating_add(1),
        }
        summary.last = LineDigest::of(&line);
        summary.lines = number;
    }
}
