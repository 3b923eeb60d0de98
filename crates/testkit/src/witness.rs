//! Witnesses: they cosign checkpoints (C2SP tlog-cosignature).

use cretula_crypto::SignatureScheme;
use cretula_tlog::{SignatureType, VerifierKey, cosigned_message, witness_id};

use crate::note::NoteLine;
use crate::seed::Seed;
use crate::signing_key::{Algorithm, SigningKey};

/// A witness.
#[derive(Debug, Clone)]
pub struct Witness {
    /// Name on its lines.
    pub name: String,
    /// Who runs it.
    pub operator: String,
    /// Ed25519.
    pub key: SigningKey,
}

impl Witness {
    /// A witness of this operator.
    #[must_use]
    pub fn new(seed: &Seed, operator: &str) -> Self {
        let key = SigningKey::derive(seed, &format!("witness {operator}"), Algorithm::Ed25519);
        Self { name: format!("witness.{operator}"), operator: operator.into(), key }
    }

    /// The key as policies name it.
    ///
    /// # Panics
    /// If the name is not one of a signer of notes.
    #[must_use]
    pub fn vkey(&self) -> String {
        let key = self.key.verification_key();
        VerifierKey::new(&self.name, SignatureType::CosignatureEd25519, key).expect("a name").encode()
    }

    /// The line of a cosignature made at `time`.
    ///
    /// # Panics
    /// If the key is not one of a witness.
    #[must_use]
    pub fn cosign(&self, text: &str, time: u64) -> NoteLine {
        let message = cosigned_message(time, text);
        let signature = self.key.sign(SignatureScheme::Ed25519, &message);
        let id = witness_id(&self.name, &self.key.verification_key()).expect("an Ed25519 key");
        NoteLine {
            name: self.name.clone(),
            key_id: id.key_id(),
            signature: [&time.to_be_bytes()[..], &signature].concat(),
        }
    }
}
