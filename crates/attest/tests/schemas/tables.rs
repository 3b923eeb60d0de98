//! Documents and tables, walked together.

use std::collections::BTreeSet;

use cretula_encoding::json::{self, JsonLimits};
use cretula_verify::shape::{ObjectShape, Scalar, Shape, check_shape};
use serde_json::{Value, json};

/// Documents of the verifier inside of others; its own tests hold them against their tables.
const OF_THE_VERIFIER: [&str; 2] = ["policy", "report"];
/// What no table knows.
const UNKNOWN: &str = "no-such-member";
const LIMITS: JsonLimits =
    JsonLimits { max_depth: 64, max_members: usize::MAX, max_string_bytes: usize::MAX };

/// Whether a table takes a document.
pub(crate) fn fits(document: &Value, shape: Shape) -> bool {
    let text = document.to_string();
    check_shape(json::parse(text.as_bytes(), &LIMITS).unwrap(), shape).is_ok()
}

/// Every object of a table, however deep, without documents of the verifier.
pub(crate) fn objects(shape: Shape) -> Vec<&'static ObjectShape> {
    let (mut open, mut found): (_, Vec<&'static ObjectShape>) = (vec![shape], vec![]);
    while let Some(shape) = open.pop() {
        match shape {
            Shape::Choice(choice) | Shape::Union(choice) => open.extend(choice.of),
            Shape::List { of, .. } | Shape::Map { of, .. } => open.push(*of),
            Shape::Object(object) if found.iter().any(|known| std::ptr::eq(*known, object)) => {}
            Shape::Object(object) => {
                found.push(object);
                if !OF_THE_VERIFIER.contains(&object.name) {
                    open.extend(object.members.iter().map(|member| member.shape));
                }
            }
            Shape::Scalar(_) => {}
        }
    }
    found
}

/// Members of a table by object and name, as [`Walk::seen`] holds them.
pub(crate) fn members(shape: Shape) -> BTreeSet<(&'static str, &'static str)> {
    let own = objects(shape).into_iter().filter(|object| !OF_THE_VERIFIER.contains(&object.name));
    own.flat_map(|object| object.members.iter().map(|member| (object.name, member.name))).collect()
}

/// What a document made of its table.
#[derive(Default)]
pub(crate) struct Walk {
    /// Objects and members that were there.
    pub(crate) seen: BTreeSet<(&'static str, &'static str)>,
    /// Documents that table and reader refuse: where, and the document.
    pub(crate) wrong: Vec<(String, Value)>,
    /// Documents that the table takes.
    pub(crate) right: Vec<Value>,
}

impl Walk {
    /// Follows a document that fits, and bends it at every place.
    pub(crate) fn follow(&mut self, document: &Value, shape: Shape) {
        let mut open = vec![(String::new(), shape)];
        while let Some((pointer, shape)) = open.pop() {
            let value = document.pointer(&pointer).unwrap();
            match alternative(value, shape, &pointer) {
                Shape::Object(object) => self.object(document, &pointer, object, &mut open),
                Shape::List { of, min, .. } => {
                    if min > 0 {
                        self.refuse(document, &pointer, Some(json!([])));
                    }
                    for index in 0..value.as_array().unwrap().len() {
                        self.value(document, &format!("{pointer}/{index}"), *of);
                        open.push((format!("{pointer}/{index}"), *of));
                    }
                }
                Shape::Map { of, min, .. } => {
                    if min > 0 {
                        self.refuse(document, &pointer, Some(json!({})));
                    }
                    for name in value.as_object().unwrap().keys() {
                        self.value(document, &child(&pointer, name), *of);
                        open.push((child(&pointer, name), *of));
                    }
                }
                _ => {}
            }
        }
    }

    fn object(
        &mut self,
        document: &Value,
        pointer: &str,
        object: &'static ObjectShape,
        open: &mut Vec<(String, Shape)>,
    ) {
        if OF_THE_VERIFIER.contains(&object.name) {
            return;
        }
        self.refuse(document, &child(pointer, UNKNOWN), Some(json!(1)));
        let value = document.pointer(pointer).unwrap();
        for member in object.members.iter().filter(|member| value.get(member.name).is_some()) {
            self.seen.insert((object.name, member.name));
            let place = child(pointer, member.name);
            self.value(document, &place, member.shape);
            if member.required {
                self.refuse(document, &place, None);
                self.refuse(document, &place, Some(Value::Null));
            } else {
                self.right.push(edited(document, &place, Some(Value::Null)));
                self.right.push(edited(document, &place, None));
            }
            open.push((place, member.shape));
        }
    }

    /// Values of another type or form.
    fn value(&mut self, document: &Value, place: &str, shape: Shape) {
        let wrong = match shape {
            Shape::Choice(_) | Shape::Map { .. } | Shape::Object(_) | Shape::Union(_) => {
                vec![json!(7), json!("x"), json!([])]
            }
            Shape::List { .. } => vec![json!(7), json!("x"), json!({})],
            Shape::Scalar(Scalar::Any) => vec![],
            Shape::Scalar(Scalar::Bool | Scalar::True) => vec![json!(7), json!("true"), json!([])],
            Shape::Scalar(Scalar::Text) => vec![json!(7), json!([]), json!({})],
            Shape::Scalar(Scalar::UInt { max }) => {
                vec![json!("7"), json!(-1), json!(1.5), json!(max + 1), json!([])]
            }
            Shape::Scalar(Scalar::Base64) => vec![json!(7), json!("AA"), json!("*"), json!([])],
            Shape::Scalar(_) => vec![json!(7), json!("No such text."), json!([])],
        };
        for value in wrong {
            self.refuse(document, place, Some(value));
        }
    }

    fn refuse(&mut self, document: &Value, place: &str, value: Option<Value>) {
        let what = format!("{place}: {value:?}");
        self.wrong.push((what, edited(document, place, value)));
    }
}

/// The only alternative that takes a value: more than one would be a mistake of the published schema.
fn alternative(value: &Value, shape: Shape, pointer: &str) -> Shape {
    match shape {
        Shape::Choice(choice) | Shape::Union(choice) => {
            let fitting: Vec<_> = choice.of.iter().filter(|shape| fits(value, **shape)).collect();
            assert_eq!(fitting.len(), 1, "{pointer}: alternatives of {}", choice.name);
            *fitting[0]
        }
        other => other,
    }
}

fn child(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// The document with another value at a place, or without one.
fn edited(document: &Value, place: &str, value: Option<Value>) -> Value {
    let mut document = document.clone();
    let (parent, name) = place.rsplit_once('/').unwrap();
    let name = name.replace("~1", "/").replace("~0", "~");
    match (document.pointer_mut(parent).unwrap(), value) {
        (Value::Object(members), Some(value)) => drop(members.insert(name, value)),
        (Value::Object(members), None) => drop(members.remove(&name).unwrap()),
        (Value::Array(list), Some(value)) => list[name.parse::<usize>().unwrap()] = value,
        other => panic!("{place}: {other:?}"),
    }
    document
}
