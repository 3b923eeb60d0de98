//! Shapes of our JSON documents, as tables: one table drives the strict reader and the published JSON Schema.
//!
//! A table says which members an object may have, which it must have, and what each holds. [`check`] walks a checked
//! JSON text and a table together, without recursion, so that a reader of typed values meets only members and types
//! that it expects. `null` counts as an absent member (proto3 JSON), but a member must be known even when it is `null`.

use alloc::{format, string::String, vec::Vec};

use cretula_encoding::{
    base64, der, hex,
    json::{Elements, Kind, Members, Value},
    time::Time,
};

/// What a value must be.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// The first alternative that fits. Alternatives are no choices themselves.
    Choice(&'static Choice),
    /// An array.
    List {
        /// Each element.
        of: &'static Shape,
        /// Fewest elements.
        min: usize,
        /// Most elements.
        max: usize,
    },
    /// An object with names of the author's choice.
    Map {
        /// Form of the names.
        key: Key,
        /// Each value.
        of: &'static Shape,
        /// Fewest members.
        min: usize,
    },
    /// An object with a closed set of members.
    Object(&'static ObjectShape),
    /// Anything without members or elements.
    Scalar(Scalar),
    /// The first object whose members of fixed texts hold one of their texts. Every alternative is an
    /// [`Self::Object`]. Only documents that the module reads without a table have this shape.
    #[cfg(feature = "schema")]
    Union(&'static Choice),
}

impl Shape {
    /// Any JSON value; not looked into.
    pub const ANY: Self = Self::Scalar(Scalar::Any);
    /// Standard base64 with padding.
    pub const BASE64: Self = Self::Scalar(Scalar::Base64);
    /// `true` or `false`.
    pub const BOOL: Self = Self::Scalar(Scalar::Bool);
    /// Dotted decimal OBJECT IDENTIFIER.
    pub const OID: Self = Self::Scalar(Scalar::Oid);
    /// A string.
    pub const TEXT: Self = Self::Scalar(Scalar::Text);
    /// RFC 3339.
    pub const TIME: Self = Self::Scalar(Scalar::Time);
    /// The literal `true`.
    pub const TRUE: Self = Self::Scalar(Scalar::True);

    /// One of these texts.
    #[must_use]
    pub const fn one_of(texts: &'static [&'static str]) -> Self {
        Self::Scalar(Scalar::Enum(texts))
    }

    /// Lower-case hexadecimal of any even length.
    #[must_use]
    pub const fn hex() -> Self {
        Self::Scalar(Scalar::Hex { bytes: None })
    }

    /// Lower-case hexadecimal of that many bytes.
    #[must_use]
    pub const fn hex_of(bytes: usize) -> Self {
        Self::Scalar(Scalar::Hex { bytes: Some(bytes) })
    }

    /// An integer in `0..=max`.
    #[must_use]
    pub const fn uint(max: u64) -> Self {
        Self::Scalar(Scalar::UInt { max })
    }

    /// A list of at least `min` elements; only the length of the document bounds it from above.
    #[must_use]
    pub const fn list(of: &'static Self, min: usize) -> Self {
        Self::List { of, min, max: usize::MAX }
    }
}

/// A value without members or elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scalar {
    /// Any JSON value; not looked into.
    Any,
    /// Standard base64 with padding (RFC 4648 §4).
    Base64,
    /// `true` or `false`.
    Bool,
    /// One of these texts.
    Enum(&'static [&'static str]),
    /// Lower-case hexadecimal.
    Hex {
        /// Length of the decoded value, if it is fixed.
        bytes: Option<usize>,
    },
    /// Dotted decimal OBJECT IDENTIFIER.
    Oid,
    /// A string.
    Text,
    /// RFC 3339.
    Time,
    /// The literal `true`.
    True,
    /// An integer without sign, fraction and exponent.
    UInt {
        /// Greatest value.
        max: u64,
    },
}

/// Form of the names of a [`Shape::Map`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Dotted decimal OBJECT IDENTIFIER.
    Oid,
    /// Any text.
    Text,
}

/// Alternatives. An object fits an [`ObjectShape`] of which no required member is missing; of other shapes the JSON
/// type decides.
#[derive(Debug)]
pub struct Choice {
    /// Name in the published schema.
    pub name: &'static str,
    /// One sentence.
    pub doc: &'static str,
    /// In the order in which they are tried.
    pub of: &'static [Shape],
}

/// An object with a closed set of members.
#[derive(Debug)]
pub struct ObjectShape {
    /// Name in the published schema.
    pub name: &'static str,
    /// One sentence.
    pub doc: &'static str,
    /// Members in the order of the document.
    pub members: &'static [Member],
}

/// A member of an [`ObjectShape`].
#[derive(Debug)]
pub struct Member {
    /// Name.
    pub name: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// What it holds.
    pub shape: Shape,
    /// One sentence.
    pub doc: &'static str,
}

impl Member {
    /// A member that must be there.
    #[must_use]
    pub const fn required(name: &'static str, shape: Shape, doc: &'static str) -> Self {
        Self { name, required: true, shape, doc }
    }

    /// A member that may be absent.
    #[must_use]
    pub const fn optional(name: &'static str, shape: Shape, doc: &'static str) -> Self {
        Self { name, required: false, shape, doc }
    }
}

/// Where a document leaves its table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShapeError {
    /// What is wrong there.
    pub kind: ShapeErrorKind,
    /// RFC 6901 pointer to the value.
    pub pointer: String,
}

/// Kinds of [`ShapeError`].
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShapeErrorKind {
    /// A required member of the object is not there.
    Missing(&'static str),
    /// A member that the table does not have.
    UnknownMember,
    /// The value is something else than the table says.
    Wrong {
        /// What the table says.
        expected: String,
    },
}

impl ShapeErrorKind {
    /// One sentence, without the place.
    #[must_use]
    pub fn detail(&self) -> String {
        match self {
            Self::Missing(name) => format!("expected the member {name}, found none"),
            Self::UnknownMember => String::from("expected a known member, found another name"),
            Self::Wrong { expected } => format!("expected {expected}"),
        }
    }
}

/// Checks a whole document against a table.
///
/// # Errors
/// The first place, in the order of the text, that the table does not allow. A missing member is reported before what
/// stands in the object that lacks it.
pub fn check(document: Value<'_>, table: &'static ObjectShape) -> Result<(), ShapeError> {
    let mut walk = Walk { pointer: String::new(), frames: Vec::new() };
    walk.enter(document, Shape::Object(table))?;
    while let Some((value, shape)) = walk.next()? {
        walk.enter(value, shape)?;
    }
    Ok(())
}

/// [`check`] for a document of any shape.
///
/// # Errors
/// As [`check`].
#[cfg(feature = "schema")]
pub fn check_shape(document: Value<'_>, shape: Shape) -> Result<(), ShapeError> {
    let mut walk = Walk { pointer: String::new(), frames: Vec::new() };
    walk.enter(document, shape)?;
    while let Some((value, shape)) = walk.next()? {
        walk.enter(value, shape)?;
    }
    Ok(())
}

/// The way from the root to the value at hand.
struct Walk<'a> {
    pointer: String,
    frames: Vec<Frame<'a>>,
}

/// A container whose values are being visited.
struct Frame<'a> {
    /// Length of the container's own pointer.
    pointer_len: usize,
    rest: Rest<'a>,
}

/// What is left of a container.
enum Rest<'a> {
    List { elements: Elements<'a>, index: usize, of: &'static Shape },
    Map { members: Members<'a>, key: Key, of: &'static Shape },
    Object { members: Members<'a>, shape: &'static ObjectShape },
}

impl<'a> Walk<'a> {
    /// The next value and its shape; leaves containers that are done.
    fn next(&mut self) -> Result<Option<(Value<'a>, Shape)>, ShapeError> {
        while let Some(frame) = self.frames.last_mut() {
            self.pointer.truncate(frame.pointer_len);
            match frame.rest.next(&mut self.pointer) {
                Some(Ok(found)) => return Ok(Some(found)),
                Some(Err(kind)) => return Err(self.error(kind)),
                None => drop(self.frames.pop()),
            }
        }
        Ok(None)
    }

    /// Checks a scalar, or opens a container.
    fn enter(&mut self, value: Value<'a>, shape: Shape) -> Result<(), ShapeError> {
        let shape = self.resolve(value, shape)?;
        let rest = match shape {
            Shape::Scalar(scalar) if scalar_fits(value, scalar) => return Ok(()),
            Shape::Scalar(_) | Shape::Choice(_) => return Err(self.wrong(shape)),
            #[cfg(feature = "schema")]
            Shape::Union(_) => return Err(self.wrong(shape)),
            Shape::Object(object) => self.open_object(value, object)?,
            Shape::List { of, min, max } => {
                let elements = value.elements().ok_or_else(|| self.wrong(shape))?;
                if !(min..=max).contains(&elements.clone().count()) {
                    return Err(self.wrong(shape));
                }
                Rest::List { elements, index: 0, of }
            }
            Shape::Map { key, of, min } => {
                let members = value.members().ok_or_else(|| self.wrong(shape))?;
                if members.clone().filter(|(_, value)| value.kind() != Kind::Null).count() < min {
                    return Err(self.wrong(shape));
                }
                Rest::Map { members, key, of }
            }
        };
        self.frames.push(Frame { pointer_len: self.pointer.len(), rest });
        Ok(())
    }

    fn open_object(&self, value: Value<'a>, shape: &'static ObjectShape) -> Result<Rest<'a>, ShapeError> {
        let members = value.members().ok_or_else(|| self.wrong(Shape::Object(shape)))?;
        match missing_member(value, shape) {
            Some(name) => Err(self.error(ShapeErrorKind::Missing(name))),
            None => Ok(Rest::Object { members, shape }),
        }
    }

    /// Replaces a choice by the alternative that fits.
    fn resolve(&self, value: Value<'a>, shape: Shape) -> Result<Shape, ShapeError> {
        #[cfg(feature = "schema")]
        if let Shape::Union(union) = shape {
            let fitting = union.of.iter().find(|alternative| has_texts(value, **alternative));
            return fitting.copied().ok_or_else(|| self.wrong(shape));
        }
        let Shape::Choice(choice) = shape else {
            return Ok(shape);
        };
        let fitting = choice.of.iter().find(|alternative| fits(value, **alternative));
        fitting.copied().ok_or_else(|| self.wrong(shape))
    }

    fn error(&self, kind: ShapeErrorKind) -> ShapeError {
        ShapeError { kind, pointer: self.pointer.clone() }
    }

    fn wrong(&self, shape: Shape) -> ShapeError {
        self.error(ShapeErrorKind::Wrong { expected: expectation(shape) })
    }
}

impl<'a> Rest<'a> {
    /// The next value that is not an absent member; `pointer` is extended by its place.
    fn next(&mut self, pointer: &mut String) -> Option<Result<(Value<'a>, Shape), ShapeErrorKind>> {
        match self {
            Self::List { elements, index, of } => {
                let element = elements.next()?;
                push_token(pointer, &format!("{index}"));
                *index = index.saturating_add(1);
                Some(Ok((element, **of)))
            }
            Self::Map { members, key, of } => {
                let (name, value) = members.find(|(_, value)| value.kind() != Kind::Null)?;
                push_token(pointer, &name);
                if *key == Key::Oid && !is_oid(&name) {
                    return Some(Err(ShapeErrorKind::Wrong { expected: expectation(Shape::OID) }));
                }
                Some(Ok((value, **of)))
            }
            Self::Object { members, shape } => next_member(members, shape, pointer),
        }
    }
}

/// The next member that is present; an unknown one is an error also when it is `null`.
fn next_member<'a>(
    members: &mut Members<'a>,
    shape: &'static ObjectShape,
    pointer: &mut String,
) -> Option<Result<(Value<'a>, Shape), ShapeErrorKind>> {
    for (name, value) in members.by_ref() {
        let Some(member) = shape.members.iter().find(|member| member.name == name) else {
            push_token(pointer, &name);
            return Some(Err(ShapeErrorKind::UnknownMember));
        };
        if value.kind() != Kind::Null {
            push_token(pointer, &name);
            return Some(Ok((value, member.shape)));
        }
    }
    None
}

fn missing_member(value: Value<'_>, shape: &'static ObjectShape) -> Option<&'static str> {
    let required = shape.members.iter().filter(|member| member.required);
    required.map(|member| member.name).find(|name| value.member(name).is_none())
}

/// Whether an alternative is the one that the author meant; what is wrong inside it is found later.
fn fits(value: Value<'_>, shape: Shape) -> bool {
    let kind = match shape {
        Shape::Choice(_) => return false,
        #[cfg(feature = "schema")]
        Shape::Union(_) => return false,
        Shape::List { .. } => Kind::List,
        Shape::Map { .. } => Kind::Object,
        Shape::Object(object) if missing_member(value, object).is_some() => return false,
        Shape::Object(_) => Kind::Object,
        Shape::Scalar(Scalar::Any) => return true,
        Shape::Scalar(Scalar::Bool | Scalar::True) => Kind::Bool,
        Shape::Scalar(Scalar::UInt { .. }) => Kind::Number,
        Shape::Scalar(
            Scalar::Base64 | Scalar::Enum(_) | Scalar::Hex { .. } | Scalar::Oid | Scalar::Text | Scalar::Time,
        ) => Kind::Text,
    };
    value.kind() == kind
}

/// Whether every member of fixed texts holds one of them, or is absent and may be.
#[cfg(feature = "schema")]
fn has_texts(value: Value<'_>, shape: Shape) -> bool {
    let Shape::Object(object) = shape else { return false };
    object.members.iter().all(|member| match (member.shape, value.member(member.name)) {
        (Shape::Scalar(Scalar::Enum(_)), None) => !member.required,
        (Shape::Scalar(texts @ Scalar::Enum(_)), Some(text)) => scalar_fits(text, texts),
        _ => true,
    })
}

fn scalar_fits(value: Value<'_>, scalar: Scalar) -> bool {
    let text = |test: &dyn Fn(&str) -> bool| value.as_text().is_some_and(|text| test(&text));
    match scalar {
        Scalar::Any => value.kind() != Kind::Null,
        Scalar::Base64 => text(&|text| base64::decode(text).is_ok()),
        Scalar::Bool => value.as_bool().is_some(),
        Scalar::Enum(allowed) => text(&|text| allowed.contains(&text)),
        Scalar::Hex { bytes } => text(&|text| {
            hex::decode(text).is_ok_and(|decoded| bytes.is_none_or(|length| decoded.len() == length))
        }),
        Scalar::Oid => text(&is_oid),
        Scalar::Text => value.kind() == Kind::Text,
        Scalar::Time => text(&|text| Time::parse_rfc3339(text).is_ok()),
        Scalar::True => value.as_bool() == Some(true),
        Scalar::UInt { max } => value.as_number().and_then(parse_uint).is_some_and(|number| number <= max),
    }
}

/// An integer as JSON writes it, without sign, fraction and exponent.
fn parse_uint(number: &str) -> Option<u64> {
    number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.parse().ok()).flatten()
}

/// Dotted decimal form of at most 128 bytes.
fn is_oid(text: &str) -> bool {
    text.len() <= 128 && der::parse_dotted(text).is_ok()
}

/// What the table says about a value, for people.
fn expectation(shape: Shape) -> String {
    match shape {
        Shape::Choice(choice) => format!("{}: {}", choice.name, choice.doc),
        #[cfg(feature = "schema")]
        Shape::Union(union) => format!("{}: {}", union.name, union.doc),
        Shape::List { min, max: usize::MAX, .. } => format!("a list of {min} or more elements"),
        Shape::List { min, max, .. } => format!("a list of {min} to {max} elements"),
        Shape::Map { min, .. } => format!("an object of {min} or more members"),
        Shape::Object(object) => format!("an object ({})", object.name),
        Shape::Scalar(scalar) => scalar_expectation(scalar),
    }
}

fn scalar_expectation(scalar: Scalar) -> String {
    match scalar {
        Scalar::Any => String::from("a value"),
        Scalar::Base64 => String::from("standard base64 with padding"),
        Scalar::Bool => String::from("true or false"),
        Scalar::Enum(allowed) => format!("one of {}", allowed.join(", ")),
        Scalar::Hex { bytes: Some(bytes) } => format!("lower-case hex of {bytes} bytes"),
        Scalar::Hex { bytes: None } => String::from("lower-case hex"),
        Scalar::Oid => String::from("a dotted object identifier"),
        Scalar::Text => String::from("a string"),
        Scalar::Time => String::from("an RFC 3339 time"),
        Scalar::True => String::from("true"),
        Scalar::UInt { max } => format!("an integer from 0 to {max}"),
    }
}

/// Appends a reference token (RFC 6901 §3).
fn push_token(pointer: &mut String, token: &str) {
    pointer.push('/');
    for character in token.chars() {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cretula_encoding::{json, limits::Limits};

    static TREE: ObjectShape = ObjectShape {
        name: "tree",
        doc: "A table that contains itself.",
        members: &[
            Member::optional("left", Shape::Object(&TREE), "Left."),
            Member::optional("right", Shape::Object(&TREE), "Right."),
            Member::optional("size", Shape::uint(u64::MAX), "Size."),
            Member::optional("at", Shape::TIME, "Time."),
            Member::optional("some", Shape::ANY, "Anything."),
            Member::optional("by", Shape::Map { key: Key::Oid, of: &Shape::hex(), min: 1 }, "By identifier."),
            Member::optional("named", Shape::Map { key: Key::Text, of: &Shape::TEXT, min: 0 }, "By name."),
        ],
    };

    fn at(text: &str) -> Option<(String, String)> {
        let value = json::parse(text.as_bytes(), &Limits::default().json()).unwrap();
        check(value, &TREE).err().map(|error| (error.pointer, error.kind.detail()))
    }

    #[test]
    fn values_that_fit() {
        for text in [
            "{}",
            r#"{"left":{"right":{"left":null,"size":18446744073709551615}},"size":0}"#,
            r#"{"at":"2024-01-01T00:00:00Z","some":[{"x":[1]}],"by":{"1.2.840":"00ff","2.999":""}}"#,
            r#"{"named":{},"some":0}"#,
            r#"{"named":{"":"","zz":"a"}}"#,
        ] {
            assert_eq!(at(text), None, "{text}");
        }
    }

    #[test]
    fn places_that_do_not() {
        for (text, pointer, detail) in [
            ("[]", "", "expected an object (tree)"),
            (r#"{"left":{"right":{"x":1}}}"#, "/left/right/x", "expected a known member, found another name"),
            (r#"{"left":{"left":{}},"x":null}"#, "/x", "expected a known member, found another name"),
            (r#"{"left":{},"right":3}"#, "/right", "expected an object (tree)"),
            (
                r#"{"size":18446744073709551616}"#,
                "/size",
                "expected an integer from 0 to 18446744073709551615",
            ),
            (r#"{"size":-0}"#, "/size", "expected an integer from 0 to 18446744073709551615"),
            (r#"{"at":"2024-01-01"}"#, "/at", "expected an RFC 3339 time"),
            (r#"{"by":{}}"#, "/by", "expected an object of 1 or more members"),
            (r#"{"by":{"1.2":null}}"#, "/by", "expected an object of 1 or more members"),
            (r#"{"by":{"1.2":"00","a/~":"00"}}"#, "/by/a~1~0", "expected a dotted object identifier"),
            (r#"{"by":{"1.2":"0F"}}"#, "/by/1.2", "expected lower-case hex"),
            (r#"{"named":{"a":"b","c":[]}}"#, "/named/c", "expected a string"),
        ] {
            assert_eq!(at(text), Some((pointer.into(), detail.into())), "{text}");
        }
    }
}
