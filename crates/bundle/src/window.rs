//! Validity windows of trusted keys and authorities (R02).
use cretula_encoding::fields::{Field, Object};
use cretula_encoding::time::{Time, TimeRange};

use crate::reader::Reader;
use crate::{Error, ErrorKind, WarningKind};

/// The window during which a trusted key or authority was in use (Sigstore protobuf-specs `TimeRange`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// `validFor` is absent.
    NotDeclared,
    /// A closed interval, compared without rounding. A bound that is not there is open; only the window of an authority
    /// can lack its start.
    Range(TimeRange),
}

impl Window {
    /// The instants inside, ends included; open at each end that is not declared.
    #[must_use]
    pub const fn range(&self) -> TimeRange {
        match self {
            Self::NotDeclared => TimeRange { start: None, end: None },
            Self::Range(range) => *range,
        }
    }

    /// Window of a log key: absent is a warning, present without start is refused.
    pub(crate) fn read_for_key(reader: &mut Reader<'_>, object: &mut Object<'_>) -> Result<Self, Error> {
        let pointer = object.pointer().into();
        let window = Self::read(reader, object)?;
        match window {
            Self::NotDeclared => reader.warnings.push(WarningKind::WindowNotDeclared, pointer),
            Self::Range(TimeRange { start: Some(_), .. }) => {}
            Self::Range(TimeRange { start: None, .. }) => {
                return Err(Error::at(ErrorKind::Window, alloc::format!("{pointer}/validFor")));
            }
        }
        Ok(window)
    }

    /// Window of an authority: absent, and present without start, are warnings, since its certificates bound it.
    pub(crate) fn read_for_authority(
        reader: &mut Reader<'_>,
        object: &mut Object<'_>,
    ) -> Result<Self, Error> {
        let pointer = object.pointer().into();
        let window = Self::read(reader, object)?;
        match window {
            Self::NotDeclared => reader.warnings.push(WarningKind::WindowNotDeclared, pointer),
            Self::Range(TimeRange { start: Some(_), .. }) => {}
            Self::Range(TimeRange { start: None, .. }) => {
                reader.warnings.push(WarningKind::WindowStartMissing, pointer);
            }
        }
        Ok(window)
    }

    /// Window of a service that takes requests: one without start would be open to guessing, so it is refused.
    pub(crate) fn read_for_service(
        reader: &mut Reader<'_>,
        object: &mut Object<'_>,
    ) -> Result<TimeRange, Error> {
        let pointer = alloc::format!("{}/validFor", object.pointer());
        match Self::read(reader, object)? {
            Self::Range(range @ TimeRange { start: Some(_), .. }) => Ok(range),
            Self::NotDeclared | Self::Range(_) => Err(Error::at(ErrorKind::Window, pointer)),
        }
    }

    fn read(reader: &mut Reader<'_>, object: &mut Object<'_>) -> Result<Self, Error> {
        let Some(field) = object.take("validFor") else { return Ok(Self::NotDeclared) };
        let pointer = field.pointer.clone();
        let mut range = field.object()?;
        let start = range.take("start").map(read_time).transpose()?;
        let end = range.take("end").map(read_time).transpose()?;
        reader.finish(range)?;
        if start.zip(end).is_some_and(|(start, end)| end < start) {
            return Err(Error::at(ErrorKind::Window, pointer));
        }
        Ok(Self::Range(TimeRange { start, end }))
    }
}

/// A text that is no time is a fault of the window, another JSON type one of the document.
fn read_time(field: Field<'_>) -> Result<Time, Error> {
    field.text()?;
    field.time().map_err(|_| Error::at(ErrorKind::Window, field.pointer))
}
