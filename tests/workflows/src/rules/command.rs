//! The command: which one, and how it is called.

use super::{scripts, uses};
use crate::file::Step;
use crate::{File, Kind, Report};

/// What the call of curl has: HTTPS to the last redirect, an error for an error, and bounds.
const CURL: &[&str] = &[
    "curl --proto '=https' --proto-redir '=https' --tlsv1.2 ",
    " --fail ",
    " --max-time ",
    " --max-filesize ",
    " --output \"$RUNNER_TEMP/cretula\" \"$CRETULA_URL\"\n",
];

/// The line after the fetch, and the line after that.
const CHECK: &str =
    "printf '%s  %s\\n' \"$CRETULA_SHA256\" \"$RUNNER_TEMP/cretula\" | sha256sum --check --strict --quiet\n";
const PERMIT: &str = "chmod 0500 \"$RUNNER_TEMP/cretula\"\n";

/// The one call of a workflow of GitHub, and of the component, with their lines joined.
const CALL: &[&str] = &[
    "./cretula attest --config cretula.json --mode \"$MODE\" --event event.json",
    "--deadline 900 --output bundle.sigstore.json \"${arguments[@]}\"",
];
const CALL_OF_COMPONENT: &[&str] = &[
    "printf '%s' \"$CRETULA_ID_TOKEN\" | cretula attest --config cretula.json --mode pipeline --token -",
    "--deadline 600 --output bundle.sigstore.json \"$@\"",
];

/// A name that can mean another file tomorrow (`latest`) is not a version, and a version is not a digest.
pub(super) fn pinned(file: &File, report: &mut Report) {
    for job in file.signing_jobs() {
        let steps = job.steps();
        let fetches: Vec<&Step<'_>> =
            steps.iter().filter(|step| step.variable("CRETULA_URL").is_some()).collect();
        report.demand(fetches.len() == 1, job.node, &job.place, "one step fetches the command");
        for step in fetches {
            let url = step.variable("CRETULA_URL").unwrap_or_default();
            let has_version = url.split('/').any(|part| part.strip_prefix('v').is_some_and(uses::is_version));
            let is_pinned = url.starts_with("https://") && has_version;
            report.demand(is_pinned, step.node, &step.place, "expected https://HOST/…/vN.N.N/…");
            let digest = step.variable("CRETULA_SHA256").unwrap_or_default();
            let is_digest =
                digest.len() == 64 && digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            report.demand(is_digest, step.node, &step.place, "CRETULA_SHA256 is 64 hexadecimal digits");
            let script = joined(step.text("run").unwrap_or_default());
            for part in CURL {
                report.demand(
                    script.contains(part),
                    step.node,
                    &step.place,
                    format!("curl without {}", part.trim()),
                );
            }
        }
    }
}

/// First the fetch, then the check, then the permission to run; nothing is run before.
pub(super) fn order(file: &File, report: &mut Report) {
    for job in file.signing_jobs() {
        let steps = job.steps();
        let Some(first) = steps.first() else { return report.at(job.node, &job.place, "there is no step") };
        let script = joined(first.text("run").unwrap_or_default());
        let lines: Vec<&str> = script.lines().collect();
        let is_in_order = matches!(lines.as_slice(), [_, fetch, check, permit]
            if fetch.starts_with("curl ") && *check == CHECK.trim_end() && *permit == PERMIT.trim_end());
        let what = "the first step fetches, checks the digest, and only then lets the command run";
        report.demand(is_in_order, first.node, &first.place, what);
        for step in steps.iter().skip(1) {
            let script = step.text("run").unwrap_or_default();
            let touches = script.contains("chmod") || script.contains("> \"$RUNNER_TEMP/cretula\"");
            report.demand(!touches, step.node, &step.place, "the command is not changed after its check");
        }
    }
}

/// No facts, no key, no service and no trust but those of the configuration, which stands in the file.
pub(super) fn options(file: &File, report: &mut Report) {
    let expected = if file.kind == Kind::Component { CALL_OF_COMPONENT } else { CALL }.join(" ");
    let found = scripts::with_text(file, "cretula attest");
    if found.len() != 1 {
        report.at(file.root(), "", format!("expected one script that seals, found {}", found.len()));
    }
    for script in found {
        let text = joined(script.text);
        let calls: Vec<&str> = text.lines().filter(|line| line.contains("cretula attest")).collect();
        if calls != [expected.as_str()] {
            report.line(script.line, script.job, format!("expected one call: {expected}"));
        }
    }
}

/// Lines that a backslash continues, as one line.
fn joined(script: &str) -> String {
    let mut text = String::new();
    for line in script.lines() {
        let (part, is_open) = line.strip_suffix('\\').map_or((line, false), |part| (part, true));
        text.push_str(if text.ends_with('\n') || text.is_empty() { part } else { part.trim_start() });
        if !is_open {
            text.push('\n');
        }
    }
    text.lines().map(|line| line.trim_start().to_owned() + "\n").collect()
}
