//! Documents written by us.
use super::write::{push_display, push_separator, push_text};
use alloc::{collections::BTreeMap, string::String, vec::Vec};

/// A value written by us: canonical by construction (RFC 8785), encoded without recursion.
///
/// It is dropped by recursion: build only documents whose depth is known, never one that mirrors an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tree {
    /// `true`, `false`
    Bool(bool),
    /// An integer, at most 2^53−1 (RFC 7493 §2.2); larger ones are written as [`Tree::Text`] by the caller.
    UInt(u64),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Tree>),
    /// An object: names in any order, unique by construction.
    Object(BTreeMap<String, Tree>),
}

/// A container that is being written.
enum Open<'t> {
    List(core::slice::Iter<'t, Tree>),
    Object(alloc::vec::IntoIter<(&'t String, &'t Tree)>),
}

impl Tree {
    /// RFC 8785 bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut open = Vec::new();
        self.start(&mut out, &mut open);
        while let Some(container) = open.last_mut() {
            match next_child(container, &mut out) {
                Some(child) => child.start(&mut out, &mut open),
                None => {
                    open.pop();
                }
            }
        }
        out
    }

    /// Writes a scalar, or the start of a container.
    fn start<'t>(&'t self, out: &mut Vec<u8>, open: &mut Vec<Open<'t>>) {
        match self {
            Self::Bool(true) => out.extend_from_slice(b"true"),
            Self::Bool(false) => out.extend_from_slice(b"false"),
            Self::UInt(number) => push_display(out, number),
            Self::Text(text) => push_text(out, text),
            Self::List(elements) => {
                out.push(b'[');
                open.push(Open::List(elements.iter()));
            }
            Self::Object(members) => {
                out.push(b'{');
                let mut sorted: Vec<_> = members.iter().collect();
                sorted.sort_by(|(left, _), (right, _)| left.encode_utf16().cmp(right.encode_utf16()));
                open.push(Open::Object(sorted.into_iter()));
            }
        }
    }

    /// An empty object.
    #[must_use]
    pub const fn object() -> Self {
        Self::Object(BTreeMap::new())
    }

    /// Adds a member to an object (no effect on other kinds); for building documents fluently.
    pub fn set(&mut self, name: &str, value: impl Into<Self>) -> &mut Self {
        if let Self::Object(members) = self {
            members.insert(String::from(name), value.into());
        }
        self
    }

    /// Adds a member if there is a value.
    pub fn set_some<T: Into<Self>>(&mut self, name: &str, value: Option<T>) -> &mut Self {
        match value {
            Some(value) => self.set(name, value),
            None => self,
        }
    }
}

/// Writes what stands before the next child, or the end of the container.
fn next_child<'t>(container: &mut Open<'t>, out: &mut Vec<u8>) -> Option<&'t Tree> {
    match container {
        Open::List(elements) => {
            let element = elements.next();
            if element.is_some() {
                push_separator(out)
            } else {
                out.push(b']')
            }
            element
        }
        Open::Object(members) => {
            let Some((name, value)) = members.next() else {
                out.push(b'}');
                return None;
            };
            push_separator(out);
            push_text(out, name);
            out.push(b':');
            Some(value)
        }
    }
}

impl From<&str> for Tree {
    fn from(text: &str) -> Self {
        Self::Text(String::from(text))
    }
}

impl From<String> for Tree {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Tree {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<u64> for Tree {
    fn from(number: u64) -> Self {
        Self::UInt(number)
    }
}

impl From<u32> for Tree {
    fn from(number: u32) -> Self {
        Self::UInt(u64::from(number))
    }
}

impl From<Vec<Self>> for Tree {
    fn from(elements: Vec<Self>) -> Self {
        Self::List(elements)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn text(tree: &Tree) -> String {
        String::from_utf8(tree.encode()).expect("UTF-8")
    }

    #[test]
    fn documents_are_canonical() {
        let mut tree = Tree::object();
        tree.set("b", true).set("a", vec![Tree::from(1_u32), "x".into(), Tree::object(), vec![].into()]);
        tree.set_some("none", None::<u64>).set_some("c", Some(9_007_199_254_740_991_u64));
        assert_eq!(text(&tree), r#"{"a":[1,"x",{},[]],"b":true,"c":9007199254740991}"#);
        assert_eq!(text(Tree::from(false).set("a", "no effect")), "false");
    }

    #[test]
    fn names_are_in_utf16_order() {
        let mut tree = Tree::object();
        for name in ["\u{fb33}", "\u{1f600}", "€", "1", "\u{80}", "\r", "ö"] {
            tree.set(name, 0_u32);
        }
        assert_eq!(
            text(&tree),
            "{\"\\r\":0,\"1\":0,\"\u{80}\":0,\"ö\":0,\"€\":0,\"\u{1f600}\":0,\"\u{fb33}\":0}"
        );
    }

    #[test]
    fn escapes_are_the_shortest() {
        let tree = Tree::from("\u{8}\t\n\u{c}\r\"\\/\u{0}\u{1f}\u{7f}é");
        assert_eq!(text(&tree), "\"\\b\\t\\n\\f\\r\\\"\\\\/\\u0000\\u001f\u{7f}é\"");
    }
}
