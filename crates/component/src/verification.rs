//! The interface `verification`: typed records in, typed records out.

use cretula_crypto::Digest;
use cretula_encoding::{
    hex,
    time::{Time, TimeRange},
};
use cretula_verify::{
    portable,
    report::{self, CheckOutcome, Signer as ReportedSigner},
    request::{self, ManagedKeyParts},
};

use crate::bindings::exports::cretula::core::verification as wit;
use crate::{Module, memo};

impl wit::Guest for Module {
    fn verify(
        bundle: Vec<u8>,
        artifacts: Vec<wit::Artifact>,
        trust: wit::Trust,
        policy: Vec<u8>,
        options: wit::Options,
    ) -> Result<wit::Report, wit::Failure> {
        let request = request(bundle, artifacts, trust, policy, options).map_err(failure)?;
        let outcome = memo::with_roots(|roots| portable::verify_request(&request, roots)).map_err(failure)?;
        Ok(report(&outcome.report))
    }

    fn inspect(bundle: Vec<u8>) -> Result<Vec<u8>, wit::Failure> {
        portable::inspect_document(&bundle).map_err(failure)
    }

    fn check_policy(policy: Vec<u8>) -> Result<Vec<u8>, wit::Failure> {
        portable::check_policy_document(&policy).map_err(failure)
    }
}

// ---- in ---------------------------------------------------------------------------------------------------------

fn request(
    bundle: Vec<u8>,
    artifacts: Vec<wit::Artifact>,
    trust: wit::Trust,
    policy: Vec<u8>,
    options: wit::Options,
) -> Result<request::Request, cretula_verify::Failure> {
    let keys: Result<Vec<_>, _> = trust.keys.iter().map(managed_key).collect();
    let artifacts: Result<Vec<_>, _> = artifacts.into_iter().map(artifact).collect();
    Ok(request::Request {
        bundle,
        roots: trust.roots,
        keys: keys?,
        policy,
        artifacts: artifacts?,
        options: parse_options(options)?,
    })
}

fn managed_key(key: &wit::ManagedKey) -> Result<request::ManagedKey, cretula_verify::Failure> {
    request::ManagedKey::parse(&ManagedKeyParts {
        id: &key.id,
        key: &key.key,
        key_details: key.key_details.as_deref(),
        encoding: key.encoding.as_deref(),
        usage: key.usage.as_deref(),
        valid_for: key.valid_for.as_ref().map(validity).transpose()?,
    })
}

fn validity(validity: &wit::Validity) -> Result<TimeRange, cretula_verify::Failure> {
    let instant = |text: &Option<String>| text.as_deref().map(instant).transpose();
    Ok(TimeRange { start: instant(&validity.start)?, end: instant(&validity.end)? })
}

fn instant(text: &str) -> Result<Time, cretula_verify::Failure> {
    Time::parse_rfc3339(text)
        .map_err(|_| cretula_verify::Failure::new("input/type", "expected an RFC 3339 time"))
}

fn artifact(artifact: wit::Artifact) -> Result<request::Artifact, cretula_verify::Failure> {
    match artifact {
        wit::Artifact::Bytes(bytes) => Ok(request::Artifact::from_bytes(bytes)),
        wit::Artifact::Digests(digests) => {
            let pairs = digests.iter().map(|digest| (digest.algorithm.as_str(), digest.value.as_str()));
            request::Artifact::from_entries(pairs)
        }
    }
}

fn parse_options(options: wit::Options) -> Result<request::Options, cretula_verify::Failure> {
    if options.container.is_some() || !options.blobs.is_empty() {
        let detail = "containers are not read by this version: pass one bundle";
        return Err(cretula_verify::Failure::new("input/unsupported", detail));
    }
    let mut parsed = request::Options::default();
    if let Some(now) = options.now {
        parsed.set_now(now)?;
    }
    for limit in &options.limits {
        parsed.set_limit(&limit.name, limit.value)?;
    }
    if let Some(nonce) = &options.expect.nonce {
        parsed.expect.set_nonce(nonce)?;
    }
    if let Some(policy) = &options.expect.tsa_policy {
        parsed.expect.set_tsa_policy(policy)?;
    }
    parsed.expect.tsa_name = options.expect.tsa_name;
    parsed.expect.detached_sct = options.expect.detached_sct;
    Ok(parsed)
}

// ---- out --------------------------------------------------------------------------------------------------------

fn failure(failure: cretula_verify::Failure) -> wit::Failure {
    wit::Failure { code: failure.code.into(), path: failure.path, detail: failure.detail }
}

fn report(report: &report::Report) -> wit::Report {
    let refusal = report.refusal.as_ref();
    wit::Report {
        verdict: if report.is_verified() { wit::Verdict::Verified } else { wit::Verdict::Refused },
        code: refusal.map(|refusal| refusal.code.into()),
        stage: refusal.map(|refusal| refusal.stage().area().into()),
        check_id: refusal.map(|refusal| refusal.check.into()),
        index: refusal.and_then(|refusal| refusal.index),
        checks: report.checks.rows().iter().map(check).collect(),
        signer: report.signer.as_ref().map(signer),
        times: report.times.iter().map(verified_time).collect(),
        logs: report.logs.iter().map(party).collect(),
        timestamps: report.timestamps.iter().map(party).collect(),
        scts: report.scts.iter().map(party).collect(),
        witnesses: report.witnesses.iter().map(party).collect(),
        artifacts: report.artifacts.iter().map(matched_artifact).collect(),
        statement: report.statement.as_ref().map(statement),
        thresholds: report
            .thresholds
            .iter()
            .map(|(kind, threshold)| threshold_row(kind, *threshold))
            .collect(),
        ignored: report.ignored.clone(),
        warnings: report.warnings.iter().map(warning).collect(),
        dangerous: report.dangerous.iter().map(|name| (*name).into()).collect(),
        policy: report.policy.encode(),
        inputs: inputs(&report.inputs),
        items: Vec::new(),
    }
}

fn check(row: &report::CheckRow) -> wit::Check {
    wit::Check {
        id: row.id.into(),
        outcome: match row.outcome {
            CheckOutcome::Pass => wit::CheckOutcome::Pass,
            CheckOutcome::Fail => wit::CheckOutcome::Fail,
            CheckOutcome::Ignored => wit::CheckOutcome::Ignored,
            CheckOutcome::Off => wit::CheckOutcome::Off,
            CheckOutcome::NotApplicable => wit::CheckOutcome::NotApplicable,
        },
        code: row.code.map(Into::into),
        index: row.index,
        detail: row.detail.clone(),
    }
}

fn signer(signer: &ReportedSigner) -> wit::Signer {
    match signer {
        ReportedSigner::Certificate(certificate) => {
            wit::Signer::Certificate(certificate_identity(certificate))
        }
        ReportedSigner::Key { id, sha256 } => {
            wit::Signer::Key(wit::KeyIdentity { id: id.clone(), sha256: hex_digest(sha256) })
        }
    }
}

fn certificate_identity(signer: &report::CertificateSigner) -> wit::CertificateIdentity {
    let claims =
        signer.claims.iter().map(|(name, value)| wit::Claim { name: name.clone(), value: value.clone() });
    let extensions = signer
        .extensions
        .iter()
        .map(|(oid, value)| wit::Extension { oid: oid.clone(), value: value.clone() });
    wit::CertificateIdentity {
        sha256: hex_digest(&signer.sha256),
        san: wit::SubjectAlternativeName { type_: signer.san_type.into(), value: signer.san.clone() },
        issuer: signer.issuer.clone(),
        claims: claims.collect(),
        extensions: extensions.collect(),
        not_before: signer.not_before.to_rfc3339(),
        not_after: signer.not_after.to_rfc3339(),
        path: signer.path.iter().map(hex_digest).collect(),
        ca: hex_digest(&signer.ca),
    }
}

fn verified_time(time: &report::VerifiedTime) -> wit::VerifiedTime {
    wit::VerifiedTime {
        time: time.time.to_rfc3339(),
        source: time.source.name().into(),
        authority: time.authority.clone(),
        operator: time.operator.clone(),
    }
}

fn party(party: &report::Party) -> wit::Party {
    wit::Party {
        instance: party.instance.clone(),
        outcome: party.outcome.name().into(),
        index: party.index,
        operator: party.operator.clone(),
    }
}

fn matched_artifact(artifact: &report::ArtifactReport) -> wit::MatchedArtifact {
    wit::MatchedArtifact {
        digests: digests(&artifact.digests),
        subject: artifact.subject,
        algorithm: artifact.algorithm.clone(),
    }
}

fn digests<'a>(entries: impl IntoIterator<Item = (&'a String, &'a String)>) -> Vec<wit::Digest> {
    entries
        .into_iter()
        .map(|(name, value)| wit::Digest { algorithm: name.clone(), value: value.clone() })
        .collect()
}

fn statement(statement: &report::StatementReport) -> wit::Statement {
    let subjects = statement.subjects.iter();
    wit::Statement {
        payload: statement.payload.clone(),
        type_: statement.statement_type.clone(),
        predicate_type: statement.predicate_type.clone(),
        subjects: subjects
            .map(|(name, digest)| wit::Subject { name: name.clone(), digest: digests(digest) })
            .collect(),
        provenance: None,
        level: None,
        level_from: None,
    }
}

fn threshold_row(kind: &str, threshold: report::Threshold) -> wit::Threshold {
    wit::Threshold { kind: kind.into(), wanted: threshold.wanted, reached: threshold.reached }
}

fn warning(warning: &report::Warning) -> wit::Warning {
    wit::Warning { code: warning.code.into(), detail: warning.detail.clone() }
}

fn inputs(inputs: &report::Inputs) -> wit::Inputs {
    let limits = inputs.limits.iter().map(|(name, value)| wit::Limit { name: (*name).into(), value: *value });
    wit::Inputs {
        bundle: hex_digest(&inputs.bundle),
        trusted_root: inputs.trusted_root.as_ref().map(hex_digest),
        policy: hex_digest(&inputs.policy),
        limits: limits.collect(),
    }
}

fn hex_digest(digest: &Digest) -> String {
    hex::encode(digest.as_bytes())
}
