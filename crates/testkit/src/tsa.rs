//! A timestamp authority (RFC 3161).

use cretula_crypto::{HashAlgorithm, SignatureScheme};

use crate::asn1::TIME_STAMPING;
use crate::ca::{Member, authority_json, sign_members};
use crate::certificate::{
    CertificateSpec, DIGITAL_SIGNATURE, EXTENDED_KEY_USAGE, KEY_USAGE, key_usage, purposes,
};
use crate::json::Json;
use crate::seed::Seed;
use crate::signing_key::{Algorithm, SigningKey};
use crate::token::TokenSpec;
use crate::window::Window;

/// Seconds of a year.
const YEAR: u64 = 365 * 86_400;

/// A timestamp authority: a root, perhaps intermediates, and a signer.
#[derive(Debug, Clone)]
pub struct TimestampAuthority {
    /// Who runs it.
    pub operator: Option<String>,
    /// URL.
    pub uri: String,
    /// When it is in use.
    pub window: Option<Window>,
    /// The root, …, the signer.
    pub members: Vec<Member>,
    /// How the signer signs tokens.
    pub scheme: SignatureScheme,
    /// Hash of the message imprint and of the signed attributes.
    pub hash: HashAlgorithm,
    /// Whether the trusted root lists the signer; else tokens must carry it.
    pub lists_signer: bool,
    /// Whether tokens carry the signer's certificate.
    pub embeds_signer: bool,
}

impl TimestampAuthority {
    /// An authority of this operator, in use from `from` on.
    #[must_use]
    pub fn new(seed: &Seed, operator: &str, algorithm: Algorithm, from: u64) -> Self {
        let root_key = SigningKey::derive(seed, &format!("tsa {operator} root"), Algorithm::P256);
        let root = Member::authority(&format!("{operator} tsa root"), root_key, None, None, from);
        let key = SigningKey::derive(seed, &format!("tsa {operator} signer"), algorithm);
        let scheme = key.scheme();
        let signer = signer(&format!("{operator} tsa"), key, &root, from);
        Self {
            operator: Some(operator.into()),
            uri: format!("https://tsa.{operator}/api/v1/timestamp"),
            window: Some(Window::from(from)),
            members: vec![root, signer],
            scheme,
            hash: scheme.prehash().unwrap_or(HashAlgorithm::Sha512),
            lists_signer: true,
            embeds_signer: false,
        }
    }

    /// Another way of signing, with the hash that goes with it.
    #[must_use]
    pub fn with_scheme(mut self, scheme: SignatureScheme) -> Self {
        self.scheme = scheme;
        self.hash = scheme.prehash().unwrap_or(HashAlgorithm::Sha512);
        self
    }

    /// The member that signs tokens.
    ///
    /// # Panics
    /// Never: there is a root at least.
    #[must_use]
    pub fn signer(&self) -> &Member {
        self.members.last().expect("a root at least")
    }

    /// Certificate of the signer, DER.
    ///
    /// # Panics
    /// Never: there is a root at least.
    #[must_use]
    pub fn signer_certificate(&self) -> Vec<u8> {
        sign_members(&self.members).pop().expect("a root at least")
    }

    /// A token over `message` (the signature that is to be dated) with this `genTime`, ready to be bent and signed.
    #[must_use]
    pub fn token(&self, message: &[u8], gen_time: &str) -> TokenSpec {
        TokenSpec::new(self, message, gen_time)
    }

    /// Certificates as trusted roots list them: anchor last.
    #[must_use]
    pub fn chain(&self) -> Vec<Vec<u8>> {
        let mut chain = sign_members(&self.members);
        chain.reverse();
        if !self.lists_signer {
            chain.remove(0);
        }
        chain
    }

    pub(crate) fn to_json(&self) -> Json {
        authority_json(&self.uri, self.operator.as_deref(), self.window.as_ref(), &self.chain())
    }
}

/// A signer's certificate below `above`.
pub(crate) fn signer(name: &str, key: SigningKey, above: &Member, from: u64) -> Member {
    let mut certificate = CertificateSpec::new(name, "", &key, (from, from + 10 * YEAR));
    certificate.issuer.clone_from(&above.certificate.subject);
    certificate.set(KEY_USAGE, true, key_usage(DIGITAL_SIGNATURE));
    certificate.set(EXTENDED_KEY_USAGE, true, purposes(&[TIME_STAMPING]));
    certificate.key_ids(Some(&above.key));
    Member { certificate, key, signer: None }
}
