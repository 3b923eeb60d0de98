//! SLSA provenance v1 (SLSA v1.2 build provenance).
use alloc::string::String;
use alloc::vec::Vec;

use cretula_encoding::fields::{Field, FieldError, FieldErrorKind, Object};
use cretula_encoding::json::{self, Kind, Value};
use cretula_encoding::limits::Limits;

use crate::{DigestSet, DocumentError, Error};

/// Most dependencies of a kind (limit `resolved-dependencies`).
const MAX_DEPENDENCIES: usize = 4096;

/// The predicate `https://slsa.dev/provenance/v1` as written: what a builder says about a build.
///
/// Unset, `null` and empty members are the same, members that are not known are ignored, as SLSA asks. Parameters
/// belong to the build type and stay JSON.
#[derive(Debug, Clone)]
pub struct Provenance<'a> {
    build_type: String,
    external_parameters: Option<Value<'a>>,
    internal_parameters: Option<Value<'a>>,
    resolved_dependencies: Vec<ResourceDescriptor>,
    builder_id: String,
    invocation_id: Option<String>,
    started_on: Option<String>,
    finished_on: Option<String>,
}

/// A dependency (in-toto attestation v1, resource descriptor), as far as it identifies something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceDescriptor {
    /// Name.
    pub name: Option<String>,
    /// URI.
    pub uri: Option<String>,
    /// Digests; perhaps none.
    pub digests: DigestSet,
}

impl<'a> Provenance<'a> {
    /// Parses a predicate that stands alone; depth is bounded as in a statement.
    ///
    /// # Errors
    /// As [`Self::read`], and for text that is not strict JSON.
    pub fn parse(text: &'a [u8], limits: &Limits) -> Result<Self, Error> {
        let value =
            json::parse(text, &limits.predicate_json()).map_err(|error| Error::Provenance(error.into()))?;
        Self::read(value, limits)
    }

    /// Reads the predicate of a statement.
    ///
    /// # Errors
    /// [`Error::Provenance`] if it is no object, if builder or build type is missing, or if a member has another type;
    /// [`Error::Dependencies`], [`Error::DigestsPerSubject`] above the limits.
    pub fn read(predicate: Value<'a>, limits: &Limits) -> Result<Self, Error> {
        let mut predicate = Field::root(predicate).object().map_err(refuse)?;
        let mut definition = part(&mut predicate, "buildDefinition")?;
        let mut details = part(&mut predicate, "runDetails")?;
        let mut builder = part(&mut details, "builder")?;
        let mut metadata = details.take("metadata").map(Field::object).transpose().map_err(refuse)?;
        let mut of_metadata = |name| metadata.as_mut().map_or(Ok(None), |object| text(object, name));
        Ok(Self {
            build_type: required(&mut definition, "buildType")?,
            external_parameters: parameters(&mut definition, "externalParameters")?,
            internal_parameters: parameters(&mut definition, "internalParameters")?,
            resolved_dependencies: dependencies(&mut definition, limits)?,
            builder_id: required(&mut builder, "id")?,
            invocation_id: of_metadata("invocationId")?,
            started_on: of_metadata("startedOn")?,
            finished_on: of_metadata("finishedOn")?,
        })
    }

    /// `buildDefinition.buildType`, not empty.
    #[must_use]
    pub fn build_type(&self) -> &str {
        &self.build_type
    }

    /// `buildDefinition.externalParameters`, an object.
    #[must_use]
    pub const fn external_parameters(&self) -> Option<Value<'a>> {
        self.external_parameters
    }

    /// `buildDefinition.internalParameters`, an object.
    #[must_use]
    pub const fn internal_parameters(&self) -> Option<Value<'a>> {
        self.internal_parameters
    }

    /// `buildDefinition.resolvedDependencies` in their order.
    #[must_use]
    pub fn resolved_dependencies(&self) -> &[ResourceDescriptor] {
        &self.resolved_dependencies
    }

    /// `runDetails.builder.id`, not empty.
    #[must_use]
    pub fn builder_id(&self) -> &str {
        &self.builder_id
    }

    /// `runDetails.metadata.invocationId`.
    #[must_use]
    pub fn invocation_id(&self) -> Option<&str> {
        self.invocation_id.as_deref()
    }

    /// `runDetails.metadata.startedOn`, as written.
    #[must_use]
    pub fn started_on(&self) -> Option<&str> {
        self.started_on.as_deref()
    }

    /// `runDetails.metadata.finishedOn`, as written.
    #[must_use]
    pub fn finished_on(&self) -> Option<&str> {
        self.finished_on.as_deref()
    }
}

fn refuse(error: FieldError) -> Error {
    Error::Provenance(DocumentError::Field(error))
}

fn part<'a>(object: &mut Object<'a>, name: &str) -> Result<Object<'a>, Error> {
    object.require(name).and_then(Field::object).map_err(refuse)
}

/// A text; an empty one is absent.
fn text(object: &mut Object<'_>, name: &str) -> Result<Option<String>, Error> {
    let text = object.take(name).map(|field| field.text()).transpose().map_err(refuse)?;
    Ok(text.filter(|text| !text.is_empty()))
}

fn required(object: &mut Object<'_>, name: &str) -> Result<String, Error> {
    match text(object, name)? {
        Some(text) => Ok(text),
        None => Err(refuse(object.error(name, FieldErrorKind::Missing))),
    }
}

fn parameters<'a>(object: &mut Object<'a>, name: &str) -> Result<Option<Value<'a>>, Error> {
    match object.take(name) {
        None => Ok(None),
        Some(field) if field.value.kind() == Kind::Object => Ok(Some(field.value)),
        Some(field) => Err(refuse(field.error(FieldErrorKind::Type("object")))),
    }
}

fn dependencies(object: &mut Object<'_>, limits: &Limits) -> Result<Vec<ResourceDescriptor>, Error> {
    let Some(list) = object.take("resolvedDependencies") else { return Ok(Vec::new()) };
    let present = list.count().map_err(refuse)?;
    if present > MAX_DEPENDENCIES {
        return Err(Error::Dependencies { present: to_u64(present), limit: to_u64(MAX_DEPENDENCIES) });
    }
    list.items().map_err(refuse)?.map(|item| dependency(item.map_err(refuse)?, limits)).collect()
}

fn dependency(field: Field<'_>, limits: &Limits) -> Result<ResourceDescriptor, Error> {
    let mut object = field.object().map_err(refuse)?;
    let name = text(&mut object, "name")?;
    let uri = text(&mut object, "uri")?;
    let mut entries = Vec::new();
    if let Some(digests) = object.take("digest") {
        let digests = digests.object().map_err(refuse)?;
        if digests.remaining() > limits.digests_per_subject {
            let pointer = String::from(digests.pointer());
            return Err(Error::DigestsPerSubject { pointer, limit: to_u64(limits.digests_per_subject) });
        }
        for (algorithm, value) in digests.items() {
            entries.push((algorithm, value.text().map_err(refuse)?));
        }
    }
    Ok(ResourceDescriptor { name, uri, digests: DigestSet::new(entries) })
}

fn to_u64(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    const GOOD: &str = r#"{"buildDefinition":{"buildType":"u:t","externalParameters":{"a":[1]},"internalParameters":{},
        "resolvedDependencies":[{"uri":"git+https://git.example/g/p","digest":{"gitCommit":"ab"},"x":1},{"name":"n"}]},
        "runDetails":{"builder":{"id":"u:b","version":{"v":"1"}},"metadata":{"invocationId":"u:i",
        "startedOn":"2026-06-12T10:00:00Z"},"byproducts":[]},"acme_extension":null}"#;

    fn code(text: &str) -> &'static str {
        Provenance::parse(text.as_bytes(), &Limits::default()).map_or_else(|error| error.code(), |_| "ok")
    }

    #[test]
    fn reads_every_member() {
        let provenance = Provenance::parse(GOOD.as_bytes(), &Limits::default()).unwrap();
        assert_eq!((provenance.build_type(), provenance.builder_id()), ("u:t", "u:b"));
        assert_eq!(provenance.external_parameters().map(|value| value.source()), Some(r#"{"a":[1]}"#));
        assert_eq!(provenance.internal_parameters().map(|value| value.source()), Some("{}"));
        let [source, other] = provenance.resolved_dependencies() else { panic!("two dependencies") };
        assert_eq!(source.uri.as_deref(), Some("git+https://git.example/g/p"));
        assert!(source.digests.entries().eq([("gitCommit", "ab")]));
        assert_eq!((other.name.as_deref(), other.digests.entries().count()), (Some("n"), 0));
        assert_eq!(provenance.invocation_id(), Some("u:i"));
        assert_eq!((provenance.started_on(), provenance.finished_on()), (Some("2026-06-12T10:00:00Z"), None));
    }

    #[test]
    fn what_is_demanded() {
        assert_eq!(code(GOOD), "ok");
        let least = r#"{"buildDefinition":{"buildType":"u:t"},"runDetails":{"builder":{"id":"u:b"},"metadata":null}}"#;
        assert_eq!(code(least), "ok");
        for (from, to) in [
            (r#""buildType":"u:t""#, r#""buildType":"""#),
            (r#""buildType":"u:t""#, r#""buildType":1"#),
            (r#""buildType":"u:t""#, r#""x":1"#),
            (r#""buildDefinition""#, r#""builddefinition""#),
            (r#""runDetails":{"#, r#""runDetails":[{"#),
            (r#""id":"u:b""#, r#""id":null"#),
            (r#""builder""#, r#""runner""#),
            (r#"{"a":[1]}"#, r#"[]"#),
            (r#""internalParameters":{}"#, r#""internalParameters":"""#),
            (r#""digest":{"gitCommit":"ab"}"#, r#""digest":{"gitCommit":1}"#),
            (r#""invocationId":"u:i""#, r#""invocationId":7"#),
            (r#""metadata":{"#, r#""metadata":{"invocationId":"","#),
        ] {
            assert!(GOOD.contains(from), "{from}");
            assert_eq!(code(&GOOD.replacen(from, to, 1)), "predicate/malformed", "{from} -> {to}");
        }
        for text in ["", "[]", "null", "{}", "{\"a\":1}{}"] {
            assert_eq!(code(text), "predicate/malformed", "{text}");
        }
    }

    #[test]
    fn bounds() {
        let with = |count: usize, digests: usize| {
            let set: alloc::vec::Vec<_> = (0..digests).map(|number| format!(r#""d{number}":"0""#)).collect();
            let one = format!(r#"{{"digest":{{{}}}}}"#, set.join(","));
            let list = alloc::vec![one; count].join(",");
            format!(
                r#"{{"buildDefinition":{{"buildType":"t","resolvedDependencies":[{list}]}},"runDetails":{{"builder":{{"id":"b"}}}}}}"#
            )
        };
        assert_eq!(code(&with(MAX_DEPENDENCIES, 1)), "ok");
        assert_eq!(code(&with(MAX_DEPENDENCIES + 1, 1)), "limits/resolved-dependencies");
        let most = Limits::default().digests_per_subject;
        assert_eq!((code(&with(1, most)), code(&with(1, most + 1))), ("ok", "limits/digests-per-subject"));
        let deep = |levels: usize| {
            let parameters = format!("{}0{}", "[".repeat(levels), "]".repeat(levels));
            GOOD.replacen("[1]", &parameters, 1)
        };
        assert_eq!((code(&deep(61)), code(&deep(62))), ("ok", "limits/predicate-depth"));
    }
}
