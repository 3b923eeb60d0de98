//! Keys in files of the host.

mod cosign;
mod error;
mod file;
mod format;
mod material;
#[cfg(test)]
mod tests;

use std::{path::Path, sync::Arc};

use async_trait::async_trait;
use cretula_encoding::pem;
use zeroize::Zeroizing;

use super::{GuardedMessage, KeyAlgorithm, KeyError, PublicKey, Secret, Signature, SigningKey};
pub use error::LocalKeyError;
pub(super) use material::Material;

/// A private key in the memory of this process: zeroed when dropped, neither copied nor printed.
///
/// It signs only through [`super::ConfiguredKeys`].
///
/// ```compile_fail
/// let key = cretula::keys::LocalKey::generate(cretula::keys::KeyAlgorithm::EcdsaP256).unwrap();
/// println!("{key:?}");
/// ```
/// ```compile_fail
/// let key = cretula::keys::LocalKey::generate(cretula::keys::KeyAlgorithm::EcdsaP256).unwrap();
/// let copy = key.clone();
/// ```
pub struct LocalKey {
    material: Material,
    spki: Vec<u8>,
    chain: Vec<Vec<u8>>,
}

impl LocalKey {
    /// Makes a key from the operating system's random source. RSA takes seconds.
    ///
    /// # Errors
    /// [`LocalKeyError::Random`].
    pub fn generate(algorithm: KeyAlgorithm) -> Result<Self, LocalKeyError> {
        Self::from_material(Material::generate(algorithm)?)
    }

    /// Reads a file: PKCS#8 (PEM or DER), SEC1 (PEM) or what cosign writes (PEM, encrypted).
    ///
    /// `passphrase` is used for encrypted files only. `algorithm` says how the key signs where the file does not
    /// (Ed25519ph, RSA-PSS), and is checked against the key; without it the key signs as Ed25519 or RSA PKCS#1 v1.5.
    ///
    /// # Errors
    /// [`LocalKeyError::Permissions`] if group or others may access the file; all others.
    pub fn read(
        path: &Path,
        passphrase: Option<&Secret>,
        algorithm: Option<KeyAlgorithm>,
    ) -> Result<Self, LocalKeyError> {
        Self::parse(&file::read(path)?, passphrase, algorithm)
    }

    /// As [`Self::read`], from the content of a file.
    ///
    /// # Errors
    /// All but those of files.
    pub fn parse(
        content: &[u8],
        passphrase: Option<&Secret>,
        algorithm: Option<KeyAlgorithm>,
    ) -> Result<Self, LocalKeyError> {
        Self::from_material(format::parse(content, passphrase, algorithm)?)
    }

    fn from_material(material: Material) -> Result<Self, LocalKeyError> {
        let spki = material.spki()?;
        Ok(Self { material, spki, chain: Vec::new() })
    }

    /// Certificates of the key, DER, leaf first. They are checked when they are used (K7).
    #[must_use]
    pub fn with_certificate_chain(mut self, chain: Vec<Vec<u8>>) -> Self {
        self.chain = chain;
        self
    }

    /// How it signs.
    #[must_use]
    pub const fn algorithm(&self) -> KeyAlgorithm {
        self.material.algorithm()
    }

    /// SubjectPublicKeyInfo, DER.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// SubjectPublicKeyInfo as PEM, for verifiers.
    #[must_use]
    pub fn public_key_pem(&self) -> String {
        pem::encode("PUBLIC KEY", &self.spki)
    }

    /// The private key as the PEM file that `cosign` reads and writes, encrypted with the passphrase.
    ///
    /// # Errors
    /// [`LocalKeyError::Random`].
    pub fn encrypt(&self, passphrase: &Secret) -> Result<String, LocalKeyError> {
        let pkcs8: Zeroizing<Vec<u8>> = self.material.pkcs8()?;
        cosign::encrypt(&pkcs8, passphrase)
    }

    #[cfg(test)]
    pub(super) const fn material_for_tests(&self) -> &Material {
        &self.material
    }
}

/// A handle on a configured local key.
pub(super) struct LocalHandle {
    pub(super) key: Arc<LocalKey>,
    pub(super) id: String,
}

#[async_trait]
impl SigningKey for LocalHandle {
    fn algorithm(&self) -> &str {
        self.key.algorithm().name()
    }

    async fn public_key(&self) -> Result<PublicKey, KeyError> {
        Ok(PublicKey { spki: self.key.spki.clone(), id: self.id.clone(), version: None })
    }

    async fn certificate_chain(&self) -> Result<Vec<Vec<u8>>, KeyError> {
        Ok(self.key.chain.clone())
    }

    async fn sign(&self, message: GuardedMessage<'_>) -> Result<Signature, KeyError> {
        self.key.material.sign(message)
    }
}
