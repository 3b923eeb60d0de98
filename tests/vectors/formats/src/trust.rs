//! Trusted roots and signing configurations.
use cretula_bundle::{
    ClientTrustConfig, KeyDetailsRef, SigningConfig, TrustedRootDocument, parse_trusted_root_lines,
};
use cretula_encoding::limits::Limits;
use serde::Deserialize;
use std::collections::BTreeSet;

use crate::FormatCase;
use crate::read;
use crate::verdict::{Facts, Judgement, Verdict};

#[derive(Deserialize)]
struct Counts {
    certificate_authorities: usize,
    ctlogs: usize,
    timestamp_authorities: usize,
    tlogs: usize,
}

#[derive(Deserialize)]
struct Expectation {
    counts: Option<Counts>,
    media_type: Option<String>,
    roots: Option<usize>,
    tlog_key_details: Option<Vec<String>>,
}

pub(crate) fn trusted_root(case: &FormatCase) -> Judgement {
    let expectation: Expectation = read::expects(case)?;
    match TrustedRootDocument::parse(&case.file, &Limits::default()) {
        Ok(root) => Ok(root_facts(&expectation, &root).verdict()),
        Err(error) => Ok(Verdict::Reject(error.into())),
    }
}

fn root_facts(expectation: &Expectation, root: &TrustedRootDocument) -> Facts {
    let mut facts = Facts::default();
    facts.compare("media type", expectation.media_type.as_deref(), root.media_type());
    if let Some(counts) = &expectation.counts {
        let authorities = root.certificate_authorities().len();
        facts.compare("certificate authorities", Some(&counts.certificate_authorities), &authorities);
        facts.compare("ctlogs", Some(&counts.ctlogs), &root.ctlogs().len());
        let authorities = root.timestamp_authorities().len();
        facts.compare("timestamp authorities", Some(&counts.timestamp_authorities), &authorities);
        facts.compare("tlogs", Some(&counts.tlogs), &root.tlogs().len());
    }
    let found: Vec<String> = root
        .tlogs()
        .iter()
        .map(|log| match &log.public_key.key_details {
            KeyDetailsRef::Known(details) => details.name().to_owned(),
            KeyDetailsRef::Unknown(name) => name.clone(),
        })
        .collect();
    compare_details(&mut facts, expectation.tlog_key_details.as_deref(), &found);
    facts
}

/// Some manifests list each kind of key once, others once for each log.
fn compare_details(facts: &mut Facts, stated: Option<&[String]>, found: &[String]) {
    if stated == Some(found) {
        return;
    }
    let stated: Option<BTreeSet<&String>> = stated.map(|stated| stated.iter().collect());
    facts.compare("tlog key details", stated.as_ref(), &found.iter().collect());
}

pub(crate) fn trusted_root_lines(case: &FormatCase) -> Judgement {
    let expectation: Expectation = read::expects(case)?;
    match parse_trusted_root_lines(&case.file, &Limits::default()) {
        Ok(roots) => {
            let mut facts = Facts::default();
            facts.compare("roots", expectation.roots.as_ref(), &roots.len());
            Ok(facts.verdict())
        }
        Err(error) => Ok(Verdict::Reject(error.into())),
    }
}

/// Both parts, each by itself.
pub(crate) fn client_trust_config(case: &FormatCase) -> Judgement {
    let limits = Limits::default();
    let parts = ClientTrustConfig::parse(&case.file, &limits).and_then(|config| {
        TrustedRootDocument::parse(config.trusted_root_bytes(), &limits)?;
        config.signing_config(&limits)
    });
    Ok(crate::verdict::of(parts))
}

#[derive(Deserialize)]
struct ServiceCounts {
    #[serde(rename = "caUrls")]
    ca_urls: usize,
    #[serde(rename = "oidcUrls")]
    oidc_urls: usize,
    #[serde(rename = "rekorTlogUrls")]
    rekor_tlog_urls: usize,
    #[serde(rename = "tsaUrls")]
    tsa_urls: usize,
}

#[derive(Deserialize)]
struct SigningExpectation {
    counts: Option<ServiceCounts>,
    media_type: Option<String>,
}

pub(crate) fn signing_config(case: &FormatCase) -> Judgement {
    let expectation: SigningExpectation = read::expects(case)?;
    let config = match SigningConfig::parse(&case.file, &Limits::default()) {
        Ok(config) => config,
        Err(error) => return Ok(Verdict::Reject(error.into())),
    };
    let mut facts = Facts::default();
    facts.compare("media type", expectation.media_type.as_deref(), config.media_type());
    if let Some(counts) = &expectation.counts {
        facts.compare("authorities", Some(&counts.ca_urls), &config.ca_urls().len());
        facts.compare("issuers", Some(&counts.oidc_urls), &config.oidc_urls().len());
        facts.compare("logs", Some(&counts.rekor_tlog_urls), &config.rekor_tlog_urls().len());
        facts.compare("timestamp authorities", Some(&counts.tsa_urls), &config.tsa_urls().len());
    }
    Ok(facts.verdict())
}
