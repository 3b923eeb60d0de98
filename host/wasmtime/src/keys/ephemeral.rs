//! The key of one bundle.

use std::sync::atomic::{AtomicU8, Ordering};

use async_trait::async_trait;

use super::{
    GuardedMessage, KeyAlgorithm, KeyError, PublicKey, Signature, SigningKey, granted::GrantedKeys,
    local::Material,
};

/// A key that is made for one bundle, proves its possession once, signs once, and is zeroed with its handle.
pub struct EphemeralKey {
    material: Material,
    left: AtomicU8,
}

impl EphemeralKey {
    /// One certification request and one pre-authentication encoding.
    const SIGNATURES: u8 = 2;

    /// Makes a key: P-256 unless P-384 is asked for, the two that Fulcio takes for short-lived certificates.
    ///
    /// # Errors
    /// [`KeyError::Unsupported`] for other algorithms; [`KeyError::Other`] without random bytes.
    pub fn generate(algorithm: Option<KeyAlgorithm>) -> Result<Self, KeyError> {
        let algorithm = algorithm.unwrap_or(KeyAlgorithm::EcdsaP256);
        if !matches!(algorithm, KeyAlgorithm::EcdsaP256 | KeyAlgorithm::EcdsaP384) {
            return Err(KeyError::unsupported(format!("a key for one bundle with {algorithm}")));
        }
        let material = Material::generate(algorithm).map_err(|error| KeyError::other(error.to_string()))?;
        Ok(Self { material, left: AtomicU8::new(Self::SIGNATURES) })
    }
}

#[async_trait]
impl SigningKey for EphemeralKey {
    fn algorithm(&self) -> &str {
        self.material.algorithm().name()
    }

    async fn public_key(&self) -> Result<PublicKey, KeyError> {
        let spki = self.material.spki().map_err(|error| KeyError::other(error.to_string()))?;
        Ok(PublicKey { spki, id: GrantedKeys::EPHEMERAL.to_owned(), version: None })
    }

    async fn sign(&self, message: GuardedMessage<'_>) -> Result<Signature, KeyError> {
        let counted =
            self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        counted.map_err(|_| KeyError::Denied)?;
        self.material.sign(message)
    }
}
