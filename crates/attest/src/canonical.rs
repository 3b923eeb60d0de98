//! Canonical JSON text (RFC 8785), put together from parts.
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use cretula_encoding::jcs;
use cretula_encoding::json::{Tree, Value};

use crate::error::{AttestError, ErrorKind};

/// One value. Canonical by construction, but for a predicate that is embedded as its caller wrote it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Canonical(String);

impl Canonical {
    pub(crate) fn text(text: &str) -> Self {
        Self::written(Tree::from(text).encode())
    }

    pub(crate) fn uint(number: u64) -> Self {
        Self::written(Tree::from(number).encode())
    }

    pub(crate) fn list(elements: &[Self]) -> Self {
        let texts: Vec<&str> = elements.iter().map(Self::as_str).collect();
        Self(["[", &texts.join(","), "]"].concat())
    }

    /// A canonical document that was written before.
    pub(crate) fn document(bytes: Vec<u8>) -> Self {
        Self::written(bytes)
    }

    /// Any value of a checked document.
    ///
    /// # Errors
    /// `input/number` for a number that is not an integer within ±(2^53−1).
    pub(crate) fn of(value: &Value<'_>) -> Result<Self, AttestError> {
        let bytes = jcs::canonicalize(value)
            .map_err(|_| AttestError::new(ErrorKind::InputNumber, "expected integers within 2^53 - 1"))?;
        Ok(Self::written(bytes))
    }

    /// A part of a checked document, byte for byte.
    pub(crate) fn embedded(value: &Value<'_>) -> Self {
        Self(String::from(value.source()))
    }

    /// `null`, or a text, list or object without content.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self.0.as_str(), "null" | "\"\"" | "[]" | "{}")
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The writers of `encoding` give UTF-8.
    fn written(bytes: Vec<u8>) -> Self {
        Self(String::from_utf8(bytes).unwrap_or_default())
    }
}

/// Members of an object that is being put together; their order is that of RFC 8785 §3.2.3.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Members(BTreeMap<String, Canonical>);

impl Members {
    pub(crate) fn set(&mut self, name: &str, value: Canonical) -> &mut Self {
        self.0.insert(String::from(name), value);
        self
    }

    pub(crate) fn set_text(&mut self, name: &str, text: &str) -> &mut Self {
        self.set(name, Canonical::text(text))
    }

    /// Adds a text that is known and not empty.
    pub(crate) fn set_known(&mut self, name: &str, text: Option<&str>) -> &mut Self {
        match text.filter(|text| !text.is_empty()) {
            Some(text) => self.set_text(name, text),
            None => self,
        }
    }

    /// Adds what has content: SLSA treats empty members as absent ones.
    pub(crate) fn set_filled(&mut self, name: &str, value: Canonical) -> &mut Self {
        if value.is_empty() { self } else { self.set(name, value) }
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, &Canonical)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    pub(crate) fn finish(&self) -> Canonical {
        let mut sorted: Vec<_> = self.0.iter().collect();
        sorted.sort_by(|(left, _), (right, _)| left.encode_utf16().cmp(right.encode_utf16()));
        let mut text = String::from("{");
        for (name, value) in sorted {
            if text.len() > 1 {
                text.push(',');
            }
            text.push_str(Canonical::text(name).as_str());
            text.push(':');
            text.push_str(value.as_str());
        }
        text.push('}');
        Canonical(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;

    #[test]
    fn objects_are_canonical() {
        let mut members = Members::default();
        members.set_text("\u{fb33}", "a\n").set("\u{1f600}", Canonical::uint(7)).set_known("none", Some(""));
        members.set("a", Canonical::list(&[Canonical::text("x"), Canonical::list(&[])]));
        members.set_filled("b", Canonical::list(&[])).set_filled("c", Canonical::text("c"));
        let text = members.finish();
        assert_eq!(text.as_str(), "{\"a\":[\"x\",[]],\"c\":\"c\",\"\u{1f600}\":7,\"\u{fb33}\":\"a\\n\"}");
        let value = document::parse(text.as_str().as_bytes()).unwrap();
        assert_eq!(Canonical::of(&value).as_ref(), Ok(&text));
        assert_eq!(Members::default().finish().as_str(), "{}");
    }

    #[test]
    fn doubles_have_no_canonical_form_here() {
        for (text, good) in [("[9007199254740991]", true), ("[1e3]", false), ("[1.5]", false)] {
            let value = document::parse(text.as_bytes()).unwrap();
            let code = Canonical::of(&value).map_err(|error| error.code());
            assert_eq!(code.err(), (!good).then_some("input/number"), "{text}");
        }
    }
}
