//! What shell scripts do, whatever their purpose.

use crate::{File, Kind, Report, Script, scripts as all_scripts};

/// The first line of every script.
const STRICT: &str = "set -euo pipefail\n";

/// Programs and words that bring code or data into a script.
const FETCHING: &[&str] = &[
    "apk", "apt", "apt-get", "docker", "eval", "gem", "gh", "git", "go", "npm", "npx", "pip", "podman",
    "rsync", "scp", "source", "ssh", "wget",
];

/// A failed check that does not end the script is no check.
pub(super) fn strict(file: &File, report: &mut Report) {
    for script in all_scripts(file) {
        if !script.text.starts_with(STRICT) {
            report.line(script.line, script.job, "a script begins with set -euo pipefail");
        }
        if script.text.contains("set +") {
            report.line(script.line, script.job, "a script stays strict");
        }
    }
    for job in file.jobs() {
        if file.kind == Kind::Component {
            for name in ["before_script", "after_script"] {
                let is_empty =
                    job.node.get(name).is_some_and(|node| node.items().is_empty() && node.text().is_none());
                report.demand(is_empty, job.node, &job.place, format!("expected {name}: []"));
            }
            let count = job.node.get("script").map_or(0, |node| node.items().len());
            report.demand(
                count == 1,
                job.node,
                &job.place,
                "the job has one script, which is strict to its end",
            );
        }
        // Without `shell: bash` GitHub starts another shell where bash is missing, and without pipefail.
        for step in job.steps().iter().filter(|step| step.node.get("run").is_some()) {
            report.demand(step.text("shell") == Some("bash"), step.node, &step.place, "expected shell: bash");
        }
    }
}

/// Text that the runner puts into a script is code; values go through variables.
pub(super) fn no_expression(file: &File, report: &mut Report) {
    for script in all_scripts(file) {
        for opening in ["${{", "$[["] {
            for (line, _) in
                (script.line..).zip(script.text.lines()).filter(|(_, text)| text.contains(opening))
            {
                // The text of a block begins one line below its `|`.
                report.line(line + 1, script.job, format!("{opening} in a script"));
            }
        }
    }
}

/// The signing job meets no source, no registry and no tool but the command.
pub(super) fn no_source(file: &File, report: &mut Report) {
    let signing: Vec<&str> = file.signing_jobs().iter().map(|job| job.name).collect();
    let mut fetches = 0;
    for script in all_scripts(file).into_iter().filter(|script| signing.contains(&script.job)) {
        let is_part = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
        for word in script.text.split(|character| !is_part(character)) {
            fetches += usize::from(word == "curl");
            if FETCHING.contains(&word) {
                report.line(script.line, script.job, format!("{word} in the signing job"));
            }
        }
        if script.text.contains("GITHUB_WORKSPACE") {
            report.line(script.line, script.job, "the signing job has no use for a workspace");
        }
    }
    // A component has the command in its image.
    let most = usize::from(file.kind != Kind::Component);
    if fetches > most {
        report.at(file.root(), "", format!("expected curl {most} times in the signing job, found {fetches}"));
    }
}

/// A name in a subject is an argument of a command: its characters are bounded, and it cannot begin with a
/// hyphen.
pub(super) fn subjects(file: &File, report: &mut Report) {
    let order: &[&str] = match file.kind {
        Kind::Component => &[
            "set -f\n",
            "export LC_ALL=C\n",
            "set --\nfor subject in ${CRETULA_SUBJECTS:-}; do\n",
            "printf '%s' \"$subject\" | grep -Eqx '[A-Za-z0-9][A-Za-z0-9._/:+-]{0,254}@sha256:[0-9a-f]{64}'",
            "exit 2\n",
            "set -- \"$@\" \"--subject=$subject\"\n",
            "[ \"$#\" -eq 0 ] || [ \"$#\" -gt 100 ]",
            "cretula attest ",
        ],
        Kind::SignDigests | Kind::BuildImage => &[
            "export LC_ALL=C\n",
            "while IFS= read -r line; do\n",
            "! [[ $line =~ ^[A-Za-z0-9][A-Za-z0-9._/:+-]{0,255}@sha256:[0-9a-f]{64}$ ]]",
            "exit 2\n",
            "arguments+=(\"--subject=$line\")\n",
            "done <<< \"$SUBJECTS\"\n",
            "${#arguments[@]} == 0 || ${#arguments[@]} > 100",
            "./cretula attest ",
        ],
    };
    // What a script adds to the arguments is a subject: two places, of which one empties them.
    let additions: &[(&str, usize)] = match file.kind {
        Kind::Component => &[("set --", 2)],
        Kind::SignDigests | Kind::BuildImage => &[("arguments=", 1), ("arguments+=", 1)],
    };
    let seals = all_scripts(file).into_iter().find(|script| script.text.contains("cretula attest "));
    let Some(script) = seals else { return report.at(file.root(), "", "no script seals") };
    for (text, count) in additions {
        if script.text.matches(text).count() != *count {
            report.line(script.line, script.job, format!("expected {count} times: {text}"));
        }
    }
    let mut rest = script.text;
    for part in order {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => {
                return report.line(script.line, script.job, format!("expected here: {}", part.trim_end()));
            }
        }
    }
}

/// Scripts of the signing job that have a text.
pub(super) fn with_text<'a>(file: &'a File, text: &str) -> Vec<Script<'a>> {
    let signing: Vec<&str> = file.signing_jobs().iter().map(|job| job.name).collect();
    let is_wanted = |script: &Script<'_>| signing.contains(&script.job) && script.text.contains(text);
    all_scripts(file).into_iter().filter(is_wanted).collect()
}
