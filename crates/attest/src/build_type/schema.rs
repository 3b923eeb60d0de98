//! Schemas of build types: which parameters there are, and whose word each is.
use alloc::string::String;
use alloc::vec::Vec;

use cretula_crypto::HashAlgorithm;
use cretula_encoding::fields::{Field, FieldErrorKind};
use cretula_encoding::json::{Kind, Value};

use crate::canonical::{Canonical, Members};
use crate::document;
use crate::error::{AttestError, ErrorKind};
use crate::limits::Limits;
use crate::tenant::FORBIDDEN;
use crate::uri::is_type_uri;

/// Members of a record that are no parameters, whatever a schema says.
pub(super) const OF_THE_RUN: [&str; 7] = [
    "finishedOn",
    "invocationId",
    "maskedValueDigests",
    "resolvedDependencies",
    "startedOn",
    "subjectsVerified",
    "version",
];

/// Whose word a parameter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// `C`: the control plane's.
    ControlPlane,
    /// `R`: the tenant's, as the control plane recorded it.
    Recorded,
    /// `T`: the tenant's.
    Tenant,
}

/// JSON type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterType {
    /// A list.
    Array,
    /// `true` or `false`.
    Boolean,
    /// An integer within ±(2^53−1).
    Integer,
    /// An object.
    Object,
    /// A text.
    String,
}

/// One parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Name.
    pub name: String,
    /// JSON type.
    pub parameter_type: ParameterType,
    /// Whether it must be there.
    pub required: bool,
    /// Whose word it is.
    pub class: Class,
    /// Longest value, in bytes: of a text as it is, of anything else in canonical form.
    pub max_bytes: Option<u64>,
    /// The only values, in canonical form.
    values: Vec<Canonical>,
}

/// A schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    build_type: String,
    complete: bool,
    external: Vec<Parameter>,
    internal: Vec<Parameter>,
    extensions: Vec<String>,
    digest: String,
}

impl Schema {
    /// Reads a schema strictly.
    ///
    /// # Errors
    /// `limits/schema-bytes`, `predicate/type` for a build type that is no URI, `tenant/forbidden-field` for a name that
    /// no schema may declare, `params/duplicate-name` for a name that stands twice, `input/…`.
    pub(crate) fn read(field: Field<'_>, limits: &Limits) -> Result<Self, AttestError> {
        let (pointer, canonical) = (field.pointer.clone(), Canonical::of(&field.value)?);
        if canonical.as_str().len() > limits.schema_bytes {
            let detail = alloc::format!("at most {} bytes are allowed", limits.schema_bytes);
            return Err(AttestError::new(ErrorKind::LimitSchemaBytes, detail).at(pointer));
        }
        let mut object = field.object()?;
        let build_type = object.require("buildType")?.text()?;
        if !is_type_uri(&build_type) {
            let detail = "expected a URI with lower-case scheme and authority";
            return Err(AttestError::new(ErrorKind::PredicateType, detail).at(pointer));
        }
        let schema = Self {
            build_type,
            complete: object.require("complete")?.bool()?,
            external: parameters(object.require("external")?)?,
            internal: parameters(object.require("internal")?)?,
            extensions: extensions(&object.require("extensions")?)?,
            digest: HashAlgorithm::Sha256.digest(&[canonical.as_str().as_bytes()]).to_hex(),
        };
        object.finish()?;
        schema.check_names(&pointer)?;
        Ok(schema)
    }

    pub(super) fn parse_built_in(text: &str) -> Result<Self, AttestError> {
        Self::read(Field::root(document::parse(text.as_bytes())?), &Limits::default())
    }

    /// URI of the build type.
    #[must_use]
    pub fn build_type(&self) -> &str {
        &self.build_type
    }

    /// Whether every parameter of a build is in its provenance.
    #[must_use]
    pub const fn complete(&self) -> bool {
        self.complete
    }

    /// External parameters.
    #[must_use]
    pub fn external(&self) -> &[Parameter] {
        &self.external
    }

    /// Internal parameters.
    #[must_use]
    pub fn internal(&self) -> &[Parameter] {
        &self.internal
    }

    /// SHA-256 of the canonical form, in hex.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Whether a tenant may set an external parameter of that name.
    pub(crate) fn declares(&self, name: &str) -> bool {
        let of_tenant = |parameter: &Parameter| parameter.name == name && parameter.class == Class::Tenant;
        self.extensions.iter().any(|declared| declared == name) || self.external.iter().any(of_tenant)
    }

    /// Whether a name is among the extensions.
    pub(super) fn is_extension(&self, name: &str) -> bool {
        self.extensions.iter().any(|declared| declared == name)
    }

    fn check_names(&self, pointer: &str) -> Result<(), AttestError> {
        let external = self.external.iter().map(|parameter| parameter.name.as_str());
        for name in external.chain(self.extensions.iter().map(String::as_str)) {
            let twice = self.internal.iter().any(|other| other.name == name)
                || self.external.iter().any(|other| other.name == name) && self.is_extension(name);
            if twice || OF_THE_RUN.contains(&name) {
                let detail = "a name of the schema stands for two things";
                return Err(AttestError::new(ErrorKind::ParamsDuplicateName, detail).at(pointer));
            }
        }
        Ok(())
    }

    /// Checks external parameters: known, of their type, and none missing.
    ///
    /// # Errors
    /// `params/unknown`, `params/type`, `params/missing`, `facts/missing` for one of class C.
    pub(super) fn check_external(&self, members: &Members) -> Result<(), AttestError> {
        let extensions = members.names().filter(|name| self.is_extension(name)).collect::<Vec<_>>();
        check(members, &self.external, &extensions, "/externalParameters/")
    }

    /// As [`Self::check_external`], for internal ones.
    ///
    /// # Errors
    /// As there.
    pub(super) fn check_internal(&self, members: &Members) -> Result<(), AttestError> {
        check(members, &self.internal, &[], "/internalParameters/")
    }
}

impl Parameter {
    fn read(name: String, field: Field<'_>) -> Result<Self, AttestError> {
        const TYPES: [(&str, ParameterType); 5] = [
            ("array", ParameterType::Array),
            ("boolean", ParameterType::Boolean),
            ("integer", ParameterType::Integer),
            ("object", ParameterType::Object),
            ("string", ParameterType::String),
        ];
        let mut object = field.object()?;
        let type_name = object.require("type")?;
        let index = type_name.one_of(&TYPES.map(|(name, _)| name))?;
        let found = TYPES.get(index).map(|(_, parameter_type)| *parameter_type);
        let parameter_type = found.ok_or_else(|| type_name.error(FieldErrorKind::Missing))?;
        let required = object.require("required")?.bool()?;
        let class_name = object.require("class")?;
        let class = match class_name.one_of(&["C", "R", "T"])? {
            0 => Class::ControlPlane,
            1 => Class::Recorded,
            _ if required => {
                return Err(class_name.error(FieldErrorKind::Type("no required member of class T")).into());
            }
            _ => Class::Tenant,
        };
        let max_bytes = object.take("maxBytes").map(|field| field.uint(65_536)).transpose()?;
        let values = object.take("enum").map_or_else(|| Ok(Vec::new()), |field| enumeration(&field))?;
        object.finish()?;
        Ok(Self { name, parameter_type, required, class, max_bytes, values })
    }

    fn fits(&self, value: &Value<'_>, canonical: &Canonical) -> bool {
        let kind = match self.parameter_type {
            ParameterType::Array => Kind::List,
            ParameterType::Boolean => Kind::Bool,
            ParameterType::Integer => Kind::Number,
            ParameterType::Object => Kind::Object,
            ParameterType::String => Kind::Text,
        };
        let length = value.as_text().map_or(canonical.as_str().len(), |text| text.len());
        let is_short =
            self.max_bytes.is_none_or(|max| u64::try_from(length).is_ok_and(|length| length <= max));
        value.kind() == kind && is_short && (self.values.is_empty() || self.values.contains(canonical))
    }
}

fn parameters(field: Field<'_>) -> Result<Vec<Parameter>, AttestError> {
    let mut parameters = Vec::new();
    for (name, field) in field.object()?.items() {
        refuse_forbidden(&name, &field)?;
        parameters.push(Parameter::read(name, field)?);
    }
    Ok(parameters)
}

fn enumeration(field: &Field<'_>) -> Result<Vec<Canonical>, AttestError> {
    let mut values = Vec::new();
    for item in field.items()? {
        values.push(Canonical::of(&item?.value)?);
    }
    if values.is_empty() {
        Err(field.error(FieldErrorKind::Type("at least one value")).into())
    } else {
        Ok(values)
    }
}

/// Names of the form `vendor_name`.
fn extensions(list: &Field<'_>) -> Result<Vec<String>, AttestError> {
    let mut names = Vec::new();
    for item in list.items()? {
        let item = item?;
        let name = item.text()?;
        refuse_forbidden(&name, &item)?;
        let parts = name.split_once('_');
        let is_word = |word: &str| {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        if !parts.is_some_and(|(vendor, rest)| is_word(vendor) && is_word(rest)) || names.contains(&name) {
            return Err(item.error(FieldErrorKind::Type("vendor_name, each once")).into());
        }
        names.push(name);
    }
    Ok(names)
}

fn refuse_forbidden(name: &str, field: &Field<'_>) -> Result<(), AttestError> {
    if FORBIDDEN.contains(&name) {
        let detail = "no schema may declare this name";
        return Err(AttestError::new(ErrorKind::TenantForbiddenField, detail).at(field.pointer.clone()));
    }
    Ok(())
}

fn check(members: &Members, known: &[Parameter], also: &[&str], pointer: &str) -> Result<(), AttestError> {
    let refuse = |kind: ErrorKind, name: &str| {
        Err(AttestError::new(kind, kind.sentence()).at([pointer, name].concat()))
    };
    for (name, canonical) in members.entries().filter(|(name, _)| !also.contains(name)) {
        let Some(parameter) = known.iter().find(|parameter| parameter.name == name) else {
            return refuse(ErrorKind::ParamsUnknown, name);
        };
        if !parameter.fits(&document::parse(canonical.as_str().as_bytes())?, canonical) {
            return refuse(ErrorKind::ParamsType, name);
        }
    }
    match known.iter().find(|parameter| parameter.required && !members.contains(&parameter.name)) {
        Some(missing) if missing.class == Class::ControlPlane => {
            refuse(ErrorKind::FactsMissing, &missing.name)
        }
        Some(missing) => refuse(ErrorKind::ParamsMissing, &missing.name),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn read(external: &str, internal: &str, extensions: &str) -> Result<Schema, &'static str> {
        let text = format!(
            r#"{{"buildType":"https://ci.example/v1","complete":true,"external":{external},"internal":{internal},"extensions":{extensions}}}"#
        );
        let value = document::parse(text.as_bytes()).unwrap();
        Schema::read(Field::root(value), &Limits::default()).map_err(|error| error.code())
    }

    const NAME: &str = r#"{"type":"string","required":true,"class":"C"}"#;

    #[test]
    fn schemas_are_read_strictly() {
        let one = |name: &str| format!("{{\"{name}\":{NAME}}}");
        assert!(read(&one("a"), &one("b"), r#"["x_y"]"#).is_ok());
        assert!(read(&one("event"), &one("policy"), "[]").is_ok());
        for (external, internal, extensions, code) in [
            (one("a"), one("a"), "[]", "params/duplicate-name"),
            (one("x_y"), one("a"), r#"["x_y"]"#, "params/duplicate-name"),
            (one("a"), one("x_y"), r#"["x_y"]"#, "params/duplicate-name"),
            (one("startedOn"), one("a"), "[]", "tenant/forbidden-field"),
            (one("version"), one("a"), "[]", "params/duplicate-name"),
            (one("cretula_origins"), one("a"), "[]", "tenant/forbidden-field"),
            (one("a"), one("builder"), "[]", "tenant/forbidden-field"),
            (one("a"), one("b"), r#"["cretula_origin"]"#, "tenant/forbidden-field"),
            (one("a"), one("b"), r#"["plain"]"#, "input/type"),
            (one("a"), one("b"), r#"["x_y","x_y"]"#, "input/type"),
            (r#"{"a":{"type":"string","required":true,"class":"T"}}"#.into(), one("b"), "[]", "input/type"),
            (r#"{"a":{"type":"text","required":true,"class":"C"}}"#.into(), one("b"), "[]", "input/type"),
            (
                r#"{"a":{"type":"string","required":true,"class":"C","enum":[]}}"#.into(),
                one("b"),
                "[]",
                "input/type",
            ),
        ] {
            assert_eq!(
                read(&external, &internal, extensions).err(),
                Some(code),
                "{external} {internal} {extensions}"
            );
        }
    }

    #[test]
    fn schema_bytes_and_one_above() {
        let schema = |bytes: usize| {
            let long = "n".repeat(bytes);
            read(&format!("{{\"{long}\":{NAME}}}"), "{}", "[]")
        };
        let rest = r#"{"buildType":"https://ci.example/v1","complete":true,"extensions":[],"external":{"":},"internal":{}}"#;
        let room = 65_536 - rest.len() - NAME.len();
        assert!(schema(room).is_ok());
        assert_eq!(schema(room + 1).err(), Some("limits/schema-bytes"));
    }

    #[test]
    fn parameters_fit_or_not() {
        let schema = read(
            r#"{"s":{"type":"string","required":true,"class":"C","maxBytes":3},
                "i":{"type":"integer","required":true,"class":"R","enum":[1,2]},
                "l":{"type":"array","required":false,"class":"T","maxBytes":5},
                "b":{"type":"boolean","required":false,"class":"C"},"o":{"type":"object","required":false,"class":"C"}}"#,
            "{}",
            r#"["x_y"]"#,
        )
        .unwrap();
        let check = |text: &str| {
            let mut members = Members::default();
            for (name, value) in document::parse(text.as_bytes()).unwrap().members().unwrap() {
                members.set(&name, Canonical::of(&value).unwrap());
            }
            schema.check_external(&members).map_err(|error| error.code())
        };
        assert_eq!(check(r#"{"s":"abc","i":2,"l":[1,2],"b":false,"o":{},"x_y":1}"#), Ok(()));
        for (text, code) in [
            (r#"{"s":"abcd","i":2}"#, "params/type"),
            (r#"{"s":1,"i":2}"#, "params/type"),
            (r#"{"s":"a","i":3}"#, "params/type"),
            (r#"{"s":"a","i":1,"l":[1,2,3]}"#, "params/type"),
            (r#"{"s":"a","i":1,"b":"true"}"#, "params/type"),
            (r#"{"s":"a","i":1,"o":[]}"#, "params/type"),
            (r#"{"s":"a","i":1,"y":1}"#, "params/unknown"),
            (r#"{"s":"a"}"#, "params/missing"),
            (r#"{"i":1}"#, "facts/missing"),
        ] {
            assert_eq!(check(text), Err(code), "{text}");
        }
        assert!(schema.declares("l") && schema.declares("x_y") && !schema.declares("s"));
    }
}
