//! JSON that a test may bend: members keep their order, names may repeat, numbers are text.

use cretula_encoding::base64;

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    /// `null`, `true`, `false`, a number, or any text that is to stand there as it is.
    Raw(String),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// A string.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Bytes as base64.
    #[must_use]
    pub fn bytes(bytes: &[u8]) -> Self {
        Self::Text(base64::encode(bytes))
    }

    /// A number.
    #[must_use]
    pub fn number(number: u64) -> Self {
        Self::Raw(number.to_string())
    }

    /// `true` or `false`.
    #[must_use]
    pub fn bool(value: bool) -> Self {
        Self::Raw(value.to_string())
    }

    /// `null`.
    #[must_use]
    pub fn null() -> Self {
        Self::Raw("null".into())
    }

    /// An object of these members.
    #[must_use]
    pub fn object<const N: usize>(members: [(&str, Json); N]) -> Self {
        Self::Object(members.into_iter().map(|(name, value)| (name.to_string(), value)).collect())
    }

    /// Without white space, members in the order in which they stand.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = String::new();
        self.write(&mut out);
        out.into_bytes()
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Raw(text) => out.push_str(text),
            Self::Text(text) => write_text(text, out),
            Self::List(values) => {
                out.push('[');
                for (index, value) in values.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { "," });
                    value.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (index, (name, value)) in members.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { "," });
                    write_text(name, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }

    /// The value at a pointer such as `/a/0/b`.
    ///
    /// # Panics
    /// If there is none: the test has a mistake.
    pub fn at(&mut self, pointer: &str) -> &mut Self {
        let mut value = self;
        for step in steps(pointer) {
            value = match value {
                Self::Object(members) => {
                    let found = members.iter_mut().find(|(name, _)| *name == step);
                    &mut found.unwrap_or_else(|| panic!("no member {step} of {pointer}")).1
                }
                Self::List(values) => &mut values[step.parse::<usize>().expect("an index")],
                Self::Raw(_) | Self::Text(_) => panic!("nothing below {step} of {pointer}"),
            };
        }
        value
    }

    /// Sets the value at a pointer; objects on the way are made.
    pub fn set(&mut self, pointer: &str, new: Json) -> &mut Self {
        let mut value = &mut *self;
        for step in steps(pointer) {
            value = match value {
                Self::Object(members) => {
                    let position = members.iter().position(|(name, _)| *name == step);
                    let position = position.unwrap_or_else(|| {
                        members.push((step, Self::Object(Vec::new())));
                        members.len() - 1
                    });
                    &mut members[position].1
                }
                Self::List(values) => &mut values[step.parse::<usize>().expect("an index")],
                Self::Raw(_) | Self::Text(_) => panic!("nothing below {step} of {pointer}"),
            };
        }
        *value = new;
        self
    }

    /// Removes the member or element at a pointer.
    ///
    /// # Panics
    /// If there is none.
    pub fn remove(&mut self, pointer: &str) -> Self {
        let (parent, last) = pointer.rsplit_once('/').expect("a pointer");
        match self.at(parent) {
            Self::Object(members) => {
                let position = members.iter().position(|(name, _)| name == last);
                members.remove(position.unwrap_or_else(|| panic!("no member {pointer}"))).1
            }
            Self::List(values) => values.remove(last.parse::<usize>().expect("an index")),
            Self::Raw(_) | Self::Text(_) => panic!("nothing at {pointer}"),
        }
    }

    /// Gives a member another name.
    pub fn rename(&mut self, pointer: &str, new: &str) {
        let value = self.remove(pointer);
        let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
        self.members(parent).push((new.to_string(), value));
    }

    /// The members of the object at a pointer.
    ///
    /// # Panics
    /// If it is no object.
    pub fn members(&mut self, pointer: &str) -> &mut Vec<(String, Json)> {
        match self.at(pointer) {
            Self::Object(members) => members,
            _ => panic!("no object at {pointer}"),
        }
    }

    /// The elements of the list at a pointer.
    ///
    /// # Panics
    /// If it is no list.
    pub fn list(&mut self, pointer: &str) -> &mut Vec<Json> {
        match self.at(pointer) {
            Self::List(values) => values,
            _ => panic!("no list at {pointer}"),
        }
    }

    /// The string at a pointer.
    ///
    /// # Panics
    /// If it is no string.
    pub fn text_at(&mut self, pointer: &str) -> &mut String {
        match self.at(pointer) {
            Self::Text(text) => text,
            _ => panic!("no text at {pointer}"),
        }
    }

    /// Changes the bytes that stand as base64 at a pointer.
    pub fn edit_bytes(&mut self, pointer: &str, edit: impl FnOnce(&mut Vec<u8>)) {
        let text = self.text_at(pointer);
        let mut bytes = base64::decode(text).expect("base64");
        edit(&mut bytes);
        *text = base64::encode(&bytes);
    }
}

fn steps(pointer: &str) -> impl Iterator<Item = String> + '_ {
    pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"))
}

/// RFC 8785 §3.2.2.2: the shortest escapes.
fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            letter if letter < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(letter))),
            letter => out.push(letter),
        }
    }
    out.push('"');
}
