//! Verification of a token against one timestamp authority (T03 to T12).
use alloc::string::String;
use alloc::vec::Vec;

use cretula_crypto::{Checker, Message, SignatureCheck, SignatureEncoding};
use cretula_encoding::der::{self, Oid};
use cretula_encoding::time::{Time, TimeRange};

use super::cert_id::{CertIdMatch, match_cert_id};
use super::signer_info::{SignedAttributes, SignerInfo, integer_equals};
use super::token::ID_CT_TST_INFO;
use super::{
    AttributeFault, CertIdFault, ProfileFault, RequestMember, TimestampToken, TokenError, TokenWarning,
    TstInfo,
};
use crate::{Certificate, PathBudget, PathError, PathRules, Purpose, oid, verify_path};

/// content-type, 1.2.840.113549.1.9.3.
const CONTENT_TYPE: Oid<'static> = Oid::from_content(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03]);

/// message-digest, 1.2.840.113549.1.9.4.
const MESSAGE_DIGEST: Oid<'static> =
    Oid::from_content(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04]);

/// One timestamp authority of the trusted root.
#[derive(Debug, Clone, Copy)]
pub struct TokenAuthority<'a> {
    /// Its certificates: the last one is the anchor, the others stand in any order. A certificate that is not a CA is
    /// a signer; without any, the signer's certificate comes from the token.
    pub chain: &'a [Certificate],
    /// When the authority is used.
    pub window: TimeRange,
}

/// How the hash in the signing-certificate attribute counts (T05).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CertIdRule {
    /// If the signer's certificate is in the trusted root, another hash is a warning.
    #[default]
    Pinned,
    /// Another hash always refuses.
    Strict,
}

/// What the caller demands of a token.
#[derive(Debug, Clone)]
pub struct TokenRules<'a> {
    /// How the certificate hash counts.
    pub cert_id: CertIdRule,
    /// Nonce of the request: a non-negative number, big-endian.
    pub nonce: Option<&'a [u8]>,
    /// Policy of the request: an object identifier in dotted decimal.
    pub policy_oid: Option<&'a str>,
    /// Allow-list of policies, object identifiers in dotted decimal.
    pub policy_oids: Option<&'a [String]>,
    /// Name of the authority: a DER GeneralName.
    pub tsa_name: Option<&'a [u8]>,
    /// Allow-list of names of authorities, as written by [`TstInfo::tsa_text`].
    pub tsa_names: Option<&'a [String]>,
    /// Whether certificates may lack key identifiers (C03).
    pub allow_missing_key_ids: bool,
    /// Longest path in certificates, signer and anchor included.
    pub max_chain: usize,
}

/// What a token proves under one authority.
#[derive(Debug, Clone)]
pub struct TokenFacts {
    /// The time, with its fraction.
    pub time: Time,
    /// The certificate that signed.
    pub signer: Certificate,
    /// Whether the signer's certificate stands in the trusted root.
    pub signer_is_pinned: bool,
    /// Everything that was signed.
    pub tst_info: TstInfo,
    /// What was tolerated.
    pub warnings: Vec<TokenWarning>,
}

/// Verifies that an authority has seen `message` at the time in the token (T03 to T12).
///
/// `message` is the raw signature that the token dates, never its base64, the payload or the artifact.
/// Every check on the signer runs on the one certificate that the SignerInfo names. Accuracy widens nothing.
/// Source: RFC 3161 §2.3 and §2.4.2, RFC 5652 §5.4 and §5.6, RFC 5816.
///
/// # Errors
/// The first check that failed, see [`TokenError`]; [`TokenError::is_limit`] if a budget was spent.
pub fn verify_token(
    token: &TimestampToken,
    authority: &TokenAuthority<'_>,
    message: &[u8],
    rules: &TokenRules<'_>,
    checker: &Checker<'_>,
    budget: &mut PathBudget,
) -> Result<TokenFacts, TokenError> {
    let signer_info = single_signer(token)?;
    let attributes = match_attributes(token, signer_info)?;
    let signer = find_signer(token, signer_info, authority)?;
    let path = check_path(token, authority, signer.certificate, rules, checker, budget);
    if matches!(path, Err(TokenError::Chain(PathError::NoPath))) && !signer.is_pinned {
        // A certificate of the token that does not chain to this authority is of another one: nothing to judge here.
        return Err(TokenError::Authority);
    }
    let warnings = check_cert_id(attributes, &signer, rules)?;
    verify_signature(signer_info, attributes, signer.certificate, checker)?;
    check_profile(signer.certificate)?;
    path?;
    check_window(token, authority)?;
    match_imprint(token, message)?;
    match_request(&token.tst_info, rules)?;
    Ok(TokenFacts {
        time: token.tst_info.gen_time(),
        signer: signer.certificate.clone(),
        signer_is_pinned: signer.is_pinned,
        tst_info: token.tst_info.clone(),
        warnings,
    })
}

/// T03: exactly one SignerInfo, with a digest algorithm of SHA-2.
fn single_signer(token: &TimestampToken) -> Result<&SignerInfo, TokenError> {
    let signer = match (&token.signer, token.signer_count) {
        (Some(signer), 1) => signer,
        (_, present) => return Err(TokenError::SignerCount { present }),
    };
    signer.digest_algorithm.map(|_| signer).ok_or(TokenError::Digest)
}

/// T04: the attributes bind the content of the token.
fn match_attributes<'a>(
    token: &TimestampToken,
    signer: &'a SignerInfo,
) -> Result<&'a SignedAttributes, TokenError> {
    let fault = TokenError::Attributes;
    let attributes = signer.attributes.as_ref().ok_or(fault(AttributeFault::Missing))?;
    let content_type = attributes.value(CONTENT_TYPE)?.and_then(|value| value.oid().ok());
    if content_type != Some(Oid::from_content(ID_CT_TST_INFO)) {
        return Err(fault(AttributeFault::ContentType));
    }
    let stated = attributes.value(MESSAGE_DIGEST)?.and_then(|value| value.octets().ok());
    let algorithm = signer.digest_algorithm.ok_or(TokenError::Digest)?;
    if stated != Some(algorithm.digest(&[&token.content]).as_bytes()) {
        return Err(fault(AttributeFault::MessageDigest));
    }
    Ok(attributes)
}

/// The certificate that signed, and where it comes from.
struct Signer<'a> {
    certificate: &'a Certificate,
    is_pinned: bool,
}

/// T06: the certificate that the SignerInfo names. If the authority has certificates of signers, only those can be it;
/// otherwise it comes from the token and has to chain to the authority (T09).
fn find_signer<'a>(
    token: &'a TimestampToken,
    signer: &SignerInfo,
    authority: &TokenAuthority<'a>,
) -> Result<Signer<'a>, TokenError> {
    let is_pinned = authority.chain.iter().any(|certificate| !is_authority(certificate));
    let certificate = if is_pinned {
        authority.chain.iter().find(|certificate| !is_authority(certificate) && signer.id.names(certificate))
    } else {
        token.certificates.iter().find(|certificate| signer.id.names(certificate))
    };
    certificate.map(|certificate| Signer { certificate, is_pinned }).ok_or(TokenError::Authority)
}

/// T05: the attribute names the signer's certificate.
///
/// Looser: the attribute guards against exchanged certificates. A certificate from the trusted root cannot be
/// exchanged, and re-issued certificates with the same key exist, so there another hash alone is a warning.
fn check_cert_id(
    attributes: &SignedAttributes,
    signer: &Signer<'_>,
    rules: &TokenRules<'_>,
) -> Result<Vec<TokenWarning>, TokenError> {
    let found = match_cert_id(attributes, signer.certificate)?;
    match (found, rules.cert_id, signer.is_pinned) {
        (CertIdMatch::Hash, _, _) => Ok(Vec::new()),
        (CertIdMatch::OtherHash, CertIdRule::Pinned, true) => Ok(Vec::from([TokenWarning::CertIdHash])),
        (CertIdMatch::OtherHash, _, _) => Err(TokenError::CertId(CertIdFault::Hash)),
    }
}

/// T07: the signature covers the attributes as SET OF.
fn verify_signature(
    signer_info: &SignerInfo,
    attributes: &SignedAttributes,
    signer: &Certificate,
    checker: &Checker<'_>,
) -> Result<(), TokenError> {
    let scheme = signer_info.scheme.ok_or(TokenError::SignatureAlgorithm)?;
    let key = signer.key().map_err(|_| TokenError::SignatureAlgorithm)?;
    let check = SignatureCheck {
        key,
        scheme,
        encoding: SignatureEncoding::Der,
        message: Message::Parts(&[attributes.as_der()]),
        signature: &signer_info.signature,
    };
    checker.verify(&check).map_err(TokenError::Signature)
}

/// T08: the profile of RFC 3161 §2.3. An absent key usage passes.
fn check_profile(signer: &Certificate) -> Result<(), TokenError> {
    let fault = |kind| Err(TokenError::Profile(kind));
    if is_authority(signer) {
        return fault(ProfileFault::Ca);
    }
    if let Some(usage) = signer.key_usage() {
        let signs = usage.digital_signature() || usage.non_repudiation();
        if !signs || usage.key_cert_sign() {
            return fault(ProfileFault::KeyUsage);
        }
    }
    let usage = signer.extended_key_usage();
    let is_exact =
        usage.is_some_and(|usage| usage.critical && usage.purposes == [oid::TIME_STAMPING.content()]);
    if is_exact { Ok(()) } else { fault(ProfileFault::ExtendedKeyUsage) }
}

fn is_authority(certificate: &Certificate) -> bool {
    certificate.basic_constraints().is_some_and(|constraints| constraints.ca)
}

/// T09: the path to the anchor of this authority, at `genTime`.
fn check_path(
    token: &TimestampToken,
    authority: &TokenAuthority<'_>,
    signer: &Certificate,
    rules: &TokenRules<'_>,
    checker: &Checker<'_>,
    budget: &mut PathBudget,
) -> Result<(), TokenError> {
    let (anchor, others) = authority.chain.split_last().ok_or(TokenError::Authority)?;
    let path_rules = PathRules {
        purpose: Purpose::TimeStamping,
        allow_missing_key_ids: rules.allow_missing_key_ids,
        max_chain: rules.max_chain,
    };
    let intermediates: Vec<&Certificate> = others.iter().collect();
    verify_path(signer, &intermediates, anchor, token.tst_info.gen_time(), &path_rules, checker, budget)
        .map(|_| ())
        .map_err(TokenError::Chain)
}

/// T10: `genTime` inside the window of the same authority, ends included.
fn check_window(token: &TimestampToken, authority: &TokenAuthority<'_>) -> Result<(), TokenError> {
    let time = token.tst_info.gen_time();
    if authority.window.contains(time) {
        return Ok(());
    }
    Err(TokenError::Window { time, window: authority.window })
}

/// T11: the imprint is the digest of the message.
fn match_imprint(token: &TimestampToken, message: &[u8]) -> Result<(), TokenError> {
    let algorithm = token.tst_info.imprint_algorithm().ok_or(TokenError::Imprint)?;
    if algorithm.digest(&[message]).as_bytes() == token.tst_info.imprint_value() {
        return Ok(());
    }
    Err(TokenError::Imprint)
}

/// T12: nonce, policy and name, each only if demanded. A member that is demanded must be there.
fn match_request(tst_info: &TstInfo, rules: &TokenRules<'_>) -> Result<(), TokenError> {
    let is_policy = |text: &str| der::parse_dotted(text).is_ok_and(|oid| oid == tst_info.policy().content());
    let nonce = rules.nonce.is_none_or(|wanted| tst_info.nonce().is_some_and(|n| integer_equals(n, wanted)));
    let policy = rules.policy_oid.is_none_or(is_policy)
        && rules.policy_oids.is_none_or(|allowed| allowed.iter().any(|text| is_policy(text)));
    let name = rules.tsa_name.is_none_or(|wanted| tst_info.tsa() == Some(wanted))
        && rules
            .tsa_names
            .is_none_or(|allowed| tst_info.tsa_text().is_some_and(|text| allowed.contains(&text)));
    match (nonce, policy, name) {
        (false, _, _) => Err(TokenError::Request(RequestMember::Nonce)),
        (_, false, _) => Err(TokenError::Request(RequestMember::Policy)),
        (_, _, false) => Err(TokenError::Request(RequestMember::TsaName)),
        (true, true, true) => Ok(()),
    }
}
