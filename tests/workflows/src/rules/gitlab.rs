//! What only a component of GitLab promises.

use crate::file::Job;
use crate::{File, Node, Report};

/// Places that take an input, and the input. Those of the second half name things that only GitLab looks up.
const PLACES: &[(&str, &str, bool)] = &[
    ("image.name", "image", true),
    ("variables.CRETULA_AUDIENCE", "audience", true),
    ("variables.CRETULA_SERVER", "server", true),
    ("id_tokens.CRETULA_ID_TOKEN.aud", "audience", true),
    ("stage", "stage", false),
    ("needs[0].job", "build-job", false),
];

/// A second job would run in the pipelines of everybody who includes the file.
pub(super) fn documents(file: &File, report: &mut Report) {
    let [head, body] = file.documents.as_slice() else {
        return report.line(1, "", "expected two documents");
    };
    let names = |node: &Node| node.members().iter().map(|member| member.name.clone()).collect::<Vec<_>>();
    report.demand(names(head) == ["spec"], head, "spec", "the first document is spec");
    let spec = head.get("spec").map(names).unwrap_or_default();
    report.demand(spec == ["inputs"], head, "spec", "a component has inputs and nothing else");
    report.demand(names(body).len() == 1, body, "", "the second document is one job");
}

/// By digest in the default and by pattern in every other value, and started by its shell.
pub(super) fn image(file: &File, report: &mut Report) {
    for job in file.jobs() {
        let text = |path: &[&str]| job.node.at(path).and_then(Node::text).unwrap_or_default();
        let is_input = text(&["image", "name"]).starts_with("$[[ inputs.");
        report.demand(is_input, job.node, &job.place, "image.name is the input");
        let entry = job.node.at(&["image", "entrypoint"]).map_or(&[][..], Node::items);
        let is_plain = matches!(entry, [one] if one.text() == Some(""));
        report.demand(is_plain, job.node, &job.place, "expected entrypoint: [\"\"]");
    }
    let Some(input) = file.documents[0].at(&["spec", "inputs", "image"]) else { return };
    let text = |name: &str| input.get(name).and_then(Node::text).unwrap_or_default();
    let digest = text("default").split_once("@sha256:").map_or("", |(_, digest)| digest);
    let is_digest =
        digest.len() == 64 && digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    report.demand(is_digest, input, "spec.inputs.image.default", "the image is named by SHA-256");
    let is_bound = text("regex").starts_with('^') && text("regex").ends_with("@sha256:[0-9a-f]{64}$");
    report.demand(is_bound, input, "spec.inputs.image.regex", "every image is named by SHA-256");
}

/// Defaults and variables of the pipeline stay outside.
pub(super) fn inherit(file: &File, report: &mut Report) {
    for job in file.jobs() {
        for name in ["default", "variables"] {
            let is_off = job.node.at(&["inherit", name]).and_then(Node::text) == Some("false");
            report.demand(
                is_off,
                job.node,
                format!("{}.inherit", job.place),
                format!("expected {name}: false"),
            );
        }
    }
}

/// No checkout; the artifacts of the named job lie in the project's folder, so the script works in another
/// one, and only the bundle goes back.
pub(super) fn source(file: &File, report: &mut Report) {
    for job in file.jobs() {
        let strategy = job.node.at(&["variables", "GIT_STRATEGY"]).and_then(Node::text);
        report.demand(strategy == Some("none"), job.node, &job.place, "expected GIT_STRATEGY: none");
        let script = job.node.get("script").map_or(&[][..], Node::items);
        let script: String = script.iter().filter_map(Node::text).collect();
        let leaves = script.find("cd \"$(mktemp -d)\"\n");
        let works = script.find("cat > ").into_iter().chain(script.find("cretula attest")).min();
        let is_elsewhere = leaves.is_some() && leaves < works && script.matches("cd ").count() == 1;
        report.demand(is_elsewhere, job.node, &job.place, "the script leaves the project's folder first");
        let needs = job.node.get("needs").map_or(&[][..], Node::items);
        report.demand(needs.len() == 1, job.node, &job.place, "the job needs the named job and no other");
        let paths = job.node.at(&["artifacts", "paths"]).map_or(&[][..], Node::items);
        let is_bundle = matches!(paths, [path] if path.text() == Some("bundle.sigstore.json"));
        report.demand(is_bundle, job.node, &job.place, "the bundle is the only artifact");
    }
}

/// A token for one service is no use to another one.
pub(super) fn audience(file: &File, report: &mut Report) {
    const TOKENS: &[(&str, &str)] =
        &[("SIGSTORE_ID_TOKEN", "sigstore"), ("CRETULA_ID_TOKEN", "$[[ inputs.audience ]]")];
    for job in file.jobs() {
        let tokens = job.node.get("id_tokens").map_or(&[][..], Node::members);
        let found: Vec<(&str, &str)> = tokens
            .iter()
            .map(|token| {
                (token.name.as_str(), token.node.get("aud").and_then(Node::text).unwrap_or_default())
            })
            .collect();
        report.demand(
            found == TOKENS,
            job.node,
            format!("{}.id_tokens", job.place),
            "expected the two tokens",
        );
    }
}

/// GitLab writes inputs into the text of the job. A value that a script or a server reads has an anchored
/// pattern.
pub(super) fn interpolation(file: &File, report: &mut Report) {
    for job in file.jobs() {
        places(&job, report);
    }
    for (_, input, _) in PLACES.iter().filter(|(_, _, is_bounded)| *is_bounded) {
        let path = ["spec", "inputs", input, "regex"];
        let regex = file.documents[0].at(&path).and_then(Node::text).unwrap_or_default();
        let is_bound = regex.starts_with('^')
            && regex.ends_with('$')
            && !regex.contains(['|', '\n'])
            && !regex.contains(".*");
        report.demand(
            is_bound,
            &file.documents[0],
            format!("spec.inputs.{input}"),
            "expected an anchored regex",
        );
    }
}

fn places(job: &Job<'_>, report: &mut Report) {
    job.node.walk("", &mut |place, _, node| {
        // Scripts have a rule of their own.
        let Some(text) = node.text().filter(|text| text.contains("$[[")) else { return };
        if place.starts_with("script") {
            return;
        }
        let is_known = PLACES
            .iter()
            .any(|(known, input, _)| place == *known && text == format!("$[[ inputs.{input} ]]"));
        report.demand(is_known, node, format!("{}.{place}", job.place), "no input is known to go here");
    });
}
