//! in-toto statements (in-toto attestation v1 and v0.1; A05 to A07).
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use cretula_encoding::fields::{Field, FieldError, Object};
use cretula_encoding::json::{self, JsonLimits, Value};
use cretula_encoding::limits::Limits;

use crate::{AcceptedAlgorithms, DigestSet, DocumentError, Error, SubjectMatch};

/// Version of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatementType {
    /// `https://in-toto.io/Statement/v0.1`
    V0_1,
    /// `https://in-toto.io/Statement/v1`
    V1,
}

impl StatementType {
    /// The value of `_type`.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::V0_1 => "https://in-toto.io/Statement/v0.1",
            Self::V1 => "https://in-toto.io/Statement/v1",
        }
    }

    fn from_uri(uri: &str) -> Option<Self> {
        [Self::V0_1, Self::V1].into_iter().find(|known| known.uri() == uri)
    }
}

/// What a statement is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Name, for people only: it never identifies an artifact.
    pub name: Option<String>,
    /// Digests; at least one.
    pub digests: DigestSet,
}

/// A statement: what is said (predicate) about which artifacts (subjects).
///
/// It keeps its own copy of the payload, so that the predicate can be read later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    payload: String,
    statement_type: StatementType,
    predicate_type: String,
    subjects: Vec<Subject>,
    predicate: Option<Range<usize>>,
}

/// The subject that an artifact is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchedSubject {
    /// Index into [`Statement::subjects`].
    pub index: usize,
    /// Name of an algorithm under which the digests are equal.
    pub algorithm: String,
}

/// Why an artifact is no subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubjectMismatch {
    /// At least one subject has a digest of an accepted algorithm in common, and each of those differs.
    Differs,
    /// No subject has a digest of an accepted algorithm that the artifact has too.
    NoCommonAlgorithm,
}

impl Statement {
    /// Parses a payload strictly: duplicate members are refused at every depth, unknown ones ignored at any place.
    ///
    /// # Errors
    /// [`Error::Statement`] if it is not JSON of this shape, [`Error::StatementType`] for another version,
    /// [`Error::PredicateType`] if that is empty, [`Error::NoSubject`] without a subject or for a subject without
    /// digest; [`Error::Subjects`] and [`Error::DigestsPerSubject`] above the limits.
    pub fn parse(payload: &[u8], limits: &Limits) -> Result<Self, Error> {
        let value = json::parse(payload, &limits.predicate_json()).map_err(|e| Error::Statement(e.into()))?;
        let mut members = Field::root(value).object().map_err(refuse)?;
        bound_members(&members, limits)?;
        let statement_type = parse_type(&mut members)?;
        let predicate_type =
            members.require("predicateType").and_then(|field| field.text()).map_err(refuse)?;
        if predicate_type.is_empty() {
            return Err(Error::PredicateType);
        }
        let subjects = parse_subjects(&mut members, limits)?;
        let predicate = members.take("predicate").map(|field| range(&field.value));
        // White space around the value may stay out: nothing refers to it.
        let payload = String::from(value.source());
        let shift = |range: Range<usize>| {
            range.start.saturating_sub(value.offset())..range.end.saturating_sub(value.offset())
        };
        Ok(Self { payload, statement_type, predicate_type, subjects, predicate: predicate.map(shift) })
    }

    /// Version.
    #[must_use]
    pub const fn statement_type(&self) -> StatementType {
        self.statement_type
    }

    /// `predicateType`, not empty.
    #[must_use]
    pub fn predicate_type(&self) -> &str {
        &self.predicate_type
    }

    /// Subjects in their order; at least one.
    #[must_use]
    pub fn subjects(&self) -> &[Subject] {
        &self.subjects
    }

    /// The predicate as written; `None` if absent or `null`.
    #[must_use]
    pub fn predicate(&self) -> Option<&str> {
        self.payload.get(self.predicate.clone()?)
    }

    /// The predicate, to be read member by member. The text was checked when the statement was parsed.
    #[must_use]
    pub fn predicate_value(&self) -> Option<Value<'_>> {
        let unlimited =
            JsonLimits { max_depth: usize::MAX, max_members: usize::MAX, max_string_bytes: usize::MAX };
        json::parse(self.predicate()?.as_bytes(), &unlimited).ok()
    }

    /// Finds the first subject that the artifact is: pairs of algorithm name and digest (A06).
    ///
    /// # Errors
    /// [`SubjectMismatch`] if it is none of them.
    pub fn match_artifact(
        &self,
        artifact: &[(&str, &str)],
        accepted: &AcceptedAlgorithms,
    ) -> Result<MatchedSubject, SubjectMismatch> {
        let mut mismatch = SubjectMismatch::NoCommonAlgorithm;
        for (index, subject) in self.subjects.iter().enumerate() {
            match subject.digests.match_artifact(artifact, accepted) {
                SubjectMatch::Matched { algorithm } => return Ok(MatchedSubject { index, algorithm }),
                SubjectMatch::Differs { .. } => mismatch = SubjectMismatch::Differs,
                SubjectMatch::NoCommonAlgorithm => {}
            }
        }
        Err(mismatch)
    }
}

fn refuse(error: FieldError) -> Error {
    Error::Statement(DocumentError::Field(error))
}

fn range(value: &Value<'_>) -> Range<usize> {
    value.offset()..value.offset().saturating_add(value.source().len())
}

fn parse_type(members: &mut Object<'_>) -> Result<StatementType, Error> {
    let Some(field) = members.take("_type") else {
        return Err(Error::StatementType { found: None });
    };
    let uri = field.text().map_err(refuse)?;
    StatementType::from_uri(&uri).ok_or(Error::StatementType { found: Some(uri) })
}

fn parse_subjects(members: &mut Object<'_>, limits: &Limits) -> Result<Vec<Subject>, Error> {
    let Some(list) = members.take("subject") else {
        return Err(Error::NoSubject { pointer: String::from("/subject") });
    };
    match list.count().map_err(refuse)? {
        0 => return Err(Error::NoSubject { pointer: list.pointer }),
        present if present > limits.subjects => {
            return Err(Error::Subjects { present: to_u64(present), limit: to_u64(limits.subjects) });
        }
        _ => {}
    }
    list.items().map_err(refuse)?.map(|item| parse_subject(item.map_err(refuse)?, limits)).collect()
}

/// Objects outside of the predicate are bounded as in every other document.
fn bound_members(object: &Object<'_>, limits: &Limits) -> Result<(), Error> {
    if object.remaining() > limits.json_members {
        let pointer = String::from(object.pointer());
        return Err(Error::Members { pointer, limit: to_u64(limits.json_members) });
    }
    Ok(())
}

fn to_u64(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn parse_subject(item: Field<'_>, limits: &Limits) -> Result<Subject, Error> {
    let mut members = item.object().map_err(refuse)?;
    bound_members(&members, limits)?;
    let name = members.take("name").map(|field| field.text()).transpose().map_err(refuse)?;
    match members.take("digest") {
        Some(digests) => Ok(Subject { name, digests: parse_digests(digests, limits)? }),
        None => Err(Error::NoSubject { pointer: String::from(members.pointer()) }),
    }
}

fn parse_digests(field: Field<'_>, limits: &Limits) -> Result<DigestSet, Error> {
    let members = field.object().map_err(refuse)?;
    let pointer = String::from(members.pointer());
    if members.remaining() > limits.digests_per_subject {
        return Err(Error::DigestsPerSubject { pointer, limit: to_u64(limits.digests_per_subject) });
    }
    let entry = |(name, field): (String, Field<'_>)| field.text().map(|value| (name, value));
    let entries = members.items().map(entry).collect::<Result<Vec<_>, _>>().map_err(refuse)?;
    if entries.is_empty() { Err(Error::NoSubject { pointer }) } else { Ok(DigestSet::new(entries)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, string::ToString};

    const V1: &str = "https://in-toto.io/Statement/v1";

    fn parse(text: &str) -> Result<Statement, Error> {
        Statement::parse(text.as_bytes(), &Limits::default())
    }

    fn with_subject(subject: &str) -> Result<Statement, Error> {
        parse(&format!(r#"{{"_type": "{V1}", "predicateType": "p", "subject": {subject}}}"#))
    }

    fn code(result: Result<Statement, Error>) -> &'static str {
        result.unwrap_err().code()
    }

    #[test]
    fn reads_a_statement() {
        let text = r#" {"predicate": {"n": 1.50, "é": [null]}, "_type": "https://in-toto.io/Statement/v0.1", "x": 1,
            "predicateType": "p", "subject": [{"name": "a", "digest": {"sha1": "0", "z": "1"}, "uri": "u"},
            {"digest": {"sha256": "00"}}]}
        "#;
        let statement = parse(text).unwrap();
        assert_eq!(statement.statement_type(), StatementType::V0_1);
        assert_eq!(statement.predicate_type(), "p");
        assert_eq!(statement.predicate(), Some(r#"{"n": 1.50, "é": [null]}"#));
        let number = statement.predicate_value().unwrap().member("n").unwrap();
        assert_eq!(number.as_number(), Some("1.50"));
        assert_eq!(statement.subjects()[0].name.as_deref(), Some("a"));
        assert!(statement.subjects()[0].digests.entries().eq([("sha1", "0"), ("z", "1")]));
        assert_eq!(statement.subjects()[1].name, None);
    }

    #[test]
    fn predicate_is_optional() {
        let subject = r#"[{"digest": {"a": "b"}}]"#;
        assert_eq!(with_subject(subject).unwrap().predicate(), None);
        let null = with_subject(&format!(r#"{subject}, "predicate": null"#)).unwrap();
        assert!(null.predicate().is_none() && null.predicate_value().is_none());
    }

    #[test]
    fn types() {
        let typed = |member: &str| {
            code(parse(&format!(
                r#"{{{member} "predicateType": "p", "subject": [{{"digest": {{"a": "b"}}}}]}}"#
            )))
        };
        let unsupported = "artifact/statement-type";
        assert_eq!(typed(r#""_type": "https://in-toto.io/Statement/v2","#), unsupported);
        assert_eq!(typed(r#""_type": "https://in-toto.io/Statement/v1 ","#), unsupported);
        assert_eq!(typed(r#""_type": "","#), unsupported);
        assert_eq!(typed(""), unsupported);
        assert_eq!(typed(r#""_type": 1,"#), "artifact/statement");
        let predicate_type = |member: &str| {
            code(parse(&format!(r#"{{"_type": "{V1}", {member} "subject": [{{"digest": {{"a": "b"}}}}]}}"#)))
        };
        assert_eq!(predicate_type(r#""predicateType": "","#), "artifact/statement");
        assert_eq!(predicate_type(""), "artifact/statement");
    }

    #[test]
    fn subjects() {
        for none in ["[]", "null", "[{}]", r#"[{"digest": {}}]"#, r#"[{"digest": {"sha256": null}}]"#] {
            assert_eq!(code(with_subject(none)), "artifact/no-subject", "{none}");
        }
        let second = r#"[{"digest": {"a": "b"}}, {"name": "x"}]"#;
        assert_eq!(code(with_subject(second)), "artifact/no-subject");
        for wrong in ["{}", "[null]", "[1]", r#"[{"digest": []}]"#, r#"[{"digest": {"a": 1}}]"#] {
            assert_eq!(code(with_subject(wrong)), "artifact/statement", "{wrong}");
        }
        assert_eq!(code(with_subject(r#"[{"digest": {"a": "b"}, "name": 1}]"#)), "artifact/statement");
    }

    #[test]
    fn strict_json() {
        let subject = r#"[{"digest": {"a": "b"}}]"#;
        let nested = format!(r#"{subject}, "predicate": {{"x": {{"k": 1, "\u006b": 2}}}}"#);
        assert_eq!(code(with_subject(&nested)), "artifact/statement");
        for text in ["", "null", "[]", "{", "\u{feff}{}", "{} {}"] {
            assert_eq!(code(parse(text)), "artifact/statement", "{text}");
        }
    }

    #[test]
    fn limits() {
        let limits = Limits { subjects: 2, digests_per_subject: 2, predicate_depth: 4, ..Limits::default() };
        let parse = |subject: &str, predicate: &str| {
            let text = format!(
                r#"{{"_type": "{V1}", "predicateType": "p", "subject": [{subject}], "predicate": {predicate}}}"#
            );
            Statement::parse(text.as_bytes(), &limits).map_or_else(|error| error.code(), |_| "ok")
        };
        let one = r#"{"digest": {"a": "b"}}"#;
        assert_eq!(parse(&format!("{one}, {one}"), "{}"), "ok");
        assert_eq!(parse(&format!("{one}, {one}, {one}"), "{}"), "limits/subjects");
        assert_eq!(parse(r#"{"digest": {"a": "b", "c": "d"}}"#, "{}"), "ok");
        assert_eq!(
            parse(r#"{"digest": {"a": "b", "c": "d", "e": "f"}}"#, "{}"),
            "limits/digests-per-subject"
        );
        assert_eq!(parse(one, "[[[0]]]"), "ok");
        assert_eq!(parse(one, "[[[[0]]]]"), "limits/predicate-depth");
    }

    #[test]
    fn any_subject_may_match() {
        let (a, b, c) = ("a".repeat(64), "b".repeat(64), "c".repeat(64));
        let text = format!(r#"[{{"digest": {{"sha256": "{a}"}}}}, {{"digest": {{"sha256": "{b}"}}}}]"#);
        let statement = with_subject(&text).unwrap();
        let find =
            |digests: &[(&str, &str)]| statement.match_artifact(digests, &AcceptedAlgorithms::default());
        let expected = MatchedSubject { index: 1, algorithm: String::from("sha256") };
        assert_eq!(find(&[("sha256", &b)]), Ok(expected));
        assert_eq!(find(&[("sha256", &c)]), Err(SubjectMismatch::Differs));
        assert_eq!(find(&[("sha512", &c)]), Err(SubjectMismatch::NoCommonAlgorithm));
        assert_eq!(find(&[]), Err(SubjectMismatch::NoCommonAlgorithm));
    }

    #[test]
    fn objects_outside_of_the_predicate_are_bounded() {
        let limits = Limits { json_members: 8, ..Limits::default() };
        let text = |more: usize| {
            let unknown: String = (0..more).map(|number| format!(r#""m{number}":0,"#)).collect();
            format!(
                r#"{{{unknown}"_type":"{V1}","predicateType":"p","predicate":{{{unknown}"z":0}},"subject":[{{"digest":{{"sha256":"a"}}}}]}}"#
            )
        };
        assert!(Statement::parse(text(4).as_bytes(), &limits).is_ok());
        assert_eq!(
            Statement::parse(text(5).as_bytes(), &limits).map_err(|error| error.code()),
            Err("limits/json-members")
        );
    }

    #[test]
    fn many_members_take_linear_time() {
        // Counted in comparisons this was quadratic: a hundred thousand members finish at once or not at all.
        let limits = Limits { json_members: usize::MAX, ..Limits::default() };
        let unknown: String = (0..100_000).map(|number| format!(r#""m{number}":0,"#)).collect();
        let text = format!(
            r#"{{{unknown}"_type":"{V1}","predicateType":"p","subject":[{{"digest":{{"sha256":"a"}}}}]}}"#
        );
        assert!(Statement::parse(text.as_bytes(), &limits).is_ok());
    }

    #[test]
    fn refusals_are_written_for_people() {
        let limits = Limits { subjects: 2, ..Limits::default() };
        let subject = r#"{"digest": {"sha256": "00"}}"#;
        let text = format!(
            r#"{{"_type": "{V1}", "predicateType": "p", "subject": [{subject},{subject},{subject}]}}"#
        );
        let error = Statement::parse(text.as_bytes(), &limits).unwrap_err();
        assert_eq!(error, Error::Subjects { present: 3, limit: 2 });
        assert_eq!(error.to_string(), "expected at most 2 subjects, found 3");
        for (text, expected) in [("{", "statement: "), (r#"{"_type": 1}"#, "statement: ")] {
            let written = parse(text).unwrap_err().to_string();
            assert!(written.starts_with(expected) && written.len() > expected.len(), "{written}");
        }
    }
}
