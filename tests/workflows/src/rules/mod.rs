//! The rules: each is one promise, and a function from a file to what breaks it.

mod command;
mod configuration;
mod expressions;
mod gitlab;
mod head;
mod interface;
mod jobs;
mod keys;
mod permissions;
mod scripts;
mod uses;

use crate::{File, Finding, Kind, Report};

/// A promise of the files.
pub struct Rule {
    /// Its name.
    pub name: &'static str,
    /// What it promises, one line.
    pub promise: &'static str,
    /// The files that promise it.
    pub kinds: &'static [Kind],
    check: fn(&File, &mut Report),
}

const GITHUB: &[Kind] = &[Kind::SignDigests, Kind::BuildImage];
const IMAGE: &[Kind] = &[Kind::BuildImage];
const GITLAB: &[Kind] = &[Kind::Component];
const ALL: &[Kind] = &[Kind::SignDigests, Kind::BuildImage, Kind::Component];

const fn rule(
    name: &'static str,
    kinds: &'static [Kind],
    check: fn(&File, &mut Report),
    promise: &'static str,
) -> Rule {
    Rule { name, promise, kinds, check }
}

/// Every rule. A file that any of them refuses is not shipped.
pub const RULES: &[Rule] = &[
    rule("head/level", ALL, head::level, "the head says which SLSA level the use can carry, and who decides"),
    rule("head/commit", ALL, head::commit, "the example in the head names the file by commit"),
    rule("interface/trigger", GITHUB, interface::trigger, "the only trigger is workflow_call"),
    rule("interface/inputs", ALL, interface::inputs, "inputs are the listed ones, typed; a build has none"),
    rule("keys/known", ALL, keys::known, "there is no member that the lint does not know"),
    rule("keys/secrets", ALL, keys::secrets, "no secret is named or asked for"),
    rule("keys/environment", ALL, keys::environment, "no job has an environment"),
    rule("keys/container", ALL, keys::container, "no container or service is brought into a job"),
    rule("keys/cache", ALL, keys::cache, "nothing is cached, not even by a build"),
    rule("keys/failure", ALL, keys::failure, "a failure of building or signing is a failure of the run"),
    rule("uses/pinned", GITHUB, uses::pinned, "an action is named by commit, with its version beside it"),
    rule("uses/none-when-signing", GITHUB, uses::none_when_signing, "no action runs in the signing job"),
    rule("permissions/top", GITHUB, permissions::top, "a job has no permission that it does not name"),
    rule("permissions/id-token", GITHUB, permissions::id_token, "one job gets ID tokens, and nothing else"),
    rule("permissions/least", GITHUB, permissions::least, "other jobs have what they are known to need"),
    rule("jobs/runner", GITHUB, jobs::runner, "a job runs on a hosted runner of a named version"),
    rule("jobs/timeout", ALL, jobs::timeout, "a job ends within an hour"),
    rule("scripts/strict", ALL, scripts::strict, "a script stops at its first failure"),
    rule("scripts/no-expression", ALL, scripts::no_expression, "the runner replaces nothing in a script"),
    rule("scripts/no-source", ALL, scripts::no_source, "the signing job fetches nothing but the command"),
    rule("scripts/subjects", ALL, scripts::subjects, "a subject is NAME@sha256:HEX before anybody uses it"),
    rule("expressions/known", GITHUB, expressions::known, "values go only where they are known to go"),
    rule("expressions/facts", GITHUB, expressions::facts, "what is stated comes from the platform"),
    rule("command/pinned", GITHUB, command::pinned, "the command is of one version, by HTTPS, by digest"),
    rule("command/order", GITHUB, command::order, "nothing runs before the digest is checked"),
    rule("command/options", ALL, command::options, "the command gets the options that are listed"),
    rule("configuration/inside", ALL, configuration::inside, "the configuration stands in the file"),
    rule("configuration/signer", GITHUB, configuration::signer, "only this file at this commit may sign"),
    rule("configuration/builder", ALL, configuration::builder, "builder.id is a claim or a constant"),
    rule("image/source", IMAGE, jobs::source, "what is built is the commit of the run"),
    rule("image/isolation", IMAGE, jobs::isolation, "steps of the Dockerfile get nothing but the source"),
    rule("gitlab/documents", GITLAB, gitlab::documents, "a component is its inputs and one job"),
    rule("gitlab/image", GITLAB, gitlab::image, "the image is named by digest"),
    rule("gitlab/inherit", GITLAB, gitlab::inherit, "the job inherits nothing"),
    rule("gitlab/source", GITLAB, gitlab::source, "the project's files do not enter the job"),
    rule("gitlab/audience", GITLAB, gitlab::audience, "an ID token has one audience, and Sigstore its own"),
    rule("gitlab/interpolation", GITLAB, gitlab::interpolation, "inputs go to listed places, with a pattern"),
];

/// What all rules say about a file, in the order of [`RULES`].
#[must_use]
pub fn lint(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in RULES.iter().filter(|rule| rule.kinds.contains(&file.kind)) {
        let mut report = Report { rule: rule.name, findings: Vec::new() };
        (rule.check)(file, &mut report);
        findings.append(&mut report.findings);
    }
    findings
}
