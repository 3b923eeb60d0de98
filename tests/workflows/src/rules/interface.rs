//! What a caller can say to a file.

use crate::{File, Kind, Node, Report};

/// A workflow that something else starts runs without a caller that takes the bundle, or with secrets of an
/// event.
pub(super) fn trigger(file: &File, report: &mut Report) {
    let root = file.root();
    let Some(on) = root.get("on") else { return report.at(root, "on", "there is no trigger") };
    let names: Vec<&str> = on.members().iter().map(|member| member.name.as_str()).collect();
    report.demand(names == ["workflow_call"], on, "on", "expected workflow_call and nothing else");
}

/// Each input is one more value of the caller, so each is listed here; a workflow that builds has none.
pub(super) fn inputs(file: &File, report: &mut Report) {
    let (known, place, inputs): (&[&str], _, _) = match file.kind {
        Kind::SignDigests => {
            let inputs = file.root().at(&["on", "workflow_call", "inputs"]);
            (&["subjects", "artifact-name"], "on.workflow_call.inputs", inputs)
        }
        Kind::BuildImage => {
            (&[], "on.workflow_call.inputs", file.root().at(&["on", "workflow_call", "inputs"]))
        }
        Kind::Component => {
            let inputs = file.documents[0].at(&["spec", "inputs"]);
            (&["build-job", "stage", "server", "audience", "image"], "spec.inputs", inputs)
        }
    };
    for member in inputs.map_or(&[][..], Node::members) {
        let place = format!("{place}.{}", member.name);
        if !known.contains(&member.name.as_str()) {
            report.line(member.line, place, "this input is not listed");
            continue;
        }
        let is_string = member.node.get("type").and_then(Node::text) == Some("string");
        report.demand(is_string, &member.node, &place, "an input is of the type string");
        let is_described = member.node.get("description").is_some();
        report.demand(is_described, &member.node, place, "an input has a description");
    }
}
