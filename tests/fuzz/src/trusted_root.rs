//! Trusted roots and signing configurations.

use cretula_bundle::{ClientTrustConfig, SigningConfig, TrustedRootDocument, parse_trusted_root_lines};
use cretula_encoding::json;
use cretula_encoding::limits::Limits;
use cretula_verify::TrustedRoot;

use crate::oracle;

/// What is accepted is read as serde_json reads it, within the limits, and is the same in canonical order. The verifier
/// accepts what the document's reader accepts, and so does a list of one line.
pub fn trusted_root(input: &[u8]) {
    let limits = Limits::default();
    let resolved = TrustedRoot::parse(input, &limits);
    if let Ok(config) = ClientTrustConfig::parse(input, &limits) {
        let inner = TrustedRootDocument::parse(config.trusted_root_bytes(), &limits);
        assert_eq!(inner.is_ok(), !config.trusted_root().media_type().is_empty(), "the part is a document");
        let signing = config.signing_config_bytes().map(|bytes| SigningConfig::parse(bytes, &limits).is_ok());
        assert_eq!(
            config.signing_config(&limits).ok().map(|found| found.is_some()),
            signing.map_or(Some(false), |ok| ok.then_some(true))
        );
    }
    if let Ok(config) = SigningConfig::parse(input, &limits) {
        let services = [config.ca_urls(), config.oidc_urls(), config.rekor_tlog_urls(), config.tsa_urls()];
        assert!(services.iter().all(|list| list.len() <= limits.trusted_root_instances));
        assert!(services.concat().iter().all(|service| service.valid_for.start.is_some()));
    }
    let lines = parse_trusted_root_lines(input, &limits);
    let document = TrustedRootDocument::parse(input, &limits);
    assert_eq!(resolved.is_ok(), document.is_ok(), "the verifier reads what the reader reads");
    let Ok(document) = document else { return };

    let value = json::parse(input, &limits.json()).expect("a trusted root is JSON");
    oracle::assert_same_meaning(input, &value);
    let most = limits.trusted_root_instances;
    assert!(document.tlogs().len() <= most && document.ctlogs().len() <= most);
    assert!(document.certificate_authorities().len() <= most);
    assert!(document.timestamp_authorities().len() <= most);
    assert!(document.certificate_authorities().iter().all(|authority| !authority.cert_chain.is_empty()));
    if !input.contains(&b'\n') && !input.contains(&b'\r') {
        assert_eq!(lines.map(|roots| roots.len()).ok(), Some(1), "one line is a list of one");
    }
    if let Some(canonical) = oracle::canonical(input) {
        let reread = TrustedRootDocument::parse(&canonical, &limits).expect("in canonical order");
        assert_eq!(facts(&reread), facts(&document), "the order of members changes what is read");
    }
}

fn facts(document: &TrustedRootDocument) -> String {
    format!(
        "{:?} {:?} {:?} {:?}",
        document.tlogs(),
        document.ctlogs(),
        document.certificate_authorities(),
        document.timestamp_authorities()
    )
}
