//! The request document, and the same request as the host's own record.

use cretula_attest::{FactsParts, JobParts, Request, TenantParts, encode_request, parse_request};
use cretula_encoding::fields::{Field, FieldError};
use cretula_encoding::json::{self, JsonLimits};

use super::order::{AttestOrder, Facts};
use super::outcome::AttestFailure;
use crate::runtime::MODULE_SHA256;

const LIMITS: JsonLimits =
    JsonLimits { max_depth: 32, max_members: usize::MAX, max_string_bytes: usize::MAX };

/// A request as a document for the module, and as the host's own record of it: what the guard compares with.
pub(super) struct Prepared {
    pub(super) document: Vec<u8>,
    pub(super) request: Request,
}

/// Puts a request together from what the host knows. Random bytes are fresh for each.
pub(super) fn prepare(
    order: &AttestOrder<'_>,
    config: &[u8],
    trust: &[u8],
) -> Result<Prepared, AttestFailure> {
    let mut entropy = [0_u8; 32];
    getrandom::fill(&mut entropy).map_err(|error| AttestFailure::host("host/random", error))?;
    let tenant = TenantText::read(&order.tenant)?;
    let (origin, claims, event, record) = match &order.facts {
        Facts::VerifiedToken { claims, event, record } => ("verified-token", Some(claims), event, record),
        Facts::ControlPlane { claims, event, record } => ("control-plane", claims.as_ref(), event, record),
    };
    let facts =
        FactsParts { origin, claims: claims.map(Vec::as_slice), event, record, module_digest: MODULE_SHA256 };
    let job = JobParts {
        mode: &order.mode,
        entropy: &entropy,
        config,
        trust,
        predicate: &order.predicate,
        deadline: order.deadline,
    };
    let document = encode_request(&facts, &tenant.parts(), &job)?;
    let request = parse_request(&document)?;
    Ok(Prepared { document, request })
}

/// Members of `tenant` as written; absent lists are empty.
struct TenantText<'a> {
    subjects: &'a str,
    resolved_dependencies: &'a str,
    byproducts: &'a str,
    declared: &'a str,
}

impl<'a> TenantText<'a> {
    fn read(text: &'a [u8]) -> Result<Self, AttestFailure> {
        let refuse = |error: FieldError| AttestFailure {
            path: Some(["/tenant", &error.pointer].concat()),
            ..AttestFailure::host(
                "tenant/forbidden-field",
                "subjects, resolvedDependencies, byproducts, declared",
            )
        };
        let value = json::parse(text, &LIMITS).map_err(|error| AttestFailure::host("input/syntax", error))?;
        let mut object = Field::root(value).object().map_err(refuse)?;
        let mut member = |name: &str, empty: &'static str| -> &'a str {
            object.take(name).map_or(empty, |field| field.value.source())
        };
        let tenant = Self {
            subjects: member("subjects", "[]"),
            resolved_dependencies: member("resolvedDependencies", "[]"),
            byproducts: member("byproducts", "[]"),
            declared: member("declared", "{}"),
        };
        object.finish().map_err(refuse)?;
        Ok(tenant)
    }

    const fn parts(&self) -> TenantParts<'_> {
        TenantParts {
            subjects: self.subjects.as_bytes(),
            resolved_dependencies: self.resolved_dependencies.as_bytes(),
            byproducts: self.byproducts.as_bytes(),
            declared: self.declared.as_bytes(),
        }
    }
}
