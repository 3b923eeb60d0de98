//! What the tenant says: subjects, further dependencies, by-products, and values of declared extensions.
use alloc::string::String;
use alloc::vec::Vec;

use cretula_encoding::fields::{Field, Object};

use crate::document::{self, Document};
use crate::error::{AttestError, ErrorKind};
use crate::limits::Limits;
use crate::resource::{Author, Resource};
use crate::subject::{Subject, parse_subjects};

/// What only the control plane may say, wherever a tenant writes it. No schema may declare these.
pub(crate) const FORBIDDEN: [&str; 13] = [
    "buildDefinition",
    "buildType",
    "builder",
    "builderDependencies",
    "cretula_origin",
    "cretula_origins",
    "externalParameters",
    "finishedOn",
    "internalParameters",
    "invocationId",
    "metadata",
    "runDetails",
    "startedOn",
];
/// Parts of a request that are not the tenant's.
const OF_THE_HOST: [&str; 11] = [
    "builderId",
    "claims",
    "event",
    "facts",
    "mode",
    "moduleDigest",
    "parameters",
    "policy",
    "predicate",
    "predicateType",
    "record",
];

/// Claims of the tenant. None of them reaches a field that SLSA requires, but the subjects:
///
/// ```compile_fail,E0308
/// fn swap(
///     facts: cretula_attest::ControlPlaneFacts,
///     tenant: cretula_attest::TenantClaims,
///     job: cretula_attest::Job,
/// ) -> cretula_attest::Request {
///     cretula_attest::Request::new(tenant, facts, job)
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantClaims {
    subjects: Vec<Subject>,
    dependencies: Vec<Resource>,
    byproducts: Vec<Resource>,
    declared: Document,
}

impl TenantClaims {
    /// Reads the member `tenant` of a request, given as a document of its own.
    ///
    /// # Errors
    /// `tenant/forbidden-field`, `subject/…`, `predicate/field` for a resource descriptor, `limits/…`, `input/…`.
    pub fn parse(text: &[u8], limits: &Limits) -> Result<Self, AttestError> {
        Self::read(Field { value: document::parse(text)?, pointer: String::from("/tenant") }, limits)
    }

    pub(crate) fn read(field: Field<'_>, limits: &Limits) -> Result<Self, AttestError> {
        let mut object = field.object()?;
        refuse(&object, |name| FORBIDDEN.contains(&name) || OF_THE_HOST.contains(&name))?;
        let subjects = parse_subjects(&object.require("subjects")?, limits)?;
        let dependencies = resources(&object.require("resolvedDependencies")?, limits)?;
        let byproducts = resources(&object.require("byproducts")?, limits)?;
        let declared = Document::of_object(&object.require("declared")?)?;
        refuse(&declared.object()?, |name| FORBIDDEN.contains(&name))?;
        object.finish()?;
        Ok(Self { subjects, dependencies, byproducts, declared })
    }

    /// Subjects, sorted by name and first digest.
    #[must_use]
    pub fn subjects(&self) -> &[Subject] {
        &self.subjects
    }

    /// Further dependencies, sorted.
    pub(crate) fn dependencies(&self) -> &[Resource] {
        &self.dependencies
    }

    /// By-products, sorted.
    pub(crate) fn byproducts(&self) -> &[Resource] {
        &self.byproducts
    }

    pub(crate) fn declared(&self) -> Result<Object<'_>, AttestError> {
        self.declared.object()
    }
}

fn refuse(object: &Object<'_>, is_forbidden: impl Fn(&str) -> bool) -> Result<(), AttestError> {
    match object.items().find(|(name, _)| is_forbidden(name)) {
        Some((_, field)) => {
            let detail = "only the control plane may say this";
            Err(AttestError::new(ErrorKind::TenantForbiddenField, detail).at(field.pointer))
        }
        None => Ok(()),
    }
}

fn resources(list: &Field<'_>, limits: &Limits) -> Result<Vec<Resource>, AttestError> {
    if list.count()? > limits.resolved_dependencies {
        let detail = alloc::format!("at most {} are allowed", limits.resolved_dependencies);
        return Err(AttestError::new(ErrorKind::LimitResolvedDependencies, detail).at(list.pointer.clone()));
    }
    let mut resources = Vec::new();
    for item in list.items()? {
        resources.push(Resource::parse(item?, Author::Tenant)?);
    }
    resources.sort();
    Ok(resources)
}
