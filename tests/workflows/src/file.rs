//! A workflow file, and where its parts stand.

use crate::{Node, YamlError, yaml};

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// GitHub: digests come in, a bundle goes out.
    SignDigests,
    /// GitHub: an image is built inside, and sealed.
    BuildImage,
    /// GitLab: a component that signs.
    Component,
}

/// A file that was read.
#[derive(Debug, Clone)]
pub struct File {
    /// What it is for.
    pub kind: Kind,
    /// Its text.
    pub text: String,
    /// Its documents; never none.
    pub documents: Vec<Node>,
}

/// A job with its name and its place.
pub(crate) struct Job<'a> {
    pub(crate) name: &'a str,
    pub(crate) place: String,
    pub(crate) node: &'a Node,
}

/// A step with its place.
pub(crate) struct Step<'a> {
    pub(crate) place: String,
    pub(crate) node: &'a Node,
}

impl File {
    /// Reads a file.
    ///
    /// # Errors
    /// [`YamlError`]; an empty file is a syntax error.
    pub fn parse(kind: Kind, text: &str) -> Result<Self, YamlError> {
        let documents = yaml::parse(text)?;
        if documents.is_empty() {
            let kind = yaml::YamlErrorKind::Syntax("there is no document".into());
            return Err(YamlError { line: 1, kind });
        }
        Ok(Self { kind, text: text.to_owned(), documents })
    }

    /// The document that a runner reads: the last one.
    pub(crate) fn root(&self) -> &Node {
        &self.documents[self.documents.len() - 1]
    }

    /// The lines of the comment at the head, without their `# `.
    pub(crate) fn head(&self) -> Vec<&str> {
        let lines = self.text.lines().take_while(|line| line.starts_with('#'));
        lines.map(|line| line.trim_start_matches('#').trim_start()).collect()
    }

    /// The jobs.
    pub(crate) fn jobs(&self) -> Vec<Job<'_>> {
        let (prefix, node) = match self.kind {
            Kind::Component => ("", Some(self.root())),
            Kind::SignDigests | Kind::BuildImage => ("jobs.", self.root().get("jobs")),
        };
        let members = node.map_or(&[][..], Node::members);
        let job = |member: &'_ crate::Member| format!("{prefix}{}", member.name);
        members
            .iter()
            .map(|member| Job { name: &member.name, place: job(member), node: &member.node })
            .collect()
    }

    /// The jobs that can get an ID token.
    pub(crate) fn signing_jobs(&self) -> Vec<Job<'_>> {
        let is_signing = |job: &Job<'_>| match self.kind {
            Kind::Component => job.node.get("id_tokens").is_some(),
            Kind::SignDigests | Kind::BuildImage => {
                job.node.at(&["permissions", "id-token"]).and_then(Node::text) == Some("write")
            }
        };
        self.jobs().into_iter().filter(is_signing).collect()
    }
}

impl<'a> Job<'a> {
    /// The steps.
    pub(crate) fn steps(&self) -> Vec<Step<'a>> {
        let items = self.node.get("steps").map_or(&[][..], Node::items);
        let place = |index: usize| format!("{}.steps[{index}]", self.place);
        items.iter().enumerate().map(|(index, node)| Step { place: place(index), node }).collect()
    }
}

impl<'a> Step<'a> {
    /// The text of a member.
    pub(crate) fn text(&self, name: &str) -> Option<&'a str> {
        self.node.get(name).and_then(Node::text)
    }

    /// The text of a variable.
    pub(crate) fn variable(&self, name: &str) -> Option<&'a str> {
        self.node.at(&["env", name]).and_then(Node::text)
    }
}
