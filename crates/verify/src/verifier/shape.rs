//! The bundle as a document, and what stands in it as certificates (P01–P16).

use super::case::row_index;
use crate::policy::Policy;
use crate::report::{Checks, Warning};
use crate::request::Request;
use alloc::{
    boxed::Box,
    format,
    string::{String, ToString},
    vec::Vec,
};
use cretula_bundle::{Bundle, BundleVersion, Material};
use cretula_pki::Certificate;

/// A bundle whose shape is right.
pub(super) struct ParsedBundle {
    pub(super) bundle: Bundle,
    /// The chain of the bundle, leaf first; empty for a key.
    pub(super) certificates: Vec<Certificate>,
    pub(super) checks: Checks,
    pub(super) warnings: Vec<Warning>,
    pub(super) ignored: Vec<String>,
}

/// Parses the bundle and its certificates.
///
/// # Errors
/// The rows so far, the last one a failure.
pub(super) fn parse_bundle(request: &Request, policy: &Policy) -> Result<ParsedBundle, Box<Checks>> {
    let mut checks = Checks::default();
    checks.pass("I07", None);
    let bundle = match Bundle::parse(&request.bundle, &policy.bundle, &request.options.limits) {
        Ok(bundle) => bundle,
        Err(error) => {
            checks.fail(error.check_id(), error.code(), None, error.to_string());
            return Err(Box::new(checks));
        }
    };
    let Some(certificates) = parse_certificates(&bundle, request, &mut checks) else {
        return Err(Box::new(checks));
    };
    let mut warnings = Vec::new();
    for check in ["P01", "P02", "P03", "P04", "P05", "P06"] {
        checks.pass(check, None);
    }
    let promise_only = bundle.log_entries().iter().position(|entry| entry.inclusion_proof.is_none());
    if let (true, Some(index)) = (policy.evidence.log.require_proof, promise_only) {
        let detail = "the policy demands an inclusion proof";
        checks.fail("P12", "bundle-shape/proof-missing", row_index(index), detail);
        return Err(Box::new(checks));
    }
    if !check_chain(&bundle, &certificates, policy, &mut checks, &mut warnings) {
        return Err(Box::new(checks));
    }
    for check in ["P08", "P09", "P10", "P11", "P12", "P13", "P14", "P15", "P16"] {
        checks.pass(check, None);
    }
    let ignored = bundle.warnings().kept().iter().map(|warning| warning.pointer.clone()).collect();
    Ok(ParsedBundle { bundle, certificates, checks, warnings, ignored })
}

/// The leaf must be a certificate (C01); so must everything after it, although it is never trusted.
fn parse_certificates(bundle: &Bundle, request: &Request, checks: &mut Checks) -> Option<Vec<Certificate>> {
    let leaf = bundle.material().leaf_certificate();
    let chain =
        leaf.into_iter().chain(bundle.material().unverified_intermediates().iter().map(Vec::as_slice));
    let mut certificates = Vec::new();
    for (index, der) in chain.enumerate() {
        match Certificate::parse(der, &request.options.limits) {
            Ok(certificate) => certificates.push(certificate),
            Err(error) => {
                let (check, code) = match error.limit() {
                    Some("certificate-bytes") => ("P16", "limits/certificate-bytes"),
                    Some("extensions") => ("C01", "limits/extensions"),
                    Some(_) => ("C01", "limits/san-entries"),
                    None if index > 0 => ("P16", "bundle-shape/der"),
                    None => ("C01", "chain/leaf"),
                };
                checks.fail(check, code, row_index(index), error.to_string());
                return None;
            }
        }
    }
    Some(certificates)
}

/// P07: order, and self-signed elements.
fn check_chain(
    bundle: &Bundle,
    certificates: &[Certificate],
    policy: &Policy,
    checks: &mut Checks,
    warnings: &mut Vec<Warning>,
) -> bool {
    if !matches!(bundle.material(), Material::CertificateChain(_)) {
        checks.not_applicable("P07", "the bundle has no certificate chain");
        return true;
    }
    for (index, (below, above)) in certificates.iter().zip(certificates.iter().skip(1)).enumerate() {
        if above.subject() != below.issuer() {
            let detail = format!("element {} did not issue the one before it", index.saturating_add(1));
            checks.fail("P07", "bundle-shape/chain-order", None, detail);
            return false;
        }
    }
    let last = certificates.len().saturating_sub(1);
    for (index, certificate) in certificates.iter().enumerate().skip(1) {
        if !certificate.is_self_issued() {
            continue;
        }
        let tolerated =
            index == last && bundle.version() != BundleVersion::V03 && !policy.bundle.refuse_root_in_chain;
        if !tolerated {
            checks.fail(
                "P07",
                "bundle-shape/chain-root",
                row_index(index),
                "the chain contains a root certificate",
            );
            return false;
        }
        let detail = Some("the chain ends with a root certificate, which is never used".to_string());
        warnings.push(Warning { code: "bundle-shape/chain-root", detail });
    }
    checks.pass("P07", None);
    true
}
