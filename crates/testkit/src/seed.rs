//! The one source of randomness: 32 bytes, from which everything derives by name.

use cretula_crypto::HashAlgorithm;

/// A seed. Equal seeds and names give equal keys, for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seed([u8; 32]);

impl Seed {
    /// A seed of these bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The seed of `name` under this one: SHA-256 of both.
    #[must_use]
    pub fn derive(&self, name: &str) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(HashAlgorithm::Sha256.digest(&[&self.0, name.as_bytes()]).as_bytes());
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// `length` bytes, at most 64, whose first bit is 0 so that they are a scalar of every curve here.
    #[must_use]
    pub(crate) fn scalar(&self, length: usize) -> Vec<u8> {
        let mut bytes = HashAlgorithm::Sha512.digest(&[&self.0]).as_bytes()[..length.min(64)].to_vec();
        bytes.resize(length, 0x17);
        bytes[0] = 0;
        bytes
    }
}
