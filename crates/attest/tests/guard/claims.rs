//! Provenance: nothing but the tenant's own words can differ from what the facts give (G6).

use cretula_attest::{CLAIM_ROWS, ClaimRow, Place};
use serde_json::{Value, json};

use crate::requests::{
    COMMIT, SHA256, container, generic, github, github_actions, gitlab, gitlab_compat, set,
};
use crate::support::{PROVENANCE, authorisation, bent, code, encode, message, pointers, statement};

/// Makes a good request.
type Good = fn() -> Value;
/// Where a build type has a row.
type Column = fn(&ClaimRow) -> Place;
/// Bends a part of a document.
type Bend = fn(&mut Value);

const REFUSED: &str = "guard/claims";

/// Requests of every build type, some with as much as can be in them.
fn requests() -> Vec<(&'static str, Good)> {
    vec![
        ("github-community", full_github),
        ("github-actions", github_actions),
        ("github release", release),
        ("gitlab-control-plane", full_gitlab),
        ("gitlab-compat", gitlab_compat),
        ("gitlab-compat with claims", compat_with_claims),
        ("container", container),
        ("generic", full_generic),
    ]
}

fn full_github() -> Value {
    let mut request = github();
    set(&mut request, "/facts/record/actor_id", r#""5""#);
    set(&mut request, "/facts/record/triggering_actor_id", r#""6""#);
    set(&mut request, "/facts/record/startedOn", r#""2026-06-12T10:00:00Z""#);
    set(&mut request, "/config/modes/m/origins", "true");
    set(&mut request, "/facts/event/inputs", r#"{"flavor":"prod","size":"2"}"#);
    request
}

fn release() -> Value {
    let mut request = github();
    set(&mut request, "/facts/claims/event_name", r#""release""#);
    request["facts"]["event"] = json!({"name": "release", "release": {"name": "v1", "prerelease": true}});
    request
}

fn full_gitlab() -> Value {
    let mut request = gitlab();
    set(&mut request, "/facts/record/inputs", r#"{"level":"2"}"#);
    set(&mut request, "/facts/record/predefined", r#"{"CI":"true"}"#);
    set(&mut request, "/facts/record/version", r#"{"gitlab-runner":"4d7093e1"}"#);
    set(&mut request, "/facts/record/executor", r#""docker""#);
    set(&mut request, "/facts/claims/environment", r#""prod""#);
    set(&mut request, "/facts/claims/ci_config_sha", &format!("{:?}", "c".repeat(40)));
    request
}

fn compat_with_claims() -> Value {
    let mut request = gitlab_compat();
    request["facts"]["origin"] = json!("verified-token");
    request["facts"]["claims"] = gitlab()["facts"]["claims"].clone();
    request
}

fn full_generic() -> Value {
    let mut request = generic();
    set(&mut request, "/facts/record/flags", r#"{"a":["x",{"y":1}]}"#);
    set(&mut request, "/facts/record/level", "2");
    set(&mut request, "/facts/record/worker", r#""w1""#);
    request
}

fn check(request: &Value, edit: impl FnOnce(&mut Value)) -> &'static str {
    let mut bent = statement(&message(request));
    edit(&mut bent);
    code(&authorisation(request, PROVENANCE), &encode(&bent))
}

#[test]
fn every_value_of_the_predicate_is_compared() {
    for (name, request) in requests() {
        let request = request();
        assert_eq!(check(&request, |_| {}), "", "{name}");
        let predicate = statement(&message(&request))["predicate"].clone();
        let found = pointers(&predicate);
        assert!(found.len() > 15, "{name}");
        for pointer in found {
            let edit = |statement: &mut Value| {
                let value = statement["predicate"].pointer_mut(&pointer).unwrap();
                *value = bent(value);
            };
            assert_eq!(check(&request, edit), REFUSED, "{name}: {pointer} changed");
        }
    }
}

#[test]
fn every_member_of_the_predicate_must_be_there_and_no_other() {
    for (name, request) in requests() {
        let request = request();
        let predicate = statement(&message(&request))["predicate"].clone();
        for pointer in pointers(&predicate) {
            let (parent, last) = pointer.rsplit_once('/').unwrap();
            let last = last.replace("~1", "/").replace("~0", "~");
            let remove = |statement: &mut Value| match statement["predicate"].pointer_mut(parent).unwrap() {
                Value::Object(members) => drop(members.remove(&last).unwrap()),
                Value::Array(list) => drop(list.remove(last.parse::<usize>().unwrap())),
                other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
                    panic!("{other}")
                }
            };
            assert_eq!(check(&request, remove), REFUSED, "{name}: {pointer} removed");
            let add = |statement: &mut Value| match statement["predicate"].pointer_mut(&pointer).unwrap() {
                Value::Object(members) => drop(members.insert("zz".into(), json!("y"))),
                Value::Array(list) => list.push(json!({"uri": "u:x"})),
                other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
                    *other = bent(other)
                }
            };
            assert_eq!(check(&request, add), REFUSED, "{name}: {pointer} with more");
        }
    }
}

/// Each row of the table of claims has a place that the test above has changed.
#[test]
fn the_rows_of_the_table_stand_in_the_predicates() {
    let columns: [(Good, Column, usize); 4] = [
        (full_github, |row| row.github_place, 10),
        (github_actions, |row| row.github_place, 10),
        (full_gitlab, |row| row.gitlab_place, 13),
        (compat_with_claims, |row| row.compat_place, 3),
    ];
    for (request, place, expected) in columns {
        let predicate = statement(&message(&request()))["predicate"].clone();
        let mut count = 0;
        for row in CLAIM_ROWS {
            let path = match place(row) {
                Place::At(path) | Place::AfterGit(path) | Place::LastSegment(path) => path.join("/"),
                Place::GithubWorkflow => "buildDefinition/externalParameters/workflow/path".into(),
                Place::GitlabConfig => "buildDefinition/externalParameters/config/uri".into(),
                Place::GitlabConfigDigest => "buildDefinition/resolvedDependencies/1/digest/gitCommit".into(),
                Place::Nowhere => continue,
            };
            assert!(predicate.pointer(&format!("/{path}")).is_some_and(Value::is_string), "{path}");
            count += 1;
        }
        assert_eq!(count, expected);
    }
}

/// A member of an event or a record, and where the predicate has it.
#[test]
fn recorded_values_are_those_of_event_and_record() {
    let rows: [(Good, &str, &str); 7] = [
        (full_github, "/facts/event/inputs", "inputs"),
        (full_github, "/facts/event/vars", "vars"),
        (release, "/facts/event/release", "release"),
        (full_gitlab, "/facts/record/variables", "variables"),
        (full_gitlab, "/facts/record/inputs", "inputs"),
        (gitlab_compat, "/facts/record/variables", "variables"),
        (full_generic, "/facts/record/flags", "flags"),
    ];
    for (request, fact, name) in rows {
        let request = request();
        let external = |statement: &mut Value| {
            statement["predicate"]["buildDefinition"]["externalParameters"][name].take()
        };
        let message = message(&request);
        let edits: [(Bend, &str); 3] = [
            (|value| value["zz"] = json!("y"), "added"),
            (remove_first, "removed"),
            (
                |value| value.as_object_mut().unwrap().values_mut().for_each(|value| *value = bent(value)),
                "changed",
            ),
        ];
        for (edit, what) in edits {
            let mut other = request.clone();
            edit(other.pointer_mut(fact).unwrap());
            let mut granted = authorisation(&other, PROVENANCE);
            assert_eq!(code(&granted, &message), REFUSED, "{fact} {what} at the host");
            granted = authorisation(&request, PROVENANCE);
            let mut bent = statement(&message);
            let mut value = external(&mut bent);
            edit(&mut value);
            bent["predicate"]["buildDefinition"]["externalParameters"][name] = value;
            assert_eq!(code(&granted, &encode(&bent)), REFUSED, "{name} {what} in the message");
        }
    }
}

fn remove_first(object: &mut Value) {
    let members = object.as_object_mut().unwrap();
    let name = members.keys().next().unwrap().clone();
    members.remove(&name);
}

/// Builder and build type come from the mode, and the digest of the module from the facts.
#[test]
fn the_mode_and_the_module_are_the_hosts() {
    for (pointer, text) in [
        ("/config/modes/m/builderId", r#""https://ci.example/other""#.to_string()),
        ("/facts/moduleDigest/sha256", format!("{:?}", "a".repeat(64))),
        ("/facts/record/invocationId", r#""https://ci.example/runs/9/attempts/1""#.into()),
        ("/config/buildTypes/0/complete", "false".into()),
    ] {
        let (message, mut other) = (message(&generic()), generic());
        set(&mut other, pointer, &text);
        assert_eq!(code(&authorisation(&other, PROVENANCE), &message), REFUSED, "{pointer}");
    }
    let mut actions = github_actions();
    let message = message(&actions);
    set(
        &mut actions,
        "/config/modes/m/buildType",
        r#""https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1""#,
    );
    assert_eq!(code(&authorisation(&actions, PROVENANCE), &message), REFUSED);
}

fn with_tenant() -> Value {
    let mut request = full_generic();
    request["tenant"]["resolvedDependencies"] =
        json!([{"uri": "pkg:npm/a@1", "annotations": {"x": [1]}}, {"uri": "pkg:npm/b@1"}]);
    request["tenant"]["byproducts"] = json!([{"name": "log", "digest": {"sha256": SHA256}}]);
    request["tenant"]["declared"] = json!({"note": "short", "acme_ticket": {"id": "T-1"}});
    request
}

/// What is marked as the tenant's word may be anything that a tenant may say, and nothing else.
#[test]
fn the_tenants_words_are_the_tenants() {
    let request = with_tenant();
    let dependencies = "/predicate/buildDefinition/resolvedDependencies";
    let external = "/predicate/buildDefinition/externalParameters";
    let byproducts = "/predicate/runDetails/byproducts";
    for (pointer, text, expected) in [
        (format!("{dependencies}/1/uri"), r#""pkg:npm/a@2""#.to_string(), ""),
        (format!("{byproducts}/0/name"), r#""other""#.into(), ""),
        (format!("{external}/note"), r#""long""#.into(), ""),
        (format!("{external}/acme_ticket/id"), r#""T-2""#.into(), ""),
        (format!("{external}/note"), r#""much too long""#.into(), REFUSED),
        (format!("{external}/note"), r#""glpat-x1""#.into(), REFUSED),
        (format!("{external}/other_ticket"), r#""T-2""#.into(), REFUSED),
        (format!("{external}/flags"), r#"{"a":"x"}"#.into(), REFUSED),
        (format!("{dependencies}/0/uri"), r#""git+https://git.example/g/q@refs/heads/main""#.into(), REFUSED),
        (format!("{dependencies}/0/annotations"), r#"{"cretula_origin":"tenant"}"#.into(), REFUSED),
        (format!("{dependencies}/1/annotations/cretula_origin"), String::new(), REFUSED),
        (format!("{dependencies}/1/annotations/cretula_origin"), r#""record""#.into(), REFUSED),
        (format!("{dependencies}/1/uri"), r#""pkg:npm/c@1""#.into(), REFUSED),
        (format!("{byproducts}/0/annotations"), String::new(), REFUSED),
        (format!("{byproducts}/0/digest/sha256"), r#""00""#.into(), REFUSED),
        (
            "/predicate/buildDefinition/internalParameters/cretula_origins/~1externalParameters~1note".into(),
            r#""record""#.into(),
            REFUSED,
        ),
        (
            "/predicate/buildDefinition/internalParameters/cretula_origins/~1externalParameters~1note".into(),
            String::new(),
            REFUSED,
        ),
    ] {
        let edit = |statement: &mut Value| set(statement, &pointer, &text);
        assert_eq!(check(&request, edit), expected, "{pointer} {text}");
    }
}

/// A tenant's entry never stands for the source, and never comes before it.
#[test]
fn dependencies_of_the_control_plane_come_first() {
    let request = with_tenant();
    let swap = |statement: &mut Value| {
        let list = &mut statement["predicate"]["buildDefinition"]["resolvedDependencies"];
        list.as_array_mut().unwrap().swap(0, 1);
    };
    assert_eq!(check(&request, swap), REFUSED);
    let drop_all = |statement: &mut Value| {
        statement["predicate"]["buildDefinition"]["resolvedDependencies"] = json!([
            {"annotations": {"cretula_origin": "tenant"}, "digest": {"gitCommit": COMMIT}, "uri": "u:x"}
        ]);
    };
    assert_eq!(check(&request, drop_all), REFUSED);
}

/// Where the facts themselves are incomplete, nothing is signed.
#[test]
fn facts_that_give_no_provenance() {
    let (mut other, message) = (generic(), message(&generic()));
    set(&mut other, "/facts/record/pipeline", "");
    assert_eq!(code(&authorisation(&other, PROVENANCE), &message), REFUSED);
    let mut other = generic();
    set(&mut other, "/config/modes/m/buildType", "");
    assert_eq!(code(&authorisation(&other, PROVENANCE), &message), REFUSED);
}
