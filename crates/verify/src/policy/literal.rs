//! Whether a regular expression demands a literal character (I05: a pattern without one does not bind).

/// Whether each text that matches holds a character that the pattern names outside of classes and options.
///
/// `pattern` must have compiled. Stricter: a literal is demanded in each alternative, because `.+|https://a` admits
/// everything; and patterns under the flag `x`, whose comments are no literals, count as having none.
pub(super) fn demands_literal(pattern: &str) -> bool {
    let mut scan = Scan { outer: alloc::vec::Vec::new(), group: Group::default() };
    let mut rest = pattern.chars();
    while let Some(character) = rest.next() {
        match character {
            '\\' => scan.atom(rest.next().is_some_and(is_literal_escape)),
            '[' => {
                rest = after_class(rest);
                scan.atom(false);
            }
            '(' => match open_group(rest) {
                Opened::Group(after) => {
                    rest = after;
                    scan.open();
                }
                Opened::Flags(after) => rest = after,
                Opened::Verbose => return false,
            },
            ')' => scan.close(),
            '|' => scan.group.end_alternative(),
            '*' | '?' => scan.group.last = false,
            '+' => {}
            '{' => {
                let (minimum, after) = rest.as_str().split_once('}').unwrap_or_default();
                rest = after.chars();
                let at_least_one = minimum.starts_with(|first: char| ('1'..='9').contains(&first));
                scan.group.last = scan.group.last && at_least_one;
            }
            '^' | '$' | '.' => scan.atom(false),
            _ => scan.atom(true),
        }
    }
    scan.group.end_alternative();
    scan.outer.is_empty() && !scan.group.some_without
}

/// A group being scanned, and those around it.
struct Scan {
    outer: alloc::vec::Vec<Group>,
    group: Group,
}

/// What is known about a group so far.
#[derive(Default)]
struct Group {
    /// An alternative before this one demands no literal.
    some_without: bool,
    /// This alternative demands one, in what stands before the last atom.
    found: bool,
    /// The last atom demands one, unless a repetition follows that makes it optional.
    last: bool,
}

impl Group {
    fn end_alternative(&mut self) {
        self.some_without |= !(self.found | self.last);
        self.found = false;
        self.last = false;
    }
}

impl Scan {
    fn atom(&mut self, literal: bool) {
        self.group.found |= self.group.last;
        self.group.last = literal;
    }

    fn open(&mut self) {
        self.outer.push(core::mem::take(&mut self.group));
    }

    fn close(&mut self) {
        self.group.end_alternative();
        let literal = !self.group.some_without;
        self.group = self.outer.pop().unwrap_or(Group { some_without: true, found: false, last: false });
        self.atom(literal);
    }
}

/// Escapes of classes and assertions are no literals; all others stand for one character.
fn is_literal_escape(escaped: char) -> bool {
    !matches!(escaped, 'd' | 'D' | 's' | 'S' | 'w' | 'W' | 'b' | 'B' | 'A' | 'z' | '<' | '>')
}

/// What follows the class that has just been opened. A `]` in first place is a member; brackets are counted, so that
/// a class is rather read too far than not far enough.
fn after_class(rest: core::str::Chars<'_>) -> core::str::Chars<'_> {
    let mut rest = rest;
    let mut depth: usize = 1;
    let mut first = true;
    while let Some(character) = rest.next() {
        match character {
            '^' => continue,
            '\\' => drop(rest.next()),
            '[' => depth = depth.saturating_add(1),
            ']' if !first => depth = depth.saturating_sub(1),
            _ => {}
        }
        first = false;
        if depth == 0 {
            break;
        }
    }
    rest
}

/// What an opening parenthesis begins, and the text after it.
enum Opened<'a> {
    Flags(core::str::Chars<'a>),
    Group(core::str::Chars<'a>),
    Verbose,
}

fn open_group(rest: core::str::Chars<'_>) -> Opened<'_> {
    let Some(options) = rest.as_str().strip_prefix('?') else {
        return Opened::Group(rest);
    };
    if options.starts_with('<') || options.starts_with("P<") {
        return Opened::Group(options.split_once('>').unwrap_or_default().1.chars());
    }
    let (flags, after) =
        options.split_at_checked(options.find([':', ')']).unwrap_or_default()).unwrap_or_default();
    let mut after = after.chars();
    let end = after.next();
    match (flags.contains('x'), end) {
        (true, _) => Opened::Verbose,
        (false, Some(':')) => Opened::Group(after),
        (false, _) => Opened::Flags(after),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_with_a_literal_in_each_alternative() {
        for pattern in [
            "a",
            "https://a/.+",
            "^https://a$|^https://b$",
            "(?:a|b)",
            "(?i)a",
            "(?i:a).*",
            "(?P<n>a)",
            "(?<n>a)",
            r"\.",
            r"\x{41}",
            "a+",
            "a{1,3}",
            "[a-z]+@a",
            "(a)+",
            ".*a.*",
            "((a|b)c?|d)",
        ] {
            assert!(demands_literal(pattern), "{pattern}");
        }
    }

    #[test]
    fn patterns_without() {
        for pattern in [
            ".+",
            ".*",
            "[a-z]+",
            "[^a]",
            "[]a]+",
            "[^]a]+",
            r"[\]a]+",
            "[[:alpha:]a]+",
            r"\w+",
            r"\d\b\S",
            "a?.+",
            "a*.+",
            "a{0,3}.+",
            "(a)?.+",
            "(?:a|.)+",
            ".+|https://a",
            "https://a|.+",
            "(?x).+ # comment",
            "(?x:.+ # comment\n)",
            "^$",
            "",
            "(?i).+",
            "(?P<name>.+)",
            "((a|b)?c?|d)",
        ] {
            assert!(!demands_literal(pattern), "{pattern}");
        }
    }
}
