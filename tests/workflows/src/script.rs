//! The shell scripts of a file.

use crate::{File, Kind, Member, Node};

/// A script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Script<'a> {
    /// Name of its job.
    pub job: &'a str,
    /// Name of its step; empty in a file of GitLab.
    pub step: &'a str,
    /// Line of its first character.
    pub line: usize,
    /// The script.
    pub text: &'a str,
    /// Its own variables: those of the step, or of the job in a file of GitLab.
    pub variables: &'a [Member],
}

/// Every script of a file, in the order of the file.
#[must_use]
pub fn scripts(file: &File) -> Vec<Script<'_>> {
    let mut found = Vec::new();
    for job in file.jobs() {
        match file.kind {
            Kind::Component => {
                let items = job.node.get("script").map_or(&[][..], Node::items);
                let variables = job.node.get("variables").map_or(&[][..], Node::members);
                for item in items {
                    let text = item.text().unwrap_or_default();
                    found.push(Script { job: job.name, step: "", line: item.line, text, variables });
                }
            }
            Kind::SignDigests | Kind::BuildImage => {
                for step in job.steps() {
                    let Some(node) = step.node.get("run") else { continue };
                    let variables = step.node.get("env").map_or(&[][..], Node::members);
                    let (step, text) =
                        (step.text("name").unwrap_or_default(), node.text().unwrap_or_default());
                    found.push(Script { job: job.name, step, line: node.line, text, variables });
                }
            }
        }
    }
    found
}

/// What a script writes into a file with `cat > NAME <<WORD`, before the shell replaces anything.
#[must_use]
pub fn here_document<'a>(script: &'a str, name: &str) -> Option<&'a str> {
    let start = format!("cat > {name} <<");
    let (_, rest) = script.split_once(&start)?;
    let (word, rest) = rest.split_once('\n')?;
    let end = rest.find(&format!("\n{word}\n"))?;
    Some(&rest[..end + 1])
}
