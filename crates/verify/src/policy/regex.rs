//! Regular expressions over whole texts: the only place that compiles one.
//!
//! The engine is linear in the text, without back-references and look-around. Each pattern is bounded by limit
//! `pattern-compiled`, and all patterns of a policy by `pattern-compiled-total`.

use alloc::{
    format,
    string::{String, ToString},
};

use regex_lite::RegexBuilder;

use super::literal::demands_literal;

/// A compiled pattern that matches whole texts and not the empty one.
#[derive(Debug, Clone)]
pub(super) struct Regex {
    source: String,
    compiled: regex_lite::Regex,
}

/// What is left of `pattern-compiled-total`, and the bound of a single pattern.
#[derive(Debug, Clone, Copy)]
pub(super) struct RegexBudget {
    /// Limit `pattern-compiled`, in bytes.
    pub(super) each: usize,
    /// What is left of `pattern-compiled-total`, in bytes.
    pub(super) left: usize,
}

/// Why a text is no acceptable pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RegexError {
    /// It does not compile within the limits.
    Compile(String),
    /// It matches the empty string.
    MatchesEmpty,
}

impl RegexError {
    /// One sentence.
    pub(super) fn detail(&self) -> String {
        match self {
            Self::Compile(reason) => {
                format!("expected a pattern that compiles within the limits, found: {reason}")
            }
            Self::MatchesEmpty => String::from("expected a pattern that does not match the empty string"),
        }
    }
}

/// The smallest size that is charged, in bytes.
const SMALLEST_CHARGE: usize = 1024;

impl Regex {
    /// Compiles a pattern as if it stood between start and end anchors, alternatives included.
    pub(super) fn new(source: &str, budget: &mut RegexBudget) -> Result<Self, RegexError> {
        // Compiled alone first: `a)|(b` is whole only between the parentheses of the wrapping.
        compile(source, budget.each).map_err(RegexError::Compile)?;
        // A comment under the flag `x` that is open at the end swallows the closing parenthesis and does not compile.
        let (compiled, charge) = compile_smallest(&format!("^(?:{source})$"), budget)?;
        if compiled.is_match("") {
            return Err(RegexError::MatchesEmpty);
        }
        budget.left = budget.left.saturating_sub(charge);
        Ok(Self { source: source.to_string(), compiled })
    }

    /// The text of the pattern.
    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// Whether each text that matches holds a character that the pattern names.
    pub(super) fn has_literal(&self) -> bool {
        demands_literal(&self.source)
    }

    /// Whether the whole text matches.
    pub(super) fn is_match(&self, text: &str) -> bool {
        self.compiled.is_match(text)
    }
}

/// Compiles within the smallest power of two that is enough, which is what the pattern is charged.
fn compile_smallest(pattern: &str, budget: &RegexBudget) -> Result<(regex_lite::Regex, usize), RegexError> {
    let bound = budget.each.min(budget.left);
    let mut size = SMALLEST_CHARGE.min(bound);
    loop {
        match compile(pattern, size) {
            Ok(compiled) => return Ok((compiled, size)),
            Err(reason) if size >= bound => return Err(RegexError::Compile(reason)),
            Err(_) => size = size.saturating_mul(2).min(bound),
        }
    }
}

fn compile(pattern: &str, size_limit: usize) -> Result<regex_lite::Regex, String> {
    RegexBuilder::new(pattern).size_limit(size_limit).build().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget() -> RegexBudget {
        RegexBudget { each: 64 << 10, left: 256 << 10 }
    }

    fn regex(source: &str) -> Result<Regex, RegexError> {
        Regex::new(source, &mut budget())
    }

    fn matches(source: &str, text: &str) -> bool {
        regex(source).unwrap().is_match(text)
    }

    #[test]
    fn the_whole_text_must_match() {
        for (source, text, expected) in [
            ("https://a", "https://a", true),
            ("https://a", "evil-https://a", false),
            ("https://a", "https://a-evil", false),
            ("https://a", "\nhttps://a", false),
            ("https://a", "https://a\n", false),
            ("a|b", "a", true),
            ("a|b", "b", true),
            ("a|b", "ab", false),
            ("a|b", "xb", false),
            ("a|b", "ax", false),
            ("^a$|^b$", "b", true),
            ("(?m)^a$", "a\nb", false),
            ("(?m)^a$", "b\na", false),
            ("(?i)abc", "aBC", true),
            ("a.c", "abc", true),
            (r"a\.c", "abc", false),
            ("(?x) a b # both\n | c", "ab", true),
            ("(?x) a b # both\n | c", "c", true),
            ("(?x) a b # both\n | c", "abx", false),
        ] {
            assert_eq!(matches(source, text), expected, "{source:?} {text:?}");
        }
    }

    #[test]
    fn patterns_that_are_whole_only_when_wrapped_are_refused() {
        for source in ["a)|(b", "a)|(?:b", ")(", "a)", "(a", "(?x)a #", "(?x)a # )", "[a", r"a\"] {
            assert!(matches!(regex(source), Err(RegexError::Compile(_))), "{source}");
        }
    }

    #[test]
    fn back_references_and_look_around_are_refused() {
        for source in [r"(a)\1", "(?=a)a", "(?!a)b", "(?<=a)b", "(?<!a)b", r"\p{L}"] {
            assert!(matches!(regex(source), Err(RegexError::Compile(_))), "{source}");
        }
    }

    #[test]
    fn patterns_that_match_the_empty_string_are_refused() {
        for source in ["", ".*", "a?", "a|", "(?:)", "^", "^$", "(?i)", "a{0}", "(a*)*", "a*|b"] {
            assert_eq!(regex(source).unwrap_err(), RegexError::MatchesEmpty, "{source}");
        }
    }

    #[test]
    fn size_is_bounded_alone_and_in_all() {
        for source in ["a{100000}", "(a{100}){100}", "((a{10}){10}){100}", "(((a|b){50}){50}){50}"] {
            assert!(matches!(regex(source), Err(RegexError::Compile(_))), "{source}");
        }
        let mut budget = budget();
        let mut count = 0;
        while Regex::new("[a-z]{500}x", &mut budget).is_ok() {
            count += 1;
        }
        assert!((4..=16).contains(&count), "{count}");
        assert!(budget.left < 64 << 10);
        let mut small = RegexBudget { each: 64 << 10, left: 4 << 10 };
        assert!(Regex::new("abc", &mut small).is_ok());
        assert_eq!(small.left, 3 << 10);
    }

    #[test]
    fn nesting_is_bounded() {
        for depth in [60, 400] {
            let source = format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
            assert!(matches!(regex(&source), Err(RegexError::Compile(_))));
        }
    }
}
