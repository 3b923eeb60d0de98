//! Match: how a text from a certificate is compared with what the policy says.

use alloc::{string::String, vec::Vec};

use cretula_encoding::text;

use super::{glob::Glob, regex::Regex};

/// What a text is compared with.
#[derive(Debug, Clone)]
pub struct Match {
    form: Form,
    ignore_case: bool,
}

/// Forms of [`Match`].
#[derive(Debug, Clone)]
pub(super) enum Form {
    /// One of these texts, byte for byte.
    AnyOf(Vec<String>),
    /// This text, byte for byte.
    Exact(String),
    /// A glob over the whole text.
    Glob(Glob),
    /// A regular expression over the whole text.
    Regex(Regex),
}

/// What a claim is compared with.
#[derive(Debug, Clone)]
pub enum Claim {
    /// The claim is not there.
    Absent,
    /// The claim is there and matches.
    Match(Match),
    /// The claim is there.
    Present,
}

/// What a comparison came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The text is another one.
    Differs,
    /// The text matches.
    Matches,
    /// The text is longer than limit `pattern-input` or holds control characters: it matches nothing, and below `not`
    /// and in `deny` it refuses.
    Unmatchable,
}

impl Match {
    pub(super) const fn new(form: Form, ignore_case: bool) -> Self {
        Self { form, ignore_case }
    }

    pub(super) const fn form(&self) -> &Form {
        &self.form
    }

    /// Whether ASCII letters match in either case.
    pub(super) const fn ignores_case(&self) -> bool {
        self.ignore_case
    }

    /// Compares a text of at most `max_input` bytes without control characters. No normalisation, no trimming.
    #[must_use]
    pub fn compare(&self, found: &str, max_input: usize) -> Outcome {
        if found.len() > max_input || text::has_control(found) {
            return Outcome::Unmatchable;
        }
        let equal = |wanted: &String| {
            if self.ignore_case { wanted.eq_ignore_ascii_case(found) } else { wanted == found }
        };
        let matches = match &self.form {
            Form::AnyOf(texts) => texts.iter().any(equal),
            Form::Exact(wanted) => equal(wanted),
            Form::Glob(glob) => glob.is_match(found),
            Form::Regex(regex) => regex.is_match(found),
        };
        if matches { Outcome::Matches } else { Outcome::Differs }
    }

    /// Whether only texts with a given literal character match, so that the match binds (I05).
    #[must_use]
    pub fn has_literal(&self) -> bool {
        match &self.form {
            Form::AnyOf(texts) => texts.iter().all(|text| !text.is_empty()),
            Form::Exact(text) => !text.is_empty(),
            Form::Glob(glob) => glob.has_literal(),
            Form::Regex(regex) => regex.has_literal(),
        }
    }

    /// What is expected, for messages.
    #[must_use]
    pub fn describe(&self) -> String {
        let case = if self.ignore_case { " in any case" } else { "" };
        let (form, wanted) = match &self.form {
            Form::AnyOf(texts) => {
                ("one of ", texts.iter().map(|wanted| text::quote(wanted)).collect::<Vec<_>>().join(", "))
            }
            Form::Exact(wanted) => ("", text::quote(wanted)),
            Form::Glob(glob) => ("glob ", text::quote(glob.source())),
            Form::Regex(regex) => ("regex ", text::quote(regex.source())),
        };
        alloc::format!("{form}{wanted}{case}")
    }
}
