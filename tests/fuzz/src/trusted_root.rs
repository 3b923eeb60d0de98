//! Trusted roots.

use cretula_bundle::{TrustedRootDocument, parse_client_trust_config, parse_trusted_root_lines};
use cretula_encoding::json;
use cretula_encoding::limits::Limits;
use cretula_verify::TrustedRoot;

use crate::oracle;

/// What is accepted is read as serde_json reads it, within the limits, and is the same in canonical order. The verifier
/// accepts what the document's reader accepts, and so does a list of one line.
pub fn trusted_root(input: &[u8]) {
    let limits = Limits::default();
    let resolved = TrustedRoot::parse(input, &limits);
    if let Ok(root) = parse_client_trust_config(input, &limits) {
        assert!(!root.media_type().is_empty());
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
