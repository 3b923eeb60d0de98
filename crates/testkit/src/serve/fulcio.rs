//! Fulcio: certificates for ID tokens, with an embedded promise of a CT log.

use cretula_crypto::{HashAlgorithm, KeyDetails, Message, VerificationKey};
use cretula_encoding::der::{self, Tag};
use cretula_encoding::json::Value;
use cretula_encoding::{base64, pem};

use crate::asn1::{TIME_STAMPING, int, octets, utf8};
use crate::ca::{CertificateAuthority, sign_members};
use crate::certificate::{
    BASIC_CONSTRAINTS, CertificateSpec, EXTENDED_KEY_USAGE, SCT_LIST, SUBJECT_ALT_NAME, SUBJECT_KEY_ID,
    alt_names, basic_constraints, key_id, purposes, uri,
};
use crate::ct::{CtLog, Sct, SctEntry, SctInput, sct_list};
use crate::instance::Instance;
use crate::json::Json;
use crate::signing_key::{Algorithm, SigningKey};

use super::certificate_request::requested_key;
use super::claims::{Requester, requester};
use super::id_token::accept;
use super::issuer::Issuer;
use super::lie::FulcioLie;
use super::message::{HttpReply, HttpRequest};
use super::reading::{bytes, document, text, verifies};

/// One Fulcio, with its CT log.
#[derive(Debug, Clone)]
pub(super) struct Fulcio {
    operator: usize,
    /// Certificates issued, which are the entries of the CT log.
    issued: u64,
}

/// What a certificate is made from.
struct Order<'a> {
    instance: &'a Instance,
    key: VerificationKey,
    requester: Requester,
    now: u64,
    lie: Option<FulcioLie>,
}

type Refused = Box<HttpReply>;

fn refuse(message: &str) -> Refused {
    Box::new(HttpReply::refusal(400, 3, message))
}

impl Fulcio {
    pub(super) const fn new(operator: usize) -> Self {
        Self { operator, issued: 0 }
    }

    pub(super) fn answer(
        &mut self,
        instance: &Instance,
        issuer: &Issuer,
        now: u64,
        request: &HttpRequest,
        lie: Option<FulcioLie>,
    ) -> HttpReply {
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/api/v2/trustBundle") => self.trust_bundle(instance),
            ("GET", "/healthz") => HttpReply::json(200, &Json::object([("status", Json::text("SERVING"))])),
            ("POST", "/api/v2/signingCert") => {
                let order = read_order(issuer, now, request);
                let order = order.map(|(key, requester)| Order { instance, key, requester, now, lie });
                order.map_or_else(|refused| *refused, |order| self.issue(&order))
            }
            _ => HttpReply::not_found(),
        }
    }

    fn authority<'a>(&self, instance: &'a Instance) -> &'a CertificateAuthority {
        &instance.certificate_authorities[self.operator]
    }

    fn trust_bundle(&self, instance: &Instance) -> HttpReply {
        let chain = Json::object([("certificates", pem_list(&self.authority(instance).chain()))]);
        HttpReply::json(200, &Json::object([("chains", Json::List(vec![chain]))]))
    }

    fn issue(&mut self, order: &Order<'_>) -> HttpReply {
        let foreign;
        let authority = match order.lie {
            Some(FulcioLie::ForeignChain) => {
                let operator = self.authority(order.instance).operator.clone().unwrap_or_default();
                let (seed, start) = (order.instance.seed.derive("foreign"), order.instance.start());
                foreign = CertificateAuthority::new(&seed, &operator, Algorithm::P256, start);
                &foreign
            }
            _ => self.authority(order.instance),
        };
        let mut leaf = self.leaf(authority, order);
        let issuer = &authority.issuer().key;
        let sct = self.promise(&leaf, issuer, order);
        let detached = order.lie == Some(FulcioLie::DetachedSct) || sct.is_none();
        if let Some(sct) = sct.as_ref().filter(|_| !detached && order.lie != Some(FulcioLie::NoSct)) {
            leaf.set(SCT_LIST, false, sct_list(&[sct.encode()]));
        }
        let stranger = somebody(order.instance);
        let signer = if order.lie == Some(FulcioLie::BrokenSignature) { &stranger } else { issuer };
        let der = leaf.sign(signer, issuer.scheme());
        self.issued += 1;
        let chain = chain(der, authority, order.lie);
        let certificates = Json::object([("certificates", chain)]);
        let reply = match detached {
            true => {
                let beside = ("signedCertificateTimestamp", detached_json(sct.as_ref()));
                ("signedCertificateDetachedSct", Json::object([("chain", certificates), beside]))
            }
            false => ("signedCertificateEmbeddedSct", Json::object([("chain", certificates)])),
        };
        HttpReply::json(200, &Json::object([reply]))
    }

    /// The leaf without promise.
    fn leaf(&self, authority: &CertificateAuthority, order: &Order<'_>) -> CertificateSpec {
        let mut identity = order.requester.identity.clone();
        let mut replace = |number: u8, value: Vec<u8>| {
            identity.claims.retain(|(present, _)| *present != number);
            identity.claims.push((number, value));
        };
        match order.lie {
            Some(FulcioLie::OtherIssuer) => replace(8, utf8("https://issuer.invalid")),
            Some(FulcioLie::OtherClaim) => replace(13, utf8(&"f".repeat(40))),
            _ => {}
        }
        let stranger = somebody(order.instance).spki();
        let spki = if order.lie == Some(FulcioLie::OtherKey) { &stranger } else { order.key.spki() };
        let mut leaf = authority.leaf(&authority.issuer().key, &identity, order.now);
        leaf.spki = spki.to_vec();
        leaf.set(SUBJECT_KEY_ID, false, octets(&key_id(spki)));
        leaf.serial = self.serial(spki);
        bend_leaf(&mut leaf, order);
        leaf
    }

    fn serial(&self, spki: &[u8]) -> Vec<u8> {
        let digest = HashAlgorithm::Sha256.digest(&[spki, &self.issued.to_be_bytes()]);
        let mut number = digest.as_bytes()[..16].to_vec();
        number[0] = number[0] & 0x3f | 0x40;
        der::encode(Tag::INTEGER, &[&number])
    }

    /// The promise of this operator's CT log, if the instance has any; its extension is the index in the log, as static
    /// CT logs write it.
    fn promise(&self, leaf: &CertificateSpec, issuer: &SigningKey, order: &Order<'_>) -> Option<Sct> {
        let instance = order.instance;
        let log = instance.ct_logs.get(self.operator).or(instance.ct_logs.last())?;
        let mut subject = leaf.clone();
        if order.lie == Some(FulcioLie::SctOfOtherCertificate) {
            subject.serial = int(1);
        }
        let issuer_key_hash = HashAlgorithm::Sha256.digest(&[&issuer.spki()]).as_bytes().to_vec();
        let entry = SctEntry::Precertificate { issuer_key_hash, tbs: subject.tbs(issuer.scheme()) };
        let mut extensions = self.issued.to_be_bytes().to_vec();
        extensions[..3].copy_from_slice(&[0, 0, 5]);
        let input = SctInput { timestamp: order.now * 1000, entry, extensions };
        let foreign = CtLog::new(&instance.seed.derive("foreign"), "ct", Algorithm::P256, instance.start());
        Some(if order.lie == Some(FulcioLie::SctOfUnknownLog) {
            foreign.sign(&input)
        } else {
            log.sign(&input)
        })
    }
}

/// The key, and whom the certificate is for.
fn read_order(
    issuer: &Issuer,
    now: u64,
    request: &HttpRequest,
) -> Result<(VerificationKey, Requester), Refused> {
    let no_token = || refuse("There was an error processing the identity token");
    let token = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let claims = token.and_then(|token| accept(token, issuer, now)).ok_or_else(no_token)?;
    let provider = claims.text("iss").and_then(|iss| issuer.provider(iss)).ok_or_else(no_token)?;
    let requester =
        requester(provider, &claims).map_err(|claim| refuse(&format!("the token has no claim {claim}")))?;
    let body = document(&request.body).ok_or_else(|| refuse("the request is not JSON"))?;
    let key = read_key(&body, &requester).ok_or_else(|| {
        refuse("The key or the proof that the requester holds its private key could not be read or verified")
    })?;
    Ok((key, requester))
}

/// The key of a request whose requester holds it.
fn read_key(body: &Value<'_>, requester: &Requester) -> Option<VerificationKey> {
    if let Some(request) = bytes(body, "certificateSigningRequest") {
        return requested_key(&request);
    }
    let block = text(body, "publicKeyRequest/publicKey/content")?;
    let key =
        VerificationKey::parse_spki(&pem::parse_block(block.as_bytes(), &["PUBLIC KEY"]).ok()?.der).ok()?;
    let proof = bytes(body, "publicKeyRequest/proofOfPossession")?;
    let schemes = KeyDetails::ALL.iter().filter(|details| details.fits(&key) && !details.is_compat());
    let message = [requester.subject.as_bytes()];
    let holds = schemes
        .map(|details| details.scheme())
        .any(|scheme| verifies(&key, scheme, Message::Parts(&message), &proof));
    holds.then_some(key)
}

fn bend_leaf(leaf: &mut CertificateSpec, order: &Order<'_>) {
    let now = order.now;
    let Some(lie) = order.lie else { return };
    match lie {
        FulcioLie::OtherIdentity => {
            leaf.set(
                SUBJECT_ALT_NAME,
                true,
                alt_names(&[uri("https://github.com/acme-app/app@refs/heads/main")]),
            );
        }
        FulcioLie::Expired => (leaf.not_before, leaf.not_after) = (now - 601, now - 1),
        FulcioLie::NotYetValid => (leaf.not_before, leaf.not_after) = (now + 3600, now + 4200),
        FulcioLie::LongLived => leaf.not_after = now + 365 * 86_400,
        FulcioLie::IsAuthority => {
            leaf.set(BASIC_CONSTRAINTS, true, basic_constraints(true, None));
        }
        FulcioLie::OtherPurpose => {
            leaf.set(EXTENDED_KEY_USAGE, false, purposes(&[TIME_STAMPING]));
        }
        FulcioLie::UnknownCriticalExtension => {
            leaf.set("1.2.3.4", true, octets(b""));
        }
        FulcioLie::OversizeCertificate => {
            leaf.set("1.2.3.4", false, octets(&[0; 16 << 10]));
        }
        FulcioLie::OtherIssuer
        | FulcioLie::OtherClaim
        | FulcioLie::OtherKey
        | FulcioLie::ForeignChain
        | FulcioLie::BrokenSignature
        | FulcioLie::NoSct
        | FulcioLie::SctOfOtherCertificate
        | FulcioLie::SctOfUnknownLog
        | FulcioLie::DetachedSct
        | FulcioLie::TwoLeaves
        | FulcioLie::ManyIssuers
        | FulcioLie::EmptyChain
        | FulcioLie::NotPem => {}
    }
}

/// Leaf first, root last.
fn chain(leaf: Vec<u8>, authority: &CertificateAuthority, lie: Option<FulcioLie>) -> Json {
    let mut above = sign_members(&authority.members);
    above.reverse();
    let mut list = vec![leaf.clone()];
    match lie {
        Some(FulcioLie::TwoLeaves) => list.push(leaf),
        Some(FulcioLie::ManyIssuers) => above = [above.clone(), above.clone(), above].concat(),
        Some(FulcioLie::EmptyChain) => return Json::List(Vec::new()),
        Some(FulcioLie::NotPem) => return Json::List(vec![Json::text(base64::encode(&leaf))]),
        _ => {}
    }
    list.extend(above);
    pem_list(&list)
}

fn pem_list(certificates: &[Vec<u8>]) -> Json {
    Json::List(certificates.iter().map(|der| Json::text(pem::encode("CERTIFICATE", der))).collect())
}

/// The reply of a CT log in base64, as Fulcio passes it on; empty without one.
fn detached_json(sct: Option<&Sct>) -> Json {
    let Some(sct) = sct else { return Json::text("") };
    let reply = Json::object([
        ("sct_version", Json::number(0)),
        ("id", Json::bytes(&sct.log_id)),
        ("timestamp", Json::number(sct.timestamp)),
        ("extensions", Json::bytes(&sct.extensions)),
        ("signature", Json::bytes(&sct.encode()[43 + sct.extensions.len()..])),
    ]);
    Json::bytes(&reply.encode())
}

/// A key of nobody.
pub(super) fn somebody(instance: &Instance) -> SigningKey {
    SigningKey::derive(&instance.seed, "somebody", Algorithm::P256)
}
