//! What verification established about the signer.

use alloc::vec::Vec;

use cretula_crypto::Digest;
use cretula_pki::{Certificate, FulcioClaims};

/// The signer: the certificate on the verified path, or the managed key that verified.
#[derive(Debug, Clone)]
pub(crate) enum SignerFacts<'a> {
    /// A certificate.
    Certificate(CertificateFacts<'a>),
    /// A managed key.
    Key(KeyFacts<'a>),
}

/// The signing certificate.
#[derive(Debug, Clone)]
pub(crate) struct CertificateFacts<'a> {
    /// The leaf.
    pub(crate) certificate: &'a Certificate,
    /// Its claims.
    pub(crate) claims: &'a FulcioClaims,
    /// CA instance of the path.
    pub(crate) ca: CaFacts<'a>,
}

/// The CA instance that ends the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CaFacts<'a> {
    /// SHA-256 of the anchor certificate.
    pub(crate) sha256: Digest,
    /// URI of the instance in the trusted root.
    pub(crate) uri: Option<&'a str>,
}

/// The managed key that verified.
#[derive(Debug, Clone)]
pub(crate) struct KeyFacts<'a> {
    /// Every entry of the caller's keys that holds this key: one key may be given under several ids.
    pub(crate) given: Vec<GivenKey<'a>>,
}

/// An entry of the caller's keys.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GivenKey<'a> {
    /// Id given with the key; may be empty.
    pub(crate) id: &'a str,
    /// Usage given with the key.
    pub(crate) usage: Option<&'a str>,
}
