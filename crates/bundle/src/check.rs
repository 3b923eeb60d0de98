//! Rules that hold between the parts of a bundle, from P07 on.
use alloc::{format, string::String, vec::Vec};

use cretula_encoding::der::{self, Tag};
use cretula_encoding::limits::Limits;

use crate::{
    BundleParts, BundleRules, BundleVersion, Content, Envelope, Error, ErrorKind, InclusionProof, Limit,
    Material, StatedTree, TransparencyLogEntry,
};

/// Checks parts in the order of the rules.
pub(crate) fn check_parts(parts: &BundleParts, rules: &BundleRules, limits: &Limits) -> Result<(), Error> {
    check_chain(&parts.material, parts.version, rules)?;
    check_content(&parts.content, &parts.material, rules)?;
    check_counts(parts, limits)?;
    for_each(&parts.log_entries, ENTRIES, |entry, at| check_evidence(entry, parts.version, at))?;
    for_each(&parts.log_entries, ENTRIES, check_entry)?;
    check_duplicates(parts)?;
    check_certificates(&parts.material)
}

const ENVELOPE: &str = "/dsseEnvelope";
const ENTRIES: &str = "/verificationMaterial/tlogEntries";
const TIMESTAMPS: &str = "/verificationMaterial/timestampVerificationData/rfc3161Timestamps";
const CHAIN: &str = "/verificationMaterial/x509CertificateChain/certificates";

fn for_each<T>(list: &[T], place: &str, check: impl Fn(&T, &str) -> Result<(), Error>) -> Result<(), Error> {
    list.iter().enumerate().try_for_each(|(index, element)| check(element, &format!("{place}/{index}")))
}

fn refuse_if(condition: bool, kind: ErrorKind, place: &str) -> Result<(), Error> {
    if condition { Err(Error::at(kind, place)) } else { Ok(()) }
}

fn limit_if(condition: bool, limit: Limit, place: &str) -> Result<(), Error> {
    refuse_if(condition, ErrorKind::Limit(limit), place)
}

/// P07 as far as no certificate has to be parsed.
pub(crate) fn check_chain(
    material: &Material,
    version: BundleVersion,
    rules: &BundleRules,
) -> Result<(), Error> {
    let Material::CertificateChain(chain) = material else { return Ok(()) };
    let forbidden = version == BundleVersion::V03 && !rules.allow_chain_in_v03;
    refuse_if(forbidden, ErrorKind::ChainNotAllowed, CHAIN)?;
    refuse_if(chain.is_empty(), ErrorKind::ChainEmpty, CHAIN)
}

/// P09, P10.
pub(crate) fn check_content(
    content: &Content,
    material: &Material,
    rules: &BundleRules,
) -> Result<(), Error> {
    let Content::Envelope(envelope) = content else { return Ok(()) };
    check_envelope(envelope)?;
    check_key_hint(envelope, material, rules)
}

/// P09; that there is exactly one signature is a matter of the type.
fn check_envelope(envelope: &Envelope) -> Result<(), Error> {
    refuse_if(envelope.signature.is_empty(), ErrorKind::EnvelopeMember("sig"), ENVELOPE)?;
    refuse_if(envelope.payload_type.is_empty(), ErrorKind::EnvelopeMember("payloadType"), ENVELOPE)
}

/// P10. Looser: an empty key id passes, because common signers write a hint and no key id.
fn check_key_hint(envelope: &Envelope, material: &Material, rules: &BundleRules) -> Result<(), Error> {
    let Material::PublicKey { hint } = material else { return Ok(()) };
    let keyid = envelope.keyid.as_str();
    let differ = !hint.is_empty() && !keyid.is_empty() && hint != keyid;
    let unnamed = rules.require_keyid && keyid.is_empty();
    refuse_if(differ || unnamed, ErrorKind::KeyHint, "/dsseEnvelope/signatures/0/keyid")
}

/// P11, with the sizes of what is counted.
fn check_counts(parts: &BundleParts, limits: &Limits) -> Result<(), Error> {
    if let Material::CertificateChain(chain) = &parts.material {
        limit_if(chain.len() > limits.chain, Limit::Chain, CHAIN)?;
    }
    for (certificate, place) in certificates(&parts.material) {
        limit_if(certificate.len() > limits.certificate_bytes, Limit::CertificateBytes, &place)?;
    }
    limit_if(parts.log_entries.len() > limits.log_entries, Limit::LogEntries, ENTRIES)?;
    limit_if(parts.timestamps.len() > limits.timestamps, Limit::Timestamps, TIMESTAMPS)?;
    for_each(&parts.timestamps, TIMESTAMPS, |response, place| {
        limit_if(response.len() > limits.token_bytes, Limit::TokenBytes, place)
    })?;
    for_each(&parts.log_entries, ENTRIES, |entry, place| {
        entry.inclusion_proof.as_ref().map_or(Ok(()), |proof| check_proof_size(proof, limits, place))
    })
}

fn check_proof_size(proof: &InclusionProof, limits: &Limits, place: &str) -> Result<(), Error> {
    limit_if(proof.hashes.len() > limits.proof_hashes, Limit::ProofHashes, place)?;
    limit_if(proof.checkpoint.len() > limits.checkpoint_bytes, Limit::CheckpointBytes, place)
}

/// P12. That a proof has a checkpoint holds in every version.
fn check_evidence(entry: &TransparencyLogEntry, version: BundleVersion, place: &str) -> Result<(), Error> {
    let promise = entry.inclusion_promise.as_deref();
    let promise_needed = version == BundleVersion::V01;
    let promise_missing = promise.map_or(promise_needed, <[u8]>::is_empty);
    refuse_if(promise_missing, ErrorKind::PromiseMissing, place)?;
    let Some(proof) = &entry.inclusion_proof else {
        return refuse_if(!promise_needed, ErrorKind::ProofMissing, place);
    };
    refuse_if(proof.checkpoint.is_empty(), ErrorKind::CheckpointMissing, place)
}

/// P13.
fn check_entry(entry: &TransparencyLogEntry, place: &str) -> Result<(), Error> {
    let need = |holds: bool, member| refuse_if(!holds, ErrorKind::EntryMember(member), place);
    need(is_u63(entry.log_index), "logIndex")?;
    need(!entry.log_id.is_empty(), "logId.keyId")?;
    need(!entry.kind.is_empty(), "kindVersion.kind")?;
    need(!entry.version.is_empty(), "kindVersion.version")?;
    need(is_u63(entry.integrated_time), "integratedTime")?;
    let rebuilt = entry.is_v2() && entry.kind == "hashedrekord";
    let body = entry.canonicalized_body.as_ref();
    need(body.map_or(rebuilt, |body| !body.is_empty()), "canonicalizedBody")?;
    match &entry.inclusion_proof {
        Some(proof) if !entry.is_v2() => check_stated(proof.stated, place),
        Some(_) | None => Ok(()),
    }
}

fn check_stated(stated: Option<StatedTree>, place: &str) -> Result<(), Error> {
    let need = |holds: bool, member| refuse_if(!holds, ErrorKind::EntryMember(member), place);
    let tree_size = stated.map_or(0, |tree| tree.tree_size);
    need(tree_size > 0 && is_u63(tree_size), "inclusionProof.treeSize")?;
    need(stated.is_some_and(|tree| is_u63(tree.log_index)), "inclusionProof.logIndex")
}

fn is_u63(number: u64) -> bool {
    i64::try_from(number).is_ok()
}

/// P14.
fn check_duplicates(parts: &BundleParts) -> Result<(), Error> {
    let identity = |entry: &TransparencyLogEntry| (entry.log_index, entry.log_id.clone());
    let entries: Vec<_> = parts.log_entries.iter().map(identity).collect();
    refuse_duplicate(&entries, ENTRIES)?;
    refuse_duplicate(&parts.timestamps, TIMESTAMPS)
}

fn refuse_duplicate<T: PartialEq>(list: &[T], place: &str) -> Result<(), Error> {
    let mut seen = list.iter().enumerate();
    let repeated = seen.find(|(index, element)| list.iter().take(*index).any(|earlier| earlier == *element));
    match repeated {
        Some((index, _)) => Err(Error::at(ErrorKind::DuplicateEvidence, format!("{place}/{index}"))),
        None => Ok(()),
    }
}

/// P16: every certificate is one strict DER SEQUENCE.
fn check_certificates(material: &Material) -> Result<(), Error> {
    certificates(material).try_for_each(|(certificate, place)| {
        let strict = der::single(certificate, Tag::SEQUENCE).and_then(|_| der::check(certificate, DER_DEPTH));
        strict.map_err(|error| Error::at(ErrorKind::Der(error.kind), place))
    })
}

/// Nesting of a certificate; real ones have 8 or 9 levels.
const DER_DEPTH: usize = 32;

fn certificates(material: &Material) -> impl Iterator<Item = (&[u8], String)> {
    let (single, chain): (Option<&Vec<u8>>, &[Vec<u8>]) = match material {
        Material::Certificate(leaf) => (Some(leaf), &[]),
        Material::CertificateChain(chain) => (None, chain),
        Material::PublicKey { .. } => (None, &[]),
    };
    let single =
        single.map(|leaf| (leaf.as_slice(), String::from("/verificationMaterial/certificate/rawBytes")));
    let chain = chain.iter().enumerate();
    single.into_iter().chain(chain.map(|(index, der)| (der.as_slice(), format!("{CHAIN}/{index}/rawBytes"))))
}
