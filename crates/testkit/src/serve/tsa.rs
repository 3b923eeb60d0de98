//! A timestamp authority over HTTP (RFC 3161 §3.4).

use cretula_crypto::{Digest, HashAlgorithm};
use cretula_encoding::der::{self, Tag};

use crate::asn1::{CODE_SIGNING, generalized, generalized_text, hash_oid, int, octets, oid, seq};
use crate::certificate::{EXTENDED_KEY_USAGE, purposes};
use crate::instance::Instance;
use crate::signing_key::{Algorithm, SigningKey};
use crate::token::{TokenSpec, issuer_and_serial, signing_certificate_v2};
use crate::tsa::{TimestampAuthority, signer};

use super::lie::TsaLie;
use super::message::{HttpReply, HttpRequest};

const QUERY: &str = "application/timestamp-query";
const REPLY: &str = "application/timestamp-reply";
const PATH: &str = "/api/v1/timestamp";

/// One authority.
#[derive(Debug, Clone)]
pub(super) struct Service {
    operator: usize,
    /// Tokens made.
    made: u64,
}

/// TimeStampReq (RFC 3161 §2.4.1): members in DER.
struct Query {
    imprint: Vec<u8>,
    policy: Option<Vec<u8>>,
    nonce: Option<Vec<u8>>,
    wants_certificate: bool,
}

impl Service {
    pub(super) const fn new(operator: usize) -> Self {
        Self { operator, made: 0 }
    }

    pub(super) fn answer(
        &mut self,
        instance: &Instance,
        now: u64,
        request: &HttpRequest,
        lie: Option<TsaLie>,
    ) -> HttpReply {
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/ping") => HttpReply::new(200, "text/plain", b"Healthy".to_vec()),
            ("POST", PATH) if request.content_type() != QUERY => {
                HttpReply::refusal(415, 415, "unsupported media type")
            }
            ("POST", PATH) => match read_query(&request.body) {
                Some(query) => HttpReply::new(200, REPLY, self.response(instance, now, &query, lie)),
                None => HttpReply::refusal(400, 400, "Error parsing request"),
            },
            _ => HttpReply::not_found(),
        }
    }

    fn response(&mut self, instance: &Instance, now: u64, query: &Query, lie: Option<TsaLie>) -> Vec<u8> {
        if lie == Some(TsaLie::Rejected) {
            return seq(&[&rejection()]);
        }
        let foreign;
        let authorities = &instance.timestamp_authorities;
        let authority = match lie {
            Some(TsaLie::ForeignSigner) => {
                let operator = authorities[self.operator].operator.clone().unwrap_or_default();
                let seed = instance.seed.derive("foreign");
                foreign = TimestampAuthority::new(&seed, &operator, Algorithm::P256, instance.start());
                &foreign
            }
            Some(TsaLie::OtherAuthority) => &authorities[(self.operator + 1) % authorities.len()],
            _ => &authorities[self.operator],
        };
        self.made += 1;
        let mut token = self.token(authority, instance, now, query, lie);
        bend_token(&mut token, authority, instance, lie);
        let mut response = token.response();
        if lie == Some(TsaLie::TrailingByte) {
            response.push(0);
        }
        response
    }

    fn token(
        &self,
        authority: &TimestampAuthority,
        instance: &Instance,
        now: u64,
        query: &Query,
        lie: Option<TsaLie>,
    ) -> TokenSpec {
        let time = match lie {
            Some(TsaLie::EarlyTime) => now - 3600,
            Some(TsaLie::FutureTime) => now + 3600,
            Some(TsaLie::TimeBeforeWindow) => instance.start() - 1,
            _ => now,
        };
        let imprint = match lie {
            Some(TsaLie::OtherImprint) => crate::token::imprint(HashAlgorithm::Sha256, b"other bytes"),
            Some(TsaLie::OtherHash) => crate::token::imprint(HashAlgorithm::Sha512, b"other bytes"),
            _ => query.imprint.clone(),
        };
        let mut token = authority.token(b"", &generalized_text(time));
        if let Some(policy) = &query.policy {
            token.tst_info[1].clone_from(policy);
        }
        if lie == Some(TsaLie::OtherPolicy) {
            token.tst_info[1] = oid("1.2.3.4");
        }
        token.tst_info[2] = imprint;
        token.tst_info[3] = der::encode(Tag::INTEGER, &[&[&[0x40], &self.made.to_be_bytes()[..]].concat()]);
        token.tst_info[4] = generalized(&generalized_text(time));
        match (&query.nonce, lie) {
            (None, _) | (_, Some(TsaLie::NoNonce)) => {}
            (_, Some(TsaLie::OtherNonce)) => token.tst_info.push(der::encode(Tag::INTEGER, &[&[0x11; 8]])),
            (Some(nonce), _) => token.tst_info.push(nonce.clone()),
        }
        let carries = query.wants_certificate || lie == Some(TsaLie::OtherAuthority);
        token.certificates = if carries { vec![authority.signer_certificate()] } else { Vec::new() };
        token
    }
}

fn bend_token(
    token: &mut TokenSpec,
    authority: &TimestampAuthority,
    instance: &Instance,
    lie: Option<TsaLie>,
) {
    match lie {
        Some(TsaLie::BrokenSignature) => token.signed_instead = Some(b"other attributes".to_vec()),
        Some(TsaLie::RejectedWithToken) => token.status = rejection(),
        Some(TsaLie::SecondCertificate) => {
            let key = SigningKey::derive(&instance.seed, "second certificate", Algorithm::P256);
            let above = &authority.members[authority.members.len() - 2];
            let mut second = signer("second", key.clone(), above, instance.start());
            second.certificate.set(EXTENDED_KEY_USAGE, true, purposes(&[CODE_SIGNING]));
            let certificate = second.certificate.sign(&above.key, above.key.scheme());
            let names = (second.certificate.issuer.as_slice(), second.certificate.serial.as_slice());
            token.signer_id = issuer_and_serial(names.0, names.1);
            token.attributes = vec![signing_certificate_v2(&certificate, Some(names))];
            token.certificates = vec![authority.signer_certificate(), certificate];
            token.key = key;
        }
        _ => {}
    }
}

/// PKIStatusInfo: rejection, badAlg.
fn rejection() -> Vec<u8> {
    let failure = der::encode(Tag::BIT_STRING, &[&[7, 0x80]]);
    seq(&[&int(2), &failure])
}

/// Version 1, SHA-2, no extension.
fn read_query(body: &[u8]) -> Option<Query> {
    let mut members = der::single(body, Tag::SEQUENCE).ok()?.reader();
    let version = members.expect(Tag::INTEGER).ok()?.small().ok()?;
    let imprint = read_imprint(&members.expect(Tag::SEQUENCE).ok()?)?;
    let policy = members.optional(Tag::OID).ok()?.map(|policy| policy.encoded().to_vec());
    let nonce = members.optional(Tag::INTEGER).ok()?.map(|nonce| nonce.encoded().to_vec());
    let wants = members.optional(Tag::BOOLEAN).ok()?;
    let wants_certificate = wants.is_some_and(|wants| wants.bool() == Ok(true));
    let known = version == 1 && members.finish().is_ok();
    known.then_some(Query { imprint, policy, nonce, wants_certificate })
}

/// The imprint as it came; SHA-1 and wrong lengths are refused.
fn read_imprint(element: &der::Element<'_>) -> Option<Vec<u8>> {
    let mut members = element.reader();
    let algorithm = members.expect(Tag::SEQUENCE).ok()?.reader().expect(Tag::OID).ok()?.oid().ok()?;
    let hash = HashAlgorithm::from_oid(algorithm)?;
    Digest::from_bytes(hash, members.expect(Tag::OCTET_STRING).ok()?.octets().ok()?).ok()?;
    members.finish().ok()?;
    Some(element.encoded().to_vec())
}

/// A query over bytes, for tests and clients of this kit: SHA-256, `nonce` of positive octets, with certificate.
#[must_use]
pub fn timestamp_query(message: &[u8], nonce: &[u8]) -> Vec<u8> {
    let algorithm = seq(&[&oid(hash_oid(HashAlgorithm::Sha256)), &crate::asn1::null()]);
    let imprint = seq(&[&algorithm, &octets(HashAlgorithm::Sha256.digest(&[message]).as_bytes())]);
    let nonce = der::encode(Tag::INTEGER, &[nonce]);
    seq(&[&int(1), &imprint, &nonce, &der::encode(Tag::BOOLEAN, &[&[0xff]])])
}
