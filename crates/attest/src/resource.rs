//! Resource descriptors (in-toto attestation v1) outside of subjects.
use alloc::string::String;

use cretula_encoding::base64;
use cretula_encoding::fields::{Field, FieldErrorKind};

use crate::canonical::{Canonical, Members};
use crate::digest;
use crate::error::{AttestError, ErrorKind};
use crate::reserialize::{Rules, reserialize};

/// Annotation that says whose word an entry is.
pub(crate) const ORIGIN: &str = "cretula_origin";

/// A descriptor as it is written. The order is that of sets in a predicate: uri, name, digest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Resource {
    uri: String,
    name: String,
    digest: Canonical,
    text: Canonical,
}

/// Whose word a descriptor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Author {
    ControlPlane,
    Tenant,
}

impl Resource {
    /// Reads one; a tenant's gets the annotation that says so.
    ///
    /// # Errors
    /// `input/…` for another shape, `predicate/field` without uri, digest or content or for a wrong digest,
    /// `tenant/forbidden-field` if it comes with the annotation.
    pub(crate) fn parse(field: Field<'_>, author: Author) -> Result<Self, AttestError> {
        let pointer = field.pointer.clone();
        let mut object = field.object()?;
        let mut members = Members::default();
        let mut text = |name: &str| object.take(name).map(|field| field.text()).transpose();
        let (uri, name) = (text("uri")?.unwrap_or_default(), text("name")?.unwrap_or_default());
        let content = text("content")?.unwrap_or_default();
        members
            .set_known("uri", Some(&uri))
            .set_known("name", Some(&name))
            .set_known("content", Some(&content));
        for other in ["downloadLocation", "mediaType"] {
            members.set_known(other, text(other)?.as_deref());
        }
        if base64::decode(&content).is_err() {
            return Err(object.error("content", FieldErrorKind::Base64).into());
        }
        let digest = object.take("digest").map_or_else(|| Ok(Members::default()), digests)?.finish();
        members.set_filled("digest", digest.clone());
        members.set_filled("annotations", annotations(object.take("annotations"), author)?);
        object.finish()?;
        if uri.is_empty() && content.is_empty() && digest.is_empty() {
            let detail = "expected at least one of uri, digest and content";
            return Err(AttestError::new(ErrorKind::PredicateField, detail).at(pointer));
        }
        Ok(Self { uri, name, digest, text: members.finish() })
    }

    /// A URI and the commit that stands there.
    pub(crate) fn commit(uri: &str, commit: &str) -> Self {
        let mut digest = Members::default();
        digest.set_text(digest::GIT_COMMIT, commit);
        let (uri, digest) = (String::from(uri), digest.finish());
        let mut members = Members::default();
        members.set_text("uri", &uri).set("digest", digest.clone());
        Self { uri, name: String::new(), digest, text: members.finish() }
    }

    /// A name and the SHA-256 of what bears it.
    pub(crate) fn named(name: &str, sha256: &str) -> Self {
        let mut digest = Members::default();
        digest.set_text("sha256", sha256);
        let (name, digest) = (String::from(name), digest.finish());
        let mut members = Members::default();
        members.set_text("name", &name).set("digest", digest.clone());
        Self { uri: String::new(), name, digest, text: members.finish() }
    }

    pub(crate) fn uri(&self) -> &str {
        &self.uri
    }

    pub(crate) const fn digest(&self) -> &Canonical {
        &self.digest
    }

    pub(crate) fn into_text(self) -> Canonical {
        self.text
    }
}

fn digests(field: Field<'_>) -> Result<Members, AttestError> {
    let mut members = Members::default();
    for (name, field) in field.object()?.items() {
        let value = field.text()?;
        if let Err(kind) = digest::check(&name, &value) {
            let detail = kind.sentence();
            return Err(AttestError::new(ErrorKind::PredicateField, detail).at(field.pointer));
        }
        members.set_text(&name, &value);
    }
    Ok(members)
}

fn annotations(field: Option<Field<'_>>, author: Author) -> Result<Canonical, AttestError> {
    let mut members = Members::default();
    if let Some(field) = field {
        for (name, field) in field.object()?.items() {
            if name == ORIGIN {
                let detail = "only the control plane says whose word an entry is";
                return Err(AttestError::new(ErrorKind::TenantForbiddenField, detail).at(field.pointer));
            }
            members.set_filled(&name, reserialize(&field.value, Rules::PLAIN)?);
        }
    }
    if author == Author::Tenant {
        members.set_text(ORIGIN, "tenant");
    }
    Ok(members.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;

    fn parse(text: &str, author: Author) -> Result<String, &'static str> {
        let value = document::parse(text.as_bytes()).unwrap();
        let resource = Resource::parse(Field::root(value), author).map_err(|error| error.code())?;
        Ok(String::from(resource.into_text().as_str()))
    }

    #[test]
    fn whose_word_it_is() {
        let text = r#"{"uri":"pkg:npm/a@1","annotations":{"x":[1],"y":""},"name":"","content":"AA=="}"#;
        assert_eq!(
            parse(text, Author::ControlPlane).as_deref(),
            Ok(r#"{"annotations":{"x":[1]},"content":"AA==","uri":"pkg:npm/a@1"}"#)
        );
        let tenant = r#"{"annotations":{"cretula_origin":"tenant"},"uri":"u:a"}"#;
        assert_eq!(parse(r#"{"uri":"u:a"}"#, Author::Tenant).as_deref(), Ok(tenant));
        assert_eq!(parse(tenant, Author::Tenant), Err("tenant/forbidden-field"));
        assert_eq!(parse(tenant, Author::ControlPlane), Err("tenant/forbidden-field"));
    }

    #[test]
    fn what_it_needs() {
        for (text, code) in [
            (r#"{"name":"x"}"#, "predicate/field"),
            (r#"{"digest":{"sha256":"00"}}"#, "predicate/field"),
            (r#"{"digest":{"crc":"00"}}"#, "predicate/field"),
            (r#"{"digest":{}}"#, "predicate/field"),
            (r#"{"content":"AA"}"#, "input/base64"),
            (r#"{"uri":"u:a","x":1}"#, "input/unknown-member"),
            (r#"{"uri":1}"#, "input/type"),
        ] {
            assert_eq!(parse(text, Author::Tenant), Err(code), "{text}");
        }
        let commit = ["{\"digest\":{\"gitCommit\":\"", &"0".repeat(40), "\"}}"].concat();
        assert_eq!(parse(&commit, Author::ControlPlane).as_deref(), Ok(commit.as_str()));
    }
}
