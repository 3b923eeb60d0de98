//! Reading the `evidence` member over the defaults of the preset.

use alloc::{string::String, vec::Vec};

use cretula_crypto::KeyDetails;
use cretula_encoding::fields::{Field, Object};
use cretula_tlog::VerifierKey;

use super::{
    error::{PolicyError, PolicyErrorKind},
    evidence::{
        CertId, Compat, Evidence, OnInvalidToken, OutsideCertificate, TimeMode, TimeRules, Witness,
        WitnessRules,
    },
    reader::{Reader, byte_strings, choice, count, flag, list, set, texts},
};

/// Names of time modes.
pub(super) const TIME_MODES: [(&str, TimeMode); 6] = [
    ("observer", TimeMode::Observer),
    ("tsa", TimeMode::Tsa),
    ("log", TimeMode::Log),
    ("both", TimeMode::Both),
    ("current", TimeMode::Current),
    ("none", TimeMode::None),
];
/// What may be done with an invalid token.
pub(super) const ON_INVALID_TOKEN: [(&str, OnInvalidToken); 2] =
    [("ignore", OnInvalidToken::Ignore), ("refuse", OnInvalidToken::Refuse)];
/// What may be done with a time outside the certificate.
pub(super) const OUTSIDE_CERTIFICATE: [(&str, OutsideCertificate); 2] =
    [("fail", OutsideCertificate::Fail), ("skip", OutsideCertificate::Skip)];
/// Which certificate hashes may be enough.
pub(super) const CERT_IDS: [(&str, CertId); 2] = [("pinned", CertId::Pinned), ("strict", CertId::Strict)];
/// What may be done with deprecated pairs of curve and hash.
pub(super) const COMPATS: [(&str, Compat); 2] = [("warn", Compat::Warn), ("refuse", Compat::Refuse)];

/// Thresholds that the document itself wrote.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Written {
    pub(super) sct_threshold: bool,
    pub(super) time_threshold: bool,
    pub(super) signed_threshold: bool,
}

impl Reader<'_> {
    /// Replaces the defaults by the members that are there.
    pub(super) fn read_evidence(
        &self,
        field: Field<'_>,
        evidence: &mut Evidence,
    ) -> Result<Written, PolicyError> {
        let mut object = field.object()?;
        let mut written = Written::default();
        if let Some(field) = object.take("log") {
            let mut log = field.object()?;
            set(&mut evidence.log.threshold, count(&mut log, "threshold")?);
            set(&mut evidence.log.require_proof, flag(&mut log, "requireProof")?);
            set(&mut evidence.log.legacy_dsse_v2, flag(&mut log, "legacyDsseV2")?);
            evidence.log.only = byte_strings(&mut log, "only")?;
        }
        if let Some(field) = object.take("sct") {
            let mut sct = field.object()?;
            let threshold = count(&mut sct, "threshold")?;
            written.sct_threshold = threshold.is_some();
            set(&mut evidence.sct.threshold, threshold);
            set(&mut evidence.sct.detached, flag(&mut sct, "detached")?);
        }
        if let Some(field) = object.take("time") {
            read_time(field, &mut evidence.time, &mut written)?;
        }
        if let Some(field) = object.take("witness") {
            evidence.witness = Some(self.read_witness(field)?);
        }
        if let Some(field) = object.take("trust") {
            set(&mut evidence.trust.require_windows, flag(&mut field.object()?, "requireWindows")?);
        }
        if let Some(field) = object.take("algorithms") {
            let mut algorithms = field.object()?;
            evidence.algorithms.allow = list(&mut algorithms, "allow", |field| key_details(&field))?;
            set(&mut evidence.algorithms.compat, choice(&mut algorithms, "compat", &COMPATS)?);
        }
        if let Some(field) = object.take("certificate") {
            let mut certificate = field.object()?;
            let lifetime = certificate.take("maxLifetimeSeconds");
            evidence.certificate.max_lifetime_seconds =
                lifetime.map(|field| field.uint(u64::MAX)).transpose()?;
            let missing = flag(&mut certificate, "allowMissingKeyIds")?;
            set(&mut evidence.certificate.allow_missing_key_ids, missing);
        }
        Ok(written)
    }

    fn read_witness(&self, field: Field<'_>) -> Result<WitnessRules, PolicyError> {
        let mut object = field.object()?;
        let witnesses = list(&mut object, "witnesses", read_witness_entry)?.unwrap_or_default();
        if witnesses.len() > self.limits.witnesses {
            let detail = alloc::format!("expected at most {} witnesses", self.limits.witnesses);
            return Err(PolicyError::new(PolicyErrorKind::Witnesses, object.pointer(), detail));
        }
        Ok(WitnessRules {
            threshold: count(&mut object, "threshold")?.unwrap_or_default(),
            witnesses,
            logs: byte_strings(&mut object, "logs")?,
            as_time: flag(&mut object, "asTime")?.unwrap_or(false),
        })
    }
}

fn read_time(field: Field<'_>, time: &mut TimeRules, written: &mut Written) -> Result<(), PolicyError> {
    let mut object = field.object()?;
    let mode = choice(&mut object, "mode", &TIME_MODES)?;
    let threshold = count(&mut object, "threshold")?;
    let signed_threshold = count(&mut object, "signedThreshold")?;
    written.time_threshold = threshold.is_some();
    written.signed_threshold = signed_threshold.is_some();
    time.written |= mode.is_some() || threshold.is_some() || signed_threshold.is_some();
    if mode == Some(TimeMode::None) {
        // Defaults of another mode do not reach into this one.
        time.threshold = 0;
        time.signed_threshold = 0;
    } else if mode.is_some() && time.mode == TimeMode::None {
        time.threshold = 1;
    }
    set(&mut time.mode, mode);
    set(&mut time.threshold, threshold);
    set(&mut time.signed_threshold, signed_threshold);
    read_time_lists(&mut object, time)
}

fn read_time_lists(object: &mut Object<'_>, time: &mut TimeRules) -> Result<(), PolicyError> {
    set(&mut time.on_invalid_token, choice(object, "onInvalidToken", &ON_INVALID_TOKEN)?);
    set(&mut time.outside_certificate, choice(object, "outsideCertificate", &OUTSIDE_CERTIFICATE)?);
    set(&mut time.cert_id, choice(object, "certId", &CERT_IDS)?);
    time.policy_oids = texts(object, "policyOids")?;
    time.names = texts(object, "names")?;
    time.only = texts(object, "only")?;
    Ok(())
}

fn read_witness_entry(field: Field<'_>) -> Result<Witness, PolicyError> {
    let mut object = field.object()?;
    let field = object.require("vkey")?;
    let text: String = field.text()?;
    let vkey = VerifierKey::parse(&text).map_err(|_| {
        PolicyError::malformed(&field.pointer, "expected a C2SP verifier key with its own key id")
    })?;
    Ok(Witness { vkey, text, operator: object.require("operator")?.text()? })
}

fn key_details(field: &Field<'_>) -> Result<KeyDetails, PolicyError> {
    KeyDetails::from_name(&field.text()?)
        .ok_or_else(|| PolicyError::malformed(&field.pointer, "expected the name of supported key details"))
}

/// The name of a value in one of the tables above.
pub(super) fn name_of<T: Copy + PartialEq>(table: &[(&'static str, T)], value: T) -> &'static str {
    let names: Vec<&'static str> =
        table.iter().filter(|(_, each)| *each == value).map(|(name, _)| *name).collect();
    names.first().copied().unwrap_or_default()
}
