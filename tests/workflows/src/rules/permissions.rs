//! What the tokens of a run may do.

use crate::{File, Node, Report};

/// What other jobs are known to need: a build reads source and writes its image.
const BUILD: &[(&str, &str)] = &[("contents", "read"), ("packages", "write")];

/// Without it, a job without `permissions` has those of the caller.
pub(super) fn top(file: &File, report: &mut Report) {
    let root = file.root();
    let is_empty = root.get("permissions").is_some_and(|node| node.is_mapping() && node.members().is_empty());
    let place = root.get("permissions").unwrap_or(root);
    report.demand(is_empty, place, "permissions", "expected permissions: {} at the top");
}

/// Whoever has an ID token can get a certificate in the name of this workflow.
pub(super) fn id_token(file: &File, report: &mut Report) {
    let signing = file.signing_jobs();
    if signing.len() != 1 {
        report.at(
            file.root(),
            "jobs",
            format!("expected one job with id-token: write, found {}", signing.len()),
        );
    }
    for job in signing {
        let others = job.node.get("permissions").map_or(&[][..], Node::members);
        for other in others.iter().filter(|member| member.name != "id-token") {
            report.line(other.line, &job.place, format!("the signing job has the permission {}", other.name));
        }
    }
}

/// Every job names its permissions.
pub(super) fn least(file: &File, report: &mut Report) {
    for job in file.jobs() {
        let Some(node) = job.node.get("permissions").filter(|node| node.is_mapping()) else {
            report.at(job.node, &job.place, "a job lists its permissions");
            continue;
        };
        if node.get("id-token").and_then(Node::text) == Some("write") {
            continue;
        }
        for member in node.members() {
            let is_known = job.name == "build"
                && BUILD
                    .iter()
                    .any(|(name, value)| member.name == *name && member.node.text() == Some(value));
            if !is_known {
                report.line(member.line, &job.place, format!("the permission {} is not listed", member.name));
            }
        }
    }
}
