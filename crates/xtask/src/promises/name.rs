//! Names of tests in the table of promises: `package::program::test` with `*` for any text, or `step: NAME`.

use std::fmt;

/// Which tests a promise names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// Tests of one program of one package.
    Tests(String),
    /// A whole step of the test command.
    Step(String),
}

impl Name {
    /// Reads one name.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if let Some(step) = text.strip_prefix("step: ") {
            return Ok(Self::Step(step.trim().to_owned()));
        }
        let mut parts = text.splitn(3, "::");
        let is_fixed = |part: Option<&str>| part.is_some_and(|part| !part.is_empty() && !part.contains('*'));
        if !is_fixed(parts.next()) || !is_fixed(parts.next()) || parts.next().is_none_or(str::is_empty) {
            return Err(format!("`{text}` is neither `package::program::test` nor `step: NAME`"));
        }
        Ok(Self::Tests(text.to_owned()))
    }

    /// `package::program::`, in which a test has to lie.
    pub(super) fn program(text: &str) -> &str {
        let end = text
            .match_indices("::")
            .nth(1)
            .map_or(text.len(), |(at, colons)| at.saturating_add(colons.len()));
        text.split_at_checked(end).map_or(text, |(program, _)| program)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tests(pattern) => out.write_str(pattern),
            Self::Step(step) => write!(out, "step: {step}"),
        }
    }
}

/// Whether a text is what a pattern says, in which `*` is any text, also none.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::{Name, matches};

    #[test]
    fn names() {
        assert_eq!(Name::parse("step: vectors"), Ok(Name::Step("vectors".into())));
        for name in ["a::lib::b", "a::lib::*", "node::sandbox::a trap is a denial*"] {
            assert_eq!(Name::parse(name).map(|name| name.to_string()), Ok(name.to_owned()));
        }
        for wrong in ["a::b", "", "a::*::b", "*::lib::b", "::lib::b", "a::lib::", "cargo xtask vectors"] {
            assert!(Name::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Name::program("a::lib::b::c"), "a::lib::");
    }

    #[test]
    fn stars_are_any_text() {
        for (pattern, text) in
            [("a", "a"), ("a*", "a"), ("a*", "abc"), ("a*c", "abc"), ("*b*", "abc"), ("a*b*c", "abbc")]
        {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in
            [("a", "ab"), ("a*b", "a"), ("ab*b", "ab"), ("*b", "abc"), ("a*b*c", "acb"), ("", "a")]
        {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }
}
