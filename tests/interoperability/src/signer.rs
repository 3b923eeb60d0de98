//! Keys of one run: OpenBao's, and one that is made for it.

use cretula_attest::machine::{HostError, KeyReply, Reply, SignatureReply};
use cretula_testkit::{Algorithm, Seed, SigningKey};

use crate::clock::nanos;
use crate::key_service::KeyService;

/// Keys by their names in a mode.
#[derive(Debug)]
pub(crate) struct Keys<'a> {
    service: &'a KeyService,
    algorithm: Algorithm,
    fresh: Option<SigningKey>,
}

impl<'a> Keys<'a> {
    pub(crate) const fn new(service: &'a KeyService, is_p384: bool) -> Self {
        let algorithm = if is_p384 { Algorithm::P384 } else { Algorithm::P256 };
        Self { service, algorithm, fresh: None }
    }

    /// The reply to `need-key`; a fresh key is another one each time.
    pub(crate) fn open(&mut self, name: &str) -> Reply {
        if name != "ephemeral" {
            return self.service.open(name);
        }
        let seed = Seed::new([3; 32]).derive(&nanos().to_string());
        let key = SigningKey::derive(&seed, "ephemeral", self.algorithm);
        let public_key = key.spki();
        self.fresh = Some(key);
        let details = match self.algorithm {
            Algorithm::P384 => "PKIX_ECDSA_P384_SHA_384",
            _ => "PKIX_ECDSA_P256_SHA_256",
        };
        Reply::Key(KeyReply {
            public_key,
            algorithm: details.to_owned(),
            key_id: name.to_owned(),
            version: None,
            chain: Vec::new(),
        })
    }

    /// The reply to `need-signature`.
    pub(crate) fn sign(&self, name: &str, message: &[u8]) -> Reply {
        match (name, &self.fresh) {
            ("ephemeral", Some(key)) => Reply::Signature(SignatureReply {
                signature: key.sign(key.scheme(), message),
                encoding: "der".to_owned(),
                version: None,
            }),
            ("ephemeral", None) => Reply::Error(HostError::Denied),
            _ => self.service.sign(name, message),
        }
    }
}
