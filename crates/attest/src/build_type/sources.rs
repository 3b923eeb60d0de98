//! Where the parts of provenance come from: records of the control plane first, then claims. Where both say something,
//! the table of claims compares them afterwards.
use alloc::string::String;
use alloc::vec::Vec;

use cretula_encoding::fields::{Field, Object};
use cretula_encoding::time::Time;

use super::draft::Draft;
use super::schema::Schema;
use crate::canonical::{Canonical, Members};
use crate::claims::{Claims, scalar};
use crate::config::{Issuer, Mode};
use crate::error::{AttestError, ErrorKind};
use crate::facts::{ControlPlaneFacts, Event};
use crate::limits::Limits;
use crate::resource::{Author, Resource};
use crate::tenant::TenantClaims;
use crate::timestamp;

/// Everything that a build type may read.
pub(super) struct Sources<'r> {
    pub(super) facts: &'r ControlPlaneFacts,
    pub(super) tenant: &'r TenantClaims,
    pub(super) limits: &'r Limits,
    pub(super) mode: &'r Mode,
    pub(super) schema: &'r Schema,
    pub(super) issuer: Option<&'r Issuer>,
    /// What is left of the record.
    pub(super) record: Object<'r>,
}

impl<'r> Sources<'r> {
    pub(super) fn event(&self) -> &'r Event {
        self.facts.event()
    }

    pub(super) fn claims(&self) -> Option<&'r Claims> {
        self.facts.claims()
    }

    pub(super) fn claim(&self, name: &str) -> Option<&'r str> {
        self.claims().and_then(|claims| claims.value(name))
    }

    /// Server of the issuer; needed wherever a claim is relative to it.
    pub(super) fn server(&self) -> Result<&'r str, AttestError> {
        self.issuer.map(|issuer| issuer.server.as_str()).ok_or_else(|| {
            AttestError::new(ErrorKind::FactsOrigin, "claims need an issuer that is configured")
                .at("/facts/origin")
        })
    }

    /// A text of the record, else of the claim; integers become decimal text.
    pub(super) fn text(&mut self, name: &str, claim: Option<&str>) -> Result<Option<String>, AttestError> {
        match self.record.take(name) {
            Some(field) => record_text(&field).map(Some),
            None => Ok(claim.and_then(|claim| self.claim(claim)).map(String::from)),
        }
    }

    /// As [`Self::text`], for what must be there.
    pub(super) fn require(&mut self, name: &str, claim: Option<&str>) -> Result<String, AttestError> {
        self.text(name, claim)?.filter(|text| !text.is_empty()).ok_or_else(|| missing(name))
    }

    /// Times, version and further dependencies, which every build type has.
    pub(super) fn fill_run(&mut self, draft: &mut Draft) -> Result<(), AttestError> {
        draft.started = self.time("startedOn")?;
        draft.finished = self.time("finishedOn")?;
        timestamp::check_order(draft.started, draft.finished, "/facts/record/finishedOn")?;
        if let Some(version) = self.record.take("version") {
            for (name, field) in version.object()?.items() {
                draft.builder_version.set_known(&name, Some(&record_text(&field)?));
            }
        }
        Ok(())
    }

    fn time(&mut self, name: &str) -> Result<Option<Time>, AttestError> {
        self.record.take(name).map(|field| timestamp::parse(&field.value, &field.pointer)).transpose()
    }

    /// Dependencies of the record.
    pub(super) fn dependencies(&mut self) -> Result<Option<Vec<Resource>>, AttestError> {
        let Some(list) = self.record.take("resolvedDependencies") else { return Ok(None) };
        let mut dependencies = Vec::new();
        for item in list.items()? {
            dependencies.push(Resource::parse(item?, Author::ControlPlane)?);
        }
        Ok(Some(dependencies))
    }

    /// Nothing of the record may be left: what is not in the predicate would be forgotten.
    pub(super) fn finish(&self) -> Result<(), AttestError> {
        match self.record.items().next() {
            None => Ok(()),
            Some((_, field)) => {
                let detail = "the build type has no such parameter";
                Err(AttestError::new(ErrorKind::ParamsUnknown, detail).at(field.pointer))
            }
        }
    }
}

/// A required field of the control plane that is not there.
pub(super) fn missing(name: &str) -> AttestError {
    let pointer = ["/facts/record/", name].concat();
    AttestError::new(ErrorKind::FactsMissing, "the build type requires this of the control plane").at(pointer)
}

/// Text, or an integer in decimal.
pub(super) fn record_text(field: &Field<'_>) -> Result<String, AttestError> {
    let detail = "expected text or an integer";
    scalar(&field.value)
        .ok_or_else(|| AttestError::new(ErrorKind::ParamsType, detail).at(field.pointer.clone()))
}

/// Takes texts of an object of the record by name, and nothing else may be in it.
pub(super) fn record_texts<const N: usize>(
    field: Field<'_>,
    names: [&str; N],
) -> Result<[Option<String>; N], AttestError> {
    let mut object = field.object()?;
    let mut texts = [const { None }; N];
    for (text, name) in texts.iter_mut().zip(names) {
        *text = object.take(name).map(|field| record_text(&field)).transpose()?;
    }
    match object.items().next() {
        Some((_, field)) => {
            let detail = "the build type has no such member";
            Err(AttestError::new(ErrorKind::ParamsUnknown, detail).at(field.pointer))
        }
        None => Ok(texts),
    }
}

/// A map whose values are text, integers or booleans; empty ones are left out.
pub(super) fn scalars(field: Field<'_>) -> Result<Canonical, AttestError> {
    let mut members = Members::default();
    for (name, field) in field.object()?.items() {
        if field.value.as_bool().is_none() {
            record_text(&field)?;
        }
        members.set_filled(&name, Canonical::of(&field.value)?);
    }
    Ok(members.finish())
}
