//! The policy as applied: the preset written out and all defaults explicit.

use alloc::{string::String, vec::Vec};

use cretula_bundle::{BundleRules, UnknownMembers};
use cretula_encoding::{base64, hex, json::Tree};

use super::{
    document::{Policy, StatementRules, SubjectMatch, SubjectRules},
    evidence::{Evidence, TimeRules, WitnessRules},
    pattern::{Claim, Form, Match},
    read_evidence::{CERT_IDS, COMPATS, ON_INVALID_TOKEN, OUTSIDE_CERTIFICATE, TIME_MODES, name_of},
    read_signers::SAN_TYPES,
    signers::{CertificateRule, Denied, ExtensionValue, IssuerRule, Leaf, Node, SanRule, SignerRule},
    tables,
};

impl Policy {
    /// The policy as applied, as a document that reads back to the same policy.
    ///
    /// Members that only a certificate or only written values concern keep that meaning: time mode and thresholds are
    /// left out where they are defaults and a managed key may sign, because written they would bind the key.
    #[must_use]
    pub fn to_tree(&self) -> Tree {
        let mut tree = Tree::object();
        tree.set("schema", tables::SCHEMA);
        tree.set_some("preset", self.preset.map(super::Preset::name));
        tree.set("bundle", bundle_tree(&self.bundle));
        tree.set(
            "evidence",
            evidence_tree(&self.evidence, self.keys_may_sign(), self.certificates_may_sign()),
        );
        tree.set_some("signers", self.signers.as_ref().map(node_tree));
        if !self.deny.is_empty() {
            tree.set("deny", self.deny.iter().map(denied_tree).collect::<Vec<Tree>>());
        }
        tree.set("subject", subject_tree(&self.subject));
        tree.set_some("statement", self.statement.as_ref().map(statement_tree));
        let mut dangerous = Tree::object();
        dangerous.set("anySigner", self.dangerous.any_signer);
        dangerous.set("noArtifact", self.dangerous.no_artifact);
        dangerous.set("noCrossCheck", self.dangerous.no_cross_check);
        tree.set("dangerous", dangerous);
        tree
    }

    fn keys_may_sign(&self) -> bool {
        self.some_leaf(|rule| matches!(rule, SignerRule::Key(_)))
    }

    fn certificates_may_sign(&self) -> bool {
        self.some_leaf(|rule| matches!(rule, SignerRule::Certificate(_)))
    }

    /// Without signers, whoever signs is accepted.
    fn some_leaf(&self, kind: impl Fn(&SignerRule) -> bool) -> bool {
        self.signers.as_ref().is_none_or(|node| node.leaves().iter().any(|(leaf, _)| kind(&leaf.rule)))
    }
}

fn bundle_tree(rules: &BundleRules) -> Tree {
    let mut tree = Tree::object();
    tree.set("versions", texts(rules.versions.iter().map(|version| version.name())));
    tree.set("allowChainInV03", rules.allow_chain_in_v03);
    tree.set("useIntermediates", rules.use_intermediates);
    tree.set("refuseRootInChain", rules.refuse_root_in_chain);
    tree.set("requireKeyid", rules.require_keyid);
    let unknown = match rules.unknown_members {
        UnknownMembers::Ignore => "ignore",
        UnknownMembers::Refuse => "refuse",
    };
    tree.set("unknownMembers", unknown);
    tree
}

fn evidence_tree(evidence: &Evidence, keys_may_sign: bool, certificates_may_sign: bool) -> Tree {
    let mut log = Tree::object();
    log.set("threshold", evidence.log.threshold);
    log.set("requireProof", evidence.log.require_proof);
    log.set("legacyDsseV2", evidence.log.legacy_dsse_v2);
    log.set_some("only", evidence.log.only.as_deref().map(byte_strings));
    let mut sct = Tree::object();
    if certificates_may_sign {
        sct.set("threshold", evidence.sct.threshold);
    }
    sct.set("detached", evidence.sct.detached);
    let mut trust = Tree::object();
    trust.set("requireWindows", evidence.trust.require_windows);
    let mut algorithms = Tree::object();
    let allow = evidence.algorithms.allow.as_deref();
    algorithms.set_some("allow", allow.map(|list| texts(list.iter().map(|details| details.name()))));
    algorithms.set("compat", name_of(&COMPATS, evidence.algorithms.compat));
    let mut certificate = Tree::object();
    certificate.set_some("maxLifetimeSeconds", evidence.certificate.max_lifetime_seconds);
    certificate.set("allowMissingKeyIds", evidence.certificate.allow_missing_key_ids);

    let mut tree = Tree::object();
    tree.set("log", log);
    tree.set("sct", sct);
    tree.set("time", time_tree(&evidence.time, evidence.time.written || !keys_may_sign));
    tree.set_some("witness", evidence.witness.as_ref().map(witness_tree));
    tree.set("trust", trust);
    tree.set("algorithms", algorithms);
    tree.set("certificate", certificate);
    tree
}

fn time_tree(time: &TimeRules, with_thresholds: bool) -> Tree {
    let mut tree = Tree::object();
    if with_thresholds {
        tree.set("mode", name_of(&TIME_MODES, time.mode));
        tree.set("threshold", time.threshold);
        tree.set("signedThreshold", time.signed_threshold);
    }
    tree.set("onInvalidToken", name_of(&ON_INVALID_TOKEN, time.on_invalid_token));
    tree.set("outsideCertificate", name_of(&OUTSIDE_CERTIFICATE, time.outside_certificate));
    tree.set("certId", name_of(&CERT_IDS, time.cert_id));
    tree.set_some("policyOids", time.policy_oids.as_deref().map(owned_texts));
    tree.set_some("names", time.names.as_deref().map(owned_texts));
    tree.set_some("only", time.only.as_deref().map(owned_texts));
    tree
}

fn witness_tree(rules: &WitnessRules) -> Tree {
    let entries = rules.witnesses.iter().map(|witness| {
        let mut entry = Tree::object();
        entry.set("vkey", witness.text.as_str());
        entry.set("operator", witness.operator.as_str());
        entry
    });
    let mut tree = Tree::object();
    tree.set("threshold", rules.threshold);
    tree.set("witnesses", entries.collect::<Vec<Tree>>());
    tree.set_some("logs", rules.logs.as_deref().map(byte_strings));
    tree.set("asTime", rules.as_time);
    tree
}

/// Recursion: as deep as limit `policy-depth`, which the reader has enforced.
fn node_tree(node: &Node) -> Tree {
    let mut tree = Tree::object();
    match node {
        Node::All(nodes) => tree.set("all", nodes.iter().map(node_tree).collect::<Vec<Tree>>()),
        Node::Any(nodes) => tree.set("any", nodes.iter().map(node_tree).collect::<Vec<Tree>>()),
        Node::Leaf(leaf) => return leaf_tree(leaf),
        Node::Not(node) => tree.set("not", node_tree(node)),
    };
    tree
}

fn leaf_tree(leaf: &Leaf) -> Tree {
    let mut tree = Tree::object();
    match &leaf.rule {
        SignerRule::Certificate(rule) => tree.set("certificate", certificate_tree(rule)),
        SignerRule::Key(rule) => {
            let mut key = Tree::object();
            key.set("ids", owned_texts(&rule.ids));
            key.set_some("usage", rule.usage.as_deref());
            tree.set("key", key)
        }
    };
    tree
}

fn denied_tree(denied: &Denied) -> Tree {
    let mut tree = Tree::object();
    match denied {
        Denied::CertificateSha256(digest) => tree.set("certificateSha256", hex::encode(digest.as_bytes())),
        Denied::KeyId(id) => tree.set("keyId", id.as_str()),
        Denied::Leaf(leaf) => return leaf_tree(leaf),
        Denied::SourceCommit(commit) => tree.set("sourceCommit", commit.as_str()),
    };
    tree
}

fn certificate_tree(rule: &CertificateRule) -> Tree {
    let mut tree = Tree::object();
    tree.set_some("san", rule.san.as_ref().map(san_tree));
    tree.set_some("issuer", rule.issuer.as_ref().map(issuer_tree));
    if !rule.claims.is_empty() {
        let mut claims = Tree::object();
        for (name, claim) in &rule.claims {
            claims.set(name, claim_tree(claim));
        }
        tree.set("claims", claims);
    }
    if !rule.extensions.is_empty() {
        let mut extensions = Tree::object();
        for extension in &rule.extensions {
            extensions.set(&extension.oid, extension_tree(&extension.value));
        }
        tree.set("extensions", extensions);
    }
    if rule.ca_uri.is_some() || rule.ca_sha256.is_some() {
        let mut ca = Tree::object();
        ca.set_some("uri", rule.ca_uri.as_deref());
        ca.set_some("sha256", rule.ca_sha256.as_ref().map(|digest| hex::encode(digest.as_bytes())));
        tree.set("ca", ca);
    }
    tree
}

fn san_tree(rule: &SanRule) -> Tree {
    let value = match_tree(&rule.value);
    let Some(san_type) = rule.san_type else { return value };
    let mut tree = Tree::object();
    tree.set("type", name_of(&SAN_TYPES, san_type));
    tree.set("match", value);
    tree
}

fn issuer_tree(rule: &IssuerRule) -> Tree {
    match rule {
        IssuerRule::Absent => flag_tree("absent"),
        IssuerRule::Match(value) => match_tree(value),
    }
}

fn claim_tree(claim: &Claim) -> Tree {
    match claim {
        Claim::Absent => flag_tree("absent"),
        Claim::Match(value) => match_tree(value),
        Claim::Present => flag_tree("present"),
    }
}

fn extension_tree(value: &ExtensionValue) -> Tree {
    let mut tree = Tree::object();
    match value {
        ExtensionValue::Der(bytes) => tree.set("der", base64::encode(bytes)),
        ExtensionValue::Raw(bytes) => tree.set("raw", base64::encode(bytes)),
        ExtensionValue::Utf8(text) => tree.set("utf8", match_tree(text)),
    };
    tree
}

fn match_tree(value: &Match) -> Tree {
    let mut tree = Tree::object();
    match value.form() {
        Form::AnyOf(list) => tree.set("anyOf", owned_texts(list)),
        Form::Exact(text) => tree.set("exact", text.as_str()),
        Form::Glob(glob) => tree.set("glob", glob.source()),
        Form::Regex(regex) => tree.set("regex", regex.source()),
    };
    if value.ignores_case() {
        tree.set("ignoreCase", true);
    }
    tree
}

fn subject_tree(rules: &SubjectRules) -> Tree {
    let mut tree = Tree::object();
    if !rules.algorithms.is_empty() {
        tree.set("algorithms", owned_texts(&rules.algorithms));
    }
    let subject_match = match rules.subject_match {
        SubjectMatch::All => "all",
        SubjectMatch::Any => "any",
    };
    tree.set("match", subject_match);
    tree.set_some("name", rules.name.as_ref().map(match_tree));
    tree.set_some("max", rules.max);
    tree
}

fn statement_tree(rules: &StatementRules) -> Tree {
    let mut tree = Tree::object();
    tree.set("predicateTypes", owned_texts(&rules.predicate_types));
    tree.set("types", owned_texts(&rules.types));
    tree.set("payloadTypes", owned_texts(&rules.payload_types));
    tree
}

fn flag_tree(name: &str) -> Tree {
    let mut tree = Tree::object();
    tree.set(name, true);
    tree
}

fn texts<'a>(list: impl Iterator<Item = &'a str>) -> Vec<Tree> {
    list.map(Tree::from).collect()
}

fn owned_texts(list: &[String]) -> Vec<Tree> {
    texts(list.iter().map(String::as_str))
}

fn byte_strings(list: &[Vec<u8>]) -> Vec<Tree> {
    list.iter().map(|bytes| Tree::from(base64::encode(bytes))).collect()
}
