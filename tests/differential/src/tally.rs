//! The comparison: one outcome for each input and peer.
use std::collections::BTreeMap;

use cretula_peers::Opinion;

use crate::clauses::{self, Clause, Served};
use crate::inputs::{Input, Source};
use crate::ours::Verdict;
use crate::peers::Kind;
use crate::scope;

/// What came of one input and peer.
pub enum Outcome {
    /// Same verdict.
    Agree,
    /// The peer does not claim to do this.
    OutOfScope(&'static str),
    /// Rows of `clauses.toml`.
    Explained(Vec<usize>),
    /// None of these.
    Unexplained,
    /// Not asked: a sample only, or no recorded verdict.
    NotAsked,
}

/// Counts of one peer.
#[derive(Default)]
pub struct Tally {
    /// Same verdict, both accept.
    pub both_accept: usize,
    /// Same verdict, both refuse.
    pub both_refuse: usize,
    /// Reason, count.
    pub out_of_scope: BTreeMap<&'static str, usize>,
    /// Explained by clauses.
    pub explained: usize,
    /// Row, count.
    pub rows: BTreeMap<usize, usize>,
    /// Not asked.
    pub not_asked: usize,
    /// Unexplained, as text.
    pub failures: Vec<String>,
    /// The vectors and cases among the compared ones.
    pub fixed: usize,
    /// The mutants among the compared ones.
    pub mutants: usize,
}

impl Tally {
    /// Outcomes of a peer, in the order of the inputs.
    pub fn of(kind: &Kind, rows: &[Clause], inputs: &[Input], opinions: &[Option<Opinion>]) -> Self {
        let mut tally = Self::default();
        let mut served = Served::new();
        for (input, opinion) in inputs.iter().zip(opinions) {
            tally.add(kind, rows, input, opinion.as_ref(), &mut served);
        }
        tally
    }

    fn add(
        &mut self,
        kind: &Kind,
        rows: &[Clause],
        input: &Input,
        opinion: Option<&Opinion>,
        served: &mut Served,
    ) {
        let outcome = outcome(kind.peer.name, rows, input, opinion, served);
        if let (Outcome::Explained(rows), true) = (&outcome, input.source != Source::Mutant) {
            served.insert(input.name.clone(), rows.clone());
        }
        if matches!(outcome, Outcome::Agree | Outcome::Explained(_) | Outcome::Unexplained) {
            match input.source {
                Source::Mutant => self.mutants += 1,
                Source::Case | Source::Vector => self.fixed += 1,
            }
        }
        match outcome {
            Outcome::Agree if opinion == Some(&Opinion::Accept) => self.both_accept += 1,
            Outcome::Agree => self.both_refuse += 1,
            Outcome::OutOfScope(reason) => *self.out_of_scope.entry(reason).or_default() += 1,
            Outcome::Explained(rows) => {
                self.explained += 1;
                rows.into_iter().for_each(|row| *self.rows.entry(row).or_default() += 1);
            }
            Outcome::NotAsked => self.not_asked += 1,
            Outcome::Unexplained => self.failures.push(format!(
                "{}: {}\n    ours: {}\n    {}: {}",
                kind.peer.name,
                input.name,
                input.ours.describe(),
                kind.peer.name,
                opinion.map(describe).unwrap_or_default()
            )),
        }
    }

    /// Compared inputs.
    pub const fn compared(&self) -> usize {
        self.fixed + self.mutants
    }
}

fn outcome(
    peer: &str,
    rows: &[Clause],
    input: &Input,
    opinion: Option<&Opinion>,
    served: &Served,
) -> Outcome {
    if let Some(reason) = scope::out_of_scope(peer, &input.question) {
        return Outcome::OutOfScope(reason);
    }
    let Some(opinion) = opinion else { return Outcome::NotAsked };
    match (&input.ours, opinion) {
        (Verdict::Accept { .. }, Opinion::Accept) | (Verdict::Refuse(_), Opinion::Refuse(_)) => {
            Outcome::Agree
        }
        (ours, theirs) => {
            if let Verdict::Refuse(refusal) = ours
                && let Some(reason) = scope::blind_to(peer, &input.question, &refusal.failed)
            {
                return Outcome::OutOfScope(reason);
            }
            clauses::explain(rows, peer, input, theirs, served)
                .map_or(Outcome::Unexplained, Outcome::Explained)
        }
    }
}

fn describe(opinion: &Opinion) -> String {
    match opinion {
        Opinion::Accept => "accept".into(),
        Opinion::Refuse(reason) => format!("refuse: {reason}"),
    }
}
