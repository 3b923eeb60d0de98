//! The member `predicate` of a request.
use alloc::string::String;
use alloc::vec::Vec;

use cretula_encoding::fields::{Field, FieldErrorKind};

use super::Kind;
use super::vsa::SummaryRequest;
use crate::document::{self, Document};
use crate::error::{AttestError, ErrorKind};

/// What is to be stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PredicateRequest {
    /// Bytes that are embedded as they are, after a look at a few members.
    CheckedRaw {
        /// Which format.
        kind: Kind,
        /// The versioned type, if the caller wants it.
        predicate_type: Option<String>,
        /// The document.
        content: Vec<u8>,
    },
    /// Provenance: everything comes from facts and claims.
    Provenance,
    /// Bytes that are embedded as they are.
    Raw {
        /// The caller's type.
        predicate_type: String,
        /// The document.
        content: Vec<u8>,
    },
    /// A document that is checked and written again.
    Typed(TypedContent),
    /// A verification summary.
    Vsa(SummaryRequest),
}

/// Content of a typed predicate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedContent {
    pub(super) kind: Kind,
    pub(super) content: Document,
}

impl PredicateRequest {
    pub(crate) fn read(field: Field<'_>) -> Result<Self, AttestError> {
        let mut object = field.object()?;
        let name = object.require("kind")?;
        let kind = Kind::from_name(&name.text()?);
        let kind = kind.ok_or_else(|| name.error(FieldErrorKind::Type("a known kind")))?;
        let request = match kind {
            Kind::Provenance => Self::Provenance,
            Kind::Vsa => Self::Vsa(SummaryRequest::take(&mut object)?),
            Kind::Raw => {
                let predicate_type = object.require("type")?.text()?;
                Self::Raw { predicate_type, content: object.require("content")?.bytes()? }
            }
            Kind::Spdx | Kind::Cyclonedx => {
                let predicate_type = object.take("type").map(|field| field.text()).transpose()?;
                Self::CheckedRaw { kind, predicate_type, content: object.require("content")?.bytes()? }
            }
            Kind::Spdx3 => {
                Self::CheckedRaw { kind, predicate_type: None, content: object.require("content")?.bytes()? }
            }
            Kind::Ai
            | Kind::CosignSign
            | Kind::Release
            | Kind::Scai
            | Kind::Svr
            | Kind::TestResult
            | Kind::Vulns => {
                let content = Document::of_object(&object.require("content")?)?;
                Self::Typed(TypedContent { kind, content })
            }
        };
        object.finish()?;
        Ok(request)
    }

    /// The type that the statement will have; empty for a kind that has none of its own.
    #[must_use]
    pub fn predicate_type(&self) -> &str {
        let asked = match self {
            Self::Raw { predicate_type, .. } => Some(predicate_type.as_str()),
            Self::CheckedRaw { predicate_type, .. } => predicate_type.as_deref(),
            Self::Provenance | Self::Typed(_) | Self::Vsa(_) => None,
        };
        asked.or(self.kind().predicate_type()).unwrap_or_default()
    }

    /// Which kind it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::CheckedRaw { kind, .. } => *kind,
            Self::Provenance => Kind::Provenance,
            Self::Raw { .. } => Kind::Raw,
            Self::Typed(content) => content.kind,
            Self::Vsa(_) => Kind::Vsa,
        }
    }
}

/// Whether a predicate may come from a caller of the host: of a summary, only `resourceUri` and, for each verify
/// request, `bundle`, `container` and `blobs`. Takes the member `predicate` as a document of its own.
///
/// # Errors
/// `tenant/forbidden-field` for anything else in a summary, `input/…`.
pub fn check_caller_predicate(text: &[u8]) -> Result<(), AttestError> {
    const OF_A_SUMMARY: [&str; 4] = ["kind", "resourceUri", "source", "verify"];
    const OF_A_REQUEST: [&str; 4] = ["blobs", "bundle", "container", "schema"];
    let object = Field { value: document::parse(text)?, pointer: String::from("/predicate") }.object()?;
    let mut members = object.clone();
    if members.require("kind")?.text()? != "vsa" {
        return Ok(());
    }
    let refuse = |pointer: String| {
        let detail = "of a summary, a caller gives the resource and the bundles";
        Err(AttestError::new(ErrorKind::TenantForbiddenField, detail).at(pointer))
    };
    for (name, field) in object.items() {
        let is_asserted = name == "source" && field.text()? != "from-report";
        if is_asserted || !OF_A_SUMMARY.contains(&name.as_str()) {
            return refuse(field.pointer);
        }
    }
    let Some(list) = members.take("verify") else { return Ok(()) };
    for item in list.items()? {
        for (name, field) in item?.object()?.items() {
            if !OF_A_REQUEST.contains(&name.as_str()) {
                return refuse(field.pointer);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_caller_may_give() {
        let check = |text: &str| check_caller_predicate(text.as_bytes()).map_err(|error| error.code());
        for good in [
            r#"{"kind":"provenance"}"#,
            r#"{"kind":"vsa","resourceUri":"u:x","verify":[{"bundle":"AA==","container":"jsonl","blobs":[]}]}"#,
            r#"{"kind":"vsa","source":"from-report","verify":[]}"#,
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for wrong in [
            r#"{"kind":"vsa","source":"asserted"}"#,
            r#"{"kind":"vsa","verifiedLevels":[]}"#,
            r#"{"kind":"vsa","policy":{}}"#,
            r#"{"kind":"vsa","asserted":{}}"#,
            r#"{"kind":"vsa","verify":[{"bundle":"AA=="},{"policy":"AA=="}]}"#,
            r#"{"kind":"vsa","verify":[{"trust":{}}]}"#,
            r#"{"kind":"vsa","verify":[{"artifacts":[]}]}"#,
            r#"{"kind":"vsa","verify":[{"options":{}}]}"#,
        ] {
            assert_eq!(check(wrong), Err("tenant/forbidden-field"), "{wrong}");
        }
        assert_eq!(check("{}"), Err("input/missing"));
    }
}
