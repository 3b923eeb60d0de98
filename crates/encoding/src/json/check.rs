//! The one pass over a text.
use super::{JsonError, JsonErrorKind, JsonLimits, name::compare_names, scan};
use alloc::vec::Vec;

/// Checks grammar and limits of a whole text.
pub(super) fn check(text: &str, limits: &JsonLimits) -> Result<(), JsonError> {
    let mut checker = Checker::new(text, limits);
    checker.run()
}

struct Checker<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    limits: &'a JsonLimits,
    open: Vec<Open>,
    /// Positions of the names of all objects that are open, outermost first.
    names: Vec<u32>,
}

/// A container that has not ended.
#[derive(Clone, Copy)]
enum Open {
    List,
    Object {
        /// Index of its first name.
        first_name: u32,
    },
}

/// What has to follow.
#[derive(PartialEq, Eq)]
enum Next {
    /// The value has ended.
    End,
    /// A value starts here.
    Value,
}

impl<'a> Checker<'a> {
    fn new(text: &'a str, limits: &'a JsonLimits) -> Self {
        Self { text, bytes: text.as_bytes(), at: 0, limits, open: Vec::new(), names: Vec::new() }
    }

    fn run(&mut self) -> Result<(), JsonError> {
        if u32::try_from(self.bytes.len()).is_err() {
            return Err(self.error(JsonErrorKind::InputBytes));
        }
        self.skip_space();
        while self.value()? == Next::Value || self.after_value()? == Next::Value {}
        if self.at == self.bytes.len() { Ok(()) } else { Err(self.error(JsonErrorKind::TrailingBytes)) }
    }

    /// A whole scalar or empty container, or the start of another container up to its first value.
    fn value(&mut self) -> Result<Next, JsonError> {
        match self.peek() {
            Some(b'{') => self.open_object(),
            Some(b'[') => self.open_list(),
            Some(b'"') => self.string(),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word(b"true"),
            Some(b'f') => self.word(b"false"),
            Some(b'n') => self.word(b"null"),
            _ => Err(self.error(JsonErrorKind::Syntax)),
        }
    }

    fn open_object(&mut self) -> Result<Next, JsonError> {
        let first_name =
            u32::try_from(self.names.len()).map_err(|_| self.error(JsonErrorKind::InputBytes))?;
        self.open(Open::Object { first_name })?;
        if self.accept(b'}') {
            self.open.pop();
            return Ok(Next::End);
        }
        self.name(first_name)
    }

    fn open_list(&mut self) -> Result<Next, JsonError> {
        self.open(Open::List)?;
        if self.accept(b']') {
            self.open.pop();
            return Ok(Next::End);
        }
        Ok(Next::Value)
    }

    fn open(&mut self, container: Open) -> Result<(), JsonError> {
        if self.open.len() >= self.limits.max_depth {
            return Err(self.error(JsonErrorKind::Depth));
        }
        self.open.push(container);
        self.advance(1);
        self.skip_space();
        Ok(())
    }

    /// Name and colon of the next member.
    fn name(&mut self, first_name: u32) -> Result<Next, JsonError> {
        if self.peek() != Some(b'"') {
            return Err(self.error(JsonErrorKind::Syntax));
        }
        if self.members_since(first_name) >= self.limits.max_members {
            return Err(self.error(JsonErrorKind::Members));
        }
        let position = u32::try_from(self.at).map_err(|_| self.error(JsonErrorKind::InputBytes))?;
        self.names.push(position);
        self.string()?;
        self.skip_space();
        if !self.accept(b':') {
            return Err(self.error(JsonErrorKind::Syntax));
        }
        self.skip_space();
        Ok(Next::Value)
    }

    /// Ends of containers and the comma before the next value.
    fn after_value(&mut self) -> Result<Next, JsonError> {
        loop {
            self.skip_space();
            match self.open.last().copied() {
                None => return Ok(Next::End),
                Some(Open::List) if self.accept(b']') => {}
                Some(Open::Object { first_name }) if self.accept(b'}') => self.close_names(first_name)?,
                Some(container) if self.accept(b',') => {
                    self.skip_space();
                    return match container {
                        Open::List => Ok(Next::Value),
                        Open::Object { first_name } => self.name(first_name),
                    };
                }
                Some(_) => return Err(self.error(JsonErrorKind::Syntax)),
            }
            self.open.pop();
        }
    }

    /// RFC 7493 §2.3: names are unique. Sorts the names of the object that ends and forgets them.
    fn close_names(&mut self, first_name: u32) -> Result<(), JsonError> {
        let first_name = index(first_name);
        let text = self.text;
        let compare = |left: &u32, right: &u32| compare_names(text, index(*left), index(*right));
        let names = self.names.get_mut(first_name..).unwrap_or_default();
        names.sort_unstable_by(compare);
        let mut duplicates = names.array_windows().filter(|[left, right]| compare(left, right).is_eq());
        if let Some([left, right]) = duplicates.next() {
            let offset = index(*core::cmp::max(left, right));
            return Err(JsonError { kind: JsonErrorKind::DuplicateMember, offset });
        }
        self.names.truncate(first_name);
        Ok(())
    }

    fn members_since(&self, first_name: u32) -> usize {
        self.names.len().saturating_sub(index(first_name))
    }

    /// RFC 8259 §7.
    fn string(&mut self) -> Result<Next, JsonError> {
        let start = self.at;
        self.advance(1);
        loop {
            let plain =
                scan::distance(self.bytes, self.at, |byte| byte < 0x20 || byte == b'"' || byte == b'\\');
            self.advance(plain);
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => self.escape()?,
                _ => return Err(self.error(JsonErrorKind::Syntax)),
            }
        }
        if self.at.saturating_sub(start).saturating_sub(1) > self.limits.max_string_bytes {
            return Err(JsonError { kind: JsonErrorKind::StringBytes, offset: start });
        }
        self.advance(1);
        Ok(Next::End)
    }

    fn escape(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        self.advance(1);
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.advance(1);
                Ok(())
            }
            Some(b'u') => self.unicode_escape(start),
            _ => Err(self.error(JsonErrorKind::Syntax)),
        }
    }

    /// Four digits, for a high surrogate followed by the escape of a low one.
    fn unicode_escape(&mut self, start: usize) -> Result<(), JsonError> {
        let lone = JsonError { kind: JsonErrorKind::LoneSurrogate, offset: start };
        match self.code_unit()? {
            0xdc00..=0xdfff => Err(lone),
            0xd800..=0xdbff => {
                if !self.accept(b'\\') || self.peek() != Some(b'u') {
                    return Err(lone);
                }
                if (0xdc00..=0xdfff).contains(&self.code_unit()?) { Ok(()) } else { Err(lone) }
            }
            _ => Ok(()),
        }
    }

    /// `u` and four hexadecimal digits.
    fn code_unit(&mut self) -> Result<u32, JsonError> {
        self.advance(1);
        let mut unit = 0_u32;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            unit = unit << 4 | digit.ok_or(self.error(JsonErrorKind::Syntax))?;
            self.advance(1);
        }
        Ok(unit)
    }

    /// RFC 8259 §6.
    fn number(&mut self) -> Result<Next, JsonError> {
        self.accept(b'-');
        if !self.accept(b'0') {
            self.digits()?;
        }
        if self.accept(b'.') {
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.advance(1);
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.advance(1);
            }
            self.digits()?;
        }
        Ok(Next::End)
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let length = scan::distance(self.bytes, self.at, |byte| !byte.is_ascii_digit());
        self.advance(length);
        if length > 0 { Ok(()) } else { Err(self.error(JsonErrorKind::Syntax)) }
    }

    fn word(&mut self, word: &[u8]) -> Result<Next, JsonError> {
        if !self.bytes.get(self.at..).unwrap_or_default().starts_with(word) {
            return Err(self.error(JsonErrorKind::Syntax));
        }
        self.advance(word.len());
        Ok(Next::End)
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn accept(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.advance(1);
        }
        found
    }

    const fn advance(&mut self, length: usize) {
        self.at = self.at.saturating_add(length);
    }

    fn skip_space(&mut self) {
        self.at = scan::skip_space(self.bytes, self.at);
    }

    const fn error(&self, kind: JsonErrorKind) -> JsonError {
        JsonError { kind, offset: self.at }
    }
}

/// A position; every position of a text that was accepted fits.
fn index(position: u32) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "numbers in tests are small")]
mod tests {
    use super::*;
    use alloc::{format, string::String};

    /// Greatest memory of the checker's lists: while a list grows, the half-sized one before it is still there.
    fn peak_bytes(text: &str, limits: &JsonLimits) -> usize {
        let mut checker = Checker::new(text, limits);
        let refused = checker.run().err().map(|error| error.kind);
        assert!(
            matches!(refused, None | Some(JsonErrorKind::DuplicateMember | JsonErrorKind::Syntax)),
            "{refused:?}"
        );
        let lists = checker.open.capacity() * size_of::<Open>() + checker.names.capacity() * size_of::<u32>();
        lists + lists / 2
    }

    #[test]
    fn memory_stays_below_three_times_the_input() {
        assert_eq!(size_of::<Open>(), 8);
        let limits = JsonLimits { max_depth: 64, max_members: usize::MAX, max_string_bytes: usize::MAX };
        for count in [131_072, 131_073, 200_000, 262_145] {
            let empty_names = String::from("{") + &r#""":0,"#.repeat(count);
            let closed_objects = String::from("[") + &r#"{"":0},"#.repeat(count);
            let short_names: String = (0..count).map(|number| format!("\"{number:x}\":0,")).collect();
            let nested = r#"{"":"#.repeat(63) + "{" + &short_names;
            for text in [empty_names, closed_objects, nested] {
                assert!(peak_bytes(&text, &limits) <= 3 * text.len() + 1024, "{count}");
            }
        }
    }
}
