//! Keys in the transit engine of OpenBao or Vault.
//!
//! Traps of its interface, each with a test: RSA signs as PSS and with SHA-256 unless told otherwise; Ed25519 takes the
//! message, everything else its digest; the version that signs is the latest unless told otherwise, so the version whose
//! public half was read is always asked for; the public half of Ed25519 keys is raw base64, that of others PEM.

mod client;
mod documents;
mod name;
#[cfg(test)]
mod openbao_tests;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;

use super::{GuardedMessage, KeyAlgorithm, KeyError, PublicKey, Secret, Signature, SigningKey};
use client::{Client, Refusal};
use documents::{KeyDocument, SignRequest};
pub use name::TransitKeyName;

/// Longest message for Ed25519 keys: as base64 within the 32 MiB that the server takes by default.
const MAX_MESSAGE_BYTES: u32 = 23 << 20;

/// How to reach a transit engine.
pub struct TransitOptions {
    address: String,
    token: Secret,
    root_certificates: Option<Vec<u8>>,
    timeout: Duration,
}

impl TransitOptions {
    /// `address` is `https://HOST[:PORT]`, or `http://` for loopback; the token goes nowhere else.
    #[must_use]
    pub fn new(address: &str, token: Secret) -> Self {
        Self { address: address.to_owned(), token, root_certificates: None, timeout: Duration::from_secs(15) }
    }

    /// Root certificates of the server, PEM, instead of those of the system.
    #[must_use]
    pub fn with_root_certificates(mut self, pem: &[u8]) -> Self {
        self.root_certificates = Some(pem.to_owned());
        self
    }

    /// Longest time for one request; 15 s by default.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

/// A connection to OpenBao or Vault. Holds the token, which nobody gets out: no `Clone`, no `Debug`.
pub struct Transit {
    client: Client,
}

impl Transit {
    /// Nothing is sent yet.
    ///
    /// # Errors
    /// [`KeyError::Other`] for an address, a token or certificates that cannot be used.
    pub fn new(options: TransitOptions) -> Result<Self, KeyError> {
        Ok(Self { client: Client::new(options)? })
    }

    /// Reads the latest version of the key.
    pub(super) async fn open(transit: &Arc<Self>, name: &TransitKeyName) -> Result<TransitKey, KeyError> {
        let key = transit.read_key(name).await?;
        let version = key.latest_version;
        Ok(TransitKey {
            transit: Arc::clone(transit),
            name: name.clone(),
            algorithm: key.algorithm()?,
            spki: key.spki(version)?,
            chain: key.certificate_chain(version)?,
            version,
        })
    }

    async fn read_key(&self, name: &TransitKeyName) -> Result<KeyDocument, KeyError> {
        let reply = self.client.read(&name.path("keys"), name.namespace()).await?;
        KeyDocument::parse(&reply)
    }
}

/// A handle on one version of a key.
pub(super) struct TransitKey {
    transit: Arc<Transit>,
    name: TransitKeyName,
    algorithm: KeyAlgorithm,
    spki: Vec<u8>,
    chain: Vec<Vec<u8>>,
    version: u64,
}

#[async_trait]
impl SigningKey for TransitKey {
    fn algorithm(&self) -> &str {
        self.algorithm.name()
    }

    async fn public_key(&self) -> Result<PublicKey, KeyError> {
        let version = Some(self.version.to_string());
        Ok(PublicKey { spki: self.spki.clone(), id: self.name.to_string(), version })
    }

    async fn certificate_chain(&self) -> Result<Vec<Vec<u8>>, KeyError> {
        Ok(self.chain.clone())
    }

    async fn sign(&self, message: GuardedMessage<'_>) -> Result<Signature, KeyError> {
        let request = self.request(message.bytes())?;
        let (path, namespace) = (self.name.path("sign"), self.name.namespace());
        match self.transit.client.write(&path, namespace, &request).await {
            Ok(reply) => self.signature(&reply),
            Err(refusal) => Err(self.explain(refusal).await),
        }
    }
}

impl TransitKey {
    fn request(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let digest = self.algorithm.digest(message);
        let longest = usize::try_from(MAX_MESSAGE_BYTES).unwrap_or(usize::MAX);
        if digest.is_none() && message.len() > longest {
            return Err(KeyError::TooLarge { max_bytes: MAX_MESSAGE_BYTES });
        }
        Ok(SignRequest::new(self.algorithm, digest.as_deref().unwrap_or(message), self.version).encode())
    }

    fn signature(&self, reply: &[u8]) -> Result<Signature, KeyError> {
        let (version, bytes) = documents::parse_signature(reply)?;
        if version != self.version {
            return Err(KeyError::WrongVersion);
        }
        let encoding = self.algorithm.encoding().to_owned();
        Ok(Signature { bytes, encoding, version: Some(version.to_string()) })
    }

    /// The server says 400 for a version that may no longer sign and 500 for one that is not there, as for other
    /// mistakes: the key itself tells whether that is the reason (K6).
    async fn explain(&self, refusal: Refusal) -> KeyError {
        if matches!(refusal.status, Some(400 | 500))
            && let Ok(key) = self.transit.read_key(&self.name).await
            && !key.signs_with(self.version, &self.spki)
        {
            return KeyError::WrongVersion;
        }
        refusal.error
    }
}
