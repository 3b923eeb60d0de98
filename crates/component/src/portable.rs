//! The interface `portable`: JSON bytes in, JSON bytes out.

use cretula_verify::portable;

use crate::bindings::exports::cretula::core::portable::Guest;
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
