//! Keys that sign notes, from fixed bytes.
#![expect(clippy::unwrap_used, reason = "a panic fails the test")]
#![expect(dead_code, reason = "not every test file signs in every way")]

use cretula_crypto::{Checker, RustCrypto, VerificationKey};
use cretula_encoding::limits::Limits;
use cretula_tlog::{Checkpoint, NoteSignature, SignedNote, c2sp_id, cosigned_message, spki_id, witness_id};
use ed25519_dalek::Signer as _;

/// SubjectPublicKeyInfo of a P-256 key up to the point.
const P256_SPKI: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

pub(crate) enum TestSigner {
    Ed25519(ed25519_dalek::SigningKey),
    P256(p256::ecdsa::SigningKey),
}

pub(crate) fn ed25519(seed: u8) -> TestSigner {
    TestSigner::Ed25519(ed25519_dalek::SigningKey::from_bytes(&[seed; 32]))
}

pub(crate) fn p256(seed: u8) -> TestSigner {
    TestSigner::P256(p256::ecdsa::SigningKey::from_slice(&[seed; 32]).unwrap())
}

impl TestSigner {
    pub(crate) fn key(&self) -> VerificationKey {
        match self {
            Self::Ed25519(key) => VerificationKey::parse_ed25519(key.verifying_key().as_bytes()).unwrap(),
            Self::P256(key) => {
                let point = key.verifying_key().to_sec1_point(false);
                VerificationKey::parse_spki(&[&P256_SPKI[..], point.as_bytes()].concat()).unwrap()
            }
        }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Ed25519(key) => key.sign(message).to_bytes().to_vec(),
            Self::P256(key) => {
                let signature: p256::ecdsa::Signature = key.sign(message);
                signature.to_der().as_bytes().to_vec()
            }
        }
    }

    /// A line with the C2SP id.
    pub(crate) fn line(&self, name: &str, text: &str) -> NoteSignature {
        let key_id = c2sp_id(name, &self.key()).unwrap().key_id();
        NoteSignature { name: name.into(), key_id, signature: self.sign(text.as_bytes()) }
    }

    /// A line with the id of Rekor v1.
    pub(crate) fn spki_line(&self, name: &str, text: &str) -> NoteSignature {
        let key_id = spki_id(&self.key()).key_id();
        NoteSignature { name: name.into(), key_id, signature: self.sign(text.as_bytes()) }
    }

    /// A line with a time.
    pub(crate) fn cosign(&self, name: &str, text: &str, time_secs: u64) -> NoteSignature {
        let key_id = witness_id(name, &self.key()).unwrap().key_id();
        let mut signature = time_secs.to_be_bytes().to_vec();
        signature.extend(self.sign(&cosigned_message(time_secs, text)));
        NoteSignature { name: name.into(), key_id, signature }
    }
}

fn text_of(text: &str, lines: &[NoteSignature]) -> String {
    let lines: String = lines.iter().map(NoteSignature::encode).collect();
    format!("{text}\n{lines}")
}

pub(crate) fn note(text: &str, lines: &[NoteSignature]) -> SignedNote {
    SignedNote::parse(text_of(text, lines).as_bytes(), &Limits::default()).unwrap()
}

pub(crate) fn checkpoint(text: &str, lines: &[NoteSignature]) -> Checkpoint {
    Checkpoint::parse(text_of(text, lines).as_bytes(), &Limits::default()).unwrap()
}

pub(crate) fn checker() -> Checker<'static> {
    Checker::new(&RustCrypto, 100)
}
