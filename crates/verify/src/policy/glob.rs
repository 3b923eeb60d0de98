//! Globs over whole texts, matched in time linear in the text.
//!
//! `*` is one or more characters except `/`; `**` is zero or more of any characters and stands only at the end or before
//! a `/`; `\` takes the next character literally; all else is literal, including `?`, `[` and `.`.

use alloc::{
    collections::BTreeMap,
    string::{String, ToString},
    vec,
    vec::Vec,
};

/// A compiled glob: a chain of states, one bit each. State `i` is active when the text so far fits the first `i` steps.
#[derive(Debug, Clone)]
pub(super) struct Glob {
    source: String,
    ignore_case: bool,
    steps: usize,
    literals: BTreeMap<u8, Bits>,
    /// Steps of `*`: any byte but `/` leads on.
    star: Bits,
    /// States after `*`: any byte but `/` stays.
    star_loop: Bits,
    /// Steps of `**`: nothing leads on.
    double_star: Bits,
    /// States after `**`: any byte stays.
    double_star_loop: Bits,
}

/// Why a text is no glob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GlobError {
    /// `**` neither at the end nor before a `/`.
    DoubleStar,
    /// `\` at the end.
    Escape,
}

impl GlobError {
    /// One sentence.
    pub(super) const fn detail(self) -> &'static str {
        match self {
            Self::DoubleStar => "expected ** only at the end or before /",
            Self::Escape => "expected a character after the last \\",
        }
    }
}

/// One step through the pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Literal(u8),
    Star,
    DoubleStar,
}

impl Glob {
    /// Compiles a glob; letters of ASCII match in either case if `ignore_case`.
    pub(super) fn new(source: &str, ignore_case: bool) -> Result<Self, GlobError> {
        let steps = parse(source)?;
        let bits = || Bits::new(steps.len());
        let mut glob = Self {
            source: source.to_string(),
            ignore_case,
            steps: steps.len(),
            literals: BTreeMap::new(),
            star: bits(),
            star_loop: bits(),
            double_star: bits(),
            double_star_loop: bits(),
        };
        for (index, step) in steps.iter().enumerate() {
            let after = index.saturating_add(1);
            match step {
                Step::Literal(byte) => {
                    glob.literals.entry(glob.fold(*byte)).or_insert_with(bits).insert(index);
                }
                Step::Star => {
                    glob.star.insert(index);
                    glob.star_loop.insert(after);
                }
                Step::DoubleStar => {
                    glob.double_star.insert(index);
                    glob.double_star_loop.insert(after);
                }
            }
        }
        Ok(glob)
    }

    /// The text of the glob.
    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// Whether anything else than wildcards is demanded.
    pub(super) fn has_literal(&self) -> bool {
        !self.literals.is_empty()
    }

    /// Whether the whole text matches. Steps are bytes: a literal is whole UTF-8, so that no wildcard splits a character.
    pub(super) fn is_match(&self, text: &str) -> bool {
        let (mut active, mut next) = (Bits::new(self.steps), Bits::new(self.steps));
        active.insert(0);
        active.advance_into_self(&self.double_star);
        for byte in text.bytes() {
            next.clear();
            next.add_kept(&active, &self.double_star_loop);
            if let Some(literal) = self.literals.get(&self.fold(byte)) {
                next.add_advanced(&active, literal);
            }
            if byte != b'/' {
                next.add_advanced(&active, &self.star);
                next.add_kept(&active, &self.star_loop);
            }
            next.advance_into_self(&self.double_star);
            core::mem::swap(&mut active, &mut next);
        }
        active.contains(self.steps)
    }

    const fn fold(&self, byte: u8) -> u8 {
        if self.ignore_case { byte.to_ascii_lowercase() } else { byte }
    }
}

fn parse(source: &str) -> Result<Vec<Step>, GlobError> {
    let mut steps = Vec::with_capacity(source.len());
    let mut bytes = source.bytes().peekable();
    while let Some(byte) = bytes.next() {
        let step = match byte {
            b'\\' => Step::Literal(bytes.next().ok_or(GlobError::Escape)?),
            b'*' if bytes.next_if_eq(&b'*').is_some() => match bytes.peek() {
                None | Some(b'/') => Step::DoubleStar,
                Some(_) => return Err(GlobError::DoubleStar),
            },
            b'*' => Step::Star,
            other => Step::Literal(other),
        };
        steps.push(step);
    }
    Ok(steps)
}

/// A set of states.
#[derive(Debug, Clone)]
struct Bits(Vec<u64>);

impl Bits {
    /// No state of `0..=last`.
    fn new(last: usize) -> Self {
        Self(vec![0; (last >> 6).saturating_add(1)])
    }

    fn clear(&mut self) {
        self.0.fill(0);
    }

    fn insert(&mut self, state: usize) {
        if let Some(word) = self.0.get_mut(state >> 6) {
            *word |= Self::bit(state);
        }
    }

    fn contains(&self, state: usize) -> bool {
        self.0.get(state >> 6).is_some_and(|word| word & Self::bit(state) != 0)
    }

    fn bit(state: usize) -> u64 {
        1_u64.rotate_left(u32::try_from(state & 63).unwrap_or_default())
    }

    /// Adds the states of `from` that are in `mask`.
    fn add_kept(&mut self, from: &Self, mask: &Self) {
        for ((word, from), mask) in self.0.iter_mut().zip(&from.0).zip(&mask.0) {
            *word |= from & mask;
        }
    }

    /// Adds the successors of the states of `from` that are in `mask`.
    fn add_advanced(&mut self, from: &Self, mask: &Self) {
        let mut carry = 0;
        for ((word, from), mask) in self.0.iter_mut().zip(&from.0).zip(&mask.0) {
            let leaving = from & mask;
            *word |= (leaving << 1) | carry;
            carry = leaving >> 63;
        }
    }

    /// Adds the successors of the own states that are in `mask`. One pass is enough because no two states in a row are
    /// in the masks it is used with: `**` is followed by `/` or by the end.
    fn advance_into_self(&mut self, mask: &Self) {
        let mut carry = 0;
        for (word, mask) in self.0.iter_mut().zip(&mask.0) {
            let leaving = *word & mask;
            *word |= (leaving << 1) | carry;
            carry = leaving >> 63;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn matches(glob: &str, text: &str) -> bool {
        Glob::new(glob, false).unwrap().is_match(text)
    }

    #[test]
    fn star_is_one_or_more_characters_of_a_segment() {
        for (glob, text, expected) in [
            ("a*c", "abc", true),
            ("a*c", "abbbc", true),
            ("a*c", "aéc", true),
            ("a*c", "ac", false),
            ("a*c", "ab/c", false),
            ("a*c", "abcd", false),
            ("a*c", "xabc", false),
            ("*", "a", true),
            ("*", "", false),
            ("*", "a/b", false),
            ("*a*a*", "xaxax", true),
            ("*a*a*", "aaaaa", true),
            ("*a*a*", "aaaa", false),
            ("v*", "v1.2.3", true),
            ("v*", "v", false),
        ] {
            assert_eq!(matches(glob, text), expected, "{glob} {text}");
        }
    }

    #[test]
    fn double_star_is_anything() {
        for (glob, text, expected) in [
            ("**", "", true),
            ("**", "a/b//c", true),
            ("https://h/o/r/**", "https://h/o/r/", true),
            ("https://h/o/r/**", "https://h/o/r/x/y@z", true),
            ("https://h/o/r/**", "https://h/o/r", false),
            ("https://h/o/r/**", "https://h/o/r-evil/x", false),
            ("https://h/**/x", "https://h//x", true),
            ("https://h/**/x", "https://h/a/b/x", true),
            ("https://h/**/x", "https://h/x", false),
            ("a**/b", "a/b", true),
            ("a**/b", "axx/y/b", true),
            ("w.yml@**", "w.yml@refs/tags/v1", true),
            ("**/**", "a", false),
            ("**/**", "a/", true),
        ] {
            assert_eq!(matches(glob, text), expected, "{glob} {text}");
        }
    }

    #[test]
    fn everything_else_is_literal() {
        for (glob, text, expected) in [
            ("a?c", "a?c", true),
            ("a?c", "abc", false),
            ("[!a]", "[!a]", true),
            ("[!a]", "b", false),
            ("a.b", "axb", false),
            (r"a\*b", "a*b", true),
            (r"a\*b", "axb", false),
            (r"a\\b", r"a\b", true),
            (r"\a", "a", true),
            (r"\é", "é", true),
            ("", "", true),
            ("", "a", false),
            ("{a,b}", "a", false),
            ("a", "A", false),
        ] {
            assert_eq!(matches(glob, text), expected, "{glob} {text}");
        }
    }

    #[test]
    fn misplaced_wildcards_and_escapes_are_refused() {
        for glob in ["**a", "a**b", "***", "**\\/", "**@x"] {
            assert_eq!(Glob::new(glob, false).unwrap_err(), GlobError::DoubleStar, "{glob}");
        }
        assert_eq!(Glob::new(r"a\", false).unwrap_err(), GlobError::Escape);
    }

    #[test]
    fn case_is_folded_for_ascii_only() {
        let glob = Glob::new("https://GitHub.com/É*", true).unwrap();
        assert!(glob.is_match("HTTPS://github.COM/Éx"));
        assert!(!glob.is_match("https://github.com/éx"));
    }

    #[test]
    fn only_wildcards_have_no_literal() {
        assert!(!Glob::new("**", false).unwrap().has_literal());
        assert!(!Glob::new("*", false).unwrap().has_literal());
        assert!(!Glob::new("", false).unwrap().has_literal());
        assert!(Glob::new("a**", false).unwrap().has_literal());
    }

    #[test]
    fn states_cross_word_borders() {
        for length in [62, 63, 64, 65, 127, 128, 129, 1024] {
            let text = "a".repeat(length);
            assert!(matches(&text, &text));
            assert!(matches(&alloc::format!("{text}**"), &alloc::format!("{text}xyz/")));
            assert!(!matches(&alloc::format!("{text}*"), &text));
            assert!(matches(&alloc::format!("{text}*"), &alloc::format!("{text}b")));
        }
    }

    /// The rules of a glob, written down directly.
    fn naive(glob: &[u8], text: &[u8]) -> bool {
        match (glob, text) {
            ([], []) => true,
            ([b'*', b'*', rest @ ..], _) => (0..=text.len()).any(|taken| naive(rest, &text[taken..])),
            ([b'*', rest @ ..], _) => {
                let segment = text.iter().take_while(|byte| **byte != b'/').count();
                (1..=segment).any(|taken| naive(rest, &text[taken..]))
            }
            ([wanted, rest @ ..], [found, after @ ..]) => wanted == found && naive(rest, after),
            _ => false,
        }
    }

    fn texts(alphabet: &[char], length: u32) -> Vec<String> {
        let mut all = vec![String::new()];
        for _ in 0..length {
            let longer = all.iter().flat_map(|text| alphabet.iter().map(move |last| format!("{text}{last}")));
            let longer: Vec<String> = longer.collect();
            all.extend(longer);
        }
        all.sort();
        all.dedup();
        all
    }

    #[test]
    fn all_short_globs_agree_with_the_rules() {
        let found = texts(&['a', '/'], 5);
        let mut compared = 0;
        for source in texts(&['a', '/', '*'], 6) {
            let Ok(glob) = Glob::new(&source, false) else { continue };
            for text in &found {
                assert_eq!(glob.is_match(text), naive(source.as_bytes(), text.as_bytes()), "{source} {text}");
                compared += 1;
            }
        }
        assert!(compared > 10_000, "{compared}");
    }
}
