//! What a rule says about a file.

use std::fmt;

use crate::Node;

/// A promise that the file does not keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Name of the rule.
    pub rule: &'static str,
    /// Line in the file, counted from 1.
    pub line: usize,
    /// Path of members, as `jobs.sign.steps[0].run`; empty for the file.
    pub place: String,
    /// What is wrong there, one sentence.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: line {}: {}: {}", self.rule, self.line, self.place, self.what)
    }
}

/// Where a rule writes its findings.
pub struct Report {
    pub(crate) rule: &'static str,
    pub(crate) findings: Vec<Finding>,
}

impl Report {
    /// A finding at a node.
    pub fn at(&mut self, node: &Node, place: impl Into<String>, what: impl Into<String>) {
        self.line(node.line, place, what);
    }

    /// A finding at a line.
    pub fn line(&mut self, line: usize, place: impl Into<String>, what: impl Into<String>) {
        self.findings.push(Finding { rule: self.rule, line, place: place.into(), what: what.into() });
    }

    /// A finding at a node, unless something holds.
    pub fn demand(&mut self, holds: bool, node: &Node, place: impl Into<String>, what: impl Into<String>) {
        if !holds {
            self.at(node, place, what);
        }
    }
}
