//! Signing keys that the host holds: the module sees public halves and signatures, never a key.
//!
//! A program that embeds the library implements [`KeyStore`] and [`SigningKey`] for its key management system, or takes
//! [`ConfiguredKeys`]: files, OpenBao and Vault. For each request it grants keys by name ([`GrantedKeys`]).
//!
//! ```
//! use cretula::keys::{ConfiguredKeys, GrantedKeys, KeyAlgorithm, LocalKey, Purpose};
//!
//! let mut keys = ConfiguredKeys::new();
//! keys.add_local("slsa", LocalKey::generate(KeyAlgorithm::EcdsaP256)?)?;
//! let granted = GrantedKeys::new(&keys).grant("slsa", Purpose::Attestation);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod algorithm;
#[cfg(test)]
mod checks;
mod configured;
mod ephemeral;
mod error;
mod granted;
mod local;
mod names;
mod secret;
mod store;
#[cfg(test)]
mod tests;
mod transit;

pub use algorithm::KeyAlgorithm;
pub use configured::ConfiguredKeys;
pub use ephemeral::EphemeralKey;
pub use error::KeyError;
pub use granted::{GrantedKey, GrantedKeys};
pub use local::{LocalKey, LocalKeyError};
pub use names::KeyReference;
pub use secret::Secret;
pub use store::{GuardedMessage, KeyStore, PublicKey, Purpose, Signature, SigningKey};
pub use transit::{Transit, TransitKeyName, TransitOptions};
