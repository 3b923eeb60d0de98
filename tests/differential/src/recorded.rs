//! Verdicts of peers about vectors and cases, for machines on which a peer is missing.
use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use cretula_crypto::HashAlgorithm;
use cretula_peers::{Opinion, Question};
use serde::{Deserialize, Serialize};

/// Letters of a digest that name a question.
const NAME: usize = 12;

/// Reasons are kept so far.
const REASON: usize = 300;

/// Verdicts by question.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Recorded {
    /// Peer.
    pub peer: String,
    /// Its version.
    pub version: String,
    accept: Vec<String>,
    refuse: BTreeMap<String, Vec<String>>,
}

impl Recorded {
    /// Verdicts of a peer.
    pub fn new<'a>(
        peer: &str,
        version: &str,
        verdicts: impl Iterator<Item = (&'a Question, &'a Opinion)>,
    ) -> Self {
        let mut recorded = Self { peer: peer.into(), version: version.into(), ..Self::default() };
        for (question, opinion) in verdicts {
            match opinion {
                Opinion::Accept => recorded.accept.push(name(question)),
                Opinion::Refuse(reason) => {
                    let reason = reason.chars().take(REASON).collect();
                    recorded.refuse.entry(reason).or_default().push(name(question));
                }
            }
        }
        recorded.accept.sort();
        recorded.accept.dedup();
        recorded.refuse.values_mut().for_each(|names| {
            names.sort();
            names.dedup();
        });
        recorded
    }

    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn load(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
        serde_json::from_slice(&bytes).with_context(|| path.display().to_string())
    }

    /// Writes a file.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        std::fs::write(path, text).with_context(|| path.display().to_string())
    }

    /// The verdicts by name of the question.
    pub fn by_name(&self) -> BTreeMap<&str, Opinion> {
        let refused = self.refuse.iter().flat_map(|(reason, names)| {
            names.iter().map(|name| (name.as_str(), Opinion::Refuse(reason.clone())))
        });
        self.accept.iter().map(|name| (name.as_str(), Opinion::Accept)).chain(refused).collect()
    }
}

/// The name of a question: a digest of all that a peer is told.
pub fn name(question: &Question) -> String {
    let mut hex = HashAlgorithm::Sha256.digest(&[question.line().as_bytes()]).to_hex();
    hex.truncate(NAME);
    hex
}
