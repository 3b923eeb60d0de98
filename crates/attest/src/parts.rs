//! A request in parts, as the typed interface has it: the same document, written here.
use alloc::string::String;
use alloc::vec::Vec;

use cretula_encoding::base64;

use crate::canonical::{Canonical, Members};
use crate::document;
use crate::error::AttestError;
use crate::request::{REQUEST_SCHEMA, Request, parse_request};

/// Members of `facts`. What is called JSON is one value each.
#[derive(Debug, Clone, Copy)]
pub struct FactsParts<'a> {
    /// `verified-token` or `control-plane`.
    pub origin: &'a str,
    /// Claims of the token, JSON.
    pub claims: Option<&'a [u8]>,
    /// The event, JSON.
    pub event: &'a [u8],
    /// Records of the control plane, JSON.
    pub record: &'a [u8],
    /// SHA-256 of the module, lower-case hex.
    pub module_digest: &'a str,
}

/// Members of `tenant`, each JSON.
#[derive(Debug, Clone, Copy)]
pub struct TenantParts<'a> {
    /// Subjects.
    pub subjects: &'a [u8],
    /// Further dependencies.
    pub resolved_dependencies: &'a [u8],
    /// By-products.
    pub byproducts: &'a [u8],
    /// Values of declared extensions.
    pub declared: &'a [u8],
}

/// The other members.
#[derive(Clone, Copy)]
pub struct JobParts<'a> {
    /// Name of the mode.
    pub mode: &'a str,
    /// 32 random bytes.
    pub entropy: &'a [u8],
    /// Configuration, JSON.
    pub config: &'a [u8],
    /// ClientTrustConfig, JSON.
    pub trust: &'a [u8],
    /// What is to be stated, JSON.
    pub predicate: &'a [u8],
    /// Unix seconds.
    pub deadline: Option<u64>,
}

impl core::fmt::Debug for JobParts<'_> {
    /// Without the entropy, which is never shown.
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.debug_struct("JobParts").field("mode", &self.mode).finish_non_exhaustive()
    }
}

/// Writes the `cretula/attest-request/v1` document of these parts.
///
/// Each part is checked to be one JSON value before it is put in place, so that none can reach beyond its place.
///
/// # Errors
/// `input/…` with the pointer of the part.
pub fn encode_request(
    facts: &FactsParts<'_>,
    tenant: &TenantParts<'_>,
    job: &JobParts<'_>,
) -> Result<Vec<u8>, AttestError> {
    let mut request = Members::default();
    request.set_text("schema", REQUEST_SCHEMA).set_text("mode", job.mode);
    request.set_text("entropy", &base64::encode(job.entropy));
    for (name, text) in [("config", job.config), ("trust", job.trust), ("predicate", job.predicate)] {
        request.set(name, part("", name, text)?);
    }
    if let Some(deadline) = job.deadline {
        request.set("deadline", Canonical::uint(deadline));
    }
    request.set("facts", encode_facts(facts)?).set("tenant", encode_tenant(tenant)?);
    Ok(request.finish().as_str().as_bytes().to_vec())
}

impl Request {
    /// Reads a request in parts: the same checks, codes and pointers as for the document.
    ///
    /// # Errors
    /// As [`encode_request`] and [`parse_request`].
    pub fn from_parts(
        facts: &FactsParts<'_>,
        tenant: &TenantParts<'_>,
        job: &JobParts<'_>,
    ) -> Result<Self, AttestError> {
        parse_request(&encode_request(facts, tenant, job)?)
    }
}

fn encode_facts(parts: &FactsParts<'_>) -> Result<Canonical, AttestError> {
    let mut facts = Members::default();
    let mut digest = Members::default();
    digest.set_text("sha256", parts.module_digest);
    facts.set_text("origin", parts.origin).set("moduleDigest", digest.finish());
    if let Some(claims) = parts.claims {
        facts.set("claims", part("/facts", "claims", claims)?);
    }
    facts.set("event", part("/facts", "event", parts.event)?);
    facts.set("record", part("/facts", "record", parts.record)?);
    Ok(facts.finish())
}

fn encode_tenant(parts: &TenantParts<'_>) -> Result<Canonical, AttestError> {
    let mut tenant = Members::default();
    for (name, text) in [
        ("subjects", parts.subjects),
        ("resolvedDependencies", parts.resolved_dependencies),
        ("byproducts", parts.byproducts),
        ("declared", parts.declared),
    ] {
        tenant.set(name, part("/tenant", name, text)?);
    }
    Ok(tenant.finish())
}

/// One value, and nothing before or after it.
fn part(parent: &str, name: &str, text: &[u8]) -> Result<Canonical, AttestError> {
    let place = || -> String { [parent, "/", name].concat() };
    let value = document::parse(text).map_err(|error| error.at(place()))?;
    Ok(Canonical::embedded(&value))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACTS: FactsParts<'_> = FactsParts {
        origin: "control-plane",
        claims: None,
        event: br#"{"name":"push"}"#,
        record: b" {} ",
        module_digest: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    };
    const TENANT: TenantParts<'_> = TenantParts {
        subjects: br#"[{"name":"app","digest":{"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}}]"#,
        resolved_dependencies: b"[]",
        byproducts: b"[]",
        declared: b"{}",
    };
    const JOB: JobParts<'_> = JobParts {
        mode: "m\"",
        entropy: &[7; 32],
        config: br#"{"schema":"cretula/config/v1","modes":{},"buildTypes":[],"issuers":[]}"#,
        trust: b"{}",
        predicate: br#"{"kind":"provenance"}"#,
        deadline: Some(1_787_392_800),
    };

    fn refusal(
        facts: &FactsParts<'_>,
        tenant: &TenantParts<'_>,
        job: &JobParts<'_>,
    ) -> (&'static str, Option<String>) {
        Request::from_parts(facts, tenant, job)
            .map_or_else(|error| (error.code(), error.path), |_| ("", None))
    }

    #[test]
    fn parts_are_the_document() {
        let document = br#"{"schema":"cretula/attest-request/v1","mode":"m\"","entropy":"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=",
            "config":{"schema":"cretula/config/v1","modes":{},"buildTypes":[],"issuers":[]},"trust":{},"deadline":1787392800,
            "facts":{"origin":"control-plane","event":{"name":"push"},"record":{},
                "moduleDigest":{"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}},
            "tenant":{"subjects":[{"name":"app","digest":{"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}}],
                "resolvedDependencies":[],"byproducts":[],"declared":{}},
            "predicate":{"kind":"provenance"}}"#;
        assert_eq!(Request::from_parts(&FACTS, &TENANT, &JOB), parse_request(document));
        assert!(parse_request(document).is_ok());
    }

    #[test]
    fn no_part_reaches_beyond_its_place() {
        let subjects = br#"[],"declared":{"x":1}"#;
        let tenant = TenantParts { subjects, ..TENANT };
        assert_eq!(refusal(&FACTS, &tenant, &JOB), ("input/syntax", Some("/tenant/subjects".into())));
        let tenant = TenantParts { declared: b"{}},\"facts\":{", ..TENANT };
        assert_eq!(refusal(&FACTS, &tenant, &JOB), ("input/syntax", Some("/tenant/declared".into())));
        let facts = FactsParts { record: b"", ..FACTS };
        assert_eq!(refusal(&facts, &TENANT, &JOB), ("input/syntax", Some("/facts/record".into())));
        let facts = FactsParts { claims: Some(b"{\"\xff\":1}"), ..FACTS };
        assert_eq!(refusal(&facts, &TENANT, &JOB), ("input/utf8", Some("/facts/claims".into())));
        let facts = FactsParts { origin: "tenant\",\"claims\":{},\"x\":\"", ..FACTS };
        assert_eq!(refusal(&facts, &TENANT, &JOB), ("input/type", Some("/facts/origin".into())));
        let job = JobParts { predicate: br#"{"kind":"provenance"},"mode":"other""#, ..JOB };
        assert_eq!(refusal(&FACTS, &TENANT, &job), ("input/syntax", Some("/predicate".into())));
    }

    #[test]
    fn the_reader_of_the_document_judges_the_parts() {
        let tenant = TenantParts { declared: br#"{"builder":{}}"#, ..TENANT };
        assert_eq!(
            refusal(&FACTS, &tenant, &JOB),
            ("tenant/forbidden-field", Some("/tenant/declared/builder".into()))
        );
        let job = JobParts { entropy: &[7; 31], ..JOB };
        assert_eq!(refusal(&FACTS, &TENANT, &job), ("input/type", Some("/entropy".into())));
        let job = JobParts { deadline: Some(u64::MAX), ..JOB };
        assert_eq!(refusal(&FACTS, &TENANT, &job).0, "input/number");
        assert!(!alloc::format!("{JOB:?}").contains("7, 7"));
    }
}
