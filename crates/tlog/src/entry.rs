//! Entry bodies: what a log recorded, typed by kind and version (L01, L03).
use alloc::vec::Vec;

use cretula_encoding::fields::{Field, Object};
use cretula_encoding::json::{self, JsonLimits};
use cretula_encoding::limits::Limits;

use crate::{Dsse, DsseV002, Error, HashedRekord, HashedRekordV002, Intoto, IntotoV001};

/// Generation of the log software; it decides ids, origin and proof members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Generation {
    /// Rekor v1.
    V1,
    /// Rekor v2, rekor-tiles.
    V2,
}

/// A pair of kind and version with a known body format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// `dsse` 0.0.1
    DsseV001,
    /// `dsse` 0.0.2
    DsseV002,
    /// `hashedrekord` 0.0.1
    HashedRekordV001,
    /// `hashedrekord` 0.0.2
    HashedRekordV002,
    /// `intoto` 0.0.1
    IntotoV001,
    /// `intoto` 0.0.2
    IntotoV002,
}

impl EntryKind {
    /// From `kindVersion`. Which kinds are admitted is the caller's to decide.
    ///
    /// # Errors
    /// [`Error::KindUnsupported`].
    pub fn parse(kind: &str, version: &str) -> Result<Self, Error> {
        match (kind, version) {
            ("dsse", "0.0.1") => Ok(Self::DsseV001),
            ("dsse", "0.0.2") => Ok(Self::DsseV002),
            ("hashedrekord", "0.0.1") => Ok(Self::HashedRekordV001),
            ("hashedrekord", "0.0.2") => Ok(Self::HashedRekordV002),
            ("intoto", "0.0.1") => Ok(Self::IntotoV001),
            ("intoto", "0.0.2") => Ok(Self::IntotoV002),
            _ => Err(Error::KindUnsupported),
        }
    }
    /// `kind`.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::DsseV001 | Self::DsseV002 => "dsse",
            Self::HashedRekordV001 | Self::HashedRekordV002 => "hashedrekord",
            Self::IntotoV001 | Self::IntotoV002 => "intoto",
        }
    }
    /// `apiVersion`.
    #[must_use]
    pub const fn version(self) -> &'static str {
        match self {
            Self::DsseV001 | Self::HashedRekordV001 | Self::IntotoV001 => "0.0.1",
            Self::DsseV002 | Self::HashedRekordV002 | Self::IntotoV002 => "0.0.2",
        }
    }
    /// Generation of the log that keeps such entries: `intoto` 0.0.2 is of v1 (L03).
    #[must_use]
    pub const fn generation(self) -> Generation {
        match self {
            Self::DsseV002 | Self::HashedRekordV002 => Generation::V2,
            Self::DsseV001 | Self::HashedRekordV001 | Self::IntotoV001 | Self::IntotoV002 => Generation::V1,
        }
    }
}

/// With what the log verified the signature of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryVerifier {
    /// Certificate, DER as in the body; not checked.
    Certificate(Vec<u8>),
    /// SubjectPublicKeyInfo, DER as in the body; not checked.
    PublicKey(Vec<u8>),
}

/// A body, read and not compared with anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryBody {
    /// `dsse` 0.0.1
    DsseV001(Dsse),
    /// `dsse` 0.0.2
    DsseV002(DsseV002),
    /// `hashedrekord` 0.0.1
    HashedRekordV001(HashedRekord),
    /// `hashedrekord` 0.0.2
    HashedRekordV002(HashedRekordV002),
    /// `intoto` 0.0.1
    IntotoV001(IntotoV001),
    /// `intoto` 0.0.2
    IntotoV002(Intoto),
}

impl EntryBody {
    /// Parses `canonicalizedBody`, decoded, as an entry of this kind (L01).
    ///
    /// The text is strict JSON without duplicate members. The members that are compared with a bundle must be there;
    /// others are skipped.
    ///
    /// # Errors
    /// [`Error::BodyJson`]; [`Error::KindMismatch`] if `kind` or `apiVersion` in the body is another one; the further
    /// `Body…` errors for members that are missing or of another form.
    pub fn parse(canonicalized_body: &[u8], kind: EntryKind, limits: &Limits) -> Result<Self, Error> {
        let body = json::parse(canonicalized_body, &json_limits(limits))?;
        let mut body = Field::root(body).object()?;
        demand_kind(&mut body, kind)?;
        let mut spec = body.require("spec")?.object()?;
        match kind {
            EntryKind::DsseV001 => Dsse::read(&mut spec).map(Self::DsseV001),
            EntryKind::DsseV002 => DsseV002::read(&mut spec).map(Self::DsseV002),
            EntryKind::HashedRekordV001 => HashedRekord::read(&mut spec).map(Self::HashedRekordV001),
            EntryKind::HashedRekordV002 => HashedRekordV002::read(&mut spec).map(Self::HashedRekordV002),
            EntryKind::IntotoV001 => IntotoV001::read(&mut spec).map(Self::IntotoV001),
            EntryKind::IntotoV002 => Intoto::read(&mut spec).map(Self::IntotoV002),
        }
    }
}

const fn json_limits(limits: &Limits) -> JsonLimits {
    JsonLimits {
        max_depth: limits.json_depth,
        max_members: limits.json_members,
        max_string_bytes: limits.json_string_bytes,
    }
}

fn demand_kind(body: &mut Object<'_>, kind: EntryKind) -> Result<(), Error> {
    let is_kind = body.require("kind")?.text()? == kind.kind();
    let is_version = body.require("apiVersion")?.text()? == kind.version();
    if is_kind && is_version { Ok(()) } else { Err(Error::KindMismatch) }
}
