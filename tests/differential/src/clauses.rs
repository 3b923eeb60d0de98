//! `clauses.toml`: the differences that a clause of a specification explains.
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, bail};
use cretula_peers::{Facts, Opinion};
use serde::Deserialize;

use crate::inputs::{Input, Source};
use crate::ours::Verdict;

/// Which way a difference goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// We refuse, the peer accepts.
    WeRefuse,
    /// We accept, the peer refuses.
    WeAccept,
}

/// One row.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// Name.
    pub id: String,
    /// We accept: the peers. A clause by which we refuse names none: it holds whoever else accepts.
    #[serde(default)]
    pub peers: Vec<String>,
    /// Which way.
    pub direction: Direction,
    /// We refuse: our codes.
    #[serde(default)]
    pub codes: Vec<String>,
    /// We accept: parts of the peer's reason.
    #[serde(default)]
    pub reasons: Vec<String>,
    /// We accept: only these inputs, by the beginning of the name; none: all. A mutant is served if one of those that it
    /// was made of is.
    #[serde(default)]
    pub inputs: Vec<String>,
    /// We accept: only mutants of these inputs that were changed at a place beginning so.
    pub changed: Option<String>,
    /// We accept: only bundles of which this holds.
    pub fact: Option<String>,
    /// Only mutants come to it, and not in every run.
    #[serde(default)]
    pub rare: bool,
    /// What is followed.
    pub clause: String,
    /// At most so many differences in a run of standard length.
    pub count: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    clause: Vec<Clause>,
}

/// Reads the file.
///
/// # Errors
/// It cannot be read, or a row says too little.
pub fn load(path: &Path) -> Result<Vec<Clause>> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let document: Document = toml::from_str(&text).with_context(|| path.display().to_string())?;
    for row in &document.clause {
        let (wanted, other) = match row.direction {
            Direction::WeRefuse => (&row.codes, &row.reasons),
            Direction::WeAccept => (&row.reasons, &row.codes),
        };
        let names_peers = row.direction == Direction::WeAccept;
        let peers_fit = names_peers != row.peers.is_empty();
        if wanted.is_empty() || !other.is_empty() || !peers_fit || row.clause.is_empty() {
            bail!("row {} needs a clause, and codes, or peers and reasons, as its direction says", row.id);
        }
        if row.fact.as_ref().is_some_and(|fact| Facts::default().holds(fact).is_none()) {
            bail!("row {} names an unknown fact", row.id);
        }
    }
    Ok(document.clause)
}

/// Vectors and cases that rows explain, for one peer: name, rows.
pub type Served = BTreeMap<String, Vec<usize>>;

impl Clause {
    fn concerns(&self, at: usize, input: &Input, served: &Served) -> bool {
        let names = |name: &str| self.inputs.iter().any(|start| name.starts_with(start.as_str()));
        let named = match input.source {
            Source::Mutant if let Some(place) = &self.changed => {
                input.change().is_some_and(|(base, changed)| names(base) && changed.contains(place.as_str()))
            }
            Source::Mutant => {
                input.origins().iter().any(|name| served.get(*name).is_some_and(|rows| rows.contains(&at)))
            }
            Source::Vector | Source::Case => self.changed.is_none() && names(&input.name),
        };
        let fact = self.fact.as_deref().and_then(|fact| input.question.facts.holds(fact));
        (named || self.inputs.is_empty()) && fact.unwrap_or(true)
    }
}

/// The rows that explain a difference: one for each cause of a refusal by us, or one for the reason of the peer.
pub fn explain(
    rows: &[Clause],
    peer: &str,
    input: &Input,
    theirs: &Opinion,
    served: &Served,
) -> Option<Vec<usize>> {
    let row = |fits: &dyn Fn(usize, &Clause) -> bool| {
        let concerns = |row: &Clause| row.peers.is_empty() || row.peers.iter().any(|name| name == peer);
        rows.iter().enumerate().position(|(at, row)| concerns(row) && fits(at, row))
    };
    match (&input.ours, theirs) {
        (Verdict::Refuse(refusal), Opinion::Accept) => {
            let found: Option<BTreeSet<_>> = refusal
                .causes
                .iter()
                .map(|code| {
                    row(&|_, row| {
                        row.direction == Direction::WeRefuse && row.codes.iter().any(|known| known == code)
                    })
                })
                .collect();
            found.map(Vec::from_iter)
        }
        (Verdict::Accept { .. }, Opinion::Refuse(reason)) => row(&|at, row| {
            row.direction == Direction::WeAccept
                && row.reasons.iter().any(|part| reason.contains(part.as_str()))
                && row.concerns(at, input, served)
        })
        .map(|at| vec![at]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ours::Refusal;
    use cretula_peers::Question;

    fn rows(text: &str) -> Vec<Clause> {
        toml::from_str::<Document>(text).unwrap().clause
    }

    fn input(name: &str, source: Source, causes: &[&str]) -> Input {
        let policy = "eyJwcmVzZXQiOiJwdWJsaWMtZ29vZCIsImRhbmdlcm91cyI6eyJub0FydGlmYWN0Ijp0cnVlfX0=";
        let request = serde_json::json!({"bundle": "e30=", "policy": policy});
        let causes: Vec<String> = causes.iter().map(|code| (*code).to_owned()).collect();
        let refusal = Refusal { failed: causes.clone(), causes };
        Input {
            name: name.into(),
            source,
            question: Question::of(&request).unwrap(),
            ours: if refusal.failed.is_empty() {
                Verdict::Accept { ignored_token: false }
            } else {
                Verdict::Refuse(refusal)
            },
        }
    }

    const REFUSALS: &str = r#"
        [[clause]]
        id = "a"
        direction = "we-refuse"
        codes = ["x/one"]
        clause = "c"
        count = 1
        [[clause]]
        id = "b"
        direction = "we-refuse"
        codes = ["x/two"]
        clause = "c"
        count = 1
    "#;

    #[test]
    fn every_cause_of_a_refusal_needs_a_row() {
        let rows = rows(REFUSALS);
        let explained = |peer: &str, causes: &[&str]| {
            explain(&rows, peer, &input("n", Source::Case, causes), &Opinion::Accept, &Served::new())
        };
        assert_eq!(explained("p", &["x/one", "x/two"]), Some(vec![0, 1]));
        assert_eq!(explained("p", &["x/one", "x/three"]), None);
        assert_eq!(explained("q", &["x/one"]), Some(vec![0]));
    }

    #[test]
    fn a_row_for_some_inputs_serves_mutants_of_those_that_it_explains() {
        let rows = rows(
            r#"
            [[clause]]
            id = "a"
            peers = ["p"]
            direction = "we-accept"
            reasons = ["bad"]
            inputs = ["good-leaf"]
            clause = "c"
            count = 1
        "#,
        );
        let served = Served::from([("good-leaf-p521".to_owned(), vec![0])]);
        let explained = |name: &str, source: Source, reason: &str| {
            explain(&rows, "p", &input(name, source, &[]), &Opinion::Refuse(reason.into()), &served)
        };
        assert_eq!(explained("good-leaf-p521", Source::Case, "too bad"), Some(vec![0]));
        assert_eq!(explained("good-leaf-p521", Source::Case, "worse"), None);
        let mutant = |name: &str| explained(name, Source::Mutant, "too bad");
        assert_eq!(mutant("mutant 7 of good-leaf-p521: bit 3 of /x"), Some(vec![0]));
        assert_eq!(mutant("mutant 7 of other: /x of good-leaf-p521"), Some(vec![0]));
        assert_eq!(mutant("mutant 7 of other: bit 3 of /x"), None);
        assert_eq!(
            mutant("mutant 7 of good-leaf-p256: bit 3 of /x"),
            None,
            "the peer accepts what it was made of"
        );
    }
}
