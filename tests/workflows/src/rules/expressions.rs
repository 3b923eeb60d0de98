//! Values that GitHub computes, and where they go.

use crate::{File, Kind, Node, Report, scripts};

/// Places outside of the signing job's variables, and their values. Neither decides what is stated.
const KNOWN: &[(&str, &str)] = &[
    ("jobs.build.outputs.image", "${{ steps.push.outputs.image }}"),
    ("jobs.build.steps[].env.GITHUB_TOKEN", "${{ github.token }}"),
    ("jobs.sign.outputs.bundle", "${{ steps.seal.outputs.bundle }}"),
    ("jobs.sign.outputs.bundle-sha256", "${{ steps.seal.outputs.bundle-sha256 }}"),
    ("jobs.store.outputs.artifact-digest", "${{ steps.upload.outputs.artifact-digest }}"),
    ("jobs.store.steps[].env.BUNDLE", "${{ needs.sign.outputs.bundle }}"),
    ("jobs.store.steps[].env.BUNDLE_SHA256", "${{ needs.sign.outputs.bundle-sha256 }}"),
    ("jobs.store.steps[].with.name", "${{ inputs.artifact-name }}"),
    ("jobs.store.steps[].with.path", "${{ runner.temp }}/bundle.sigstore.json"),
    ("on.workflow_call.outputs.artifact-digest.value", "${{ jobs.store.outputs.artifact-digest }}"),
    ("on.workflow_call.outputs.artifact-name.value", "${{ inputs.artifact-name }}"),
    ("on.workflow_call.outputs.bundle-sha256.value", "${{ jobs.sign.outputs.bundle-sha256 }}"),
    ("on.workflow_call.outputs.bundle.value", "${{ jobs.sign.outputs.bundle }}"),
    ("on.workflow_call.outputs.image.value", "${{ jobs.build.outputs.image }}"),
];

/// Variables of the signing job that the platform fills.
const FACTS: &[(&str, &str)] = &[
    ("VARS", "${{ toJSON(vars) }}"),
    ("WORKFLOW_FILE", "${{ job.workflow_file_path }}"),
    ("WORKFLOW_REPOSITORY", "${{ job.workflow_repository }}"),
    ("WORKFLOW_SHA", "${{ job.workflow_sha }}"),
];

/// Variables of the signing job that stand in the file.
const CONSTANTS: &[&str] = &["CRETULA_SHA256", "CRETULA_URL", "MODE"];

/// Everywhere but in scripts, where there is none, and in variables of the signing job, which have a rule of
/// their own.
pub(super) fn known(file: &File, report: &mut Report) {
    let signing: Vec<String> =
        file.signing_jobs().iter().map(|job| format!("{}.steps[].env.", job.place)).collect();
    file.root().walk("", &mut |place, name, node| {
        let Some(text) = node.text().filter(|text| text.contains("${{")) else { return };
        let plain = without_indices(place);
        if name == "run" || signing.iter().any(|prefix| plain.starts_with(prefix)) {
            return;
        }
        let is_known = KNOWN.iter().any(|(place, value)| plain == *place && text == *value);
        report.demand(is_known, node, place, "this value is not known to go here");
    });
}

/// The caller gives digests. Who built, from what and how is the platform's to say: by its token, its event
/// and the place of this file.
pub(super) fn facts(file: &File, report: &mut Report) {
    let subjects = match file.kind {
        Kind::BuildImage => "${{ needs.build.outputs.image }}",
        Kind::SignDigests | Kind::Component => "${{ inputs.subjects }}",
    };
    for job in file.signing_jobs() {
        for step in job.steps() {
            for member in step.node.get("env").map_or(&[][..], Node::members) {
                let (name, text) = (member.name.as_str(), member.node.text().unwrap_or_default());
                let is_fact = FACTS.contains(&(name, text)) || (name, text) == ("SUBJECTS", subjects);
                let is_constant = CONSTANTS.contains(&name) && !text.contains("${{");
                let place = format!("{}.env.{name}", step.place);
                report.demand(
                    is_fact || is_constant,
                    &member.node,
                    place,
                    "this value is not known to be a fact",
                );
            }
        }
    }
    let signing: Vec<&str> = file.signing_jobs().iter().map(|job| job.name).collect();
    for script in scripts(file).into_iter().filter(|script| signing.contains(&script.job)) {
        for line in script.text.lines().map(str::trim_start).filter(|line| line.starts_with("export ")) {
            if line != "export LC_ALL=C" {
                report.line(script.line, script.job, format!("a variable of this script's own: {line}"));
            }
        }
        for name in ["GITHUB_ENV", "GITHUB_PATH", "GITHUB_STATE"] {
            if script.text.contains(name) {
                report.line(script.line, script.job, format!("{name} changes what later scripts run"));
            }
        }
    }
}

/// `a[3].b` → `a[].b`.
fn without_indices(place: &str) -> String {
    let mut text = String::new();
    let mut is_inside = false;
    for character in place.chars() {
        is_inside = character == '[' || (is_inside && character != ']');
        if !is_inside || character == '[' {
            text.push(character);
        }
    }
    text
}
