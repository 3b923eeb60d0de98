//! Canonical form of a checked value without its empty members (SLSA treats them as absent), without recursion.
use alloc::string::String;
use alloc::vec::Vec;

use cretula_encoding::json::{Elements, Kind, Members as MemberViews, Value};

use crate::canonical::{Canonical, Members};
use crate::error::AttestError;
use crate::timestamp;

/// What a typed document says about members by name, at any depth.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// Members whose emptiness has a meaning.
    pub(crate) keep: &'static [&'static str],
    /// Members that are times.
    pub(crate) times: &'static [&'static str],
}

impl Rules {
    pub(crate) const PLAIN: Self = Self { keep: &[], times: &[] };
}

/// A container that is being written.
struct Frame<'v> {
    /// Name of the container in its parent; empty in a list and at the root.
    name: String,
    rest: Rest<'v>,
}

enum Rest<'v> {
    List { elements: Elements<'v>, written: Vec<Canonical> },
    Object { members: MemberViews<'v>, written: Members },
}

/// Writes a value. Elements of lists stay, also empty ones: their position has a meaning.
///
/// # Errors
/// `input/number` for a number that is not an integer within ±(2^53−1), `time/format`.
pub(crate) fn reserialize(value: &Value<'_>, rules: Rules) -> Result<Canonical, AttestError> {
    let Some(root) = Frame::open(String::new(), value) else { return Canonical::of(value) };
    let mut frames = Vec::new();
    frames.push(root);
    let mut finished = Canonical::list(&[]);
    while let Some(frame) = frames.last_mut() {
        match frame.next() {
            Some((name, child)) => match Frame::open(name.clone(), &child) {
                Some(opened) => frames.push(opened),
                None => frame.add(&name, scalar(&name, &child, rules)?, rules),
            },
            None => {
                let Some(closed) = frames.pop() else { break };
                let (name, text) = closed.finish();
                match frames.last_mut() {
                    Some(parent) => parent.add(&name, text, rules),
                    None => finished = text,
                }
            }
        }
    }
    Ok(finished)
}

fn scalar(name: &str, value: &Value<'_>, rules: Rules) -> Result<Canonical, AttestError> {
    if rules.times.contains(&name) {
        let pointer = ["/", name].concat();
        return Ok(Canonical::text(&timestamp::encode(timestamp::parse(value, &pointer)?)));
    }
    Canonical::of(value)
}

impl<'v> Frame<'v> {
    /// `None` for a scalar.
    fn open(name: String, value: &Value<'v>) -> Option<Self> {
        let rest = match value.kind() {
            Kind::List => Rest::List { elements: value.elements()?, written: Vec::new() },
            Kind::Object => Rest::Object { members: value.members()?, written: Members::default() },
            Kind::Null | Kind::Bool | Kind::Number | Kind::Text => return None,
        };
        Some(Self { name, rest })
    }

    fn next(&mut self) -> Option<(String, Value<'v>)> {
        match &mut self.rest {
            Rest::List { elements, .. } => elements.next().map(|element| (String::new(), element)),
            Rest::Object { members, .. } => members.next().map(|(name, value)| (String::from(name), value)),
        }
    }

    fn add(&mut self, name: &str, text: Canonical, rules: Rules) {
        match &mut self.rest {
            Rest::List { written, .. } => written.push(text),
            Rest::Object { written, .. } if rules.keep.contains(&name) && text.as_str() != "null" => {
                written.set(name, text);
            }
            Rest::Object { written, .. } => {
                written.set_filled(name, text);
            }
        }
    }

    fn finish(self) -> (String, Canonical) {
        match self.rest {
            Rest::List { written, .. } => (self.name, Canonical::list(&written)),
            Rest::Object { written, .. } => (self.name, written.finish()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;

    fn written(text: &str, rules: Rules) -> Result<String, &'static str> {
        let value = document::parse(text.as_bytes()).unwrap();
        reserialize(&value, rules).map(|text| String::from(text.as_str())).map_err(|error| error.code())
    }

    #[test]
    fn empty_members_go_and_elements_stay() {
        let text = r#"{"b":{"c":{"d":[]},"e":null,"f":""},"a":[{},"",{"x":null,"y":1}],"g":false,"h":0}"#;
        assert_eq!(written(text, Rules::PLAIN).as_deref(), Ok(r#"{"a":[{},"",{"y":1}],"g":false,"h":0}"#));
        assert_eq!(written("[]", Rules::PLAIN).as_deref(), Ok("[]"));
        assert_eq!(written("3", Rules::PLAIN).as_deref(), Ok("3"));
        assert_eq!(written("[3.5]", Rules::PLAIN), Err("input/number"));
    }

    #[test]
    fn rules_by_name() {
        let rules = Rules { keep: &["d", "n"], times: &["t"] };
        let text = r#"{"c":{"d":[],"n":null},"t":"2026-01-02T03:04:05.500Z"}"#;
        assert_eq!(written(text, rules).as_deref(), Ok(r#"{"c":{"d":[]},"t":"2026-01-02T03:04:05.5Z"}"#));
        for wrong in [r#"{"t":"2026-01-02T03:04:05+00:00"}"#, r#"{"t":1}"#, r#"{"t":"2026-02-30T00:00:00Z"}"#]
        {
            assert_eq!(written(wrong, rules), Err("time/format"), "{wrong}");
        }
    }
}
