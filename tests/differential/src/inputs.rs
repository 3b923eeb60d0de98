//! The inputs: shared vectors, our own cases, and mutants of what we accept.
use std::path::Path;

use anyhow::Result;
use cretula_peers::Question;
use cretula_vectors::{Folder, Prepared, bundle_requests};
use cretula_verify::RootMemo;
use serde_json::Value;

use crate::{mutants, ours::Verdict};

/// Where an input comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The shared vectors.
    Vector,
    /// `tests/vectors/checks`.
    Case,
    /// Generated.
    Mutant,
}

/// One input, with our own verdict.
pub struct Input {
    /// Unique.
    pub name: String,
    /// Where it comes from.
    pub source: Source,
    /// What is asked.
    pub question: Question,
    /// What we say.
    pub ours: Verdict,
}

impl Input {
    /// The name; of a mutant, that of what it was made from, and that of the bundle from which a member was taken.
    pub fn origins(&self) -> [&str; 2] {
        let (base, change) = self.change().unwrap_or((&self.name, ""));
        [base, change.rsplit_once(" of ").map_or(base, |(_, donor)| donor)]
    }

    /// Of a mutant, what it was made from and what was done.
    pub fn change(&self) -> Option<(&str, &str)> {
        let (_, origin) = self.name.strip_prefix("mutant ")?.split_once(" of ")?;
        origin.split_once(": ")
    }
}

/// All inputs, and how many could not be asked, by reason.
#[derive(Default)]
pub struct Inputs {
    /// The inputs, in order.
    pub all: Vec<Input>,
    /// Requests that no peer can be asked: reason, count.
    pub unasked: std::collections::BTreeMap<String, usize>,
    /// Whether the shared vectors were there.
    pub has_vectors: bool,
    roots: RootMemo,
}

/// An accepted request, from which mutants are made.
pub struct Base {
    /// Its name.
    pub name: String,
    /// Its request.
    pub request: Value,
    /// Its bundle.
    pub bundle: Value,
}

impl Inputs {
    /// Reads vectors and cases, and makes mutants of the accepted ones.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn collect(vectors: &Path, count: usize) -> Result<Self> {
        let mut inputs = Self::default();
        let mut bases = Vec::new();
        inputs.has_vectors = Folder::exists(vectors);
        if inputs.has_vectors {
            for case in bundle_requests(&Folder::open(vectors)?)? {
                let name = format!("{} [{}]", case.id, case.variant);
                match case.prepared {
                    Prepared::Request(request) => inputs.add(&mut bases, name, Source::Vector, &request)?,
                    Prepared::Refused(code) => inputs.count(&format!("the host refuses the key: {code}")),
                }
            }
        }
        for case in cretula_cases::checks()? {
            inputs.add(&mut bases, case.name, Source::Case, &case.request)?;
        }
        for mutant in mutants::generate(&bases, count) {
            let request = serde_json::to_vec(&mutant.request)?;
            let before = inputs.all.len();
            inputs.add(&mut Vec::new(), mutant.name, Source::Mutant, &request)?;
            if let Some(input) = inputs.all.get_mut(before) {
                input.question.facts.token_change = mutant.token_change;
                input.question.facts.v2_unread |= mutant.v2_unread;
            }
        }
        Ok(inputs)
    }

    fn add(&mut self, bases: &mut Vec<Base>, name: String, source: Source, request: &[u8]) -> Result<()> {
        let ours = Verdict::of(request, &mut self.roots)?;
        if let Verdict::Failed(code) = &ours {
            self.count(&format!("the call is wrong: {code}"));
            return Ok(());
        }
        let request: Value = serde_json::from_slice(request)?;
        let mut question = match Question::of(&request) {
            Ok(question) => question,
            Err(reason) => {
                self.count(&reason.to_string());
                return Ok(());
            }
        };
        question.facts.token_ignored = matches!(ours, Verdict::Accept { ignored_token: true });
        if matches!(ours, Verdict::Accept { .. }) && mutants::is_base(&question) {
            let bundle = mutants::bundle_of(&request)?;
            bases.push(Base { name: name.clone(), request, bundle });
        }
        self.all.push(Input { name, source, question, ours });
        Ok(())
    }

    fn count(&mut self, reason: &str) {
        *self.unasked.entry(reason.to_owned()).or_default() += 1;
    }
}
