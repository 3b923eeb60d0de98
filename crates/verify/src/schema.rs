//! JSON Schema 2020-12 from the tables of [`crate::shape`]; feature `schema`, not part of the module.
//!
//! Recursion here follows constant tables, never input.

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};

use cretula_encoding::json::Tree;

use crate::shape::{Choice, Key, ObjectShape, Scalar, Shape};

/// Dotted object identifier.
const OID_PATTERN: &str = "^[0-2](\\.(0|[1-9][0-9]*))+$";

/// The schema of a document: closed objects, each named object under `$defs`, indented by two spaces. The root itself is
/// not under `$defs` and has its name as title.
#[must_use]
pub fn json_schema(root: Shape, id: &str) -> String {
    let mut definitions = Definitions(BTreeMap::new());
    let (title, mut schema) = match root {
        Shape::Object(object) => (object.name, definitions.object(object)),
        Shape::Choice(choice) | Shape::Union(choice) => (choice.name, definitions.alternatives(choice)),
        Shape::List { .. } | Shape::Map { .. } | Shape::Scalar(_) => ("document", definitions.shape(root)),
    };
    schema.set("$schema", "https://json-schema.org/draft/2020-12/schema");
    schema.set("$id", id);
    schema.set("title", title);
    let named = definitions.0.into_iter().filter_map(|(name, schema)| Some((name.to_string(), schema?)));
    let named: BTreeMap<String, Tree> = named.collect();
    if !named.is_empty() {
        schema.set("$defs", Tree::Object(named));
    }
    let mut text = String::new();
    write_tree(&mut text, &schema, 0);
    text.push('\n');
    text
}

/// Named schemas; `None` while one is being made, so that a table may contain itself.
struct Definitions(BTreeMap<&'static str, Option<Tree>>);

impl Definitions {
    fn shape(&mut self, shape: Shape) -> Tree {
        match shape {
            Shape::Choice(choice) | Shape::Union(choice) => {
                self.named(choice.name, |definitions| definitions.alternatives(choice))
            }
            Shape::List { of, min, max } => {
                let mut tree = object([("type", "array".into()), ("items", self.shape(*of))]);
                tree.set("minItems", number(min));
                if max != usize::MAX {
                    tree.set("maxItems", number(max));
                }
                tree
            }
            Shape::Map { key, of, min } => {
                let mut tree = object([("type", "object".into()), ("additionalProperties", self.shape(*of))]);
                tree.set("minProperties", number(min));
                if key == Key::Oid {
                    tree.set("propertyNames", object([("pattern", OID_PATTERN.into())]));
                }
                tree
            }
            Shape::Object(shape) => self.named(shape.name, |definitions| definitions.object(shape)),
            Shape::Scalar(scalar) => scalar_schema(scalar),
        }
    }

    /// A reference to a schema that is made once.
    fn named(&mut self, name: &'static str, make: impl FnOnce(&mut Self) -> Tree) -> Tree {
        if !self.0.contains_key(name) {
            self.0.insert(name, None);
            let schema = make(self);
            self.0.insert(name, Some(schema));
        }
        object([("$ref", format!("#/$defs/{name}").into())])
    }

    fn alternatives(&mut self, choice: &'static Choice) -> Tree {
        let of = choice.of.iter().map(|shape| self.shape(*shape)).collect::<Vec<Tree>>();
        object([("description", choice.doc.into()), ("oneOf", of.into())])
    }

    fn object(&mut self, shape: &'static ObjectShape) -> Tree {
        let mut properties = Tree::object();
        for member in shape.members {
            let mut schema = self.shape(member.shape);
            schema.set("description", member.doc);
            properties.set(member.name, schema);
        }
        let required = shape.members.iter().filter(|member| member.required);
        let required = required.map(|member| Tree::from(member.name)).collect::<Vec<Tree>>();
        let mut tree = object([("type", "object".into()), ("description", shape.doc.into())]);
        tree.set("properties", properties);
        tree.set("additionalProperties", false);
        if !required.is_empty() {
            tree.set("required", required);
        }
        tree
    }
}

fn scalar_schema(scalar: Scalar) -> Tree {
    match scalar {
        Scalar::Any => Tree::object(),
        Scalar::Base64 => object([("type", "string".into()), ("contentEncoding", "base64".into())]),
        Scalar::Bool => object([("type", "boolean".into())]),
        Scalar::Enum(texts) => {
            object([("enum", texts.iter().map(|text| Tree::from(*text)).collect::<Vec<Tree>>().into())])
        }
        Scalar::Hex { bytes } => {
            let times = bytes.map_or_else(|| String::from("*"), |bytes| format!("{{{bytes}}}"));
            object([("type", "string".into()), ("pattern", format!("^([0-9a-f]{{2}}){times}$").into())])
        }
        Scalar::Oid => object([("type", "string".into()), ("pattern", OID_PATTERN.into())]),
        Scalar::Text => object([("type", "string".into())]),
        Scalar::Time => object([("type", "string".into()), ("format", "date-time".into())]),
        Scalar::True => object([("const", true.into())]),
        Scalar::UInt { max } => {
            object([("type", "integer".into()), ("minimum", 0_u64.into()), ("maximum", max.into())])
        }
    }
}

fn object<const N: usize>(members: [(&str, Tree); N]) -> Tree {
    Tree::Object(members.into_iter().map(|(name, value)| (name.to_string(), value)).collect())
}

fn number(value: usize) -> Tree {
    Tree::UInt(u64::try_from(value).unwrap_or(u64::MAX))
}

/// Indented JSON; members in the order of their names.
fn write_tree(text: &mut String, tree: &Tree, level: usize) {
    match tree {
        Tree::List(elements) => {
            let write = |text: &mut String, element: &&Tree, level| write_tree(text, element, level);
            write_block(text, ('[', ']'), elements.iter(), level, write);
        }
        Tree::Object(members) => {
            let write = |text: &mut String, (name, value): &(&String, &Tree), level| {
                text.push_str(&scalar_text(&Tree::from(name.as_str())));
                text.push_str(": ");
                write_tree(text, value, level);
            };
            write_block(text, ('{', '}'), members.iter(), level, write);
        }
        Tree::Bool(_) | Tree::UInt(_) | Tree::Text(_) => {
            text.push_str(&scalar_text(tree));
        }
    }
}

fn write_block<T>(
    text: &mut String,
    (open, close): (char, char),
    items: impl Iterator<Item = T>,
    level: usize,
    write: impl Fn(&mut String, &T, usize),
) {
    let inner = level.saturating_add(1);
    text.push(open);
    for (index, item) in items.enumerate() {
        text.push_str(if index == 0 { "\n" } else { ",\n" });
        text.push_str(&"  ".repeat(inner));
        write(text, &item, inner);
    }
    text.push('\n');
    text.push_str(&"  ".repeat(level));
    text.push(close);
}

fn scalar_text(tree: &Tree) -> String {
    String::from_utf8(tree.encode()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::POLICY;

    #[test]
    fn policy_schema_is_closed_and_names_its_objects() {
        let schema = json_schema(Shape::Object(&POLICY), "https://cretula.example/schema/policy/v1");
        let limits = cretula_encoding::limits::Limits::default();
        let parsed = cretula_encoding::json::parse(schema.as_bytes(), &limits.json()).unwrap();
        let definitions = parsed.member("$defs").unwrap();
        let mut count = 0;
        for (name, definition) in definitions.members().unwrap() {
            count += 1;
            let closed = definition.member("additionalProperties").map(|value| value.source());
            assert!(definition.member("oneOf").is_some() || closed == Some("false"), "{name}");
            assert!(definition.member("description").is_some(), "{name}");
        }
        assert!(count > 30, "{count}");
        for part in schema.split("\"#/$defs/").skip(1) {
            let name = part.split('"').next().unwrap();
            assert!(definitions.member(name).is_some(), "{name}");
        }
        assert_eq!(parsed.member("additionalProperties").unwrap().as_bool(), Some(false));
    }
}
