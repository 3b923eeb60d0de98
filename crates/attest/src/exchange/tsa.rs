//! RFC 3161 timestamps over HTTP: the query, and the reply (T1 to T6).
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use cretula_crypto::{Checker, HashAlgorithm};
use cretula_encoding::der::{Oid, Tag, encode, parse_dotted};
use cretula_encoding::hex;
use cretula_encoding::time::Time;
use cretula_pki::timestamp::{
    CertIdRule, RequestMember, TimestampToken, TokenAuthority, TokenError, TokenFacts, TokenRules,
    verify_token,
};
use cretula_pki::{Certificate, PathBudget, PathError};
use cretula_verify::TrustedAuthority;

use super::{Means, demand_time};
use crate::error::{AttestError, ErrorKind};

/// id-sha256, id-sha384, id-sha512: 2.16.840.1.101.3.4.2.1 to .3 (RFC 5754 §2).
const SHA256: Oid<'static> = Oid::from_content(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01]);
const SHA384: Oid<'static> = Oid::from_content(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02]);
const SHA512: Oid<'static> = Oid::from_content(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03]);

/// What is asked of an authority.
#[derive(Debug, Clone, Copy)]
pub struct Query<'a> {
    /// The signature that is dated: the decoded bytes, never their base64.
    pub signature: &'a [u8],
    /// Hash of the imprint.
    pub hash: HashAlgorithm,
    /// A positive number, big-endian; none only where nothing but the recorded form is wanted.
    pub nonce: Option<[u8; 8]>,
    /// Policy, an object identifier in dotted decimal, if one is configured.
    pub policy: Option<&'a str>,
}

/// What a timestamp must be.
#[derive(Debug, Clone, Copy)]
pub struct ExpectedTimestamp<'a> {
    /// With what it is checked.
    pub means: Means<'a>,
    /// What was asked.
    pub query: Query<'a>,
    /// Validity of the signing certificate; none for a managed key.
    pub leaf_validity: Option<(Time, Time)>,
    /// The time of the call; none for a stored timestamp, which is then only compared with the certificate.
    pub now: Option<Time>,
}

/// A timestamp that passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timestamp {
    /// The whole `TimeStampResp`, DER, as it goes into the bundle.
    pub response: Vec<u8>,
    /// `genTime`.
    pub time: Time,
    /// SHA-256 of the certificate that signed, lower-case hex: two of one authority are not two witnesses.
    pub authority: String,
}

impl Query<'_> {
    /// `TimeStampReq`, DER: version 1, imprint, policy and nonce if there are any, and the wish for the certificate
    /// (RFC 3161 §2.4.1).
    ///
    /// # Errors
    /// `config/format` for a policy that is no object identifier.
    pub fn encode(&self) -> Result<Vec<u8>, AttestError> {
        let mut members = Vec::from([encode(Tag::INTEGER, &[&[1]]), self.imprint()]);
        if let Some(policy) = self.policy {
            let detail = "the policy of timestamps is no object identifier in dotted decimal";
            let content =
                parse_dotted(policy).map_err(|_| AttestError::new(ErrorKind::ConfigFormat, detail))?;
            members.push(encode(Tag::OID, &[&content]));
        }
        members.extend(self.nonce.map(|nonce| encode_unsigned(&nonce)));
        members.push(encode(Tag::BOOLEAN, &[&[0xff]]));
        let members: Vec<&[u8]> = members.iter().map(Vec::as_slice).collect();
        Ok(encode(Tag::SEQUENCE, &members))
    }

    /// MessageImprint, its algorithm with NULL parameters.
    fn imprint(&self) -> Vec<u8> {
        let identifier = match self.hash {
            HashAlgorithm::Sha256 => SHA256,
            HashAlgorithm::Sha384 => SHA384,
            HashAlgorithm::Sha512 => SHA512,
        };
        let identifier = encode(Tag::OID, &[identifier.content()]);
        let algorithm = encode(Tag::SEQUENCE, &[&identifier, &encode(Tag::NULL, &[])]);
        let digest = self.hash.digest(&[self.signature]);
        encode(Tag::SEQUENCE, &[&algorithm, &encode(Tag::OCTET_STRING, &[digest.as_bytes()])])
    }
}

/// A non-negative INTEGER in the fewest octets (X.690 §8.3).
fn encode_unsigned(magnitude: &[u8]) -> Vec<u8> {
    let start = magnitude.iter().position(|octet| *octet != 0).unwrap_or(magnitude.len());
    let digits = magnitude.get(start..).unwrap_or_default();
    let needs_sign = digits.first().is_none_or(|first| *first >= 0x80);
    encode(Tag::INTEGER, &[if needs_sign { &[0] } else { &[] }, digits])
}

/// Reads and checks a reply, also one that was stored (T1 to T6).
///
/// # Errors
/// `limits/token-bytes`; `tsa/format`, `tsa/status`, `tsa/signature`, `tsa/profile`, `tsa/chain`, `tsa/window`,
/// `tsa/imprint`, `tsa/nonce`, `tsa/policy`, `tsa/time`.
pub fn read_response(response: &[u8], expected: &ExpectedTimestamp<'_>) -> Result<Timestamp, AttestError> {
    let token = TimestampToken::parse(response, expected.means.limits).map_err(|error| refusal(&error))?;
    let facts = verify_by_any_authority(&token, expected)?;
    if facts.tst_info.imprint_algorithm() != Some(expected.query.hash) {
        return Err(AttestError::new(ErrorKind::TsaImprint, "the imprint is of another hash than the query"));
    }
    demand_time(ErrorKind::TsaTime, facts.time, expected.leaf_validity, expected.now)?;
    let authority = hex::encode(facts.signer.sha256().as_bytes());
    Ok(Timestamp { response: response.to_vec(), time: facts.time, authority })
}

/// Tries each authority alone; material of two is never mixed. The most telling refusal is kept.
fn verify_by_any_authority(
    token: &TimestampToken,
    expected: &ExpectedTimestamp<'_>,
) -> Result<TokenFacts, AttestError> {
    let authorities = expected.means.trusted_root.timestamp_authorities();
    let checker = expected.means.checker();
    let mut refused = TokenError::Authority;
    for authority in authorities {
        match verify(token, authority.chain(), authority, expected, &checker) {
            Ok(facts) => return Ok(facts),
            Err(TokenError::Authority) => {}
            Err(error) if error.is_limit() => return Err(refusal(&error)),
            Err(error) => refused = error,
        }
    }
    let is_unknown_signer = matches!(refused, TokenError::Authority);
    if is_unknown_signer && authorities.iter().any(|authority| is_of(authority, token, expected, &checker)) {
        let detail = "the certificate that signed is not the one by which its authority signs";
        return Err(AttestError::new(ErrorKind::TsaSignature, detail));
    }
    Err(refusal(&refused))
}

fn verify(
    token: &TimestampToken,
    chain: &[Certificate],
    authority: &TrustedAuthority,
    expected: &ExpectedTimestamp<'_>,
    checker: &Checker<'_>,
) -> Result<TokenFacts, TokenError> {
    let limits = expected.means.limits;
    let rules = TokenRules {
        cert_id: CertIdRule::Pinned,
        nonce: expected.query.nonce.as_ref().map(<[u8; 8]>::as_slice),
        policy_oid: expected.query.policy,
        policy_oids: None,
        tsa_name: None,
        tsa_names: None,
        allow_missing_key_ids: false,
        max_chain: limits.chain,
    };
    let candidate = TokenAuthority { chain, window: *authority.window() };
    let mut budget = PathBudget::new(limits);
    verify_token(token, &candidate, expected.query.signature, &rules, checker, &mut budget)
}

/// Whether the signer, which the trusted root does not name, was nevertheless certified by this authority: then the
/// token is a wrong one of a known authority, and not one of somebody else (T3).
fn is_of(
    authority: &TrustedAuthority,
    token: &TimestampToken,
    expected: &ExpectedTimestamp<'_>,
    checker: &Checker<'_>,
) -> bool {
    let is_ca = |certificate: &&Certificate| certificate.basic_constraints().is_some_and(|found| found.ca);
    let chain: Vec<Certificate> = authority.chain().iter().filter(is_ca).cloned().collect();
    let verdict = verify(token, &chain, authority, expected, checker);
    !matches!(verdict, Err(TokenError::Authority | TokenError::Chain(_)))
}

fn refusal(error: &TokenError) -> AttestError {
    let kind = match error {
        TokenError::Malformed(_) | TokenError::Response(_) | TokenError::TokenCertificates { .. } => {
            ErrorKind::TsaFormat
        }
        TokenError::Status { .. } => ErrorKind::TsaStatus,
        TokenError::TokenBytes { .. } => ErrorKind::LimitTokenBytes,
        TokenError::Imprint => ErrorKind::TsaImprint,
        TokenError::Request(RequestMember::Nonce) => ErrorKind::TsaNonce,
        TokenError::Request(_) => ErrorKind::TsaPolicy,
        TokenError::Profile(_) => ErrorKind::TsaProfile,
        TokenError::Window { .. } | TokenError::Chain(PathError::NotValid { .. }) => ErrorKind::TsaWindow,
        TokenError::Authority | TokenError::Chain(_) => ErrorKind::TsaChain,
        TokenError::Attributes(_)
        | TokenError::CertId(_)
        | TokenError::Digest
        | TokenError::Signature(_)
        | TokenError::SignatureAlgorithm
        | TokenError::SignerCount { .. }
        | _ => ErrorKind::TsaSignature,
    };
    AttestError::new(kind, format!("{} ({})", error.code(), error.check_id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUERY: Query<'static> =
        Query { signature: b"sig", hash: HashAlgorithm::Sha256, nonce: None, policy: None };

    fn encoded(query: &Query<'_>) -> alloc::string::String {
        hex::encode(&query.encode().unwrap())
    }

    #[test]
    fn the_query_is_the_known_one() {
        let known = "30390201013031300d060960864801650304020105000420a543997d84f12798350c09bdef2cdb171bf41ed3e4a5f808af2feb0c562630090101ff";
        assert_eq!(encoded(&QUERY), known);
    }

    #[test]
    fn nonces_are_positive_and_minimal() {
        let nonce = |first: u8| {
            let nonce = [first, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef];
            encoded(&Query { nonce: Some(nonce), ..QUERY })
        };
        assert!(nonce(0x71).ends_with("020871234567 89abcdef0101ff".replace(' ', "").as_str()));
        assert!(nonce(0x80).ends_with("020900802345 6789abcdef0101ff".replace(' ', "").as_str()));
        assert!(nonce(0).ends_with("02072345 6789abcdef0101ff".replace(' ', "").as_str()));
        assert!(encoded(&Query { nonce: Some([0; 8]), ..QUERY }).ends_with("0201000101ff"));
    }

    #[test]
    fn hash_and_policy_are_those_of_the_query() {
        let other = Query { hash: HashAlgorithm::Sha384, policy: Some("1.2.3.4"), ..QUERY };
        assert!(encoded(&other).contains("0609608648016503040202"));
        assert!(encoded(&other).ends_with("06032a03040101ff"));
        assert!(encoded(&Query { hash: HashAlgorithm::Sha512, ..QUERY }).contains("0609608648016503040203"));
        let wrong = Query { policy: Some("1.2.x"), ..QUERY };
        assert_eq!(wrong.encode().unwrap_err().code(), "config/format");
    }
}
