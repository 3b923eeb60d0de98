//! From the description to the inputs of a verification, step by step.

use cretula_attestation::pae;
use cretula_crypto::{Digest, HashAlgorithm, SignatureScheme};
use cretula_tlog::SignedEntryTimestamp;

use crate::ca::CertificateAuthority;
use crate::certificate::SCT_LIST;
use crate::ct::{SctEntry, SctInput, sct_list};
use crate::inputs::{GivenArtifact, Inputs};
use crate::instance::Instance;
use crate::json::Json;
use crate::log::{LogKey, key_details};
use crate::merkle::MerkleTree;
use crate::note::{CheckpointText, Note};
use crate::rekor_v1::{EntryKey, dsse_body, hashedrekord_body, intoto_body};
use crate::rekor_v2::{dsse_v2_body, hashedrekord_v2_body};
use crate::signing_key::SigningKey;

use super::{
    BundleBuilder, CertificateForm, ContentSpec, Edits, EntryKind, EntryLog, EntrySpec, SctSpec, SetInput,
    SignerSpec, TimestampSpec, apply,
};

/// What is signed, and by whom: what evidence is about.
struct Signed<'a> {
    artifact: &'a [u8],
    content: &'a ContentSpec,
    signature: Vec<u8>,
    verifier: EntryKey,
    key: &'a SigningKey,
    scheme: SignatureScheme,
}

impl BundleBuilder {
    pub(super) fn assemble(mut self) -> (Inputs, Json) {
        let mut edits = std::mem::take(&mut self.edits);
        let leaf = self.leaf(&mut edits);
        let mut message = match &self.content {
            ContentSpec::Message(_) => self.artifact.clone(),
            ContentSpec::Envelope { payload_type, payload, .. } => pae(payload_type, &payload.encode()),
        };
        apply(edits.message, &mut message);
        let mut signature = self.key.sign(self.scheme, &message);
        apply(edits.signature, &mut signature);
        if let (Some(spec), Some(leaf)) = (self.detached_sct.take(), &leaf) {
            let entry = SctEntry::Certificate(leaf.clone());
            self.options.detached_sct = Some(make_sct(spec, &self.instance, entry));
        }
        let verifier = match &leaf {
            Some(der) => EntryKey::Certificate(der.clone()),
            None => EntryKey::PublicKey(self.key.spki()),
        };
        let signed = Signed {
            artifact: &self.artifact,
            content: &self.content,
            signature,
            verifier,
            key: &self.key,
            scheme: self.scheme,
        };
        let entries: Vec<Json> = std::mem::take(&mut self.entries)
            .into_iter()
            .map(|entry| make_entry(entry, &self.instance, &signed))
            .collect();
        let timestamps: Vec<Json> = std::mem::take(&mut self.timestamps)
            .into_iter()
            .map(|timestamp| make_timestamp(timestamp, &self.instance, &signed))
            .collect();
        let mut bundle = self.bundle_json(leaf.as_deref(), &signed, entries, timestamps);
        apply(edits.bundle, &mut bundle);
        let mut bytes = bundle.encode();
        apply(edits.bundle_bytes, &mut bytes);
        let mut root = self.instance.trusted_root_json();
        apply(edits.root, &mut root);
        let mut root = root.encode();
        apply(edits.root_bytes, &mut root);
        let artifacts = self.artifacts.unwrap_or_else(|| vec![GivenArtifact::Bytes(self.artifact.clone())]);
        let mut inputs = Inputs {
            bundle: bytes,
            roots: if self.has_root { vec![root] } else { Vec::new() },
            keys: self.keys,
            policy: self.policy.encode(),
            artifacts,
            options: self.options,
        };
        apply(edits.inputs, &mut inputs);
        (inputs, bundle)
    }

    /// The leaf with its promises, DER.
    fn leaf(&mut self, edits: &mut Edits) -> Option<Vec<u8>> {
        let SignerSpec::Certificate { ca, identity } = &self.signer else { return None };
        let authority = &self.instance.certificate_authorities[*ca];
        let issuer = &authority.issuer().key;
        let scheme = CertificateAuthority::scheme(issuer);
        let mut leaf = authority.leaf(&self.key, identity, self.signed_at - 5);
        apply(std::mem::take(&mut edits.leaf), &mut leaf);
        let scts = std::mem::take(&mut self.scts);
        if !scts.is_empty() {
            let tbs = leaf.tbs(scheme);
            let issuer_key_hash = HashAlgorithm::Sha256.digest(&[&issuer.spki()]).as_bytes().to_vec();
            let entry = SctEntry::Precertificate { issuer_key_hash, tbs };
            let scts: Vec<Vec<u8>> =
                scts.into_iter().map(|sct| make_sct(sct, &self.instance, entry.clone())).collect();
            let mut list = sct_list(&scts);
            apply(std::mem::take(&mut edits.sct_list), &mut list);
            leaf.set(SCT_LIST, false, list);
        }
        let signer = edits.leaf_signer.take();
        let mut der = leaf.sign(signer.as_ref().unwrap_or(issuer), scheme);
        apply(std::mem::take(&mut edits.leaf_der), &mut der);
        Some(der)
    }

    fn bundle_json(
        &self,
        leaf: Option<&[u8]>,
        signed: &Signed<'_>,
        entries: Vec<Json>,
        timestamps: Vec<Json>,
    ) -> Json {
        let mut material = match (leaf, &self.signer) {
            (Some(leaf), SignerSpec::Certificate { ca, .. }) => self.certificate_json(leaf, *ca),
            (_, SignerSpec::Managed { hint }) => {
                Json::object([("publicKey", Json::object([("hint", Json::text(hint))]))])
            }
            (None, SignerSpec::Certificate { .. }) => panic!("a leaf was made"),
        };
        if !entries.is_empty() {
            material.set("/tlogEntries", Json::List(entries));
        }
        if !timestamps.is_empty() {
            material.set("/timestampVerificationData/rfc3161Timestamps", Json::List(timestamps));
        }
        let (member, content) = content_json(signed);
        Json::object([
            ("mediaType", Json::text(self.version.media_type())),
            ("verificationMaterial", material),
            (member, content),
        ])
    }

    fn certificate_json(&self, leaf: &[u8], ca: usize) -> Json {
        let mut above = self.instance.certificate_authorities[ca].chain();
        match self.form {
            CertificateForm::Leaf => {
                return Json::object([("certificate", raw_bytes(leaf))]);
            }
            CertificateForm::Chain => above.clear(),
            CertificateForm::ChainWithIssuers => above.truncate(above.len() - 1),
            CertificateForm::ChainWithRoot => {}
        }
        let chain = std::iter::once(leaf).chain(above.iter().map(Vec::as_slice)).map(raw_bytes).collect();
        Json::object([("x509CertificateChain", Json::object([("certificates", Json::List(chain))]))])
    }
}

fn raw_bytes(der: &[u8]) -> Json {
    Json::object([("rawBytes", Json::bytes(der))])
}

fn content_json(signed: &Signed<'_>) -> (&'static str, Json) {
    match signed.content {
        ContentSpec::Message(states_digest) => {
            let mut message = Json::object([]);
            if *states_digest {
                let digest = signed.digest();
                message.set("/messageDigest/algorithm", Json::text(digest.algorithm().sigstore_name()));
                message.set("/messageDigest/digest", Json::bytes(digest.as_bytes()));
            }
            message.set("/signature", Json::bytes(&signed.signature));
            ("messageSignature", message)
        }
        ContentSpec::Envelope { payload_type, payload, keyid } => {
            let mut signature = Json::object([("sig", Json::bytes(&signed.signature))]);
            if !keyid.is_empty() {
                signature.set("/keyid", Json::text(keyid));
            }
            let envelope = Json::object([
                ("payload", Json::bytes(&payload.encode())),
                ("payloadType", Json::text(payload_type)),
                ("signatures", Json::List(vec![signature])),
            ]);
            ("dsseEnvelope", envelope)
        }
    }
}

impl Signed<'_> {
    /// Digest of what is signed by the hash of the scheme, or by SHA-256 if it has none.
    fn digest(&self) -> Digest {
        let hash = self.scheme.prehash().unwrap_or(HashAlgorithm::Sha256);
        match self.content {
            ContentSpec::Message(_) => hash.digest(&[self.artifact]),
            ContentSpec::Envelope { payload_type, payload, .. } => {
                hash.digest(&[&pae(payload_type, &payload.encode())])
            }
        }
    }

    fn body(&self, kind: EntryKind) -> Json {
        let (payload_type, payload) = match self.content {
            ContentSpec::Message(_) => ("", Vec::new()),
            ContentSpec::Envelope { payload_type, payload, .. } => (payload_type.as_str(), payload.encode()),
        };
        let details = || key_details(self.key, self.scheme);
        match kind {
            EntryKind::DsseV001 => dsse_body(&payload, &self.signature, &self.verifier),
            EntryKind::DsseV002 => dsse_v2_body(&payload, &self.signature, &self.verifier, details()),
            EntryKind::HashedRekordV001 => hashedrekord_body(&self.digest(), &self.signature, &self.verifier),
            EntryKind::HashedRekordV002 => {
                hashedrekord_v2_body(&self.digest(), &self.signature, &self.verifier, details())
            }
            EntryKind::IntotoV002 => intoto_body(payload_type, &payload, &self.signature, &self.verifier),
        }
    }
}

fn make_sct(spec: SctSpec, instance: &Instance, entry: SctEntry) -> Vec<u8> {
    let mut input = SctInput { timestamp: spec.timestamp, entry, extensions: spec.extensions };
    apply(spec.input, &mut input);
    let mut sct = instance.ct_logs[spec.log].sign(&input);
    apply(spec.sct, &mut sct);
    sct.encode()
}

fn make_timestamp(spec: TimestampSpec, instance: &Instance, signed: &Signed<'_>) -> Json {
    let authority = &instance.timestamp_authorities[spec.authority];
    let message = spec.message.unwrap_or_else(|| signed.signature.clone());
    let mut token = authority.token(&message, &spec.gen_time);
    apply(spec.token, &mut token);
    let mut response = token.response();
    apply(spec.response, &mut response);
    Json::object([("signedTimestamp", Json::bytes(&response))])
}

fn make_entry(spec: EntrySpec, instance: &Instance, signed: &Signed<'_>) -> Json {
    let edits = spec.edits;
    let (kind, version) = spec.kind.names();
    let mut body = signed.body(spec.kind);
    apply(edits.body, &mut body);
    let mut body = body.encode();
    apply(edits.body_bytes, &mut body);
    let log = EntryServices { instance, log: spec.log };
    let mut tree = MerkleTree::of_others(spec.others.0);
    let index = tree.push(&body);
    for other in 0..spec.others.1 {
        tree.push(format!("later entry {other} of somebody else").as_bytes());
    }
    let global = index + log.shard_offset();
    let mut entry = Json::object([
        ("logIndex", Json::text(global.to_string())),
        ("logId", Json::object([("keyId", Json::bytes(&log.key().id))])),
        ("kindVersion", Json::object([("kind", Json::text(kind)), ("version", Json::text(version))])),
        ("integratedTime", Json::text(spec.integrated_time.to_string())),
    ]);
    if spec.promise {
        let input = SetInput {
            body: body.clone(),
            integrated_time: spec.integrated_time,
            log_id: log.key().id.clone(),
            log_index: global,
        };
        let promise = log.promise(input, edits.promise);
        entry.set("/inclusionPromise/signedEntryTimestamp", Json::bytes(&promise));
    }
    if spec.proof {
        let checkpoint =
            Checkpointed { edits: edits.checkpoint, note: edits.note, published: edits.published };
        entry.set("/inclusionProof", log.proof(&tree, index, &spec.witnesses, checkpoint));
    }
    if spec.body {
        entry.set("/canonicalizedBody", Json::bytes(&body));
    }
    apply(edits.entry, &mut entry);
    entry
}

/// Edits of a checkpoint.
struct Checkpointed {
    edits: Vec<super::Edit<CheckpointText>>,
    note: Vec<super::Edit<Note>>,
    published: Vec<super::Edit<String>>,
}

/// The log of an entry.
struct EntryServices<'a> {
    instance: &'a Instance,
    log: EntryLog,
}

impl EntryServices<'_> {
    fn key(&self) -> &LogKey {
        match self.log {
            EntryLog::V1(index) => &self.instance.rekor_v1[index].log,
            EntryLog::V2(index) => &self.instance.rekor_v2[index].log,
        }
    }

    fn shard_offset(&self) -> u64 {
        match self.log {
            EntryLog::V1(index) => self.instance.rekor_v1[index].shard_offset,
            EntryLog::V2(_) => 0,
        }
    }

    /// A promise; of a v2 log, which makes none, it is what such a log would sign.
    fn promise(&self, mut input: SetInput, edits: Vec<super::Edit<SetInput>>) -> Vec<u8> {
        apply(edits, &mut input);
        let payload = SignedEntryTimestamp {
            canonicalized_body: &input.body,
            integrated_time: input.integrated_time,
            log_id: &input.log_id,
            log_index: input.log_index,
        };
        let key = &self.key().key;
        key.sign(key.scheme(), &cretula_tlog::signed_entry_timestamp_payload(&payload))
    }

    fn proof(
        &self,
        tree: &MerkleTree,
        index: u64,
        witnesses: &[(usize, u64)],
        checkpoint: Checkpointed,
    ) -> Json {
        let origin = match self.log {
            EntryLog::V1(index) => self.instance.rekor_v1[index].origin(),
            EntryLog::V2(index) => self.instance.rekor_v2[index].origin(),
        };
        let mut text = CheckpointText::new(&origin, tree.size(), &tree.root());
        apply(checkpoint.edits, &mut text);
        let text = text.encode();
        let line = match self.log {
            EntryLog::V1(index) => self.instance.rekor_v1[index].checkpoint_line(&text),
            EntryLog::V2(index) => self.instance.rekor_v2[index].checkpoint_line(&text),
        };
        let mut note = Note { text, lines: vec![line] };
        for (witness, time) in witnesses {
            note.lines.push(self.instance.witnesses[*witness].cosign(&note.text, *time));
        }
        apply(checkpoint.note, &mut note);
        let mut published = note.encode();
        apply(checkpoint.published, &mut published);
        let hashes = tree.inclusion(index).iter().map(|hash| Json::bytes(hash)).collect();
        Json::object([
            ("logIndex", Json::text(index.to_string())),
            ("rootHash", Json::bytes(&tree.root())),
            ("treeSize", Json::text(tree.size().to_string())),
            ("hashes", Json::List(hashes)),
            ("checkpoint", Json::object([("envelope", Json::Text(published))])),
        ])
    }
}
