//! The keys of one request.

use std::collections::BTreeMap;

use super::{
    EphemeralKey, GuardedMessage, KeyAlgorithm, KeyError, KeyStore, PublicKey, Purpose, Signature, SigningKey,
};

/// Opens the keys that the host granted to one request, and no others.
pub struct GrantedKeys<'a> {
    store: &'a dyn KeyStore,
    grants: BTreeMap<String, Purpose>,
}

impl<'a> GrantedKeys<'a> {
    /// Name of the key that is made for one bundle and destroyed with its handle.
    pub const EPHEMERAL: &'static str = "ephemeral";

    /// Nothing is granted at first.
    #[must_use]
    pub fn new(store: &'a dyn KeyStore) -> Self {
        Self { store, grants: BTreeMap::new() }
    }

    /// Grants a key of the store for one purpose; of two grants for one name the later one counts.
    ///
    /// The name `ephemeral` never comes from the store, and has its own purpose only: see [`Self::grant_ephemeral`].
    #[must_use]
    pub fn grant(mut self, name: &str, purpose: Purpose) -> Self {
        if (name == Self::EPHEMERAL) == (purpose == Purpose::Ephemeral) {
            self.grants.insert(name.to_owned(), purpose);
        }
        self
    }

    /// Grants keys that are made for this request.
    #[must_use]
    pub fn grant_ephemeral(self) -> Self {
        self.grant(Self::EPHEMERAL, Purpose::Ephemeral)
    }

    /// A handle on a granted key. `ephemeral` gives a fresh key each time, with this algorithm or P-256; a key of the
    /// store has its own.
    ///
    /// # Errors
    /// [`KeyError::Denied`] alike for unknown names and for names that are not granted; what the store says.
    pub async fn open(&self, name: &str, algorithm: Option<KeyAlgorithm>) -> Result<GrantedKey, KeyError> {
        let purpose = *self.grants.get(name).ok_or(KeyError::Denied)?;
        let key: Box<dyn SigningKey> = match purpose {
            Purpose::Ephemeral => Box::new(EphemeralKey::generate(algorithm)?),
            Purpose::Attestation | Purpose::Ca => self.store.open(name).await?,
        };
        Ok(GrantedKey { key, name: name.to_owned(), purpose })
    }
}

/// A handle on a key that was granted for one purpose; the only way from a request to a signature.
pub struct GrantedKey {
    key: Box<dyn SigningKey>,
    name: String,
    purpose: Purpose,
}

impl GrantedKey {
    /// Name under which it was granted.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it may sign.
    #[must_use]
    pub const fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// See [`SigningKey::algorithm`].
    #[must_use]
    pub fn algorithm(&self) -> &str {
        self.key.algorithm()
    }

    /// See [`SigningKey::public_key`].
    ///
    /// # Errors
    /// See there.
    pub async fn public_key(&self) -> Result<PublicKey, KeyError> {
        self.key.public_key().await
    }

    /// See [`SigningKey::certificate_chain`].
    ///
    /// # Errors
    /// See there.
    pub async fn certificate_chain(&self) -> Result<Vec<Vec<u8>>, KeyError> {
        self.key.certificate_chain().await
    }

    /// The one place of the library that signs.
    pub(crate) async fn sign(&self, message: GuardedMessage<'_>) -> Result<Signature, KeyError> {
        self.key.sign(message).await
    }
}
