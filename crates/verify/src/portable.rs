//! The `portable` interface: JSON bytes in, JSON bytes out, for hosts that have no component model.
//!
//! Each function is total: whatever comes in, a document comes out. What goes wrong is `cretula/error/v1`.

use crate::documents::{ReportForm, encode_failure, encode_report, encode_short_report, parse_request};
use crate::inspect::inspect_bundle;
use crate::policy::Policy;
use crate::refusal::Failure;
use crate::request::Request;
use crate::trust::RootMemo;
use crate::verifier::{Outcome, Verifier};
use alloc::vec::Vec;
use cretula_crypto::{HashAlgorithm, Hasher, RustCrypto};
use cretula_encoding::{
    fields::Field,
    hex,
    json::{self, JsonLimits, Tree},
    limits::Limits,
};

/// `cretula/verify-request/v1` in; `cretula/report/v1` or `cretula/error/v1` out.
#[must_use]
pub fn verify(request: &[u8], roots: &mut RootMemo) -> Vec<u8> {
    verify_document(request, roots).unwrap_or_else(|failure| encode_failure(&failure))
}

fn verify_document(request: &[u8], roots: &mut RootMemo) -> Result<Vec<u8>, Failure> {
    let (request, form) = parse_request(request)?;
    let outcome = verify_request(&request, roots)?;
    Ok(match form {
        ReportForm::Full => encode_report(&outcome.report),
        ReportForm::Short => encode_short_report(&outcome.report),
    })
}

/// The typed form of [`verify`].
///
/// # Errors
/// The call itself was wrong.
pub fn verify_request(request: &Request, roots: &mut RootMemo) -> Result<Outcome, Failure> {
    Verifier::new(&RustCrypto, roots).verify(request)
}

/// A bundle in; an **unverified** view of it out.
#[must_use]
pub fn inspect(bundle: &[u8]) -> Vec<u8> {
    inspect_document(bundle).unwrap_or_else(|failure| encode_failure(&failure))
}

/// [`inspect`] with the failure apart.
///
/// # Errors
/// The bundle cannot be parsed.
pub fn inspect_document(bundle: &[u8]) -> Result<Vec<u8>, Failure> {
    inspect_bundle(bundle, &Limits::default()).map(|view| view.encode())
}

/// A policy in; the policy with its preset written out, or the failure.
#[must_use]
pub fn check_policy(policy: &[u8]) -> Vec<u8> {
    check_policy_document(policy).unwrap_or_else(|failure| encode_failure(&failure))
}

/// [`check_policy`] with the failure apart.
///
/// # Errors
/// The policy cannot take effect.
pub fn check_policy_document(policy: &[u8]) -> Result<Vec<u8>, Failure> {
    Ok(Policy::parse(policy, &Limits::default())?.to_tree().encode())
}

/// One step of hashing: `state` is a JSON list of algorithm names at first, later what this function returned.
#[must_use]
pub fn hash(state: &[u8], chunk: &[u8]) -> Vec<u8> {
    match hasher(state) {
        Ok(mut hasher) => {
            hasher.update(chunk);
            hasher.save()
        }
        Err(failure) => encode_failure(&failure),
    }
}

/// The digests of everything hashed so far: `{"sha256": hex, …}`.
#[must_use]
pub fn digests(state: &[u8]) -> Vec<u8> {
    match hasher(state) {
        Ok(hasher) => {
            let mut document = Tree::object();
            for digest in hasher.digests() {
                document.set(digest.algorithm().name(), hex::encode(digest.as_bytes()));
            }
            document.encode()
        }
        Err(failure) => encode_failure(&failure),
    }
}

/// Version of the code and of the contract.
#[must_use]
pub fn version() -> Vec<u8> {
    let mut document = Tree::object();
    document
        .set("schema", "cretula/version/v1")
        .set("version", env!("CARGO_PKG_VERSION"))
        .set("contract", "cretula:core@1.0.0");
    document.encode()
}

/// A list of names starts a hash; anything else must be a state of ours. A state never begins with `[`.
fn hasher(state: &[u8]) -> Result<Hasher, Failure> {
    if state.first() != Some(&b'[') {
        return Hasher::restore(state)
            .map_err(|_| Failure::new("input/state", "expected a state that hash returned"));
    }
    let limits = JsonLimits { max_depth: 1, max_members: 0, max_string_bytes: 16 };
    let value = json::parse(state, &limits).map_err(crate::documents::syntax_failure)?;
    let mut algorithms = Vec::new();
    for name in Field::root(value).list().map_err(crate::documents::field_failure)? {
        let text = name.text().map_err(crate::documents::field_failure)?;
        let algorithm = HashAlgorithm::from_name(&text).ok_or_else(|| {
            Failure::new("input/digest", "expected sha256, sha384 or sha512").at(name.pointer.clone())
        })?;
        if algorithms.contains(&algorithm) {
            return Err(Failure::new("input/digest", "each algorithm at most once").at(name.pointer));
        }
        algorithms.push(algorithm);
    }
    if algorithms.is_empty() {
        return Err(Failure::new("input/digest", "expected at least one algorithm"));
    }
    Ok(Hasher::new(&algorithms))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: Vec<u8>) -> alloc::string::String {
        alloc::string::String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn hashing_in_pieces_equals_hashing_whole() {
        let state = hash(br#"["sha256"]"#, b"ab");
        let state = hash(&state, b"c");
        let expected = r#"{"sha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}"#;
        assert_eq!(text(digests(&state)), expected);
    }

    #[test]
    fn a_state_that_is_none_is_an_error_document() {
        for state in
            [&b""[..], b"[]", br#"["md5"]"#, br#"["sha256","sha256"]"#, b"\xff\xff", br#"{"error":1}"#]
        {
            assert!(text(hash(state, b"x")).starts_with(r#"{"error":"#), "{state:?}");
            assert!(text(digests(state)).starts_with(r#"{"error":"#), "{state:?}");
        }
    }

    #[test]
    fn errors_can_be_fed_back_and_stay_errors() {
        let error = hash(b"junk", b"x");
        assert!(text(hash(&error, b"y")).contains("input/state"));
    }

    #[test]
    fn garbage_is_answered_with_an_error_document() {
        let mut roots = RootMemo::default();
        assert_eq!(
            text(verify(b"{", &mut roots)),
            r#"{"error":{"code":"input/syntax","detail":"not one JSON value, at byte 1"},"schema":"cretula/error/v1"}"#
        );
        assert!(text(inspect(b"")).contains("bundle-shape/json"));
        assert!(text(check_policy(b"{}")).contains("policy/malformed"));
    }
}
