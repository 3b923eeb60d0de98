//! What an AI tool did: always the tenant's word, as a statement of its own or as an external parameter.
use cretula_encoding::fields::Field;

use super::Kind;
use super::typed::{check_shape, read_resources};
use crate::canonical::Canonical;
use crate::digest;
use crate::error::{AttestError, ErrorKind};
use crate::reserialize::{Rules, reserialize};

/// Longest one, in canonical form: no room for prompts.
const MAX_BYTES: usize = 16 << 10;

/// Checks one and writes it in canonical form.
///
/// # Errors
/// `predicate/field`, `input/…` inside a resource descriptor.
pub(crate) fn check_ai(field: &Field<'_>) -> Result<Canonical, AttestError> {
    let pointer = field.pointer.clone();
    if field.value.members().is_none() {
        let detail = "expected an object";
        return Err(AttestError::new(ErrorKind::PredicateField, detail).at(pointer));
    }
    check_shape(field, Kind::Ai)?;
    let mut object = field.clone().object()?;
    object.take("evidence").map_or(Ok(()), read_resources)?;
    object.take("tools").map_or(Ok(()), check_digests)?;
    let text = reserialize(&field.value, Rules::PLAIN)?;
    if text.as_str().len() > MAX_BYTES {
        let detail = "at most 16 KiB are allowed";
        return Err(AttestError::new(ErrorKind::PredicateField, detail).at(pointer));
    }
    Ok(text)
}

fn check_digests(tools: Field<'_>) -> Result<(), AttestError> {
    for tool in tools.items()? {
        let Some(digests) = tool?.object()?.take("digest") else { continue };
        for (name, field) in digests.object()?.items() {
            digest::check(&name, &field.text()?).map_err(|kind| {
                AttestError::new(ErrorKind::PredicateField, kind.sentence()).at(field.pointer)
            })?;
        }
    }
    Ok(())
}
