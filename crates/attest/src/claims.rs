//! Claims of an ID token that the host has verified.
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};

use cretula_encoding::fields::{Field, FieldErrorKind};
use cretula_encoding::json::{Kind, Value};

use crate::canonical::Canonical;
use crate::document;
use crate::error::{AttestError, ErrorKind};
use crate::limits::Limits;

/// Claims that are read; all others are dropped and recorded nowhere.
const READ: [&str; 33] = [
    "ci_config_ref_uri",
    "ci_config_sha",
    "deployment_tier",
    "environment",
    "event_name",
    "iss",
    "job_id",
    "job_workflow_ref",
    "job_workflow_sha",
    "namespace_id",
    "namespace_path",
    "pipeline_id",
    "pipeline_source",
    "project_id",
    "project_path",
    "project_visibility",
    "ref",
    "ref_path",
    "ref_protected",
    "ref_type",
    "repository",
    "repository_id",
    "repository_owner",
    "repository_owner_id",
    "repository_visibility",
    "run_attempt",
    "run_id",
    "runner_environment",
    "runner_id",
    "sha",
    "sub",
    "workflow_ref",
    "workflow_sha",
];

/// Claims in which two tokens of one job may differ.
const OF_ONE_TOKEN: [&str; 5] = ["aud", "exp", "iat", "nbf", "jti"];

/// Claims by name. Integers are decimal texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    values: BTreeMap<String, String>,
}

impl Claims {
    /// Reads the payload of a token.
    ///
    /// # Errors
    /// `limits/claims-bytes`, `claims/type`, `input/…`.
    pub(crate) fn read(field: Field<'_>, limits: &Limits) -> Result<Self, AttestError> {
        if field.value.source().len() > limits.claims_bytes {
            let detail = alloc::format!("at most {} bytes are allowed", limits.claims_bytes);
            return Err(AttestError::new(ErrorKind::LimitClaimsBytes, detail).at(field.pointer));
        }
        let object = field.object()?;
        let mut values = BTreeMap::new();
        for (name, field) in object.items().filter(|(name, _)| READ.contains(&name.as_str())) {
            let detail = "a claim is text or an integer";
            let value = scalar(&field.value)
                .ok_or_else(|| AttestError::new(ErrorKind::ClaimsType, detail).at(field.pointer))?;
            values.insert(name, value);
        }
        Ok(Self { values })
    }

    /// The value of a claim; `None` if it is absent or null.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// The value of a claim that must be there.
    ///
    /// # Errors
    /// `claims/missing`.
    pub(crate) fn require(&self, name: &str) -> Result<&str, AttestError> {
        self.value(name).ok_or_else(|| {
            let pointer = ["/facts/claims/", name].concat();
            AttestError::new(ErrorKind::ClaimsMissing, "this claim is required").at(pointer)
        })
    }
}

/// A text, or an integer in decimal.
pub(crate) fn scalar(value: &Value<'_>) -> Option<String> {
    match value.kind() {
        Kind::Text => value.as_text().map(|text| text.to_string()),
        Kind::Number => Canonical::of(value).ok().map(|number| number.as_str().to_string()),
        Kind::Null | Kind::Bool | Kind::List | Kind::Object => None,
    }
}

/// Whether two tokens are of one job: every claim but `aud`, `exp`, `iat`, `nbf` and `jti` is equal. Takes the payloads
/// of both, decoded.
///
/// # Errors
/// `claims/token-mismatch` at the first claim that differs, `limits/claims-bytes`, `input/…`.
pub fn match_tokens(first: &[u8], second: &[u8], limits: &Limits) -> Result<(), AttestError> {
    if first.len().max(second.len()) > limits.claims_bytes {
        return Err(AttestError::new(ErrorKind::LimitClaimsBytes, "claims are too long"));
    }
    let (first, second) = (document::parse(first)?, document::parse(second)?);
    let mut names = BTreeSet::new();
    for document in [&first, &second] {
        let members =
            document.members().ok_or_else(|| Field::root(first).error(FieldErrorKind::Type("object")))?;
        names.extend(members.map(|(name, _)| name.to_string()));
    }
    for name in names.iter().filter(|name| !OF_ONE_TOKEN.contains(&name.as_str())) {
        if written(first.member(name)) != written(second.member(name)) {
            let detail = "two tokens of one job differ in this claim";
            return Err(AttestError::new(ErrorKind::TokenMismatch, detail).at(["/", name].concat()));
        }
    }
    Ok(())
}

/// In canonical form, where there is one.
fn written(value: Option<Value<'_>>) -> Option<String> {
    value.map(|value| match Canonical::of(&value) {
        Ok(canonical) => canonical.as_str().to_string(),
        Err(_) => value.source().to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn read(text: &str) -> Result<Claims, &'static str> {
        let value = document::parse(text.as_bytes()).unwrap();
        Claims::read(Field::root(value), &Limits::default()).map_err(|error| error.code())
    }

    #[test]
    fn integers_become_text_and_the_rest_is_dropped() {
        let claims =
            read(r#"{"run_id":9001,"sub":"s","ref":null,"groups_direct":["a"],"aud":[1.5],"user_id":1}"#)
                .unwrap();
        assert_eq!((claims.value("run_id"), claims.value("sub")), (Some("9001"), Some("s")));
        assert_eq!((claims.value("ref"), claims.value("user_id")), (None, None));
        assert_eq!(claims.require("ref").map_err(|error| error.code()), Err("claims/missing"));
        for wrong in [r#"{"sub":true}"#, r#"{"sub":1.0}"#, r#"{"sub":["a"]}"#] {
            assert_eq!(read(wrong).err(), Some("claims/type"), "{wrong}");
        }
    }

    #[test]
    fn claims_bytes_and_one_above() {
        let text = |bytes: usize| format!(r#"{{"x":"{}"}}"#, "x".repeat(bytes - 8));
        assert!(read(&text(65_536)).is_ok());
        assert_eq!(read(&text(65_537)).err(), Some("limits/claims-bytes"));
    }

    #[test]
    fn tokens_of_one_job() {
        let first =
            br#"{"iss":"i","aud":"a","exp":1,"iat":1,"nbf":1,"jti":"x","sub":"s","l":[1,{"a":1,"b":2}]}"#;
        let compare = |second: &str| {
            match_tokens(first, second.as_bytes(), &Limits::default()).map_err(|error| error.code())
        };
        assert_eq!(compare(r#"{"l":[1,{"b":2,"a":1}],"iss":"i","aud":["b"],"exp":2,"sub":"s"}"#), Ok(()));
        assert_eq!(compare(r#"{"l":[1,{"b":2,"a":2}],"iss":"i","sub":"s"}"#), Err("claims/token-mismatch"));
        assert_eq!(compare(r#"{"l":[1,{"b":2,"a":1}],"iss":"i"}"#), Err("claims/token-mismatch"));
        assert_eq!(
            compare(r#"{"l":[1,{"b":2,"a":1}],"iss":"i","sub":"s","y":1}"#),
            Err("claims/token-mismatch")
        );
        assert_eq!(compare("[]"), Err("input/type"));
    }
}
