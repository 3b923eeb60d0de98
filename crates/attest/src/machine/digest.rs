//! What an action is, as a digest: a retry must be the same but for its delay.
use alloc::vec::Vec;

use cretula_crypto::HashAlgorithm;

use super::step::{Action, ExchangeRequest};

/// SHA-256 of an action, delays apart.
pub(super) fn of_action(action: &Action) -> [u8; 32] {
    let mut parts: Vec<&[u8]> = Vec::new();
    match action {
        Action::NeedConfig { reason } => parts.extend([b"config".as_slice(), reason.as_bytes()]),
        Action::NeedExchange { requests } => {
            requests.iter().for_each(|request| push_request(&mut parts, request))
        }
        Action::NeedKey { key, .. } => parts.extend([b"key".as_slice(), key.as_bytes()]),
        Action::NeedSignature { key, message, .. } => {
            parts.extend([b"signature".as_slice(), key.as_bytes(), message]);
        }
        Action::Done(_) | Action::Failed(_) => parts.push(b"end"),
    }
    of_parts(&parts)
}

fn push_request<'a>(parts: &mut Vec<&'a [u8]>, request: &'a ExchangeRequest) {
    parts.extend([b"exchange".as_slice(), request.method.as_bytes(), request.url.as_bytes(), &request.body]);
}

/// SHA-256 of parts, each after its length.
pub(super) fn of_parts(parts: &[&[u8]]) -> [u8; 32] {
    let mut framed = Vec::new();
    for part in parts {
        framed.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        framed.extend_from_slice(part);
    }
    sha256(&framed)
}

/// SHA-256.
pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let digest = HashAlgorithm::Sha256.digest(&[bytes]);
    let mut array = [0; 32];
    for (to, from) in array.iter_mut().zip(digest.as_bytes()) {
        *to = *from;
    }
    array
}

/// The first bytes of SHA-256(`entropy` ‖ label ‖ counter as u32be).
pub(super) fn derive<const N: usize>(entropy: &[u8; 32], label: &str, counter: u32) -> [u8; N] {
    let digest = sha256(&[entropy.as_slice(), label.as_bytes(), &counter.to_be_bytes()].concat());
    let mut array = [0; N];
    for (to, from) in array.iter_mut().zip(digest) {
        *to = from;
    }
    array
}
