//! Enum members that name an algorithm.
use alloc::{format, string::String};

use cretula_crypto::{HashAlgorithm, KeyDetails};
use cretula_encoding::fields::{Field, FieldErrorKind};
use cretula_encoding::json::Kind;

use crate::Error;

/// A value of Sigstore protobuf-specs `HashAlgorithm`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HashAlgorithmRef {
    /// A hash function that exists here.
    Known(HashAlgorithm),
    /// Another one: its name, or its number in decimal. Empty: not said.
    Unknown(String),
}

/// A value of Sigstore protobuf-specs `PublicKeyDetails`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyDetailsRef {
    /// A registry entry that exists here.
    Known(KeyDetails),
    /// Another one: its name, or its number in decimal. Empty: not said.
    Unknown(String),
}

/// A value of Sigstore protobuf-specs `ServiceSelector`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ServiceSelector {
    /// Every operator.
    All,
    /// One operator.
    Any,
    /// As many operators as `count` says.
    Exact,
    /// Not said, or a rule that does not exist here.
    #[default]
    Undefined,
}

/// Names of `HashAlgorithm` that say a function, though not all of them exist here.
const HASH_NAMES: [&str; 5] = ["SHA2_256", "SHA2_384", "SHA2_512", "SHA3_256", "SHA3_384"];

impl HashAlgorithmRef {
    /// A name of the enum, as text; `HASH_ALGORITHM_UNSPECIFIED` and unknown names are no value (P03).
    pub(crate) fn read_name(field: &Field<'_>) -> Result<Self, Error> {
        let name = field.text()?;
        if HASH_NAMES.contains(&name.as_str()) {
            return Ok(Self::from_name(name));
        }
        Err(field.error(FieldErrorKind::Type("the name of a hash algorithm")).into())
    }

    /// A name or a number; any value is kept.
    pub(crate) fn read_any(field: Option<Field<'_>>) -> Result<Self, Error> {
        Ok(match read_enum(field)? {
            EnumValue::Name(name) => Self::from_name(name),
            EnumValue::Number(1) => Self::Known(HashAlgorithm::Sha256),
            EnumValue::Number(2) => Self::Known(HashAlgorithm::Sha384),
            EnumValue::Number(3) => Self::Known(HashAlgorithm::Sha512),
            EnumValue::Number(number) => Self::Unknown(format!("{number}")),
        })
    }

    fn from_name(name: String) -> Self {
        HashAlgorithm::from_sigstore_name(&name).map_or(Self::Unknown(name), Self::Known)
    }
}

impl KeyDetailsRef {
    /// A name or a number; any value is kept.
    pub(crate) fn read_any(field: Option<Field<'_>>) -> Result<Self, Error> {
        Ok(match read_enum(field)? {
            EnumValue::Name(name) => KeyDetails::from_name(&name).map_or(Self::Unknown(name), Self::Known),
            EnumValue::Number(number) => KeyDetails::from_number(number)
                .map_or_else(|| Self::Unknown(format!("{number}")), Self::Known),
        })
    }
}

impl ServiceSelector {
    /// A name or a number.
    pub(crate) fn read_any(field: Option<Field<'_>>) -> Result<Self, Error> {
        Ok(match read_enum(field)? {
            EnumValue::Number(1) => Self::All,
            EnumValue::Number(2) => Self::Any,
            EnumValue::Number(3) => Self::Exact,
            EnumValue::Number(_) => Self::Undefined,
            EnumValue::Name(name) => match name.as_str() {
                "ALL" => Self::All,
                "ANY" => Self::Any,
                "EXACT" => Self::Exact,
                _ => Self::Undefined,
            },
        })
    }
}

enum EnumValue {
    Name(String),
    Number(u64),
}

/// An enum member of a trusted root or signing configuration: a name or a number, an empty name if absent.
fn read_enum(field: Option<Field<'_>>) -> Result<EnumValue, Error> {
    let Some(field) = field else { return Ok(EnumValue::Name(String::new())) };
    match field.value.kind() {
        Kind::Number => Ok(EnumValue::Number(field.uint(MAX_ENUM)?)),
        Kind::Null | Kind::Bool | Kind::Text | Kind::List | Kind::Object => {
            Ok(EnumValue::Name(field.text()?))
        }
    }
}

/// proto3 enum numbers are 32 bits with sign; negative ones name nothing here.
const MAX_ENUM: u64 = 0x7fff_ffff;
