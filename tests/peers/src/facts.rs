//! What a bundle says of itself, read without any strictness: only the scope of a peer is decided by it.
use cretula_encoding::base64;
use serde_json::Value;

use crate::Part;

/// Facts about a bundle.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// A message signature.
    pub is_message: bool,
    /// Algorithm of the message digest, as in a digest set.
    pub digest_algorithm: Option<String>,
    /// `publicKey` material.
    pub is_key: bool,
    /// Log entries.
    pub entries: usize,
    /// An entry has no inclusion proof.
    pub lacks_proof: bool,
    /// Kinds and versions of the entries.
    pub kinds: Vec<String>,
    /// A message signature without a digest.
    pub lacks_digest: bool,
    /// The envelope signature has a key id.
    pub has_keyid: bool,
    /// An entry of Rekor v2.
    pub is_v2: bool,
    /// Members of a v2 entry that are not read are odd or, in a mutant, all that was changed.
    pub v2_unread: bool,
    /// A mutant in which only this part of a timestamp was changed.
    pub token_change: Option<Part>,
    /// We accept, and a timestamp was no evidence to us.
    pub token_ignored: bool,
    /// Predicate type of the statement.
    pub predicate_type: String,
}

impl Facts {
    /// Facts of a bundle; the defaults where it is none.
    pub fn of(bundle: &[u8]) -> Self {
        let Ok(bundle) = serde_json::from_slice::<Value>(bundle) else { return Self::default() };
        let entries = list(&bundle, "/verificationMaterial/tlogEntries");
        let digest = bundle.pointer("/messageSignature/messageDigest/algorithm").and_then(Value::as_str);
        Self {
            is_message: bundle.get("messageSignature").is_some_and(|value| !value.is_null()),
            digest_algorithm: digest.and_then(digest_name).map(str::to_owned),
            is_key: bundle.pointer("/verificationMaterial/publicKey").is_some_and(|value| !value.is_null()),
            entries: entries.len(),
            lacks_proof: entries.iter().any(|entry| entry.get("inclusionProof").is_none_or(Value::is_null)),
            kinds: entries.iter().map(kind).collect(),
            lacks_digest: text(&bundle, "/messageSignature/messageDigest/digest").is_empty(),
            has_keyid: !text(&bundle, "/dsseEnvelope/signatures/0/keyid").is_empty(),
            is_v2: entries.iter().any(is_v2),
            v2_unread: entries.iter().any(|entry| is_v2(entry) && is_unread_odd(entry)),
            token_change: None,
            token_ignored: false,
            predicate_type: predicate_type(&bundle).unwrap_or_default(),
        }
    }
}

impl Facts {
    /// A fact that a clause names.
    pub fn holds(&self, name: &str) -> Option<bool> {
        match name {
            "keyid" => Some(self.has_keyid),
            "no-message-digest" => Some(self.is_message && self.lacks_digest),
            "token-certificates" => Some(self.token_change == Some(Part::Certificates)),
            "token-head" => Some(self.token_change == Some(Part::Head)),
            "token-ignored" => Some(self.token_ignored),
            "v2" => Some(self.is_v2),
            "v2-unread" => Some(self.v2_unread),
            _ => None,
        }
    }
}

/// What nobody needs to read of an entry of Rekor v2: the body is rebuilt, the entry has the index, the checkpoint size
/// and root.
const UNREAD: [&str; 5] = [
    "/integratedTime",
    "/canonicalizedBody",
    "/inclusionProof/logIndex",
    "/inclusionProof/rootHash",
    "/inclusionProof/treeSize",
];

/// Whether two bundles differ in members of v2 entries that are not read, and in nothing else.
pub fn differ_in_unread(base: &Value, mutant: &Value) -> bool {
    base != mutant && without_unread(base) == without_unread(mutant)
}

fn without_unread(bundle: &Value) -> Value {
    let mut bundle = bundle.clone();
    let entries = bundle.pointer_mut("/verificationMaterial/tlogEntries").and_then(Value::as_array_mut);
    for entry in entries.into_iter().flatten().filter(|entry| is_v2(entry)) {
        for pointer in UNREAD {
            let (parent, name) = pointer.rsplit_once('/').unwrap_or_default();
            if let Some(Value::Object(members)) = entry.pointer_mut(parent) {
                members.retain(|member, _| member != name);
            }
        }
    }
    bundle
}

fn is_v2(entry: &Value) -> bool {
    text(entry, "/kindVersion/version") == "0.0.2" && !kind(entry).starts_with("intoto")
}

/// Whether what nobody needs to read is absent or cannot be right.
fn is_unread_odd(entry: &Value) -> bool {
    let is_absent = UNREAD.iter().skip(1).any(|pointer| entry.pointer(pointer).is_none());
    is_absent || entry.pointer("/inclusionProof/logIndex") != entry.pointer("/logIndex")
}

fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn kind(entry: &Value) -> String {
    format!("{} {}", text(entry, "/kindVersion/kind"), text(entry, "/kindVersion/version"))
}

fn predicate_type(bundle: &Value) -> Option<String> {
    let payload = base64::decode(text(bundle, "/dsseEnvelope/payload")).ok()?;
    let statement: Value = serde_json::from_slice(&payload).ok()?;
    Some(statement.get("predicateType")?.as_str()?.to_owned())
}

fn digest_name(name: &str) -> Option<&'static str> {
    match name {
        "SHA2_256" => Some("sha256"),
        "SHA2_384" => Some("sha384"),
        "SHA2_512" => Some("sha512"),
        _ => None,
    }
}
