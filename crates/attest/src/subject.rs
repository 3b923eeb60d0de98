//! Subjects: what a statement is about. Always the tenant's word, so every rule is checked here.
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use cretula_encoding::fields::{Field, Object};

use crate::canonical::{Canonical, Members};
use crate::digest::{self, GIT_COMMIT, SUBJECT_ALGORITHMS, WEAK_ALGORITHMS};
use crate::error::{AttestError, ErrorKind};
use crate::limits::Limits;

/// Media types of image configurations: their digest is an image id and names no manifest.
const IMAGE_CONFIGS: [&str; 2] =
    ["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"];

/// One subject.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    name: Option<String>,
    digests: Vec<(String, String)>,
    source_refs: Vec<String>,
    pointer: String,
}

/// What the predicate allows besides digests of artifacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SubjectRule {
    /// sha256, sha384 or sha512 and nothing else.
    Artifact,
    /// A commit too.
    ArtifactOrCommit,
    /// A commit with the refs that point to it.
    SourceRevision,
}

impl Subject {
    /// Name, if one was given; it identifies nothing.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Algorithms and lower-case hex values, sorted by algorithm.
    pub fn digests(&self) -> impl Iterator<Item = (&str, &str)> {
        self.digests.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Checks what depends on the predicate.
    ///
    /// # Errors
    /// `subject/digest-algorithm`, `input/unknown-member`, `vsa/source`.
    pub(crate) fn check(&self, rule: SubjectRule) -> Result<(), AttestError> {
        let has_commit = self.digests.iter().any(|(name, _)| name == GIT_COMMIT);
        let refuse =
            |kind: ErrorKind, detail: &str| Err(AttestError::new(kind, detail).at(self.pointer.clone()));
        match rule {
            SubjectRule::Artifact if has_commit => {
                refuse(ErrorKind::SubjectDigestAlgorithm, "a commit is no artifact of this predicate")
            }
            SubjectRule::Artifact | SubjectRule::ArtifactOrCommit if !self.source_refs.is_empty() => {
                refuse(ErrorKind::InputUnknownMember, "annotations belong to source track summaries")
            }
            SubjectRule::SourceRevision if !has_commit || self.source_refs.is_empty() => {
                refuse(ErrorKind::VsaSource, "expected gitCommit and annotations.sourceRefs")
            }
            SubjectRule::Artifact | SubjectRule::ArtifactOrCommit | SubjectRule::SourceRevision => Ok(()),
        }
    }

    pub(crate) fn to_canonical(&self) -> Canonical {
        let mut members = Members::default();
        let mut digest = Members::default();
        for (name, value) in &self.digests {
            digest.set_text(name, value);
        }
        members.set("digest", digest.finish()).set_known("name", self.name.as_deref());
        if !self.source_refs.is_empty() {
            let refs: Vec<_> = self.source_refs.iter().map(|name| Canonical::text(name)).collect();
            let mut annotations = Members::default();
            members.set("annotations", annotations.set("sourceRefs", Canonical::list(&refs)).finish());
        }
        members.finish()
    }
}

/// Reads all subjects and sorts them by name and first digest.
///
/// # Errors
/// `subject/…`, `limits/subjects`, `limits/subject-name-bytes`, `limits/digests-per-subject`, `input/…`.
pub(crate) fn parse_subjects(list: &Field<'_>, limits: &Limits) -> Result<Vec<Subject>, AttestError> {
    match list.count()? {
        0 => {
            return Err(
                AttestError::new(ErrorKind::SubjectNone, "expected a subject").at(list.pointer.clone())
            );
        }
        present if present > limits.subjects => {
            let detail = alloc::format!("at most {} subjects are allowed", limits.subjects);
            return Err(AttestError::new(ErrorKind::LimitSubjects, detail).at(list.pointer.clone()));
        }
        _ => {}
    }
    let mut subjects = Vec::new();
    let mut names = BTreeSet::new();
    for item in list.items()? {
        let subject = parse_subject(item?, limits)?;
        if subject.name.clone().is_some_and(|name| !names.insert(name)) {
            let detail = "each name stands for one subject";
            return Err(AttestError::new(ErrorKind::SubjectDuplicate, detail).at(subject.pointer));
        }
        subjects.push(subject);
    }
    subjects.sort();
    Ok(subjects)
}

fn parse_subject(item: Field<'_>, limits: &Limits) -> Result<Subject, AttestError> {
    let pointer = item.pointer.clone();
    let mut object = item.object()?;
    let name = object.take("name").map(|field| field.text()).transpose()?.filter(|name| !name.is_empty());
    if name.as_ref().is_some_and(|name| name.len() > limits.subject_name_bytes) {
        let detail = alloc::format!("at most {} bytes are allowed", limits.subject_name_bytes);
        return Err(AttestError::new(ErrorKind::LimitSubjectNameBytes, detail).at(pointer));
    }
    check_media_type(&mut object)?;
    let digests = match object.take("digest") {
        Some(field) => parse_digests(field, limits)?,
        None => return Err(AttestError::new(ErrorKind::SubjectNoDigest, "expected a digest").at(pointer)),
    };
    let source_refs = parse_source_refs(object.take("annotations"))?;
    object.finish()?;
    Ok(Subject { name, digests, source_refs, pointer })
}

/// The media type is no part of the statement.
fn check_media_type(object: &mut Object<'_>) -> Result<(), AttestError> {
    let Some(field) = object.take("mediaType") else { return Ok(()) };
    if IMAGE_CONFIGS.contains(&field.text()?.as_str()) {
        let detail = "an image id is not the digest of a manifest";
        return Err(AttestError::new(ErrorKind::SubjectConfigDigest, detail).at(field.pointer));
    }
    Ok(())
}

/// Reads the digests of one subject, sorted by algorithm.
///
/// # Errors
/// `subject/…`, `limits/digests-per-subject`, `input/…`.
pub(crate) fn parse_digests(field: Field<'_>, limits: &Limits) -> Result<Vec<(String, String)>, AttestError> {
    let object = field.object()?;
    if object.remaining() > limits.digests_per_subject {
        let detail = alloc::format!("at most {} digests are allowed", limits.digests_per_subject);
        return Err(AttestError::new(ErrorKind::LimitDigestsPerSubject, detail).at(object.pointer()));
    }
    let mut digests = Vec::new();
    for (name, field) in object.items() {
        let value = field.text()?;
        check_digest(&name, &value)
            .map_err(|kind| AttestError::new(kind, kind.sentence()).at(field.pointer))?;
        digests.push((name, value));
    }
    if digests.is_empty() {
        return Err(AttestError::new(ErrorKind::SubjectNoDigest, "expected a digest").at(object.pointer()));
    }
    digests.sort();
    Ok(digests)
}

fn check_digest(name: &str, value: &str) -> Result<(), ErrorKind> {
    if WEAK_ALGORITHMS.contains(&name) {
        return Err(ErrorKind::SubjectWeakDigest);
    }
    if name != GIT_COMMIT && !SUBJECT_ALGORITHMS.contains(&name) {
        return Err(ErrorKind::SubjectDigestAlgorithm);
    }
    digest::check(name, value)
}

fn parse_source_refs(field: Option<Field<'_>>) -> Result<Vec<String>, AttestError> {
    let Some(field) = field else { return Ok(Vec::new()) };
    let mut object = field.object()?;
    let list = object.require("sourceRefs")?;
    object.finish()?;
    let mut refs = Vec::new();
    for item in list.items()? {
        refs.push(item?.text()?);
    }
    Ok(refs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;
    use alloc::format;
    use alloc::string::ToString;

    fn parse(text: &str) -> Result<Vec<Subject>, &'static str> {
        let value = document::parse(text.as_bytes()).unwrap();
        parse_subjects(&Field::root(value), &Limits::default()).map_err(|error| error.code())
    }

    fn one(members: &str) -> Result<String, &'static str> {
        let subjects = parse(&format!("[{{{members}}}]"))?;
        Ok(subjects[0].to_canonical().as_str().to_string())
    }

    #[test]
    fn refusals_and_their_twins() {
        let (a, long) = ("a".repeat(64), "b".repeat(128));
        let (md5, git, sha224) = ("a".repeat(32), "a".repeat(40), "a".repeat(56));
        let good = format!(r#""digest":{{"sha512":"{long}","sha256":"{a}"}}"#);
        let written = format!(r#"{{"digest":{{"sha256":"{a}","sha512":"{long}"}},"name":"x"}}"#);
        assert_eq!(one(&format!(r#""name":"x",{good},"mediaType":"text/plain""#)), Ok(written));
        for (members, code) in [
            (
                format!(r#"{good},"mediaType":"application/vnd.oci.image.config.v1+json""#),
                "subject/config-digest",
            ),
            (
                format!(r#"{good},"mediaType":"application/vnd.docker.container.image.v1+json""#),
                "subject/config-digest",
            ),
            (r#""name":"x""#.to_string(), "subject/no-digest"),
            (r#""digest":{}"#.to_string(), "subject/no-digest"),
            (r#""digest":{"sha256":null}"#.to_string(), "subject/no-digest"),
            (format!(r#""digest":{{"sha256":"{git}"}}"#), "subject/digest-length"),
            (format!(r#""digest":{{"sha256":"{}"}}"#, a.to_ascii_uppercase()), "subject/digest-format"),
            (format!(r#""digest":{{"sha256":"{a}","sha1":"{git}"}}"#), "subject/weak-digest"),
            (format!(r#""digest":{{"md5":"{md5}"}}"#), "subject/weak-digest"),
            (format!(r#""digest":{{"sha224":"{sha224}"}}"#), "subject/digest-algorithm"),
            (format!(r#"{good},"uri":"u:x""#), "input/unknown-member"),
            (format!(r#"{good},"annotations":{{"x":1}}"#), "input/missing"),
        ] {
            assert_eq!(one(&members), Err(code), "{members}");
        }
        assert_eq!(parse("[]"), Err("subject/none"));
    }

    #[test]
    fn names_are_unique_and_digests_need_not_be() {
        let digest = format!(r#""digest":{{"sha256":"{}"}}"#, "a".repeat(64));
        let pair = |left: &str, right: &str| {
            parse(&format!(r#"[{{{digest},"name":"{left}"}},{{{digest},"name":"{right}"}}]"#))
                .map(|list| list.len())
        };
        assert_eq!(pair("x", "x"), Err("subject/duplicate"));
        assert_eq!(pair("x", "y"), Ok(2));
        assert_eq!(pair("", ""), Ok(2));
    }

    #[test]
    fn what_the_predicate_allows() {
        let (a, commit) = ("a".repeat(64), "c".repeat(40));
        let check = |members: &str, rule| {
            let subjects = parse(&format!("[{{{members}}}]")).unwrap();
            subjects[0].check(rule).map_err(|error| error.code())
        };
        let artifact = format!(r#""digest":{{"sha256":"{a}"}}"#);
        let revision = format!(r#""digest":{{"gitCommit":"{commit}"}}"#);
        let source = format!(r#"{revision},"annotations":{{"sourceRefs":["refs/heads/main"]}}"#);
        assert_eq!(check(&artifact, SubjectRule::Artifact), Ok(()));
        assert_eq!(check(&revision, SubjectRule::Artifact), Err("subject/digest-algorithm"));
        assert_eq!(check(&revision, SubjectRule::ArtifactOrCommit), Ok(()));
        assert_eq!(check(&source, SubjectRule::ArtifactOrCommit), Err("input/unknown-member"));
        assert_eq!(check(&source, SubjectRule::SourceRevision), Ok(()));
        assert_eq!(check(&revision, SubjectRule::SourceRevision), Err("vsa/source"));
        assert_eq!(check(&artifact, SubjectRule::SourceRevision), Err("vsa/source"));
    }
}
