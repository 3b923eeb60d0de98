//! Where the words of a tenant may stand in provenance, and that they stand nowhere else.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{SHA256, build, container, generic, github, github_actions, gitlab, gitlab_compat};

const WORD: &str = "canary";

/// Every text that a tenant may say, with a word of its own.
fn speak(request: &mut Value) {
    let resource = |name: &str| {
        json!({
            "uri": format!("pkg:npm/{WORD}-{name}@1"), "name": format!("{WORD}-{name}"),
            "downloadLocation": format!("https://{WORD}-{name}.example"), "mediaType": format!("text/{WORD}"),
            "digest": {"sha256": SHA256}, "annotations": {"note": format!("{WORD}-{name}")}
        })
    };
    request["tenant"]["subjects"] =
        json!([{"name": format!("{WORD}-subject"), "digest": {"sha256": SHA256}}]);
    request["tenant"]["resolvedDependencies"] = json!([resource("dependency")]);
    request["tenant"]["byproducts"] = json!([resource("byproduct")]);
}

/// Pointers to every text with the word; positions in lists are left out.
fn places(value: &Value, at: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if text.contains(WORD) => drop(found.insert(at.to_owned())),
        Value::Array(elements) => elements.iter().for_each(|element| places(element, at, found)),
        Value::Object(members) => {
            for (name, member) in members {
                assert!(!name.contains(WORD), "{at}/{name}");
                places(member, &format!("{at}/{name}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn said(request: &Value) -> (BTreeSet<String>, Value) {
    let built = build(request).unwrap_or_else(|error| panic!("{error}"));
    let statement: Value = serde_json::from_slice(built.payload()).unwrap();
    let mut found = BTreeSet::new();
    places(&statement, "", &mut found);
    (found, statement)
}

fn of_resources() -> BTreeSet<String> {
    let lists = ["/predicate/buildDefinition/resolvedDependencies", "/predicate/runDetails/byproducts"];
    let members = ["uri", "name", "downloadLocation", "mediaType", "annotations/note"];
    let resources =
        lists.iter().flat_map(|list| members.iter().map(move |member| format!("{list}/{member}")));
    resources.chain(["/subject/name".to_owned()]).collect()
}

#[test]
fn a_tenant_speaks_of_subjects_dependencies_and_byproducts_alone() {
    for good in [github, github_actions, gitlab, gitlab_compat, container, generic] {
        let before = said(&good()).1;
        let mut request = good();
        speak(&mut request);
        let (found, after) = said(&request);
        assert_eq!(found, of_resources());
        for pointer in [
            "/predicateType",
            "/predicate/buildDefinition/buildType",
            "/predicate/buildDefinition/externalParameters",
            "/predicate/runDetails/builder",
            "/predicate/runDetails/metadata",
        ] {
            assert_eq!(after.pointer(pointer), before.pointer(pointer), "{pointer}");
        }
        for entry in
            after.pointer("/predicate/buildDefinition/resolvedDependencies").unwrap().as_array().unwrap()
        {
            let is_of_tenant = entry["uri"].as_str().is_some_and(|uri| uri.contains(WORD));
            let origin = entry.pointer("/annotations/cretula_origin").and_then(Value::as_str);
            assert_eq!(origin == Some("tenant"), is_of_tenant, "{entry}");
        }
    }
}

/// A build type may declare parameters that are the tenant's; provenance says whose word they are.
#[test]
fn a_declared_parameter_is_the_tenants_and_says_so() {
    let mut request = generic();
    request["tenant"]["declared"] = json!({"note": WORD, "acme_ticket": {"id": WORD}});
    let (found, statement) = said(&request);
    let parameters = "/predicate/buildDefinition/externalParameters";
    assert_eq!(found, [format!("{parameters}/note"), format!("{parameters}/acme_ticket/id")].into());
    let origins = &statement["predicate"]["buildDefinition"]["internalParameters"]["cretula_origins"];
    assert_eq!(
        origins,
        &json!({"/externalParameters/note": "tenant", "/externalParameters/acme_ticket": "tenant"})
    );
    for taken in ["pipeline", "source", "flags", "worker"] {
        let mut request = generic();
        request["tenant"]["declared"] = json!({taken: WORD});
        assert!(build(&request).is_err(), "{taken} is for the control plane to say");
    }
}
