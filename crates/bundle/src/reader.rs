//! Reading of proto3 JSON objects: defaults of absent scalars, unknown members, bounded lists.
use alloc::{string::String, vec::Vec};

use cretula_encoding::fields::{Field, Object};
use cretula_encoding::json::{self, Value};
use cretula_encoding::limits::Limits;

use crate::{Error, ErrorKind, Limit, UnknownMembers, WarningKind, Warnings};

/// What reading needs besides the value, and what it leaves behind.
pub(crate) struct Reader<'l> {
    pub(crate) limits: &'l Limits,
    pub(crate) warnings: Warnings,
    unknown: UnknownMembers,
}

impl<'l> Reader<'l> {
    pub(crate) fn new(unknown: UnknownMembers, limits: &'l Limits) -> Self {
        Self { limits, warnings: Warnings::default(), unknown }
    }

    /// Ends an object: what was not taken is an unknown member (P02).
    pub(crate) fn finish(&mut self, object: Object<'_>) -> Result<(), Error> {
        match self.unknown {
            UnknownMembers::Refuse => object.finish()?,
            UnknownMembers::Ignore => {
                for (_, field) in object.items() {
                    self.warnings.push(WarningKind::UnknownMember, field.pointer);
                }
            }
        }
        Ok(())
    }

    /// `CertificateChain`: an absent list is an empty one.
    pub(crate) fn certificates(&mut self, field: Field<'_>) -> Result<Vec<Vec<u8>>, Error> {
        let mut object = field.object()?;
        let list = bounded_list(object.take("certificates"), Limit::Chain, self.limits.chain)?;
        self.finish(object)?;
        list.into_iter().map(|element| self.certificate(element)).collect()
    }

    /// `X509Certificate`: DER, empty if absent.
    pub(crate) fn certificate(&mut self, field: Field<'_>) -> Result<Vec<u8>, Error> {
        let mut object = field.object()?;
        let bytes = bytes_or_empty(&mut object, "rawBytes")?;
        self.finish(object)?;
        Ok(bytes)
    }

    /// `LogId`: `keyId`, empty if absent.
    pub(crate) fn log_id(&mut self, field: Option<Field<'_>>) -> Result<Vec<u8>, Error> {
        let Some(field) = field else { return Ok(Vec::new()) };
        let mut object = field.object()?;
        let key_id = bytes_or_empty(&mut object, "keyId")?;
        self.finish(object)?;
        Ok(key_id)
    }
}

/// Checks length and JSON of a whole document.
pub(crate) fn document<'a>(
    bytes: &'a [u8],
    max_bytes: usize,
    limit: Limit,
    limits: &Limits,
) -> Result<Value<'a>, Error> {
    if bytes.len() > max_bytes {
        return Err(Error::at_offset(ErrorKind::Limit(limit), max_bytes));
    }
    Ok(json::parse(bytes, &limits.json())?)
}

/// The elements of a list, counted before anything is allocated for them; an absent list is an empty one.
pub(crate) fn bounded_list<'a>(
    field: Option<Field<'a>>,
    limit: Limit,
    max: usize,
) -> Result<Vec<Field<'a>>, Error> {
    let Some(field) = field else { return Ok(Vec::new()) };
    if count_up_to(&field, max) > max {
        return Err(Error::at(ErrorKind::Limit(limit), field.pointer));
    }
    Ok(field.list()?)
}

/// Number of list elements, at most one more than `max`; 0 for other values.
pub(crate) fn count_up_to(field: &Field<'_>, max: usize) -> usize {
    field.value.elements().map_or(0, |elements| elements.take(max.saturating_add(1)).count())
}

/// A text member, empty if absent.
pub(crate) fn text_or_empty(object: &mut Object<'_>, name: &str) -> Result<String, Error> {
    Ok(object.take(name).map(|field| field.text()).transpose()?.unwrap_or_default())
}

/// A bytes member, empty if absent.
pub(crate) fn bytes_or_empty(object: &mut Object<'_>, name: &str) -> Result<Vec<u8>, Error> {
    Ok(object.take(name).map(|field| field.bytes()).transpose()?.unwrap_or_default())
}

/// An int64 member, 0 if absent.
pub(crate) fn u63_or_zero(object: &mut Object<'_>, name: &str) -> Result<u64, Error> {
    Ok(object.take(name).map(|field| field.u63_text()).transpose()?.unwrap_or_default())
}
