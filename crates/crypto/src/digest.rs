//! SHA-2 digests (FIPS 180-4).

use alloc::string::String;
use core::fmt;

use cretula_encoding::{der::Oid, hex};
use sha2::{Sha256, Sha384, Sha512};

use crate::oid;

/// A hash function. The value is a [`Digest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HashAlgorithm {
    /// SHA-256
    Sha256,
    /// SHA-384
    Sha384,
    /// SHA-512
    Sha512,
}

impl HashAlgorithm {
    /// All of them, shortest first.
    pub const ALL: &'static [Self] = &[Self::Sha256, Self::Sha384, Self::Sha512];

    /// `sha256`, `sha384`, `sha512`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// From [`Self::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|algorithm| algorithm.name() == name)
    }

    /// `SHA2_256`, … (Sigstore `HashAlgorithm`).
    #[must_use]
    pub const fn sigstore_name(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA2_256",
            Self::Sha384 => "SHA2_384",
            Self::Sha512 => "SHA2_512",
        }
    }

    /// From [`Self::sigstore_name`].
    #[must_use]
    pub fn from_sigstore_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|algorithm| algorithm.sigstore_name() == name)
    }

    /// From the content octets of a digest algorithm OID (RFC 5754 §2).
    #[must_use]
    pub fn from_oid(oid: Oid<'_>) -> Option<Self> {
        Self::ALL.iter().copied().find(|algorithm| algorithm.oid() == oid)
    }

    const fn oid(self) -> Oid<'static> {
        match self {
            Self::Sha256 => oid::SHA256,
            Self::Sha384 => oid::SHA384,
            Self::Sha512 => oid::SHA512,
        }
    }

    /// Output length in bytes.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "the length of an output, never zero")]
    pub const fn len(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// Digest of the concatenation of `parts`.
    #[must_use]
    pub fn digest(self, parts: &[&[u8]]) -> Digest {
        match self {
            Self::Sha256 => Digest::padded(self, &hash::<Sha256>(parts)),
            Self::Sha384 => Digest::padded(self, &hash::<Sha384>(parts)),
            Self::Sha512 => Digest::padded(self, &hash::<Sha512>(parts)),
        }
    }
}

fn hash<D: sha2::Digest>(parts: &[&[u8]]) -> sha2::digest::Output<D> {
    let mut state = D::new();
    for part in parts {
        state.update(part);
    }
    state.finalize()
}

/// A digest and its algorithm.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Digest {
    algorithm: HashAlgorithm,
    /// The value, followed by zeros, so that the derived order and equality are those of the value.
    bytes: [u8; 64],
}

/// Why bytes or text are no digest, or no state of a [`Hasher`](crate::Hasher).
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DigestError {
    /// Not lower-case hex.
    Hex,
    /// Another length than the algorithm has.
    Length,
    /// Not a state made by [`Hasher::save`](crate::Hasher::save).
    State,
}

impl Digest {
    /// From bytes.
    ///
    /// # Errors
    /// [`DigestError::Length`] unless there are [`HashAlgorithm::len`] bytes.
    pub fn from_bytes(algorithm: HashAlgorithm, bytes: &[u8]) -> Result<Self, DigestError> {
        if bytes.len() == algorithm.len() {
            Ok(Self::padded(algorithm, bytes))
        } else {
            Err(DigestError::Length)
        }
    }

    /// From lower-case hex.
    ///
    /// # Errors
    /// [`DigestError::Hex`] for other text, [`DigestError::Length`] for another number of bytes.
    pub fn from_hex(algorithm: HashAlgorithm, text: &str) -> Result<Self, DigestError> {
        let bytes = hex::decode(text).map_err(|_| DigestError::Hex)?;
        Self::from_bytes(algorithm, &bytes)
    }

    /// `bytes` has the length of the algorithm's output.
    pub(crate) fn padded(algorithm: HashAlgorithm, bytes: &[u8]) -> Self {
        let mut padded = [0; 64];
        for (to, from) in padded.iter_mut().zip(bytes) {
            *to = *from;
        }
        Self { algorithm, bytes: padded }
    }

    /// The algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> HashAlgorithm {
        self.algorithm
    }

    /// The value.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.algorithm.len()).unwrap_or_default()
    }

    /// The value in lower-case hex.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex::encode(self.as_bytes())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm.name(), self.to_hex())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    // FIPS 180-4 examples, message "abc".
    const ABC: [(HashAlgorithm, &[u8]); 3] = [
        (HashAlgorithm::Sha256, &hex!("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")),
        (
            HashAlgorithm::Sha384,
            &hex!(
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
            ),
        ),
        (
            HashAlgorithm::Sha512,
            &hex!(
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
            ),
        ),
    ];

    #[test]
    fn known_digests() {
        for (algorithm, expected) in ABC {
            assert_eq!(algorithm.digest(&[b"abc"]).as_bytes(), expected);
            assert_eq!(algorithm.digest(&[b"a", b"", b"bc"]).as_bytes(), expected);
            assert_eq!(algorithm.len(), expected.len());
        }
    }

    #[test]
    fn names() {
        for algorithm in HashAlgorithm::ALL.iter().copied() {
            assert_eq!(HashAlgorithm::from_name(algorithm.name()), Some(algorithm));
            assert_eq!(HashAlgorithm::from_sigstore_name(algorithm.sigstore_name()), Some(algorithm));
            assert_eq!(HashAlgorithm::from_oid(algorithm.oid()), Some(algorithm));
        }
        assert_eq!(HashAlgorithm::from_name("sha1"), None);
        assert_eq!(HashAlgorithm::from_name("SHA256"), None);
        assert_eq!(HashAlgorithm::from_sigstore_name("SHA3_256"), None);
        assert_eq!(HashAlgorithm::from_oid(Oid::from_content(&hex!("2b0e03021a"))), None);
    }

    #[test]
    fn from_hex_is_strict() {
        let algorithm = HashAlgorithm::Sha256;
        let digest = algorithm.digest(&[b"abc"]);
        assert_eq!(Digest::from_hex(algorithm, &digest.to_hex()), Ok(digest));
        assert_eq!(Digest::from_hex(algorithm, &digest.to_hex().to_ascii_uppercase()), Err(DigestError::Hex));
        assert_eq!(Digest::from_hex(HashAlgorithm::Sha384, &digest.to_hex()), Err(DigestError::Length));
        assert_eq!(Digest::from_hex(algorithm, ""), Err(DigestError::Length));
    }

    #[test]
    fn from_bytes_wants_the_exact_length() {
        for algorithm in HashAlgorithm::ALL.iter().copied() {
            let bytes = [7; 65];
            assert!(Digest::from_bytes(algorithm, &bytes[..algorithm.len()]).is_ok());
            assert_eq!(
                Digest::from_bytes(algorithm, &bytes[..algorithm.len() - 1]),
                Err(DigestError::Length)
            );
            assert_eq!(
                Digest::from_bytes(algorithm, &bytes[..algorithm.len() + 1]),
                Err(DigestError::Length)
            );
        }
    }
}
