//! Report and failure as RFC 8785 JSON: 64-bit integers as decimal text, times as RFC 3339 `Z`, absent = not known.

use crate::refusal::Failure;
use crate::report::{
    ArtifactReport, CertificateSigner, CheckRow, Party, Report, Signer, StatementReport, Verdict,
    VerifiedTime, Warning,
};
use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};
use cretula_crypto::Digest;
use cretula_encoding::{base64, hex, json::Tree, limits::Limits};

/// `cretula/report/v1`, complete.
#[must_use]
pub fn encode_report(report: &Report) -> Vec<u8> {
    let mut document = head(report, &report.inputs.limits);
    document
        .set("checks", list(report.checks.rows(), check))
        .set_some("signer", report.signer.as_ref().map(signer))
        .set("times", list(&report.times, time))
        .set("logs", list(&report.logs, party))
        .set("timestamps", list(&report.timestamps, party))
        .set("scts", list(&report.scts, party))
        .set("witnesses", list(&report.witnesses, party))
        .set("artifacts", list(&report.artifacts, artifact))
        .set_some("statement", report.statement.as_ref().map(statement))
        .set("thresholds", thresholds(report))
        .set("ignored", list(&report.ignored, |text| Tree::from(text.as_str())))
        .set("warnings", list(&report.warnings, warning))
        .set("policy", report.policy.clone());
    document.encode()
}

/// Artifacts that the short form shows.
const SHORT_ARTIFACTS: usize = 2;

/// The first digest by name: SHA-256 where it is known.
fn shortest(digests: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    digests.iter().take(1).map(|(name, value)| (clipped(name), clipped(value))).collect()
}

/// The short form for decision logs: verdict, code, signer, predicate type and digests, at most about 1 KiB.
#[must_use]
pub fn encode_short_report(report: &Report) -> Vec<u8> {
    let mut document = head(report, &raised_limits(report));
    if let Some(signer) = &report.signer {
        document.set("signer", short_signer(signer));
    }
    if let Some(statement) = &report.statement {
        let mut short = Tree::object();
        short.set("predicateType", clipped(&statement.predicate_type));
        document.set("statement", short);
    }
    let first = report.artifacts.get(..SHORT_ARTIFACTS).unwrap_or(&report.artifacts);
    document.set("artifacts", list(first, |artifact| digests_object(&shortest(&artifact.digests))));
    document.encode()
}

/// `cretula/error/v1`.
#[must_use]
pub fn encode_failure(failure: &Failure) -> Vec<u8> {
    let mut error = Tree::object();
    error
        .set("code", failure.code)
        .set_some("path", failure.path.as_deref().map(clipped))
        .set_some("detail", failure.detail.as_deref());
    let mut document = Tree::object();
    document.set("schema", "cretula/error/v1").set("error", error);
    document.encode()
}

/// What both forms begin with.
fn head(report: &Report, limits: &[(&'static str, u64)]) -> Tree {
    let mut document = Tree::object();
    let verdict = match report.verdict() {
        Verdict::Verified => "verified",
        Verdict::Refused => "refused",
    };
    document.set("schema", "cretula/report/v1").set("verdict", verdict);
    if let Some(refusal) = &report.refusal {
        document
            .set("code", refusal.code)
            .set("stage", refusal.stage().area())
            .set("checkId", refusal.check)
            .set_some("index", refusal.index);
    }
    document
        .set("dangerous", list(&report.dangerous, |name| Tree::from(*name)))
        .set("inputs", inputs(report, limits));
    document
}

/// The short form names only the limits that differ from their defaults.
fn raised_limits(report: &Report) -> Vec<(&'static str, u64)> {
    let defaults: Vec<(&str, u64)> = Limits::default().entries().collect();
    report.inputs.limits.iter().filter(|limit| !defaults.contains(limit)).copied().collect()
}

fn inputs(report: &Report, in_force: &[(&'static str, u64)]) -> Tree {
    let mut limits = Tree::object();
    for (name, value) in in_force {
        limits.set(name, *value);
    }
    let mut inputs = Tree::object();
    inputs
        .set("bundle", hex_digest(&report.inputs.bundle))
        .set_some("trustedRoot", report.inputs.trusted_root.as_ref().map(hex_digest))
        .set("policy", hex_digest(&report.inputs.policy))
        .set("limits", limits);
    inputs
}

fn check(row: &CheckRow) -> Tree {
    let mut tree = Tree::object();
    tree.set("id", row.id)
        .set("outcome", row.outcome.name())
        .set_some("code", row.code)
        .set_some("index", row.index)
        .set_some("detail", row.detail.as_deref());
    tree
}

fn signer(signer: &Signer) -> Tree {
    let mut tree = Tree::object();
    match signer {
        Signer::Certificate(certificate) => tree.set("certificate", certificate_signer(certificate)),
        Signer::Key { id, sha256 } => tree.set("key", key(id, sha256)),
    };
    tree
}

fn key(id: &str, sha256: &Digest) -> Tree {
    let mut tree = Tree::object();
    tree.set("id", id).set("sha256", hex_digest(sha256));
    tree
}

fn certificate_signer(signer: &CertificateSigner) -> Tree {
    let mut san = Tree::object();
    san.set("type", signer.san_type).set("value", signer.san.as_str());
    let mut claims = Tree::object();
    for (name, value) in &signer.claims {
        claims.set(name, value.as_str());
    }
    let mut extensions = Tree::object();
    for (oid, value) in &signer.extensions {
        extensions.set(oid, base64::encode(value));
    }
    let mut tree = Tree::object();
    tree.set("sha256", hex_digest(&signer.sha256))
        .set("san", san)
        .set("issuer", signer.issuer.as_str())
        .set("claims", claims)
        .set("extensions", extensions)
        .set("notBefore", signer.not_before.to_rfc3339())
        .set("notAfter", signer.not_after.to_rfc3339())
        .set("path", list(&signer.path, |digest| Tree::from(hex_digest(digest))))
        .set("ca", hex_digest(&signer.ca));
    tree
}

fn short_signer(signer: &Signer) -> Tree {
    let mut tree = Tree::object();
    match signer {
        Signer::Certificate(certificate) => {
            let mut san = Tree::object();
            san.set("type", certificate.san_type).set("value", clipped(&certificate.san));
            let mut short = Tree::object();
            short.set("san", san).set("issuer", clipped(&certificate.issuer));
            tree.set("certificate", short)
        }
        Signer::Key { id, .. } => {
            let mut short = Tree::object();
            short.set("id", clipped(id));
            tree.set("key", short)
        }
    };
    tree
}

fn time(time: &VerifiedTime) -> Tree {
    let mut tree = Tree::object();
    tree.set("time", time.time.to_rfc3339())
        .set("source", time.source.name())
        .set("authority", time.authority.as_str())
        .set_some("operator", time.operator.as_deref());
    tree
}

fn party(party: &Party) -> Tree {
    let mut tree = Tree::object();
    tree.set("instance", party.instance.as_str())
        .set("outcome", party.outcome.name())
        .set_some("index", party.index.map(|index| format!("{index}")))
        .set_some("operator", party.operator.as_deref());
    tree
}

fn artifact(artifact: &ArtifactReport) -> Tree {
    let mut tree = digests_object(&artifact.digests);
    tree.set_some("subject", artifact.subject).set_some("algorithm", artifact.algorithm.as_deref());
    tree
}

fn digests_object(digests: &BTreeMap<String, String>) -> Tree {
    let mut tree = Tree::object();
    tree.set("digests", text_map(digests));
    tree
}

fn statement(statement: &StatementReport) -> Tree {
    let subjects = list(&statement.subjects, |(name, digests)| {
        let mut tree = Tree::object();
        tree.set_some("name", name.as_deref()).set("digest", text_map(digests));
        tree
    });
    let mut tree = Tree::object();
    tree.set("payload", base64::encode(&statement.payload))
        .set("type", statement.statement_type.as_str())
        .set("predicateType", statement.predicate_type.as_str())
        .set("subjects", subjects);
    tree
}

fn thresholds(report: &Report) -> Tree {
    let mut tree = Tree::object();
    for (name, threshold) in &report.thresholds {
        let mut row = Tree::object();
        row.set("wanted", threshold.wanted).set("reached", threshold.reached);
        tree.set(name, row);
    }
    tree
}

fn warning(warning: &Warning) -> Tree {
    let mut tree = Tree::object();
    tree.set("code", warning.code).set_some("detail", warning.detail.as_deref());
    tree
}

fn text_map(map: &BTreeMap<String, String>) -> Tree {
    let mut tree = Tree::object();
    for (name, value) in map {
        tree.set(name, value.as_str());
    }
    tree
}

fn list<T>(items: &[T], encode: impl Fn(&T) -> Tree) -> Tree {
    Tree::List(items.iter().map(encode).collect())
}

fn hex_digest(digest: &Digest) -> String {
    hex::encode(digest.as_bytes())
}

/// Long input text is cut in the short form and in pointers.
fn clipped(text: &str) -> String {
    cretula_encoding::text::clip(text.to_string())
}
