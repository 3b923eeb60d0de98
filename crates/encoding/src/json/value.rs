//! Views of values in checked text.
use super::name::{Characters, name_is};
use super::scan;
use alloc::{borrow::Cow, string::String};

/// A view of one value in checked text.
#[derive(Debug, Clone, Copy)]
pub struct Value<'a> {
    text: &'a str,
    offset: usize,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// a number
    Number,
    /// a string
    Text,
    /// an array
    List,
    /// an object
    Object,
}

impl<'a> Value<'a> {
    /// The value that starts at a position of a part of checked text, which itself starts at `offset`.
    pub(crate) fn at(part: &'a str, position: usize, offset: usize) -> Self {
        let end = scan::value_end(part.as_bytes(), position);
        Self { text: part.get(position..end).unwrap_or_default(), offset: offset.saturating_add(position) }
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.text.as_bytes().first() {
            Some(b'n') | None => Kind::Null,
            Some(b't' | b'f') => Kind::Bool,
            Some(b'"') => Kind::Text,
            Some(b'[') => Kind::List,
            Some(b'{') => Kind::Object,
            Some(_) => Kind::Number,
        }
    }

    /// The text exactly as written.
    #[must_use]
    pub const fn source(&self) -> &'a str {
        self.text
    }

    /// Byte offset in the checked text.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// A string, unescaped; borrowed if there is no escape in it.
    #[must_use]
    pub fn as_text(&self) -> Option<Cow<'a, str>> {
        let inside = self.text.strip_prefix('"')?.strip_suffix('"')?;
        let escape = scan::distance(inside.as_bytes(), 0, |byte| byte == b'\\');
        if escape == inside.len() {
            return Some(Cow::Borrowed(inside));
        }
        // Unescaping shortens, so this is the only allocation.
        let mut unescaped = String::with_capacity(inside.len());
        unescaped.extend(Characters::new(inside));
        Some(Cow::Owned(unescaped))
    }

    /// A boolean.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self.text {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// A number, as written.
    #[must_use]
    pub fn as_number(&self) -> Option<&'a str> {
        (self.kind() == Kind::Number).then_some(self.text)
    }

    /// Elements of a list (`None` for anything else).
    #[must_use]
    pub fn elements(&self) -> Option<Elements<'a>> {
        let rest = self.text.strip_prefix('[')?;
        Some(Elements { rest, offset: self.offset.saturating_add(1) })
    }

    /// Members of an object in the order written (`None` for anything else).
    #[must_use]
    pub fn members(&self) -> Option<Members<'a>> {
        let rest = self.text.strip_prefix('{')?;
        Some(Members { rest, offset: self.offset.saturating_add(1) })
    }

    /// The member of that name; `None` also for `null` and for other kinds.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<Self> {
        let mut members = self.members()?;
        while let Some((found, value)) = members.next_views() {
            if name_is(found.text, 0, name) {
                return (value.kind() != Kind::Null).then_some(value);
            }
        }
        None
    }
}

/// Iterator over list elements.
#[derive(Debug, Clone)]
pub struct Elements<'a> {
    rest: &'a str,
    offset: usize,
}

impl<'a> Iterator for Elements<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        next_value(&mut self.rest, &mut self.offset)
    }
}

/// Iterator over object members: unescaped name, value.
#[derive(Debug, Clone)]
pub struct Members<'a> {
    rest: &'a str,
    offset: usize,
}

impl<'a> Members<'a> {
    /// Name and value, both as views.
    pub(crate) fn next_views(&mut self) -> Option<(Value<'a>, Value<'a>)> {
        let name = next_value(&mut self.rest, &mut self.offset)?;
        let value = next_value(&mut self.rest, &mut self.offset)?;
        Some((name, value))
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (Cow<'a, str>, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, value) = self.next_views()?;
        Some((name.as_text()?, value))
    }
}

/// Skips separators and takes one value; `None` at the end of the container.
fn next_value<'a>(rest: &mut &'a str, offset: &mut usize) -> Option<Value<'a>> {
    let start = scan::skip_separators(rest.as_bytes(), 0);
    if matches!(rest.as_bytes().get(start), None | Some(b']' | b'}')) {
        return None;
    }
    let value = Value::at(rest, start, *offset);
    let end = start.saturating_add(value.text.len());
    *rest = rest.get(end..)?;
    *offset = offset.saturating_add(end);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::super::{JsonLimits, parse};
    use super::*;
    use alloc::vec::Vec;

    const LIMITS: JsonLimits = JsonLimits { max_depth: 8, max_members: 8, max_string_bytes: 64 };
    const TEXT: &str = " {\"a\" : [ 1 , [] , {} , -2.5e+3 ] , \"\\u0062\":\"x\\ny\", \"n\":null, \"t\":true ,\"p\":\"plain\"} ";

    fn root() -> Value<'static> {
        parse(TEXT.as_bytes(), &LIMITS).expect("JSON")
    }

    #[test]
    fn members_and_elements_in_order() {
        let names: Vec<_> = root().members().expect("object").map(|(name, _)| name).collect();
        assert_eq!(names, ["a", "b", "n", "t", "p"]);
        let list = root().member("a").expect("member");
        let elements: Vec<_> = list.elements().expect("list").collect();
        assert_eq!(elements.iter().map(Value::source).collect::<Vec<_>>(), ["1", "[]", "{}", "-2.5e+3"]);
        for element in elements {
            let written = TEXT.get(element.offset()..).expect("inside");
            assert!(written.starts_with(element.source()));
        }
        assert_eq!(
            list.elements()
                .and_then(|mut elements| elements.nth(1))
                .and_then(|inner| inner.elements()?.next())
                .map(|_| ()),
            None
        );
    }

    #[test]
    fn scalars() {
        assert_eq!(root().member("b").and_then(|value| value.as_text()).as_deref(), Some("x\ny"));
        assert!(matches!(root().member("p").and_then(|value| value.as_text()), Some(Cow::Borrowed("plain"))));
        assert_eq!(root().member("t").and_then(|value| value.as_bool()), Some(true));
        assert!(root().member("n").is_none() && root().member("c").is_none());
        assert!(root().as_text().is_none() && root().as_number().is_none() && root().elements().is_none());
    }

    #[test]
    fn kinds() {
        for (text, kind) in [
            ("null", Kind::Null),
            ("false", Kind::Bool),
            ("-1", Kind::Number),
            ("\"\"", Kind::Text),
            ("[]", Kind::List),
            ("{}", Kind::Object),
        ] {
            assert_eq!(parse(text.as_bytes(), &LIMITS).map(|value| value.kind()), Ok(kind));
        }
    }
}
