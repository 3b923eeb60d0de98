//! YAML as a tree in which every node knows its line.
//!
//! Stricter: of YAML 1.2 only what a reader sees at once. Anchors, aliases, tags and merge keys are refused,
//! because two programs may expand them differently; so are members that differ in nothing but ASCII case,
//! because GitHub takes some names in any case.

use saphyr_parser::{Event, Parser, Span};

/// Most levels of nesting.
pub const DEPTH: usize = 32;

/// A node and the line of its first character, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The line.
    pub line: usize,
    /// What stands there.
    pub value: Value,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Text, whatever YAML would make of it: `true`, `20` and `"20"` are their characters.
    Scalar(String),
    /// Items in their order.
    Sequence(Vec<Node>),
    /// Members in their order.
    Mapping(Vec<Member>),
}

/// A member of a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Line of the name.
    pub line: usize,
    /// Its value.
    pub node: Node,
}

/// Why a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YamlError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub kind: YamlErrorKind,
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum YamlErrorKind {
    /// An anchor or an alias.
    Anchor,
    /// More than [`DEPTH`] levels.
    Depth,
    /// A member that an earlier one names, in this or another case.
    Duplicate(String),
    /// A name that is not text, or `<<`.
    Name,
    /// Not YAML: what the parser says.
    Syntax(String),
    /// A tag.
    Tag,
}

impl Node {
    /// The text, if it is a scalar.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(text) => Some(text),
            Value::Sequence(_) | Value::Mapping(_) => None,
        }
    }

    /// The items; none if it is no sequence.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::Sequence(items) => items,
            Value::Scalar(_) | Value::Mapping(_) => &[],
        }
    }

    /// The members; none if it is no mapping.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        match &self.value {
            Value::Mapping(members) => members,
            Value::Scalar(_) | Value::Sequence(_) => &[],
        }
    }

    /// Whether it is a mapping, with members or without.
    #[must_use]
    pub fn is_mapping(&self) -> bool {
        matches!(self.value, Value::Mapping(_))
    }

    /// The value of a member.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.members().iter().find(|member| member.name == name).map(|member| &member.node)
    }

    /// The value of a member of a member, and so on.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, name| node.get(name))
    }

    /// Calls `visit` with every member below, outer ones first, and with the place of each, as
    /// `jobs.sign.steps[0].run`. An item of a sequence has no name: it comes as a member with an empty one.
    pub fn walk<'a>(&'a self, place: &str, visit: &mut dyn FnMut(&str, &'a str, &'a Self)) {
        for member in self.members() {
            let inner =
                if place.is_empty() { member.name.clone() } else { format!("{place}.{}", member.name) };
            visit(&inner, &member.name, &member.node);
            member.node.walk(&inner, visit);
        }
        for (index, item) in self.items().iter().enumerate() {
            let inner = format!("{place}[{index}]");
            visit(&inner, "", item);
            item.walk(&inner, visit);
        }
    }
}

/// Reads every document of a file.
///
/// # Errors
/// A [`YamlError`] with the line of the first thing that is not allowed.
pub fn parse(text: &str) -> Result<Vec<Node>, YamlError> {
    let mut events = Events { parser: Parser::new_from_str(text) };
    let mut documents = Vec::new();
    loop {
        let (event, span) = events.next()?;
        match event {
            Event::StreamEnd => return Ok(documents),
            Event::DocumentStart(_) => {
                let first = events.next()?;
                documents.push(events.node(first, DEPTH)?);
            }
            Event::StreamStart | Event::DocumentEnd | Event::Nothing => {}
            Event::Alias(_)
            | Event::Scalar(..)
            | Event::SequenceStart(..)
            | Event::SequenceEnd
            | Event::MappingStart(..)
            | Event::MappingEnd => {
                return Err(error(span, YamlErrorKind::Syntax("a node outside of a document".into())));
            }
        }
    }
}

struct Events<'a> {
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
}

type Spanned<'a> = (Event<'a>, Span);

impl<'a> Events<'a> {
    fn next(&mut self) -> Result<Spanned<'a>, YamlError> {
        match self.parser.next() {
            Some(Ok(event)) => Ok(event),
            Some(Err(found)) => Err(YamlError {
                line: found.marker().line(),
                kind: YamlErrorKind::Syntax(found.info().to_owned()),
            }),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn node(&mut self, (event, span): Spanned<'a>, depth: usize) -> Result<Node, YamlError> {
        let Some(below) = depth.checked_sub(1) else { return Err(error(span, YamlErrorKind::Depth)) };
        let (anchor, is_tagged) = match &event {
            Event::Scalar(_, _, anchor, tag) => (*anchor, tag.is_some()),
            Event::SequenceStart(anchor, tag) | Event::MappingStart(anchor, tag) => (*anchor, tag.is_some()),
            Event::Alias(anchor) => (*anchor, false),
            _ => (0, false),
        };
        if anchor != 0 || matches!(event, Event::Alias(_)) {
            return Err(error(span, YamlErrorKind::Anchor));
        }
        if is_tagged {
            return Err(error(span, YamlErrorKind::Tag));
        }
        let value = match event {
            Event::Scalar(text, ..) => Value::Scalar(text.into_owned()),
            Event::SequenceStart(..) => self.sequence(below)?,
            Event::MappingStart(..) => self.mapping(below)?,
            _ => return Err(error(span, YamlErrorKind::Syntax("a node is missing".into()))),
        };
        Ok(Node { line: span.start.line(), value })
    }

    fn sequence(&mut self, depth: usize) -> Result<Value, YamlError> {
        let mut items = Vec::new();
        loop {
            let next = self.next()?;
            if matches!(next.0, Event::SequenceEnd) {
                return Ok(Value::Sequence(items));
            }
            items.push(self.node(next, depth)?);
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<Value, YamlError> {
        let mut members: Vec<Member> = Vec::new();
        loop {
            let next = self.next()?;
            if matches!(next.0, Event::MappingEnd) {
                return Ok(Value::Mapping(members));
            }
            let span = next.1;
            let Value::Scalar(name) = self.node(next, depth)?.value else {
                return Err(error(span, YamlErrorKind::Name));
            };
            if name == "<<" {
                return Err(error(span, YamlErrorKind::Name));
            }
            if members.iter().any(|member| member.name.eq_ignore_ascii_case(&name)) {
                return Err(error(span, YamlErrorKind::Duplicate(name)));
            }
            let value = self.next()?;
            let node = self.node(value, depth)?;
            members.push(Member { name, line: span.start.line(), node });
        }
    }
}

fn error(span: Span, kind: YamlErrorKind) -> YamlError {
    YamlError { line: span.start.line(), kind }
}

#[cfg(test)]
mod tests {
    use super::{DEPTH, YamlErrorKind, parse};

    #[test]
    fn nodes_know_their_lines() {
        let documents = parse("# head\na: {}\nb:\n  - c: |\n      x\n      y\n---\nd:\n").unwrap();
        assert_eq!(documents.len(), 2);
        let item = &documents[0].get("b").unwrap().items()[0];
        assert_eq!((item.line, item.get("c").unwrap().text()), (4, Some("x\ny\n")));
        assert!(documents[0].get("a").unwrap().is_mapping());
        assert_eq!(documents[1].get("d").unwrap().text(), Some(""));
    }

    #[test]
    fn what_programs_read_differently_is_refused() {
        let deep = |levels| "[".repeat(levels) + &"]".repeat(levels);
        let too_deep = deep(DEPTH + 1);
        let cases = [
            ("a: 1\na: 2\n", 2, YamlErrorKind::Duplicate("a".into())),
            ("a: 1\nb: 2\nA: 3\n", 3, YamlErrorKind::Duplicate("A".into())),
            ("x: {a: 1, a: 2}\n", 1, YamlErrorKind::Duplicate("a".into())),
            ("a: &x 1\n", 1, YamlErrorKind::Anchor),
            ("a: &x 1\nb: *x\n", 1, YamlErrorKind::Anchor),
            ("a: !!str 1\n", 1, YamlErrorKind::Tag),
            ("<<: {a: 1}\n", 1, YamlErrorKind::Name),
            ("[a]: 1\n", 1, YamlErrorKind::Name),
            (too_deep.as_str(), 1, YamlErrorKind::Depth),
        ];
        for (text, line, kind) in cases {
            let error = parse(text).unwrap_err();
            assert_eq!((error.line, error.kind), (line, kind), "{text}");
        }
        assert!(matches!(parse("a: [1\n").unwrap_err().kind, YamlErrorKind::Syntax(_)));
        assert!(parse(&deep(DEPTH)).is_ok());
    }
}
