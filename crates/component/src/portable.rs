//! The interface `portable`: JSON bytes in, JSON bytes out.

use cretula_attest::portable as signing;
use cretula_verify::portable;

use crate::bindings::exports::cretula::core::portable::{Guest, Step};
use crate::{Module, memo};

impl Guest for Module {
    fn verify(request: Vec<u8>) -> Vec<u8> {
        memo::with_roots(|roots| portable::verify(&request, roots))
    }

    fn inspect(bundle: Vec<u8>) -> Vec<u8> {
        portable::inspect(&bundle)
    }

    fn check_policy(policy: Vec<u8>) -> Vec<u8> {
        portable::check_policy(&policy)
    }

    fn statement(request: Vec<u8>, now: u64) -> Vec<u8> {
        memo::with_roots(|roots| signing::statement(&request, now, roots))
    }

    fn begin(request: Vec<u8>, now: u64) -> Step {
        let (state, action) = memo::with_roots(|roots| signing::begin(&request, now, roots));
        Step { state, action }
    }

    fn resume(state: Vec<u8>, reply: Vec<u8>, now: u64) -> Step {
        let (state, action) = memo::with_roots(|roots| signing::resume(&state, &reply, now, roots));
        Step { state, action }
    }

    fn guard(authorisation: Vec<u8>, message: Vec<u8>) -> Vec<u8> {
        signing::guard(&authorisation, &message)
    }

    fn hash(state: Vec<u8>, chunk: Vec<u8>) -> Vec<u8> {
        portable::hash(&state, &chunk)
    }

    fn digests(state: Vec<u8>) -> Vec<u8> {
        portable::digests(&state)
    }

    fn version() -> Vec<u8> {
        portable::version()
    }
}
