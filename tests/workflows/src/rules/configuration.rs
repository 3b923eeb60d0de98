//! The configuration of the command: who may sign what, in whose name.

use super::scripts;
use crate::{File, Kind, Report, Script, here_document};

/// Name of the file in the folder of the run.
const NAME: &str = "cretula.json";

/// What may stand in the configuration and is not constant.
const ENVIRONMENT: &[&str] = &["MODE", "WORKFLOW_FILE", "WORKFLOW_REPOSITORY", "WORKFLOW_SHA"];
const VARIABLES: &[&str] = &["CRETULA_AUDIENCE", "CRETULA_SERVER"];

/// One script writes it, from constants and from what the platform says of this file.
pub(super) fn inside(file: &File, report: &mut Report) {
    let (writes, opening): (_, char) = match file.kind {
        Kind::Component => (format!("cat > {NAME} <<CONFIG\n"), '$'),
        Kind::SignDigests | Kind::BuildImage => (format!("> \"$RUNNER_TEMP/{NAME}\"\n"), '.'),
    };
    let found = scripts::with_text(file, &format!("{NAME}\"\n"));
    let found = if file.kind == Kind::Component { scripts::with_text(file, &writes) } else { found };
    let [script] = found.as_slice() else {
        return report.at(
            file.root(),
            "",
            format!("expected one script that writes {NAME}, found {}", found.len()),
        );
    };
    if script.text.matches(writes.trim_end()).count() != 1 {
        report.line(script.line, script.job, format!("expected one time: {}", writes.trim_end()));
    }
    let Some(document) = document(file.kind, script) else {
        return report.line(script.line, script.job, "the configuration is not found in the script");
    };
    let mentions: usize =
        scripts::with_text(file, NAME).iter().map(|script| script.text.matches(NAME).count()).sum();
    if mentions != 2 {
        let what = format!("{NAME} is written once and read once, and found {mentions} times");
        report.line(script.line, script.job, what);
    }
    let known = if file.kind == Kind::Component { VARIABLES } else { ENVIRONMENT };
    let names = document.match_indices(opening).filter_map(|(index, _)| {
        let (before, after) = (&document[..index], &document[index + 1..]);
        let end = after.find(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'));
        let is_name = file.kind == Kind::Component || before.ends_with("env");
        is_name.then(|| &after[..end.unwrap_or(after.len())])
    });
    for name in names.filter(|name| !known.contains(name)) {
        report.line(script.line, script.job, format!("the configuration depends on {name:?}"));
    }
    for way in ["`", "$(", "$ENV", "input", "--arg", "--slurpfile", "--rawfile"] {
        if document.contains(way) {
            report.line(script.line, script.job, format!("the configuration is read from elsewhere: {way}"));
        }
    }
}

/// A commit of a fork has the name of the repository too: the commit is in the list, and it is the one that
/// runs.
pub(super) fn signer(file: &File, report: &mut Report) {
    const PARTS: &[&str] = &[
        "! [[ $WORKFLOW_SHA =~ ^[0-9a-f]{40}$ && -n $WORKFLOW_REPOSITORY && -n $WORKFLOW_FILE ]]",
        "requireHosted: true",
        "workflow: \"https://github.com/\\(env.WORKFLOW_REPOSITORY)/\\(env.WORKFLOW_FILE)\",",
        "digests: [env.WORKFLOW_SHA]",
    ];
    for script in scripts::with_text(file, "jq --null-input ") {
        for part in PARTS.iter().filter(|part| script.text.matches(**part).count() != 1) {
            report.line(script.line, script.job, format!("expected one time: {part}"));
        }
    }
}

/// `claim` takes it from the verified token; a constant of this file names this way of signing.
pub(super) fn builder(file: &File, report: &mut Report) {
    let (key, is_right): (&str, fn(&str) -> bool) = match file.kind {
        Kind::Component => {
            ("\"builderId\": \"", |value| value.starts_with("https://") && !value.contains('$'))
        }
        Kind::SignDigests | Kind::BuildImage => ("builderId: \"", |value| value == "claim"),
    };
    for script in scripts::with_text(file, "builderId") {
        let values: Vec<&str> =
            script.text.split(key).skip(1).map(|rest| rest.split('"').next().unwrap_or_default()).collect();
        if values.len() != script.text.matches("builderId").count() || !values.into_iter().all(is_right) {
            report.line(script.line, script.job, "builder.id depends on a value");
        }
    }
    if scripts::with_text(file, "builderId").is_empty() {
        report.at(file.root(), "", "no script names builder.id");
    }
}

/// The text from which the configuration is made.
fn document<'a>(kind: Kind, script: &Script<'a>) -> Option<&'a str> {
    if kind == Kind::Component {
        return here_document(script.text, NAME);
    }
    let (_, rest) = script.text.split_once("jq --null-input '")?;
    let (document, rest) = rest.split_once('\'')?;
    rest.starts_with(" > ").then_some(document)
}
