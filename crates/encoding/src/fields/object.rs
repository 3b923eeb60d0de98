//! An object whose members are taken one by one.
use super::{Field, FieldError, FieldErrorKind, child_pointer};
use crate::json::{Kind, Value, name_is, scan};
use alloc::{string::String, vec::Vec};

/// An object whose members are taken one by one.
///
/// Memory: 4 bytes for each member.
#[derive(Debug, Clone)]
pub struct Object<'a> {
    pointer: String,
    value: Value<'a>,
    /// Where the names of the members that are left start in the object's text, in order.
    left: Vec<u32>,
}

impl<'a> Object<'a> {
    pub(super) fn new(value: Value<'a>, pointer: String) -> Result<Self, FieldError> {
        let Some(mut members) = value.members() else {
            return Err(FieldError { kind: FieldErrorKind::Type("object"), pointer });
        };
        let mut left = Vec::new();
        while let Some((name, _)) = members.next_views() {
            let position = name.offset().saturating_sub(value.offset());
            left.push(u32::try_from(position).unwrap_or(u32::MAX));
        }
        Ok(Self { pointer, value, left })
    }

    /// Takes a member; `None` if absent or `null`.
    pub fn take(&mut self, name: &str) -> Option<Field<'a>> {
        let text = self.value.source();
        let found = self.left.iter().position(|position| name_is(text, index(*position), name))?;
        let position = index(self.left.remove(found));
        let value = self.value_after(position);
        (value.kind() != Kind::Null).then(|| Field { value, pointer: child_pointer(&self.pointer, name) })
    }

    /// Takes a member that must be there.
    ///
    /// # Errors
    /// [`FieldErrorKind::Missing`], also for `null`.
    pub fn require(&mut self, name: &str) -> Result<Field<'a>, FieldError> {
        match self.take(name) {
            Some(field) => Ok(field),
            None => Err(self.error(name, FieldErrorKind::Missing)),
        }
    }

    /// RFC 6901 pointer of the object.
    #[must_use]
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// Number of members that have not been taken, `null`s included: to compare with a limit before [`Self::rest`].
    #[must_use]
    pub const fn remaining(&self) -> usize {
        self.left.len()
    }

    /// An error about a member of this object.
    #[must_use]
    pub fn error(&self, member: &str, kind: FieldErrorKind) -> FieldError {
        FieldError { kind, pointer: child_pointer(&self.pointer, member) }
    }

    /// Nothing may be left.
    ///
    /// # Errors
    /// [`FieldErrorKind::UnknownMember`] with the pointer of the first member left over (`null` members included).
    pub fn finish(self) -> Result<(), FieldError> {
        match self.left.first() {
            None => Ok(()),
            Some(position) => Err(self.error(&self.name_at(*position), FieldErrorKind::UnknownMember)),
        }
    }

    /// What was not taken, in order, `null`s left out (maps with free names; unknown members that are only reported).
    /// An object of many members needs many times its memory here: compare [`Self::remaining`] with a limit first, or
    /// read with [`Self::items`].
    #[must_use]
    pub fn rest(self) -> Vec<(String, Field<'a>)> {
        self.items().collect()
    }

    /// What was not taken, as in [`Self::rest`], member by member.
    pub fn items(&self) -> impl Iterator<Item = (String, Field<'a>)> {
        self.left.iter().filter_map(|position| {
            let value = self.value_after(index(*position));
            if value.kind() == Kind::Null {
                return None;
            }
            let name = self.name_at(*position);
            let pointer = child_pointer(&self.pointer, &name);
            Some((name, Field { value, pointer }))
        })
    }

    fn name_at(&self, position: u32) -> String {
        let name = Value::at(self.value.source(), index(position), self.value.offset());
        name.as_text().map(String::from).unwrap_or_default()
    }

    /// The value of the member whose name starts at a position.
    fn value_after(&self, position: usize) -> Value<'a> {
        let text = self.value.source();
        let name_end = scan::string_end(text.as_bytes(), position);
        Value::at(text, scan::skip_separators(text.as_bytes(), name_end), self.value.offset())
    }
}

fn index(position: u32) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{JsonLimits, parse};

    fn object(text: &str) -> Object<'_> {
        let limits = JsonLimits { max_depth: 8, max_members: 8, max_string_bytes: 64 };
        Field::root(parse(text.as_bytes(), &limits).expect("JSON")).object().expect("object")
    }

    #[test]
    fn members_are_taken_once() {
        let mut outer = object(r#" {"a": {"b/c": 1}, "\u0064": [true], "n": null} "#);
        assert_eq!(outer.remaining(), 3);
        let mut inner = outer.require("a").and_then(Field::object).expect("object");
        let number = inner.require("b/c").expect("member");
        assert_eq!((number.uint(1), number.pointer.as_str()), (Ok(1), "/a/b~1c"));
        assert_eq!(number.value.offset(), 15);
        assert_eq!(inner.pointer(), "/a");
        assert_eq!(inner.finish(), Ok(()));
        assert!(outer.take("a").is_none());
        assert_eq!(outer.take("d").and_then(|list| list.count().ok()), Some(1));
        assert!(outer.take("n").is_none());
        assert_eq!(outer.finish(), Ok(()));
    }

    #[test]
    fn what_is_left_is_unknown() {
        let error = object(r#"{"x": null, "y": 1}"#).finish().expect_err("unknown");
        assert_eq!((error.kind, error.pointer.as_str()), (FieldErrorKind::UnknownMember, "/x"));
        let mut with_null = object(r#"{"x": null}"#);
        let error = with_null.require("x").expect_err("null is absent");
        assert_eq!((error.kind, error.pointer.as_str()), (FieldErrorKind::Missing, "/x"));
        assert_eq!(with_null.finish(), Ok(()));
    }

    #[test]
    fn free_names_come_in_order_without_nulls() {
        let names: Vec<_> = object(r#"{"b": 1, "n": null, "a": "x"}"#).rest();
        let pairs: Vec<_> = names.iter().map(|(name, field)| (name.as_str(), field.value.source())).collect();
        assert_eq!(pairs, [("b", "1"), ("a", "\"x\"")]);
    }
}
