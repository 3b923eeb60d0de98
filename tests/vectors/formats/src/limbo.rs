//! Cases of x509-limbo through the bare path function. Names are not judged.
use cretula_encoding::{limits::Limits, pem, time::Time};
use cretula_pki::{Certificate, PathBudget, PathRules, Purpose, verify_path};
use serde::Deserialize;

use crate::FormatCase;
use crate::read;
use crate::verdict::{self, Judgement, Refusal};

#[derive(Deserialize)]
struct Case {
    trusted_certs: Vec<String>,
    untrusted_intermediates: Vec<String>,
    peer_certificate: String,
    extended_key_usage: Vec<String>,
    max_chain_depth: Option<usize>,
}

#[derive(Deserialize)]
struct Expectation {
    validation_time: String,
}

/// id-kp-serverAuth and id-kp-clientAuth, content octets.
const SERVER_AUTH: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 1];
const CLIENT_AUTH: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 2];

pub(crate) fn path(case: &FormatCase) -> Judgement {
    let vector: Case = read::json(&case.file)?;
    let expectation: Expectation = read::expects(case)?;
    let at = Time::parse_rfc3339(&expectation.validation_time).map_err(|error| error.to_string())?;
    let limits = Limits::default();
    let mut rules = PathRules::new(purpose(&vector.extended_key_usage)?, &limits);
    if let Some(depth) = vector.max_chain_depth {
        // The depth counts intermediates; leaf and anchor come on top.
        rules.max_chain = depth.saturating_add(2).min(rules.max_chain);
    }
    Ok(verdict::of(verify(&vector, at, &rules, &limits)))
}

fn purpose(names: &[String]) -> Result<Purpose, String> {
    match names {
        [] => Ok(Purpose::Unrestricted),
        [name] if name == "serverAuth" => Ok(Purpose::Other(SERVER_AUTH.to_vec())),
        [name] if name == "clientAuth" => Ok(Purpose::Other(CLIENT_AUTH.to_vec())),
        _ => Err(format!("purposes {names:?}")),
    }
}

/// Tries each anchor; certificates that cannot be read are no candidates.
fn verify(vector: &Case, at: Time, rules: &PathRules, limits: &Limits) -> Result<(), Refusal> {
    let leaf = certificate(&vector.peer_certificate, limits)?;
    let readable = |list: &[String]| -> Vec<Certificate> {
        list.iter().filter_map(|text| certificate(text, limits).ok()).collect()
    };
    let (anchors, intermediates) =
        (readable(&vector.trusted_certs), readable(&vector.untrusted_intermediates));
    let intermediates: Vec<&Certificate> = intermediates.iter().collect();
    let mut refusal = Refusal::from("no anchor".to_owned());
    for anchor in &anchors {
        let budget = &mut PathBudget::new(limits);
        match verify_path(&leaf, &intermediates, anchor, at, rules, &read::checker(), budget) {
            Ok(_) => return Ok(()),
            Err(error) => refusal = error.into(),
        }
    }
    Err(refusal)
}

fn certificate(text: &str, limits: &Limits) -> Result<Certificate, String> {
    let block = pem::parse_block(text.as_bytes(), &["CERTIFICATE"]).map_err(|error| error.to_string())?;
    Certificate::parse(&block.der, limits).map_err(|error| error.to_string())
}
