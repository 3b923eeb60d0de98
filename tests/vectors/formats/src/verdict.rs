//! What a judge found.
use serde::{Deserialize, Serialize};

/// Outcome of one case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Accepted, and every fact that the manifest states holds.
    Accept,
    /// Accepted, but not with the facts that the manifest states: this is never as expected.
    Differs(String),
    /// A file with a result for each of its vectors.
    PerVector {
        /// Vectors that were run, those that may go either way included.
        ran: u64,
        /// Vectors with another result than stated.
        mismatches: Vec<VectorMismatch>,
    },
    /// Refused.
    Reject(Refusal),
    /// The harness could not judge; this is never as expected.
    Unjudged(String),
}

/// Why a case was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// For people.
    pub reason: String,
    /// Stable code, where the crate has one.
    pub code: Option<String>,
    /// ID of the check that failed, where the crate says it.
    pub check: Option<String>,
}

/// One vector of a file that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VectorMismatch {
    /// Number or name of the vector in its file.
    pub vector: String,
    /// `accept` or `reject`, and what is known about the difference.
    pub got: String,
}

/// Result of a judge; the error text becomes [`Verdict::Unjudged`].
pub(crate) type Judgement = Result<Verdict, String>;

/// Turns the result of a check into a verdict.
pub(crate) fn of<T, E: Into<Refusal>>(result: Result<T, E>) -> Verdict {
    match result {
        Ok(_) => Verdict::Accept,
        Err(error) => Verdict::Reject(error.into()),
    }
}

impl Refusal {
    /// A refusal by a check that belongs to no error of a crate.
    pub(crate) fn by(check: &str, code: &str, reason: impl core::fmt::Display) -> Self {
        Self { reason: reason.to_string(), code: Some(code.to_owned()), check: Some(check.to_owned()) }
    }

    fn coded(reason: impl core::fmt::Display, code: &str) -> Self {
        Self { reason: reason.to_string(), code: Some(code.to_owned()), check: None }
    }
}

impl From<String> for Refusal {
    fn from(reason: String) -> Self {
        Self { reason, code: None, check: None }
    }
}

impl From<cretula_pki::Error> for Refusal {
    fn from(error: cretula_pki::Error) -> Self {
        error.to_string().into()
    }
}

impl From<cretula_attestation::Error> for Refusal {
    fn from(error: cretula_attestation::Error) -> Self {
        Self::coded(&error, error.code())
    }
}

impl From<cretula_bundle::Error> for Refusal {
    fn from(error: cretula_bundle::Error) -> Self {
        Self::by(error.check_id(), error.code(), &error)
    }
}

impl From<cretula_pki::PathError> for Refusal {
    fn from(error: cretula_pki::PathError) -> Self {
        Self::by(error.check_id(), error.code(), &error)
    }
}

impl From<cretula_pki::timestamp::TokenError> for Refusal {
    fn from(error: cretula_pki::timestamp::TokenError) -> Self {
        Self::by(error.check_id(), error.code(), &error)
    }
}

impl From<cretula_tlog::Error> for Refusal {
    fn from(error: cretula_tlog::Error) -> Self {
        Self::by(error.check_id(), error.code(), &error)
    }
}

/// Collects facts that have to be equal.
#[derive(Default)]
pub(crate) struct Facts(Vec<String>);

impl Facts {
    /// Compares one fact, if the manifest states it.
    pub(crate) fn compare<T: PartialEq + core::fmt::Debug + ?Sized>(
        &mut self,
        name: &str,
        stated: Option<&T>,
        found: &T,
    ) {
        if let Some(stated) = stated
            && stated != found
        {
            self.0.push(format!("{name}: stated {stated:?}, found {found:?}"));
        }
    }

    /// [`Verdict::Accept`] if all were equal.
    pub(crate) fn verdict(self) -> Verdict {
        if self.0.is_empty() { Verdict::Accept } else { Verdict::Differs(self.0.join("; ")) }
    }
}

/// Collects the vectors of one file.
#[derive(Default)]
pub(crate) struct Tally {
    ran: u64,
    mismatches: Vec<VectorMismatch>,
}

impl Tally {
    /// Counts a vector; `expected` is `None` where both results are right.
    pub(crate) fn count<T, E: core::fmt::Display>(
        &mut self,
        vector: impl ToString,
        expected: Option<bool>,
        result: Result<T, E>,
    ) {
        self.ran = self.ran.saturating_add(1);
        let accepted = result.is_ok();
        if expected.is_none_or(|expected| expected == accepted) {
            return;
        }
        let got = result.map_or_else(|error| format!("reject: {error}"), |_| "accept".to_owned());
        self.mismatches.push(VectorMismatch { vector: vector.to_string(), got });
    }

    /// The verdict on the file; a file with nothing in it proves nothing.
    pub(crate) fn verdict(self) -> Judgement {
        if self.ran == 0 {
            return Err("the file holds no vector".to_owned());
        }
        Ok(Verdict::PerVector { ran: self.ran, mismatches: self.mismatches })
    }

    /// Demands a number of vectors.
    pub(crate) fn expect(&self, stated: Option<u64>) -> Result<(), String> {
        match stated {
            Some(stated) if stated != self.ran => {
                Err(format!("the manifest states {stated} vectors, the file holds {}", self.ran))
            }
            _ => Ok(()),
        }
    }
}
