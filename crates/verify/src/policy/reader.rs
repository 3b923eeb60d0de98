//! Typed reading of the members that several objects of a policy have in common.
//!
//! Shapes were checked against the tables, so that a wrong type found here is an error of the tables; it refuses the
//! policy all the same.

use alloc::{string::String, vec::Vec};

use cretula_encoding::{
    fields::{Field, FieldError, FieldErrorKind, Object},
    limits::Limits,
};

use super::{
    error::{PolicyError, PolicyErrorKind},
    glob::Glob,
    pattern::{Claim, Form, Match},
    regex::{Regex, RegexBudget},
};

/// What is counted while a policy is read.
pub(super) struct Reader<'l> {
    pub(super) limits: &'l Limits,
    pub(super) nodes: usize,
    regexes: RegexBudget,
}

impl<'l> Reader<'l> {
    pub(super) const fn new(limits: &'l Limits) -> Self {
        let regexes = RegexBudget { each: limits.pattern_compiled, left: limits.pattern_compiled_total };
        Self { limits, nodes: 0, regexes }
    }

    /// Counts a signer node.
    pub(super) fn count_node(&mut self, pointer: &str) -> Result<(), PolicyError> {
        self.nodes = self.nodes.saturating_add(1);
        if self.nodes > self.limits.policy_nodes {
            let detail = alloc::format!("expected at most {} signer nodes", self.limits.policy_nodes);
            return Err(PolicyError::new(PolicyErrorKind::PolicyNodes, pointer, detail));
        }
        Ok(())
    }

    /// A match: a text, or an object with one of the forms.
    pub(super) fn read_match(&mut self, field: Field<'_>) -> Result<Match, PolicyError> {
        if let Ok(text) = field.text() {
            return Ok(Match::new(Form::Exact(text), false));
        }
        self.match_of(&mut field.object()?)
    }

    /// A match from the members of an object.
    pub(super) fn match_of(&mut self, object: &mut Object<'_>) -> Result<Match, PolicyError> {
        let ignore_case = flag(object, "ignoreCase")?.unwrap_or(false);
        if let Some(field) = object.take("exact") {
            return Ok(Match::new(Form::Exact(field.text()?), ignore_case));
        }
        if let Some(texts) = texts(object, "anyOf")? {
            return Ok(Match::new(Form::AnyOf(texts), ignore_case));
        }
        if let Some(field) = object.take("glob") {
            return Ok(Match::new(Form::Glob(self.glob(&field, ignore_case)?), ignore_case));
        }
        let field = object.require("regex")?;
        Ok(Match::new(Form::Regex(self.regex(&field)?), ignore_case))
    }

    /// A claim: a match, or whether it is there.
    pub(super) fn read_claim(&mut self, field: Field<'_>) -> Result<Claim, PolicyError> {
        if let Ok(text) = field.text() {
            return Ok(Claim::Match(Match::new(Form::Exact(text), false)));
        }
        let mut object = field.object()?;
        if object.take("present").is_some() {
            return Ok(Claim::Present);
        }
        if object.take("absent").is_some() {
            return Ok(Claim::Absent);
        }
        self.match_of(&mut object).map(Claim::Match)
    }

    fn glob(&self, field: &Field<'_>, ignore_case: bool) -> Result<Glob, PolicyError> {
        let source = self.pattern_text(field)?;
        Glob::new(&source, ignore_case).map_err(|error| pattern_error(field, error.detail()))
    }

    fn regex(&mut self, field: &Field<'_>) -> Result<Regex, PolicyError> {
        let source = self.pattern_text(field)?;
        Regex::new(&source, &mut self.regexes).map_err(|error| pattern_error(field, error.detail()))
    }

    fn pattern_text(&self, field: &Field<'_>) -> Result<String, PolicyError> {
        let text = field.text()?;
        if text.len() > self.limits.pattern_bytes {
            let detail = alloc::format!("expected at most {} bytes of pattern", self.limits.pattern_bytes);
            return Err(pattern_error(field, detail));
        }
        Ok(text)
    }
}

fn pattern_error(field: &Field<'_>, detail: impl Into<String>) -> PolicyError {
    PolicyError::new(PolicyErrorKind::Pattern, &field.pointer, detail)
}

impl From<FieldError> for PolicyError {
    fn from(error: FieldError) -> Self {
        let (kind, detail) = match error.kind {
            FieldErrorKind::Missing => (PolicyErrorKind::Malformed, "expected a member, found none"),
            FieldErrorKind::UnknownMember => {
                (PolicyErrorKind::UnknownMember, "expected a known member, found another name")
            }
            FieldErrorKind::Type(expected) => (PolicyErrorKind::Malformed, expected),
            FieldErrorKind::Base64 | _ => (PolicyErrorKind::Malformed, "expected a value of another form"),
        };
        Self::new(kind, &error.pointer, detail)
    }
}

/// A boolean member.
pub(super) fn flag(object: &mut Object<'_>, name: &str) -> Result<Option<bool>, PolicyError> {
    Ok(object.take(name).map(|field| field.bool()).transpose()?)
}

/// A threshold.
pub(super) fn count(object: &mut Object<'_>, name: &str) -> Result<Option<u32>, PolicyError> {
    let Some(field) = object.take(name) else { return Ok(None) };
    let value = field.uint(u64::from(u32::MAX))?;
    u32::try_from(value).map(Some).map_err(|_| PolicyError::malformed(&field.pointer, "expected a count"))
}

/// A list of texts.
pub(super) fn texts(object: &mut Object<'_>, name: &str) -> Result<Option<Vec<String>>, PolicyError> {
    list(object, name, |field| Ok(field.text()?))
}

/// A list of base64 texts, decoded.
pub(super) fn byte_strings(object: &mut Object<'_>, name: &str) -> Result<Option<Vec<Vec<u8>>>, PolicyError> {
    list(object, name, |field| Ok(field.bytes()?))
}

/// A list of values, each read by `read`.
pub(super) fn list<'a, T>(
    object: &mut Object<'a>,
    name: &str,
    read: impl FnMut(Field<'a>) -> Result<T, PolicyError>,
) -> Result<Option<Vec<T>>, PolicyError> {
    let Some(field) = object.take(name) else { return Ok(None) };
    field.list()?.into_iter().map(read).collect::<Result<Vec<T>, _>>().map(Some)
}

/// One of the named values.
pub(super) fn choice<T: Copy>(
    object: &mut Object<'_>,
    name: &str,
    values: &[(&str, T)],
) -> Result<Option<T>, PolicyError> {
    let Some(field) = object.take(name) else { return Ok(None) };
    let text = field.text()?;
    let found = values.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
    found.map(Some).ok_or_else(|| PolicyError::malformed(&field.pointer, "expected one of the known names"))
}

/// Replaces a default by what was written.
pub(super) fn set<T>(target: &mut T, written: Option<T>) {
    if let Some(value) = written {
        *target = value;
    }
}
