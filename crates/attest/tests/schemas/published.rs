//! The files under `wit/schema` are those of the tables.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use cretula_attest::schema::DOCUMENTS;
use cretula_verify::schema::json_schema;
use cretula_verify::shape::Shape;
use serde_json::Value;

use crate::tables::objects;

#[test]
fn the_published_schemas_are_those_of_the_tables() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit/schema");
    for (name, shape) in DOCUMENTS {
        let published = fs::read_to_string(folder.join(format!("{name}.schema.json"))).unwrap();
        assert_eq!(json_schema(shape, &format!("https://cretula.example/schema/{name}/v1")), published);
        let schema: Value = serde_json::from_str(&published).unwrap();
        let definitions = schema["$defs"].as_object();
        for part in published.split("\"#/$defs/").skip(1) {
            let definition = part.split('"').next().unwrap();
            assert!(definitions.is_some_and(|known| known.contains_key(definition)), "{name}: {definition}");
        }
    }
}

/// A schema names each object once: two tables of one name would stand for each other.
#[test]
fn names_stand_for_one_table() {
    for (document, shape) in DOCUMENTS {
        let mut tables = BTreeMap::new();
        for object in objects(shape) {
            let known = tables.insert(object.name, object);
            assert!(known.is_none_or(|known| std::ptr::eq(known, object)), "{document}: {}", object.name);
        }
        assert!(!tables.is_empty());
    }
}

#[test]
fn every_document_names_its_format() {
    for (document, shape) in DOCUMENTS {
        let roots = match shape {
            Shape::Object(object) => vec![object],
            Shape::Choice(choice) | Shape::Union(choice) => choice.of.iter().filter_map(object).collect(),
            other => panic!("{other:?}"),
        };
        for root in roots {
            let member = root.members.iter().find(|member| member.name == "schema").unwrap();
            let expected =
                format!("{:?}", Shape::one_of(&[])).replace("[]", &format!("[\"cretula/{document}/v1\"]"));
            assert!(member.required, "{document}");
            assert_eq!(format!("{:?}", member.shape), expected);
        }
    }
}

fn object(shape: &Shape) -> Option<&'static cretula_verify::shape::ObjectShape> {
    match shape {
        Shape::Object(object) => Some(object),
        _ => None,
    }
}
