//! The published JSON Schemas are those of the readers' tables.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "an independent reader for the project's own files and replies"
)]

use std::{fs, path::Path};

use cretula_verify::{
    policy::POLICY,
    schema::json_schema,
    shape::Shape,
    tables::{FAILURE, REPORT, REQUEST},
};

#[test]
fn the_published_schemas_are_those_of_the_tables() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit/schema");
    let documents =
        [("policy", &POLICY), ("verify-request", &REQUEST), ("report", &REPORT), ("error", &FAILURE)];
    for (name, table) in documents {
        let published = fs::read_to_string(folder.join(format!("{name}.schema.json"))).unwrap();
        let id = format!("https://cretula.example/schema/{name}/v1");
        assert_eq!(json_schema(Shape::Object(table), &id), published);
        serde_json::from_str::<serde_json::Value>(&published).unwrap();
    }
}
