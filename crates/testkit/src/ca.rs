//! A certificate authority with the profile of Fulcio.

use cretula_crypto::SignatureScheme;

use crate::asn1::CODE_SIGNING;
use crate::certificate::{
    CertificateSpec, DIGITAL_SIGNATURE, EXTENDED_KEY_USAGE, KEY_USAGE, SUBJECT_ALT_NAME, alt_names, fulcio,
    key_usage, purposes, uri,
};
use crate::json::Json;
use crate::seed::Seed;
use crate::signing_key::{Algorithm, SigningKey};
use crate::window::Window;

/// Seconds of a year.
const YEAR: u64 = 365 * 86_400;

/// A certificate of an authority and the key behind it.
#[derive(Debug, Clone)]
pub struct Member {
    /// The certificate.
    pub certificate: CertificateSpec,
    /// Its key.
    pub key: SigningKey,
    /// What signs it in place of the key of the member above.
    pub signer: Option<SigningKey>,
}

/// A certificate authority: a root, and intermediates below it.
#[derive(Debug, Clone)]
pub struct CertificateAuthority {
    /// Who runs it.
    pub operator: Option<String>,
    /// URL.
    pub uri: String,
    /// When it is in use.
    pub window: Option<Window>,
    /// The root, then each intermediate below the one before.
    pub members: Vec<Member>,
}

impl Member {
    /// An authority's certificate, signed by the one above or by itself.
    pub(crate) fn authority(
        name: &str,
        key: SigningKey,
        above: Option<&Self>,
        path_length: Option<u8>,
        from: u64,
    ) -> Self {
        let issuer = above.map_or_else(|| crate::asn1::name(name), |above| above.certificate.subject.clone());
        let mut certificate = CertificateSpec::new(name, "", &key, (from, from + 10 * YEAR));
        certificate.issuer = issuer;
        certificate.authority_profile(path_length).key_ids(above.map(|above| &above.key));
        Self { certificate, key, signer: None }
    }
}

/// Signs each member with the one above, the first one with itself; DER, in the order of `members`.
pub(crate) fn sign_members(members: &[Member]) -> Vec<Vec<u8>> {
    let above = |index: usize| &members[index.saturating_sub(1)].key;
    let sign = |(index, member): (usize, &Member)| {
        let key = member.signer.as_ref().unwrap_or_else(|| above(index));
        member.certificate.sign(key, key.scheme())
    };
    members.iter().enumerate().map(sign).collect()
}

impl CertificateAuthority {
    /// A root and an intermediate, in use from `from` on.
    #[must_use]
    pub fn new(seed: &Seed, operator: &str, algorithm: Algorithm, from: u64) -> Self {
        let key = |role: &str| SigningKey::derive(seed, &format!("ca {operator} {role}"), algorithm);
        let root = Member::authority(&format!("{operator} root"), key("root"), None, Some(1), from);
        let mut issuing =
            Member::authority(&format!("{operator} issuing"), key("issuing"), Some(&root), Some(0), from);
        issuing.certificate.set(EXTENDED_KEY_USAGE, false, purposes(&[CODE_SIGNING]));
        Self {
            operator: Some(operator.into()),
            uri: format!("https://fulcio.{operator}"),
            window: Some(Window::from(from)),
            members: vec![root, issuing],
        }
    }

    /// The member that issues leaves.
    #[must_use]
    pub fn issuer(&self) -> &Member {
        self.members.last().expect("a root at least")
    }

    /// Certificates as trusted roots list them: anchor last.
    #[must_use]
    pub fn chain(&self) -> Vec<Vec<u8>> {
        let mut chain = sign_members(&self.members);
        chain.reverse();
        chain
    }

    /// A leaf of Fulcio's profile for this key, valid for ten minutes, without SCT.
    #[must_use]
    pub fn leaf(&self, key: &SigningKey, identity: &Identity, not_before: u64) -> CertificateSpec {
        let mut leaf = CertificateSpec::new("", "", key, (not_before, not_before + 600));
        leaf.issuer.clone_from(&self.issuer().certificate.subject);
        leaf.set(KEY_USAGE, true, key_usage(DIGITAL_SIGNATURE));
        leaf.set(EXTENDED_KEY_USAGE, false, purposes(&[CODE_SIGNING]));
        leaf.key_ids(Some(&self.issuer().key));
        leaf.set(SUBJECT_ALT_NAME, true, alt_names(std::slice::from_ref(&identity.san)));
        for (number, value) in &identity.claims {
            leaf.set(&fulcio(*number), false, value.clone());
        }
        leaf
    }

    /// The scheme with which leaves are signed.
    #[must_use]
    pub const fn scheme(key: &SigningKey) -> SignatureScheme {
        key.scheme()
    }

    pub(crate) fn to_json(&self) -> Json {
        authority_json(&self.uri, self.operator.as_deref(), self.window.as_ref(), &self.chain())
    }
}

/// A member of `certificateAuthorities` or `timestampAuthorities`.
pub(crate) fn authority_json(
    uri: &str,
    operator: Option<&str>,
    window: Option<&Window>,
    chain: &[Vec<u8>],
) -> Json {
    let certificates =
        chain.iter().map(|der| Json::object([("rawBytes", Json::bytes(der))])).collect::<Vec<_>>();
    let mut authority = Json::object([
        ("subject", Json::object([("organization", Json::text(operator.unwrap_or_default()))])),
        ("uri", Json::text(uri)),
        ("certChain", Json::object([("certificates", Json::List(certificates))])),
    ]);
    if let Some(window) = window {
        authority.set("/validFor", window.to_json());
    }
    if let Some(operator) = operator {
        authority.set("/operator", Json::text(operator));
    }
    authority
}

/// Who a leaf is for.
#[derive(Debug, Clone)]
pub struct Identity {
    /// GeneralName, DER.
    pub san: Vec<u8>,
    /// Fulcio extensions: number, value.
    pub claims: Vec<(u8, Vec<u8>)>,
}

/// Claims of the identity of [`Identity::workflow`]: number, text.
pub(crate) const WORKFLOW_CLAIMS: [(u8, &str); 17] = [
    (8, ISSUER),
    (9, "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.2.3"),
    (10, COMMIT),
    (11, "github-hosted"),
    (12, "https://github.com/acme/app"),
    (13, COMMIT),
    (14, "refs/tags/v1.2.3"),
    (15, "1001"),
    (16, "https://github.com/acme"),
    (17, "77"),
    (18, "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.2.3"),
    (19, COMMIT),
    (20, "push"),
    (21, "https://github.com/acme/app/actions/runs/9001/attempts/1"),
    (22, "public"),
    (23, "release"),
    (24, "repo:acme/app:environment:release"),
];

/// Issuer of the identity.
pub(crate) const ISSUER: &str = "https://token.actions.githubusercontent.com";
/// Its SAN.
pub(crate) const WORKFLOW: &str =
    "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.2.3";
/// Commit of the identity.
pub(crate) const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

impl Identity {
    /// A workflow that builds releases.
    #[must_use]
    pub fn workflow() -> Self {
        let deprecated =
            [(1, ISSUER), (2, "push"), (3, COMMIT), (4, "release"), (5, "acme/app"), (6, "refs/tags/v1.2.3")];
        let raw = deprecated.iter().map(|(number, text)| (*number, text.as_bytes().to_vec()));
        let current = WORKFLOW_CLAIMS.iter().map(|(number, text)| (*number, crate::asn1::utf8(text)));
        Self { san: uri(WORKFLOW), claims: raw.chain(current).collect() }
    }

    /// A person with an e-mail address.
    #[must_use]
    pub fn person(address: &str, issuer: &str) -> Self {
        let claims = vec![(1, issuer.as_bytes().to_vec()), (8, crate::asn1::utf8(issuer))];
        Self { san: crate::certificate::email(address), claims }
    }
}
