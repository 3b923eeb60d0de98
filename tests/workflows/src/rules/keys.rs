//! Members that a file may have, and those that it must not have.

use crate::{File, Kind, Node, Report};

const WORKFLOW: &[&str] = &["name", "on", "permissions", "jobs"];
const CALL: &[&str] = &["inputs", "outputs"];
const JOB: &[&str] = &["needs", "runs-on", "timeout-minutes", "permissions", "outputs", "steps"];
const STEP: &[&str] = &["name", "id", "shell", "env", "run", "uses", "with"];
const COMPONENT: &[&str] = &[
    "stage",
    "image",
    "needs",
    "timeout",
    "inherit",
    "variables",
    "id_tokens",
    "before_script",
    "script",
    "after_script",
    "artifacts",
];

/// Variables of the job in the component.
const VARIABLES: &[&str] = &["GIT_STRATEGY", "CRETULA_AUDIENCE", "CRETULA_SERVER"];

/// Members that rules of their own refuse or bound.
const ELSEWHERE: &[&str] = &[
    "allow_failure",
    "cache",
    "container",
    "continue-on-error",
    "credentials",
    "environment",
    "retry",
    "secrets",
    "services",
];

/// What a platform adds to its language tomorrow is not used by chance: `if`, `strategy`, `defaults`,
/// `extends`, `rules`.
pub(super) fn known(file: &File, report: &mut Report) {
    let mut only = |node: &Node, place: &str, known: &[&str]| {
        for member in node.members() {
            let name = member.name.as_str();
            if !known.contains(&name) && !ELSEWHERE.contains(&name) {
                report.line(member.line, join(place, name), "this member is not known");
            }
        }
    };
    if file.kind != Kind::Component {
        only(file.root(), "", WORKFLOW);
        if let Some(call) = file.root().at(&["on", "workflow_call"]) {
            only(call, "on.workflow_call", CALL);
        }
    }
    for job in file.jobs() {
        if let Some(variables) = job.node.get("variables") {
            only(variables, &join(&job.place, "variables"), VARIABLES);
        }
        only(job.node, &job.place, if file.kind == Kind::Component { COMPONENT } else { JOB });
        for step in job.steps() {
            only(step.node, &step.place, STEP);
        }
    }
}

/// Secrets by their member, by an expression, or by a variable that a runner sets.
pub(super) fn secrets(file: &File, report: &mut Report) {
    const VARIABLES: &[&str] = &[
        "ACTIONS_ID_TOKEN",
        "ACTIONS_RUNTIME_TOKEN",
        "CI_DEPLOY_PASSWORD",
        "CI_JOB_JWT",
        "CI_JOB_TOKEN",
        "CI_REGISTRY_PASSWORD",
        "secrets.",
        "secrets[",
        "toJSON(secrets)",
    ];
    each(file, &mut |place, name, node| {
        if name == "secrets" {
            report.at(node, place, "a workflow without secrets has no such member");
        }
        for variable in VARIABLES {
            if node.text().is_some_and(|text| text.contains(variable)) {
                report.at(node, place, format!("{variable} is a secret"));
            }
        }
    });
}

/// An environment brings secrets, variables and rules of the caller.
pub(super) fn environment(file: &File, report: &mut Report) {
    refuse(file, &["environment"], "no job has an environment", report);
}

/// What runs in or beside a job is the runner's image and nothing that a tag names.
pub(super) fn container(file: &File, report: &mut Report) {
    refuse(file, &["container", "services", "credentials"], "nothing is brought into a job", report);
}

/// What one run leaves for the next is a way from a build to the next build.
pub(super) fn cache(file: &File, report: &mut Report) {
    each(file, &mut |place, name, node| {
        if name.contains("cache") {
            report.at(node, place, "nothing is cached");
        }
        let text = node.text().unwrap_or_default();
        if name == "uses" && text.contains("cache") {
            report.at(node, place, "an action that caches");
        }
        for line in text.lines().filter(|line| line.contains("docker build")) {
            let is_fresh = line.contains(" --no-cache ") && !line.contains("--cache-from");
            report.demand(is_fresh, node, place, "docker build without --no-cache");
        }
    });
}

/// Only what nobody needs, and what may do nothing, may fail unseen.
pub(super) fn failure(file: &File, report: &mut Report) {
    refuse(file, &["allow_failure", "retry"], "a failure is seen, and nothing is signed twice", report);
    let jobs = file.jobs();
    for job in &jobs {
        for step in job.steps() {
            if let Some(node) = step.node.get("continue-on-error") {
                report.at(node, step.place, "a step that fails ends its job");
            }
        }
        let Some(node) = job.node.get("continue-on-error") else { continue };
        let is_needed = jobs.iter().any(|other| needs(other.node).contains(&job.name));
        let may_nothing = job.node.get("permissions").is_some_and(|node| node.members().is_empty());
        report.demand(!is_needed && may_nothing, node, &job.place, "a job that matters must not fail unseen");
    }
}

/// Names of the jobs that a job waits for.
fn needs(job: &Node) -> Vec<&str> {
    let Some(node) = job.get("needs") else { return Vec::new() };
    let items = node.items().iter().filter_map(Node::text);
    items.chain(node.text()).collect()
}

fn refuse(file: &File, names: &[&str], what: &str, report: &mut Report) {
    each(file, &mut |place, name, node| {
        if names.contains(&name) {
            report.at(node, place, what);
        }
    });
}

/// Every member of every document.
fn each<'a>(file: &'a File, visit: &mut dyn FnMut(&str, &'a str, &'a Node)) {
    for document in &file.documents {
        document.walk("", visit);
    }
}

fn join(place: &str, name: &str) -> String {
    if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") }
}
