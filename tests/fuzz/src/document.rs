//! A bundle written as a document from what was read.

use cretula_bundle::{Bundle, Content, HashAlgorithmRef, InclusionProof, Material, TransparencyLogEntry};
use cretula_testkit::Json;

/// The document of a bundle.
pub(crate) fn encode_bundle(bundle: &Bundle) -> Vec<u8> {
    let mut material = material(bundle.material());
    material.set("/tlogEntries", Json::List(bundle.log_entries().iter().map(entry).collect()));
    let timestamps = bundle.timestamps().iter();
    let timestamps = timestamps.map(|der| Json::object([("signedTimestamp", Json::bytes(der))])).collect();
    material.set("/timestampVerificationData/rfc3161Timestamps", Json::List(timestamps));
    let (member, content) = content(bundle.content());
    Json::object([
        ("mediaType", Json::text(bundle.media_type())),
        ("verificationMaterial", material),
        (member, content),
    ])
    .encode()
}

fn material(material: &Material) -> Json {
    let raw = |der: &Vec<u8>| Json::object([("rawBytes", Json::bytes(der))]);
    match material {
        Material::Certificate(leaf) => Json::object([("certificate", raw(leaf))]),
        Material::CertificateChain(chain) => {
            let certificates = Json::List(chain.iter().map(raw).collect());
            Json::object([("x509CertificateChain", Json::object([("certificates", certificates)]))])
        }
        Material::PublicKey { hint } => {
            Json::object([("publicKey", Json::object([("hint", Json::text(hint))]))])
        }
    }
}

fn content(content: &Content) -> (&'static str, Json) {
    match content {
        Content::MessageSignature(message) => {
            let mut members = Json::object([("signature", Json::bytes(&message.signature))]);
            if let Some(digest) = &message.message_digest {
                let algorithm = match &digest.algorithm {
                    HashAlgorithmRef::Known(algorithm) => algorithm.sigstore_name(),
                    HashAlgorithmRef::Unknown(name) => name,
                };
                members.set("/messageDigest/algorithm", Json::text(algorithm));
                members.set("/messageDigest/digest", Json::bytes(&digest.digest));
            }
            ("messageSignature", members)
        }
        Content::Envelope(envelope) => {
            let signature = Json::object([
                ("sig", Json::bytes(&envelope.signature)),
                ("keyid", Json::text(&envelope.keyid)),
            ]);
            let members = Json::object([
                ("payload", Json::bytes(&envelope.payload)),
                ("payloadType", Json::text(&envelope.payload_type)),
                ("signatures", Json::List(vec![signature])),
            ]);
            ("dsseEnvelope", members)
        }
    }
}

fn entry(entry: &TransparencyLogEntry) -> Json {
    let mut members = Json::object([
        ("logIndex", Json::text(entry.log_index.to_string())),
        ("logId", Json::object([("keyId", Json::bytes(&entry.log_id))])),
        (
            "kindVersion",
            Json::object([("kind", Json::text(&entry.kind)), ("version", Json::text(&entry.version))]),
        ),
        ("integratedTime", Json::text(entry.integrated_time.to_string())),
    ]);
    if let Some(promise) = &entry.inclusion_promise {
        members.set("/inclusionPromise/signedEntryTimestamp", Json::bytes(promise));
    }
    if let Some(proof) = &entry.inclusion_proof {
        members.set("/inclusionProof", inclusion_proof(proof));
    }
    if let Some(body) = &entry.canonicalized_body {
        members.set("/canonicalizedBody", Json::bytes(body));
    }
    members
}

fn inclusion_proof(proof: &InclusionProof) -> Json {
    let mut members = Json::object([
        ("hashes", Json::List(proof.hashes.iter().map(|hash| Json::bytes(hash)).collect())),
        ("checkpoint", Json::object([("envelope", Json::text(&proof.checkpoint))])),
    ]);
    if let Some(stated) = &proof.stated {
        members.set("/logIndex", Json::text(stated.log_index.to_string()));
        members.set("/rootHash", Json::bytes(&stated.root_hash));
        members.set("/treeSize", Json::text(stated.tree_size.to_string()));
    }
    members
}
