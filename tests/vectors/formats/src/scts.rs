//! Signed certificate timestamps (RFC 6962).
use cretula_crypto::VerificationKey;
use cretula_encoding::{limits::Limits, pem};
use cretula_pki::{Certificate, SctKind, parse_sct_list, precertificate_tbs, verify_sct};
use serde::Deserialize;

use crate::FormatCase;
use crate::read;
use crate::verdict::{self, Facts, Judgement, Refusal};

#[derive(Deserialize)]
struct Embedded {
    issuer_certificate: String,
    ctlog_keys: Vec<String>,
}

#[derive(Deserialize)]
struct Precertificate {
    tbs_der: String,
}

/// At least one embedded timestamp verifies under one of the keys.
pub(crate) fn embedded(case: &FormatCase) -> Judgement {
    let expectation: Embedded = read::expects(case)?;
    let issuer = certificate(case.other(&expectation.issuer_certificate)?)?;
    let mut keys = Vec::new();
    for path in &expectation.ctlog_keys {
        keys.push(read::public_key(case.other(path)?)?);
    }
    let leaf = certificate(&case.file)?;
    Ok(verdict::of(verify_any(&leaf, &issuer, &keys)))
}

fn verify_any(leaf: &Certificate, issuer: &Certificate, keys: &[VerificationKey]) -> Result<(), Refusal> {
    let timestamps =
        parse_sct_list(leaf, &Limits::default()).map_err(|error| Refusal::by("S01", "sct/list", error))?;
    let mut refusal = Refusal::by("S06", "sct/missing", "no timestamp of a known log");
    for sct in &timestamps {
        for key in keys.iter().filter(|key| key.spki_sha256().as_bytes() == sct.log_id.as_slice()) {
            match verify_sct(sct, leaf, issuer.spki(), key, &read::checker(), SctKind::Embedded) {
                Ok(()) => return Ok(()),
                Err(error) => refusal = Refusal::by("S03", "sct/signature", error),
            }
        }
    }
    Err(refusal)
}

pub(crate) fn precertificate(case: &FormatCase) -> Judgement {
    let expectation: Precertificate = read::expects(case)?;
    let tbs = precertificate_tbs(&certificate(&case.file)?);
    let mut facts = Facts::default();
    facts.compare("TBS", Some(case.other(&expectation.tbs_der)?), tbs.as_slice());
    Ok(facts.verdict())
}

fn certificate(text: &[u8]) -> Result<Certificate, String> {
    let blocks = pem::parse_blocks(text, 8).map_err(|error| error.to_string())?;
    let block = blocks.first().ok_or("no certificate")?;
    Certificate::parse(&block.der, &Limits::default()).map_err(|error| error.to_string())
}
