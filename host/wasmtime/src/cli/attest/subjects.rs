//! Subjects: digests that are given, and files that are hashed here.

use cretula_encoding::fields::Field;
use cretula_encoding::json::{self, JsonLimits, Tree};

use crate::cli::arguments::RequestArguments;
use crate::cli::artifact::Artifact;
use crate::cli::files;
use crate::cli::outcome::Trouble;

const LIMITS: JsonLimits = JsonLimits { max_depth: 32, max_members: 65_536, max_string_bytes: 1 << 20 };

/// The member `tenant`: that of the facts document, with the subjects of the command line.
pub(super) fn tenant(request: &RequestArguments, given: Option<&[u8]>) -> Result<Vec<u8>, Trouble> {
    let mut subjects = Vec::new();
    for path in &request.files {
        subjects.push(of_file(path)?);
    }
    for text in &request.subject {
        subjects.push(of_text(text)?);
    }
    match (given, subjects.is_empty()) {
        (Some(given), true) => Ok(given.to_vec()),
        (None, true) => Err(Trouble::usage("nothing says what the statement is about")
            .try_this("name files, or digests with --subject NAME@sha256:HEX")),
        (given, false) => Ok(with_subjects(given, subjects)?.into_bytes()),
    }
}

fn with_subjects(given: Option<&[u8]>, subjects: Vec<Tree>) -> Result<String, Trouble> {
    let text = |tree: &Tree| String::from_utf8(tree.encode()).unwrap_or_default();
    let mut members = vec![format!(r#""subjects":{}"#, text(&Tree::List(subjects)))];
    if let Some(given) = given {
        let wrong = |error: &dyn std::fmt::Display| {
            Trouble::usage(format!("the member tenant cannot be used: {error}"))
        };
        let value = json::parse(given, &LIMITS).map_err(|error| wrong(&error))?;
        let object = Field::root(value).object().map_err(|error| wrong(&error))?;
        for (name, field) in object.items() {
            if name == "subjects" {
                return Err(Trouble::usage(
                    "subjects are given twice: in the facts document and on the command line",
                ));
            }
            members.push(format!("{}:{}", text(&Tree::from(name.as_str())), field.value.source()));
        }
    }
    Ok(format!("{{{}}}", members.join(",")))
}

/// The name of a file is the last part of its path.
fn of_file(path: &std::path::Path) -> Result<Tree, Trouble> {
    let artifact = Artifact::of_file(path)?;
    let name = files::name(path);
    let sha256 = artifact.digests.iter().find(|(algorithm, _)| *algorithm == "sha256");
    let (algorithm, hex) = sha256.ok_or_else(|| Trouble::internal("a file has no digest"))?;
    Ok(subject(Some(&name), algorithm, hex))
}

/// `NAME@ALGORITHM:HEX`, or `ALGORITHM:HEX`.
fn of_text(text: &str) -> Result<Tree, Trouble> {
    let (name, digest) = match text.rsplit_once('@') {
        Some((name, digest)) => (Some(name), digest),
        None => (None, text),
    };
    let Some((algorithm, hex)) = digest.split_once(':') else {
        return Err(Trouble::usage(format!("{} is no subject", crate::cli::show::text::foreign(text)))
            .try_this("write NAME@sha256:HEX"));
    };
    Ok(subject(name.filter(|name| !name.is_empty()), algorithm, hex))
}

fn subject(name: Option<&str>, algorithm: &str, hex: &str) -> Tree {
    let mut digest = Tree::object();
    digest.set(algorithm, hex);
    let mut subject = Tree::object();
    subject.set_some("name", name).set("digest", digest);
    subject
}
