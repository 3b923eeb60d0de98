//! Code of others.

use crate::{File, Report};

/// `OWNER/NAME@COMMIT # vVERSION`: a tag can be moved, and a commit says nothing to a reader.
pub(super) fn pinned(file: &File, report: &mut Report) {
    file.root().walk("", &mut |place, name, node| {
        if name != "uses" {
            return;
        }
        let text = node.text().unwrap_or_default();
        let is_commit = text.split_once('@').is_some_and(|(action, commit)| {
            is_action(action) && commit.len() == 40 && commit.bytes().all(is_hex)
        });
        report.demand(
            is_commit,
            node,
            place,
            "an action is OWNER/NAME@ and a commit of 40 hexadecimal digits",
        );
        let source = file.text.lines().nth(node.line - 1).unwrap_or_default();
        let version = source.split_once(" # v").map_or("", |(_, version)| version);
        report.demand(is_version(version), node, place, "the version stands beside the commit as # vN.N.N");
    });
}

/// Whoever writes the action would sign.
pub(super) fn none_when_signing(file: &File, report: &mut Report) {
    for job in file.signing_jobs() {
        for step in job.steps() {
            for name in ["uses", "with"] {
                if let Some(node) = step.node.get(name) {
                    report.at(
                        node,
                        &step.place,
                        "the signing job runs scripts of this file and nothing else",
                    );
                }
            }
        }
    }
}

/// `OWNER/NAME`, or a folder in it; not `./…` and not `docker://…`.
fn is_action(text: &str) -> bool {
    let parts: Vec<&str> = text.split('/').collect();
    let is_name = |part: &&str| {
        !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    parts.len() >= 2 && parts.iter().all(|part| !part.is_empty() && is_name(part))
}

fn is_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

/// `N.N.N`.
pub(super) fn is_version(text: &str) -> bool {
    let numbers: Vec<&str> = text.split('.').collect();
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    numbers.len() == 3 && numbers.iter().all(is_number)
}
