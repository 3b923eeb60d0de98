//! What of a verified bundle is signed or checked: two bundles that differ in nothing of it are as good as one.
//!
//! Outside of it, by contract:
//! - the spelling of the media type, and whether a certificate stands alone or in a chain, whose further elements are
//!   ignored (P04, P07, P08); the hint and `keyid`, which only select a key among those of the caller (P10, A01);
//! - whether the digest of a message, or the body of a `hashedrekord` 0.0.2, stands there at all: if they do, they are
//!   those of the artifact (A03, L15);
//! - whether a promise stands beside a proof, or a proof beside a promise of version 0.1 (P12); without promise, the
//!   integrated time and the global index of a v1 entry, which nobody signed (L06, L12); the index, size and root that
//!   a v2 proof repeats (L13);
//! - lines of a checkpoint that are not of its log (L09); evidence of unknown parties, and tokens that do not verify
//!   (section "evidence that is present"), which count for nothing; of tokens everything around the signed content.

use std::collections::{BTreeMap, BTreeSet};

use cretula_bundle::{Bundle, BundleRules, Content, TransparencyLogEntry, UnknownMembers};
use cretula_crypto::HashAlgorithm;
use cretula_encoding::limits::Limits;
use cretula_pki::timestamp::TimestampToken;
use cretula_tlog::Checkpoint;
use cretula_verify::Report;
use cretula_verify::report::{CheckOutcome, Signer};

/// The checked material of one verified bundle and what was reported of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// What is signed, with its signature.
    content: String,
    /// Certificate, or managed key. Evidence binds it to the content (L17); without any, another certificate of the
    /// same person for the same key is as good.
    signer: String,
    /// Digest that the bundle states of its message.
    message_digest: Option<String>,
    /// Evidence that counted, each as text.
    evidence: BTreeSet<String>,
    /// What was reported of times and of the statement.
    reported: BTreeSet<String>,
    /// Digests of the artifacts of the call, by algorithm.
    artifacts: BTreeMap<String, BTreeSet<String>>,
    /// Whether every entry and timestamp of the bundle counted.
    is_whole: bool,
}

impl Checked {
    /// Of a bundle that was verified with this report.
    ///
    /// # Panics
    /// If the bundle cannot be read, or an entry that passed has no evidence.
    #[must_use]
    pub fn of(bundle: &[u8], report: &Report, limits: &Limits) -> Self {
        let rules = BundleRules {
            allow_chain_in_v03: true,
            unknown_members: UnknownMembers::Ignore,
            ..BundleRules::default()
        };
        let bundle = Bundle::parse(bundle, &rules, limits).expect("a verified bundle");
        let mut evidence = BTreeSet::new();
        for (entry, party) in bundle.log_entries().iter().zip(&report.logs) {
            if party.outcome == CheckOutcome::Pass {
                let facts = entry_facts(entry, limits);
                assert!(!facts.is_empty(), "an entry without evidence passed");
                evidence.extend(facts);
            }
        }
        for (token, party) in bundle.timestamps().iter().zip(&report.timestamps) {
            if party.outcome == CheckOutcome::Pass {
                let token = TimestampToken::parse(token, limits).expect("a token that passed");
                evidence.insert(format!("token {:?}", token.unverified_tst_info()));
            }
        }
        Self {
            content: content(&bundle),
            signer: signer(&bundle, report),
            message_digest: message_digest(&bundle),
            evidence,
            reported: reported(report),
            artifacts: artifacts(report),
            is_whole: report
                .logs
                .iter()
                .chain(&report.timestamps)
                .all(|party| party.outcome == CheckOutcome::Pass),
        }
    }

    /// Whether all evidence of the bundle is in here; what its own trusted root does not know, another may.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Whether nothing is in here that is not in one of the originals: what is signed and by whom is that of one of
    /// them, and all evidence stands in them. The error says what is foreign.
    ///
    /// # Errors
    /// What stands in none of the originals.
    pub fn comes_from(&self, originals: &[&Self]) -> Result<(), String> {
        if !originals.iter().any(|original| original.content == self.content) {
            return Err(format!("signed by nobody: {}", self.content));
        }
        if !originals.iter().any(|original| original.signer == self.signer) {
            return Err(format!("another signer: {}", self.signer));
        }
        let digests = || originals.iter().any(|original| original.message_digest == self.message_digest);
        if self.message_digest.is_some() && !digests() {
            return Err(format!("another digest: {:?}", self.message_digest));
        }
        let content = originals.iter().find(|original| original.content == self.content);
        if content.is_some_and(|original| self.is_about_another_artifact(original)) {
            return Err(format!("another artifact: {:?}", self.artifacts));
        }
        let all = self.evidence.iter().chain(&self.reported);
        if let Some(fact) =
            all.into_iter().find(|fact| !originals.iter().any(|original| self.may_take(fact, original)))
        {
            return Err(format!("new evidence: {fact}"));
        }
        Ok(())
    }

    /// Whether both have digests by some algorithm, and none that is equal.
    fn is_about_another_artifact(&self, original: &Self) -> bool {
        let common =
            self.artifacts.iter().filter_map(|(name, own)| Some((own, original.artifacts.get(name)?)));
        common.into_iter().any(|(own, other)| own.is_disjoint(other))
    }

    /// Whether a fact stands in an original, and is there about this signature: what a log holds is also about the
    /// certificate, or about the managed key or a certificate with that key.
    fn may_take(&self, fact: &String, original: &Self) -> bool {
        let is_known = original.evidence.contains(fact) || original.reported.contains(fact);
        let is_logged = ["body ", "promise ", "proof "].iter().any(|kind| fact.starts_with(kind));
        let same_signer = original.signer == self.signer || self.signer.starts_with("key ");
        is_known && original.content == self.content && (!is_logged || same_signer)
    }
}

fn content(bundle: &Bundle) -> String {
    match bundle.content() {
        Content::Envelope(envelope) => {
            let (payload, signature) = (short(&envelope.payload), short(&envelope.signature));
            format!("envelope {:?} {payload} {signature}", envelope.payload_type)
        }
        Content::MessageSignature(message) => format!("message {}", short(&message.signature)),
    }
}

fn signer(bundle: &Bundle, report: &Report) -> String {
    match (bundle.material().leaf_certificate(), &report.signer) {
        (Some(leaf), Some(Signer::Certificate(_))) => format!("certificate {}", short(leaf)),
        (None, Some(Signer::Key { id, sha256 })) => format!("key {id} {}", sha256.to_hex()),
        (_, signer) => panic!("verified without signer: {signer:?}"),
    }
}

/// Long bytes by their digest.
fn short(bytes: &[u8]) -> String {
    HashAlgorithm::Sha256.digest(&[bytes]).to_hex()
}

fn message_digest(bundle: &Bundle) -> Option<String> {
    match bundle.content() {
        Content::Envelope(_) => None,
        Content::MessageSignature(message) => {
            message.message_digest.as_ref().map(|digest| format!("{digest:?}"))
        }
    }
}

fn entry_facts(entry: &TransparencyLogEntry, limits: &Limits) -> Vec<String> {
    let what = format!("{} {} {}", short(&entry.log_id), entry.kind, entry.version);
    let is_rebuilt = entry.is_v2() && entry.kind == "hashedrekord";
    let body = entry.canonicalized_body.as_deref().map(short);
    let mut facts = Vec::new();
    if let (true, Some(body)) = (is_rebuilt, &body) {
        facts.push(format!("body {body}"));
    }
    let body = body.filter(|_| !is_rebuilt).unwrap_or_default();
    if let Some(promise) = &entry.inclusion_promise {
        let (time, index) = (entry.integrated_time, entry.log_index);
        facts.push(format!("promise {what} {body} {time} {index} {}", short(promise)));
    }
    if let Some(proof) = &entry.inclusion_proof {
        let checkpoint = Checkpoint::parse(proof.checkpoint.as_bytes(), limits).expect("a checkpoint");
        let index = entry.is_v2().then_some(entry.log_index);
        let text = checkpoint.note().signed_text();
        let hashes = short(&proof.hashes.concat());
        facts.push(format!("proof {what} {body} {index:?} {text:?} {hashes} {:?}", proof.stated));
    }
    facts
}

fn reported(report: &Report) -> BTreeSet<String> {
    let times = report.times.iter().map(|time| format!("time {:?}", time.time));
    let statement = report.statement.iter().map(|statement| format!("statement {statement:?}"));
    times.chain(statement).collect()
}

fn artifacts(report: &Report) -> BTreeMap<String, BTreeSet<String>> {
    let mut artifacts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, value) in report.artifacts.iter().flat_map(|artifact| &artifact.digests) {
        artifacts.entry(name.clone()).or_default().insert(value.clone());
    }
    artifacts
}
