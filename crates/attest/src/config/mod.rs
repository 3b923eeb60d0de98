//! `cretula/config/v1`: what the host has decided. One mode is one set of choices.
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use cretula_encoding::fields::{Field, FieldErrorKind, Object};

use crate::build_type::{BuildType, Schema};
use crate::document;
use crate::error::{AttestError, ErrorKind};
use crate::limits::Limits;

mod issuer;
mod mode;
mod profile;

pub use issuer::{Issuer, Provider};
pub use mode::{AiForm, AllowedSigner, BuilderId, Mode, ServiceIdentity, VsaPolicy};
pub use profile::{ALGORITHMS, AlgorithmRow, Evidence, LogVersion, Profile};

/// The `schema` member of a configuration.
pub const CONFIG_SCHEMA: &str = "cretula/config/v1";
/// Longest configuration that is read: 64 schemas of 64 KiB.
const MAX_BYTES: usize = 4 << 20;

/// Everything that the host has decided, for all its modes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    modes: BTreeMap<String, Mode>,
    schemas: Vec<Schema>,
    issuers: Vec<Issuer>,
}

impl Config {
    /// Reads a configuration strictly.
    ///
    /// # Errors
    /// `input/…` with the place, `limits/schema-bytes`, `predicate/type` for what has to be a URI and is none,
    /// `profile/evidence` for leaf certificates above 24 hours, `params/duplicate-name` in a schema.
    pub fn parse(text: &[u8], limits: &Limits) -> Result<Self, AttestError> {
        if text.len() > MAX_BYTES {
            return Err(AttestError::new(ErrorKind::InputTooLarge, "a configuration has at most 4 MiB"));
        }
        Self::read(Field::root(document::parse(text)?), limits)
    }

    pub(crate) fn read(field: Field<'_>, limits: &Limits) -> Result<Self, AttestError> {
        let mut object = field.object()?;
        object.require("schema")?.one_of(&[CONFIG_SCHEMA])?;
        let mut schemas = Vec::new();
        for item in object.require("buildTypes")?.items()? {
            let schema = Schema::read(item?, limits)?;
            let is_known = schemas.iter().any(|known: &Schema| known.build_type() == schema.build_type());
            if is_known || BuildType::of(schema.build_type()) != BuildType::HostDefined {
                return Err(object.error("buildTypes", FieldErrorKind::Type("each build type once")).into());
            }
            schemas.push(schema);
        }
        let mut issuers = Vec::new();
        for item in object.require("issuers")?.items()? {
            issuers.push(Issuer::read(item?)?);
        }
        let mut modes = BTreeMap::new();
        for (name, field) in object.require("modes")?.object()?.items() {
            modes.insert(name, Mode::read(field)?);
        }
        object.take("keys").map_or(Ok(()), check_keys)?;
        object.finish()?;
        Ok(Self { modes, schemas, issuers })
    }

    /// Names of the modes, sorted.
    pub fn mode_names(&self) -> impl Iterator<Item = &str> {
        self.modes.keys().map(String::as_str)
    }

    /// One mode.
    ///
    /// # Errors
    /// `mode/unknown`.
    pub fn mode(&self, name: &str) -> Result<&Mode, AttestError> {
        let detail = "no mode of that name is configured";
        self.modes.get(name).ok_or_else(|| AttestError::new(ErrorKind::ModeUnknown, detail).at("/mode"))
    }

    /// Issuers of ID tokens, in the order written.
    #[must_use]
    pub fn issuers(&self) -> &[Issuer] {
        &self.issuers
    }

    /// The issuer with exactly this URL.
    #[must_use]
    pub fn issuer(&self, url: &str) -> Option<&Issuer> {
        self.issuers.iter().find(|issuer| issuer.issuer == url)
    }

    /// The schema of a build type that the host defines.
    pub(crate) fn schema(&self, build_type: &str) -> Option<&Schema> {
        self.schemas.iter().find(|schema| schema.build_type() == build_type)
    }
}

/// Key sources are the host's business; only their shape is checked.
fn check_keys(field: Field<'_>) -> Result<(), AttestError> {
    for (_, source) in field.object()?.items() {
        let mut source = source.object()?;
        match source.take("file") {
            Some(file) => drop(file.text()?),
            None => check_transit(source.require("transit")?.object()?)?,
        }
        source.finish()?;
    }
    Ok(())
}

fn check_transit(mut transit: Object<'_>) -> Result<(), AttestError> {
    transit.require("mount")?.text()?;
    transit.require("key")?.text()?;
    transit.take("namespace").map(|field| field.text()).transpose()?;
    Ok(transit.finish()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn parse(modes: &str, build_types: &str, more: &str) -> Result<Config, &'static str> {
        let text = format!(
            r#"{{"schema":"cretula/config/v1","modes":{modes},"buildTypes":{build_types},"issuers":[]{more}}}"#
        );
        Config::parse(text.as_bytes(), &Limits::default()).map_err(|error| error.code())
    }

    const MODE: &str = r#"{"m":{"key":"k","profile":"managed","predicates":["spdx"]}}"#;

    #[test]
    fn a_configuration_is_read_strictly() {
        let keys = r#","keys":{"a":{"file":"x"},"b":{"transit":{"mount":"m","key":"k","namespace":"n"}}}"#;
        let config = parse(MODE, "[]", keys).unwrap();
        assert!(config.mode_names().eq(["m"]));
        assert!(config.mode("m").is_ok());
        assert_eq!(config.mode("n").map_err(|error| error.code()).err(), Some("mode/unknown"));
        assert_eq!(parse(MODE, "[]", r#","x":1"#).err(), Some("input/unknown-member"));
        assert_eq!(
            parse(MODE, "[]", r#","keys":{"a":{"file":"x","transit":{}}}"#).err(),
            Some("input/unknown-member")
        );
        assert_eq!(parse(MODE, "[]", r#","keys":{"a":{}}"#).err(), Some("input/missing"));
        assert_eq!(parse(MODE, "{}", "").err(), Some("input/type"));
    }

    #[test]
    fn build_types_are_not_redefined() {
        let schema = |uri: &str| {
            format!(
                r#"{{"buildType":"{uri}","complete":true,"external":{{}},"internal":{{}},"extensions":[]}}"#
            )
        };
        let own = schema("https://ci.example/bt/v1");
        assert!(parse(MODE, &format!("[{own}]"), "").is_ok());
        assert_eq!(parse(MODE, &format!("[{own},{own}]"), "").err(), Some("input/type"));
        let known = schema("https://actions.github.io/buildtypes/workflow/v1");
        assert_eq!(parse(MODE, &format!("[{known}]"), "").err(), Some("input/type"));
    }
}
