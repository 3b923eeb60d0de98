//! What a bundle says of itself. Nothing here is verified, and the document says so.

use crate::refusal::Failure;
use alloc::{format, string::ToString};
use cretula_attestation::Statement;
use cretula_bundle::{
    Bundle, BundleRules, Content, Envelope, Material, TransparencyLogEntry, UnknownMembers,
};
use cretula_encoding::{base64, hex, json::Tree, limits::Limits, time::Time};
use cretula_pki::{Certificate, FulcioClaims, IssuerClaim, signing_san, timestamp::TimestampToken};

/// The unverified view of one bundle: `cretula/inspect/v1`.
///
/// # Errors
/// The bundle cannot be parsed: the codes of P01–P16.
pub fn inspect_bundle(bytes: &[u8], limits: &Limits) -> Result<Tree, Failure> {
    let rules = BundleRules {
        allow_chain_in_v03: true,
        unknown_members: UnknownMembers::Ignore,
        ..BundleRules::default()
    };
    let bundle = Bundle::parse(bytes, &rules, limits)
        .map_err(|error| Failure::new(error.code(), error.to_string()))?;
    let mut view = Tree::object();
    view.set("schema", "cretula/inspect/v1")
        .set("verified", false)
        .set("mediaType", bundle.media_type())
        .set("signer", signer(&bundle, limits))
        .set("logEntries", list(bundle.log_entries(), log_entry))
        .set("timestamps", list(bundle.timestamps(), |token| timestamp(token, limits)));
    match bundle.content() {
        Content::Envelope(content) => view.set("envelope", envelope(content, limits)),
        Content::MessageSignature(message) => {
            let mut content = Tree::object();
            content.set("signature", base64::encode(&message.signature));
            if let Some(digest) = &message.message_digest {
                content.set("messageDigest", hex::encode(&digest.digest));
            }
            view.set("messageSignature", content)
        }
    };
    Ok(view)
}

fn list<T>(items: &[T], view: impl Fn(&T) -> Tree) -> Tree {
    Tree::List(items.iter().map(view).collect())
}

fn signer(bundle: &Bundle, limits: &Limits) -> Tree {
    let mut signer = Tree::object();
    match bundle.material() {
        Material::PublicKey { hint } => signer.set("keyHint", hint.as_str()),
        Material::Certificate(_) | Material::CertificateChain(_) => {
            let leaf = bundle.material().leaf_certificate().unwrap_or_default();
            signer.set("certificate", certificate(leaf, limits))
        }
    };
    signer
}

fn certificate(der: &[u8], limits: &Limits) -> Tree {
    let mut view = Tree::object();
    let leaf = match Certificate::parse(der, limits) {
        Ok(leaf) => leaf,
        Err(error) => {
            view.set("error", error.to_string());
            return view;
        }
    };
    let (not_before, not_after) = leaf.validity();
    view.set("sha256", hex::encode(leaf.sha256().as_bytes()))
        .set("notBefore", not_before.to_rfc3339())
        .set("notAfter", not_after.to_rfc3339());
    if let Ok(san) = signing_san(&leaf) {
        view.set("san", san.value);
    }
    if let Ok(claims) = FulcioClaims::parse(&leaf, limits) {
        if let IssuerClaim::Value(issuer) = claims.issuer() {
            view.set("issuer", issuer);
        }
        view.set("claims", claim_values(&claims));
    }
    view
}

fn claim_values(claims: &FulcioClaims) -> Tree {
    let mut values = Tree::object();
    for (name, claim) in claims.claims() {
        if let cretula_pki::Claim::Value(value) = claim {
            values.set(name, value);
        }
    }
    values
}

fn log_entry(entry: &TransparencyLogEntry) -> Tree {
    let mut view = Tree::object();
    view.set("kind", format!("{} {}", entry.kind, entry.version))
        .set("logId", hex::encode(&entry.log_id))
        .set("logIndex", format!("{}", entry.log_index))
        .set("hasPromise", entry.inclusion_promise.is_some())
        .set("hasProof", entry.inclusion_proof.is_some());
    if let (Some(time), true) = (Time::from_secs(entry.integrated_time), entry.integrated_time > 0) {
        view.set("integratedTime", time.to_rfc3339());
    }
    view
}

fn timestamp(bytes: &[u8], limits: &Limits) -> Tree {
    let mut view = Tree::object();
    match TimestampToken::parse(bytes, limits) {
        Ok(token) => view.set("genTime", token.unverified_tst_info().gen_time().to_rfc3339()),
        Err(error) => view.set("error", error.to_string()),
    };
    view
}

fn envelope(envelope: &Envelope, limits: &Limits) -> Tree {
    let mut view = Tree::object();
    view.set("payloadType", envelope.payload_type.as_str()).set("payload", base64::encode(&envelope.payload));
    if let Ok(statement) = Statement::parse(&envelope.payload, limits) {
        view.set("predicateType", statement.predicate_type());
        view.set(
            "subjects",
            list(statement.subjects(), |subject| {
                let mut digests = Tree::object();
                for (name, value) in subject.digests.entries() {
                    digests.set(name, value);
                }
                let mut tree = Tree::object();
                tree.set_some("name", subject.name.as_deref()).set("digest", digests);
                tree
            }),
        );
    }
    view
}
