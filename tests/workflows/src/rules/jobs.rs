//! Where and how long jobs run, and on what.

use crate::{File, Kind, Node, Report};

/// Most minutes of a job.
const MINUTES: u32 = 60;

/// `ubuntu-NN.NN`: not `-latest`, not a label of the caller's own machines, and not an expression.
pub(super) fn runner(file: &File, report: &mut Report) {
    for job in file.jobs() {
        let label = job.node.get("runs-on").and_then(Node::text).unwrap_or_default();
        let version = label.strip_prefix("ubuntu-").and_then(|version| version.split_once('.'));
        let is_number = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        let is_pinned = version.is_some_and(|(year, month)| is_number(year) && is_number(month));
        let place = job.node.get("runs-on").unwrap_or(job.node);
        report.demand(is_pinned, place, format!("{}.runs-on", job.place), "expected ubuntu-NN.NN");
    }
}

/// A job that hangs holds its ID token.
pub(super) fn timeout(file: &File, report: &mut Report) {
    let (member, unit) = match file.kind {
        Kind::Component => ("timeout", " minutes"),
        Kind::SignDigests | Kind::BuildImage => ("timeout-minutes", ""),
    };
    for job in file.jobs() {
        let minutes = job.node.get(member).and_then(Node::text).and_then(|text| text.strip_suffix(unit));
        let minutes = minutes.and_then(|text| text.parse::<u32>().ok());
        let is_bounded = minutes.is_some_and(|minutes| (1..=MINUTES).contains(&minutes));
        let what = format!("expected {member} from 1 to {MINUTES}");
        report.demand(is_bounded, job.node, &job.place, what);
    }
}

/// Steps of the Dockerfile run in containers that have neither a token nor a device nor the network of the
/// runner.
pub(super) fn isolation(file: &File, report: &mut Report) {
    const OPENING: &[&str] =
        &["--allow", "--build-arg", "--device", "--network", "--privileged", "--secret", "--ssh", "--volume"];
    for job in file.jobs() {
        for step in job.steps() {
            let script = step.text("run").unwrap_or_default();
            let Some(build) = script.find("docker build") else { continue };
            let is_bare = step.node.get("env").is_none() && !script.contains("TOKEN");
            report.demand(is_bare, step.node, &step.place, "the step that builds has no variables");
            let opens = OPENING.iter().any(|option| script[build..].contains(option));
            report.demand(!opens, step.node, &step.place, "the build gets nothing but its source");
        }
    }
}

/// The source is fetched by the commit of the run and compared with it, and the folder has no history that a
/// build could read a token from.
pub(super) fn source(file: &File, report: &mut Report) {
    const LINES: &[&str] = &[
        "\"https://github.com/$GITHUB_REPOSITORY\" \"$GITHUB_SHA\"",
        "test \"$(git rev-parse HEAD)\" = \"$GITHUB_SHA\"",
        "rm -rf .git",
    ];
    for job in file.jobs().iter().filter(|job| job.name == "build") {
        let scripts: Vec<&str> = job.steps().iter().filter_map(|step| step.text("run")).collect();
        let script = scripts.concat();
        for line in LINES {
            report.demand(script.contains(line), job.node, &job.place, format!("no script has: {line}"));
        }
    }
}
