//! What a run prints.
use serde_json::json;

use crate::clauses::Clause;
use crate::inputs::{Inputs, Source};
use crate::peers::Kind;
use crate::tally::Tally;

/// How the opinions of a peer were had.
pub enum Mode {
    /// From the program itself.
    Asked,
    /// From the recorded verdicts, for this reason.
    Replayed(String),
}

/// A run.
pub struct Run<'a> {
    /// All inputs.
    pub inputs: &'a Inputs,
    /// Rows of `clauses.toml`.
    pub rows: &'a [Clause],
    /// Peers with their counts.
    pub peers: Vec<(&'static Kind, Mode, Tally)>,
    /// All peers, all inputs: every row must be used, and none more often than it says.
    pub standard: bool,
    /// Nothing may be missing.
    pub require_all: bool,
}

impl Run<'_> {
    /// What is wrong beyond single differences.
    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.require_all && !self.inputs.has_vectors {
            faults.push("the shared vectors are missing".into());
        }
        for (kind, mode, tally) in &self.peers {
            if let (Mode::Replayed(reason), true) = (mode, self.require_all) {
                faults.push(format!("{} was not asked: {reason}", kind.peer.name));
            }
            if tally.compared() == 0 && self.require_all {
                faults.push(format!("{} compared nothing", kind.peer.name));
            }
        }
        let all_asked = self.peers.iter().all(|(_, mode, _)| matches!(mode, Mode::Asked));
        if self.standard && all_asked && self.inputs.has_vectors {
            faults.extend(self.rows.iter().enumerate().flat_map(|(at, row)| self.row_faults(at, row)));
        }
        faults
    }

    fn row_faults(&self, at: usize, row: &Clause) -> Vec<String> {
        let mut faults = Vec::new();
        let used = self.used(at);
        if used == 0 && !row.rare {
            faults.push(format!("clause {} explains nothing", row.id));
        }
        if used > row.count {
            faults.push(format!("clause {} explains {used} differences, more than {}", row.id, row.count));
        }
        faults
    }

    fn used(&self, at: usize) -> usize {
        self.peers.iter().filter_map(|(_, _, tally)| tally.rows.get(&at)).sum()
    }

    /// A table; whether the run passed.
    pub fn write_table(&self) -> bool {
        let of = |source| self.inputs.all.iter().filter(|input| input.source == source).count();
        println!(
            "inputs: {} vectors, {} cases, {} mutants; seed fixed",
            of(Source::Vector),
            of(Source::Case),
            of(Source::Mutant)
        );
        for (reason, count) in &self.inputs.unasked {
            println!("  not asked of anybody, {count}: {reason}");
        }
        println!(
            "\n{:<24}{:>10}{:>13}{:>13}{:>14}{:>11}{:>13}{:>11}",
            "peer",
            "compared",
            "both accept",
            "both refuse",
            "out of scope",
            "explained",
            "unexplained",
            "not asked"
        );
        for (kind, mode, tally) in &self.peers {
            println!(
                "{:<24}{:>10}{:>13}{:>13}{:>14}{:>11}{:>13}{:>11}",
                format!("{} {}", kind.peer.name, kind.peer.version),
                tally.compared(),
                tally.both_accept,
                tally.both_refuse,
                tally.out_of_scope.values().sum::<usize>(),
                tally.explained,
                tally.failures.len(),
                tally.not_asked
            );
            if let Mode::Replayed(reason) = mode {
                println!("  replayed from recorded verdicts: {reason}");
            }
        }
        self.write_details();
        let faults = self.faults();
        let passed: usize =
            self.peers.iter().map(|(_, _, tally)| tally.compared() - tally.failures.len()).sum();
        let failed: usize = self.peers.iter().map(|(_, _, tally)| tally.failures.len()).sum();
        faults.iter().for_each(|fault| println!("FAILED: {fault}"));
        println!("{passed} passed, {} failed", failed + faults.len());
        failed + faults.len() == 0
    }

    fn write_details(&self) {
        println!("\nclauses:");
        for (at, row) in self.rows.iter().enumerate() {
            println!("  {:>6} of {:>6}  {}", self.used(at), row.count, row.id);
        }
        for (kind, _, tally) in &self.peers {
            println!("\n{}, out of scope:", kind.peer.name);
            for (reason, count) in &tally.out_of_scope {
                println!("  {count:>6}  {reason}");
            }
        }
        println!();
        for (_, _, tally) in &self.peers {
            tally.failures.iter().for_each(|failure| println!("FAILED: {failure}"));
        }
    }

    /// A document; whether the run passed.
    pub fn write_json(&self) -> bool {
        let peers: Vec<_> = self
            .peers
            .iter()
            .map(|(kind, mode, tally)| {
                let clauses = tally.rows.iter().map(|(at, count)| (self.rows[*at].id.clone(), json!(count)));
                json!({
                    "peer": kind.peer.name,
                    "version": kind.peer.version,
                    "asked": matches!(mode, Mode::Asked),
                    "compared": tally.compared(),
                    "mutants": tally.mutants,
                    "bothAccept": tally.both_accept,
                    "bothRefuse": tally.both_refuse,
                    "outOfScope": tally.out_of_scope,
                    "explained": tally.explained,
                    "clauses": clauses.collect::<serde_json::Map<_, _>>(),
                    "unexplained": tally.failures,
                    "notAsked": tally.not_asked,
                })
            })
            .collect();
        let faults = self.faults();
        let failed: usize = self.peers.iter().map(|(_, _, tally)| tally.failures.len()).sum();
        let document = json!({
            "schema": "cretula/differential/v1",
            "inputs": self.inputs.all.len(),
            "unasked": self.inputs.unasked,
            "peers": peers,
            "faults": faults,
        });
        println!("{document}");
        failed + faults.len() == 0
    }
}
