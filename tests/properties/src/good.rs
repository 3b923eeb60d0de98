//! Calls to start from.

use cretula_cases::Expected;
use cretula_crypto::RustCrypto;
use cretula_fuzz::mutation::Document;
use cretula_verify::documents::parse_request;
use cretula_verify::{Failure, Outcome, Request, RootMemo, Verifier};

/// A case of the virtual Sigstore.
#[derive(Debug, Clone)]
pub struct Given {
    /// Name of the case.
    pub name: String,
    /// Whether it is verified.
    pub is_good: bool,
    /// The call.
    pub request: Request,
    /// Its bundle as a document.
    pub bundle: Document,
}

/// Cases whose bundle is JSON: good ones of every kind, and each that has one defect.
///
/// # Panics
/// If the project's own cases are not readable.
#[must_use]
pub fn cases() -> Vec<Given> {
    let cases = cretula_cases::checks().expect("the project's own cases").into_iter();
    let given = cases.filter_map(|case| {
        let (request, _) = parse_request(&case.request).ok()?;
        let bundle = Document::parse(&request.bundle)?;
        Some(Given { name: case.name, is_good: case.expected == Expected::Verified, request, bundle })
    });
    given.collect()
}

/// Those that are verified: bundles of every kind, and values just inside of every boundary.
#[must_use]
pub fn good() -> Vec<Given> {
    cases().into_iter().filter(|case| case.is_good).collect()
}

impl Given {
    /// The call with another bundle.
    #[must_use]
    pub fn with_bundle(&self, bundle: &Document) -> Request {
        Request { bundle: bundle.encode(), ..self.request.clone() }
    }

    /// Whether the call with another bundle is verified.
    #[must_use]
    pub fn accepts(&self, bundle: &Document, roots: &mut RootMemo) -> bool {
        verify(&self.with_bundle(bundle), roots).is_ok_and(|outcome| outcome.verdict.is_ok())
    }
}

/// Verifies with production arithmetic.
///
/// # Errors
/// The call itself was wrong.
pub fn verify(request: &Request, roots: &mut RootMemo) -> Result<Outcome, Failure> {
    Verifier::new(&RustCrypto, roots).verify(request)
}

/// Verified by a verifier that has seen nothing before, or why not: the code, and what people read.
///
/// # Errors
/// The refusal or the failure.
pub fn judge(request: &Request) -> Result<(), String> {
    let outcome =
        verify(request, &mut RootMemo::default()).map_err(|failure| format!("{} {failure}", failure.code))?;
    outcome.verdict.map(drop).map_err(|refusal| format!("{} {refusal}", refusal.code))
}
