//! Changes of JSON documents, each small and each decided by dice: the mutants of a bundle.
#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "a document that is bent, not read")]

use std::collections::BTreeSet;

use cretula_encoding::base64;
use serde_json::Value;

use crate::Dice;

/// A document that can be bent.
#[derive(Debug, Clone, PartialEq)]
pub struct Document(Value);

/// What was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mutation {
    /// One bit of decoded bytes, or one character of a text.
    BitFlip,
    /// One bit or member inside the JSON that a member holds as base64.
    InsideBody,
    /// A member of another document at the same place.
    FieldSwap,
    /// An element of a list of another document, in place of one or beside them.
    Splice,
    /// The front of some bytes with the end of those at the same place of another document.
    ByteSplice,
    /// A member or an element is gone.
    Delete,
    /// An element of a list stands there twice.
    Duplicate,
    /// Another number.
    Number,
    /// Bytes inserted or cut.
    Resize,
    /// The elements of a list in another order.
    Reorder,
}

/// All of them, as the dice count them: those that touch signed bytes come more often.
const CHOICES: [Mutation; 16] = [
    Mutation::BitFlip,
    Mutation::BitFlip,
    Mutation::BitFlip,
    Mutation::BitFlip,
    Mutation::InsideBody,
    Mutation::InsideBody,
    Mutation::FieldSwap,
    Mutation::FieldSwap,
    Mutation::FieldSwap,
    Mutation::Splice,
    Mutation::ByteSplice,
    Mutation::Delete,
    Mutation::Duplicate,
    Mutation::Number,
    Mutation::Resize,
    Mutation::Reorder,
];

impl Document {
    /// Reads a document; `None` if it is no JSON.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().map(Self)
    }

    /// The document as bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        self.0.to_string().into_bytes()
    }

    /// Changes something that the dice choose; `None` if the choice is not possible here.
    pub fn mutate(&mut self, donor: &Self, dice: &mut Dice<'_>) -> Option<Mutation> {
        let mutation = CHOICES[dice.below(CHOICES.len())];
        let done = match mutation {
            Mutation::BitFlip => self.edit_bytes(dice, |bytes, dice| flip_bit(bytes, dice)),
            Mutation::InsideBody => self.inside_body(donor, dice),
            Mutation::FieldSwap => self.field_swap(donor, dice),
            Mutation::Splice => self.splice(donor, dice),
            Mutation::ByteSplice => self.byte_splice(donor, dice),
            Mutation::Delete => self.delete(dice),
            Mutation::Duplicate => self.list(dice, |list, at| list.push(list[at].clone())),
            Mutation::Number => self.number(dice),
            Mutation::Resize => self.edit_bytes(dice, resize),
            Mutation::Reorder => self.list(dice, |list, at| list.rotate_left(at)),
        };
        done.map(|()| mutation)
    }

    /// The part at a pointer; `null` is none.
    #[must_use]
    pub fn at(&self, pointer: &str) -> Option<Self> {
        self.0.pointer(pointer).filter(|part| !part.is_null()).cloned().map(Self)
    }

    /// Number of elements of the list at a pointer; 0 if there is none.
    #[must_use]
    pub fn count(&self, pointer: &str) -> usize {
        self.0.pointer(pointer).and_then(Value::as_array).map_or(0, Vec::len)
    }

    /// Sets the part at a pointer; objects on the way are made.
    ///
    /// # Panics
    /// If the text is no JSON, or if something on the way is no object and has no such element.
    pub fn set(&mut self, pointer: &str, json: &str) -> &mut Self {
        let mut value = &mut self.0;
        for step in pointer.split('/').skip(1) {
            let step = step.replace("~1", "/").replace("~0", "~");
            value = match value {
                Value::Array(elements) => &mut elements[step.parse::<usize>().expect("an index")],
                Value::Object(members) => {
                    members.entry(step).or_insert_with(|| Value::Object(serde_json::Map::new()))
                }
                _ => panic!("nothing below {step} of {pointer}"),
            };
        }
        *value = serde_json::from_str(json).expect("JSON");
        self
    }

    /// Inserts a part into the list at a pointer, which is made if it is not there.
    ///
    /// # Panics
    /// If something else stands there.
    pub fn insert(&mut self, pointer: &str, at: usize, part: &Self) -> &mut Self {
        if self.0.pointer(pointer).is_none() {
            self.set(pointer, "[]");
        }
        let list = self.0.pointer_mut(pointer).and_then(Value::as_array_mut).expect("a list");
        list.insert(at.min(list.len()), part.0.clone());
        self
    }

    /// Removes the member or element at a pointer; `None` if there is none.
    pub fn remove(&mut self, pointer: &str) -> Option<Self> {
        let (parent, last) = pointer.rsplit_once('/')?;
        match self.0.pointer_mut(parent)? {
            Value::Object(members) => members.remove(last).map(Self),
            Value::Array(elements) => {
                let at = last.parse::<usize>().ok().filter(|at| *at < elements.len())?;
                Some(Self(elements.remove(at)))
            }
            _ => None,
        }
    }

    /// Where two documents differ, as pointers without the positions in lists.
    #[must_use]
    pub fn differences(&self, other: &Self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        compare(&self.0, &other.0, String::new(), &mut found);
        found
    }

    fn pointers(&self, wanted: fn(&Value) -> bool) -> Vec<String> {
        let mut found = Vec::new();
        walk(&self.0, String::new(), wanted, &mut found);
        found
    }

    fn choose(&self, dice: &mut Dice<'_>, wanted: fn(&Value) -> bool) -> Option<String> {
        let mut pointers = self.pointers(wanted);
        (!pointers.is_empty()).then(|| pointers.swap_remove(dice.below(pointers.len())))
    }

    fn edit_bytes(&mut self, dice: &mut Dice<'_>, edit: fn(&mut Vec<u8>, &mut Dice<'_>)) -> Option<()> {
        let pointer = self.choose(dice, |value| value.as_str().is_some_and(|text| !text.is_empty()))?;
        let value = self.0.pointer_mut(&pointer)?;
        let text = value.as_str()?;
        *value = match base64::decode(text) {
            Ok(mut bytes) => {
                edit(&mut bytes, dice);
                base64::encode(&bytes).into()
            }
            Err(_) => {
                let mut bytes = text.as_bytes().to_vec();
                edit(&mut bytes, dice);
                String::from_utf8_lossy(&bytes).into_owned().into()
            }
        };
        Some(())
    }

    fn inside_body(&mut self, donor: &Self, dice: &mut Dice<'_>) -> Option<()> {
        let pointer = self.choose(dice, |value| body(value).is_some())?;
        let mut inner = Self(body(self.0.pointer(&pointer)?)?);
        let other = donor.0.pointer(&pointer).and_then(body).map_or_else(|| inner.clone(), Self);
        match dice.below(4) {
            0 => inner.field_swap(&other, dice)?,
            1 => inner.delete(dice)?,
            _ => inner.edit_bytes(dice, |bytes, dice| flip_bit(bytes, dice))?,
        }
        *self.0.pointer_mut(&pointer)? = base64::encode(&inner.encode()).into();
        Some(())
    }

    fn field_swap(&mut self, donor: &Self, dice: &mut Dice<'_>) -> Option<()> {
        let mut pointers = self.pointers(|_| true);
        pointers.retain(|pointer| {
            donor.0.pointer(pointer).is_some_and(|other| Some(other) != self.0.pointer(pointer))
        });
        let pointer = pointers.get(dice.below(pointers.len()))?;
        *self.0.pointer_mut(pointer)? = donor.0.pointer(pointer)?.clone();
        Some(())
    }

    fn splice(&mut self, donor: &Self, dice: &mut Dice<'_>) -> Option<()> {
        let pointer = self.choose(dice, Value::is_array)?;
        let others = donor.0.pointer(&pointer)?.as_array().filter(|others| !others.is_empty())?;
        let element = others[dice.below(others.len())].clone();
        let list = self.0.pointer_mut(&pointer)?.as_array_mut()?;
        match list.len().checked_sub(1) {
            Some(last) if dice.byte() & 1 == 0 => list[dice.below(last + 1)] = element,
            _ => list.insert(dice.below(list.len() + 1), element),
        }
        Some(())
    }

    fn byte_splice(&mut self, donor: &Self, dice: &mut Dice<'_>) -> Option<()> {
        let pointer = self.choose(dice, |value| value.as_str().is_some_and(|text| text.len() > 8))?;
        let bytes = |document: &Self| base64::decode(document.0.pointer(&pointer)?.as_str()?).ok();
        let (own, other) = (bytes(self)?, bytes(donor)?);
        let cut = dice.below(own.len().min(other.len()).max(1));
        let joined = [&own[..cut.min(own.len())], &other[cut.min(other.len())..]].concat();
        *self.0.pointer_mut(&pointer)? = base64::encode(&joined).into();
        Some(())
    }

    fn delete(&mut self, dice: &mut Dice<'_>) -> Option<()> {
        let pointer = self.choose(dice, |_| true).filter(|pointer| !pointer.is_empty())?;
        self.remove(&pointer).map(drop)
    }

    fn list(&mut self, dice: &mut Dice<'_>, edit: fn(&mut Vec<Value>, usize)) -> Option<()> {
        let pointer = self.choose(dice, |value| value.as_array().is_some_and(|list| !list.is_empty()))?;
        let list = self.0.pointer_mut(&pointer)?.as_array_mut()?;
        let at = dice.below(list.len());
        edit(list, at);
        Some(())
    }

    fn number(&mut self, dice: &mut Dice<'_>) -> Option<()> {
        let pointer =
            self.choose(dice, |value| value.as_str().is_some_and(|text| text.parse::<u64>().is_ok()))?;
        let value = self.0.pointer_mut(&pointer)?;
        let number: u64 = value.as_str()?.parse().ok()?;
        let shift = u32::try_from(dice.below(64)).unwrap_or(0);
        let changed = match dice.below(4) {
            0 => number.wrapping_add(1),
            1 => number.wrapping_sub(1),
            2 => number ^ (1 << shift),
            _ => dice.number() >> shift,
        };
        *value = changed.to_string().into();
        Some(())
    }
}

fn body(value: &Value) -> Option<Value> {
    let bytes = base64::decode(value.as_str()?).ok()?;
    serde_json::from_slice::<Value>(&bytes).ok().filter(Value::is_object)
}

fn walk(value: &Value, pointer: String, wanted: fn(&Value) -> bool, found: &mut Vec<String>) {
    if wanted(value) {
        found.push(pointer.clone());
    }
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                walk(member, format!("{pointer}/{name}"), wanted, found);
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                walk(element, format!("{pointer}/{index}"), wanted, found);
            }
        }
        _ => {}
    }
}

fn compare(left: &Value, right: &Value, pointer: String, found: &mut BTreeSet<String>) {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            let names: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
            for name in names {
                let null = Value::Null;
                let (left, right) = (left.get(name).unwrap_or(&null), right.get(name).unwrap_or(&null));
                compare(left, right, format!("{pointer}/{name}"), found);
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (left, right) in left.iter().zip(right) {
                compare(left, right, format!("{pointer}/*"), found);
            }
        }
        _ if left != right => {
            found.insert(pointer);
        }
        _ => {}
    }
}

fn flip_bit(bytes: &mut [u8], dice: &mut Dice<'_>) {
    let at = dice.below(bytes.len());
    let bit = 1 << dice.below(8);
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= bit;
    }
}

fn resize(bytes: &mut Vec<u8>, dice: &mut Dice<'_>) {
    let at = dice.below(bytes.len() + 1);
    match dice.below(3) {
        0 => bytes.truncate(at),
        1 => bytes.insert(at, dice.byte()),
        _ => {
            bytes.drain(at.min(bytes.len().saturating_sub(1))..).next();
        }
    }
}
