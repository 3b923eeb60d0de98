//! Bounds of parameters, and what must not be in them.
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use cretula_crypto::HashAlgorithm;
use cretula_encoding::fields::{Field, FieldError};
use cretula_encoding::json::Kind;

use crate::error::{AttestError, ErrorKind};
use crate::limits::Limits;
use crate::secret::{MASKED, is_secret_name, is_secret_value};

/// What parameters are checked by.
pub(crate) struct ParameterCheck<'r> {
    pub(crate) limits: &'r Limits,
    /// Names that may have a value although they look like a secret's.
    pub(crate) allow_names: &'r [String],
    /// SHA-256 of masked values, in hex.
    pub(crate) masked: &'r [String],
    /// Names seen so far.
    pub(crate) names: usize,
}

type Children<'a> = Box<dyn Iterator<Item = Result<(String, Field<'a>), FieldError>> + 'a>;

impl ParameterCheck<'_> {
    /// Walks an object of parameters with everything inside it, without recursion.
    ///
    /// # Errors
    /// `secret/…`, `limits/parameters`, `limits/parameter-name-bytes`, `limits/parameter-value-bytes`.
    pub(crate) fn check(&mut self, parameters: Field<'_>) -> Result<(), AttestError> {
        let mut open = Vec::new();
        open.push(self.children(parameters)?);
        while let Some(children) = open.last_mut() {
            let Some(child) = children.next() else {
                open.pop();
                continue;
            };
            let (name, field) = child?;
            self.check_name(&name, &field)?;
            match field.value.kind() {
                Kind::List | Kind::Object => open.push(self.children(field)?),
                Kind::Text => self.check_text(&field.text()?, &field.pointer)?,
                Kind::Number => self.check_masked(field.value.source(), &field.pointer)?,
                Kind::Bool | Kind::Null => {}
            }
        }
        Ok(())
    }

    /// Elements of a list have no name.
    fn children<'a>(&mut self, field: Field<'a>) -> Result<Children<'a>, AttestError> {
        if field.value.kind() == Kind::List {
            return Ok(Box::new(field.items()?.map(|item| item.map(|item| (String::new(), item)))));
        }
        let object = field.object()?;
        self.names = self.names.saturating_add(object.remaining());
        if self.names > self.limits.parameters {
            let detail = alloc::format!("at most {} names are allowed", self.limits.parameters);
            return Err(AttestError::new(ErrorKind::LimitParameters, detail).at(object.pointer()));
        }
        Ok(Box::new(object.rest().into_iter().map(Ok)))
    }

    fn check_name(&self, name: &str, field: &Field<'_>) -> Result<(), AttestError> {
        if name.len() > self.limits.parameter_name_bytes {
            let detail = alloc::format!("at most {} bytes are allowed", self.limits.parameter_name_bytes);
            return Err(
                AttestError::new(ErrorKind::LimitParameterNameBytes, detail).at(field.pointer.clone())
            );
        }
        let is_hidden = matches!(field.value.source(), "\"\"" | "[]" | "{}" | "\"[MASKED]\"");
        let is_allowed = self.allow_names.iter().any(|allowed| allowed == name);
        if is_secret_name(name) && !is_hidden && !is_allowed {
            let detail = "a parameter named like a secret has a value";
            return Err(AttestError::new(ErrorKind::SecretName, detail).at(field.pointer.clone()));
        }
        Ok(())
    }

    fn check_text(&self, text: &str, pointer: &str) -> Result<(), AttestError> {
        if text.len() > self.limits.parameter_value_bytes {
            let detail = alloc::format!("at most {} bytes are allowed", self.limits.parameter_value_bytes);
            return Err(AttestError::new(ErrorKind::LimitParameterValueBytes, detail).at(pointer));
        }
        if text != MASKED && is_secret_value(text) {
            let detail = "the value has the form of a credential";
            return Err(AttestError::new(ErrorKind::SecretValue, detail).at(pointer));
        }
        self.check_masked(text, pointer)
    }

    fn check_masked(&self, text: &str, pointer: &str) -> Result<(), AttestError> {
        if self.masked.is_empty() {
            return Ok(());
        }
        let digest = HashAlgorithm::Sha256.digest(&[text.as_bytes()]).to_hex();
        if self.masked.contains(&digest) {
            let detail = "the value is one that the control plane masks";
            return Err(AttestError::new(ErrorKind::SecretMasked, detail).at(pointer));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;
    use alloc::format;
    use alloc::string::ToString;

    fn check(text: &str) -> Result<usize, &'static str> {
        let allow_names = ["MY_TOKEN".to_string()];
        let masked = [
            HashAlgorithm::Sha256.digest(&[b"hidden"]).to_hex(),
            HashAlgorithm::Sha256.digest(&[b"42"]).to_hex(),
        ];
        let limits = Limits::default();
        let mut check =
            ParameterCheck { limits: &limits, allow_names: &allow_names, masked: &masked, names: 0 };
        let value = document::parse(text.as_bytes()).unwrap();
        check.check(Field::root(value)).map_err(|error| error.code())?;
        Ok(check.names)
    }

    #[test]
    fn secrets_at_any_depth() {
        for (text, expected) in [
            (r#"{"a":{"b":[{"c":"x"},1,true]},"d":""}"#, Ok(4)),
            (r#"{"a":[{"DB_PASSWORD":"x"}]}"#, Err("secret/name")),
            (r#"{"a":[{"DB_PASSWORD":7}]}"#, Err("secret/name")),
            (r#"{"DB_PASSWORD":"[MASKED]","X_TOKEN":"","COOKIE":{}}"#, Ok(3)),
            (r#"{"MY_TOKEN":"x"}"#, Ok(1)),
            (r#"{"my_token":"x"}"#, Err("secret/name")),
            (r#"{"a":["glpat-x1"]}"#, Err("secret/value")),
            (r#"{"a":"\u0067lpat-x1"}"#, Err("secret/value")),
            (r#"{"a":"hidden"}"#, Err("secret/masked")),
            (r#"{"a":42}"#, Err("secret/masked")),
            (r#"{"a":"hidden "}"#, Ok(1)),
        ] {
            assert_eq!(check(text), expected, "{text}");
        }
    }

    #[test]
    fn limits_and_one_above() {
        let names = |count: usize| {
            let members: Vec<String> = (0..count).map(|index| format!(r#""n{index}":1"#)).collect();
            format!("{{\"a\":{{{}}}}}", members.join(","))
        };
        assert_eq!(check(&names(1023)), Ok(1024));
        assert_eq!(check(&names(1024)), Err("limits/parameters"));
        assert_eq!(check(&format!(r#"{{"{}":1}}"#, "n".repeat(256))), Ok(1));
        assert_eq!(check(&format!(r#"{{"{}":1}}"#, "n".repeat(257))), Err("limits/parameter-name-bytes"));
        assert_eq!(check(&format!(r#"{{"a":["{}"]}}"#, "v".repeat(65_536))), Ok(1));
        assert_eq!(
            check(&format!(r#"{{"a":["{}"]}}"#, "v".repeat(65_537))),
            Err("limits/parameter-value-bytes")
        );
    }
}
