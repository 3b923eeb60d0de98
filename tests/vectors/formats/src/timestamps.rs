//! RFC 3161 responses under a chain or the authorities of a trusted root.
use cretula_bundle::{TrustedRootDocument, Window};
use cretula_encoding::{limits::Limits, time::TimeRange};
use cretula_pki::{
    Certificate, PathBudget,
    timestamp::{CertIdRule, TimestampToken, TokenAuthority, TokenFacts, TokenRules, verify_token},
};
use serde::Deserialize;

use crate::FormatCase;
use crate::read::{self, Base64};
use crate::verdict::{Facts, Judgement, Refusal, Verdict};

#[derive(Deserialize)]
struct Expectation {
    message_base64: Base64,
    tsa_chain: Option<String>,
    trusted_root: Option<String>,
    gen_time: Option<String>,
    imprint_alg: Option<String>,
    nonce: Option<String>,
    serial: Option<String>,
}

struct Authority {
    chain: Vec<Certificate>,
    window: TimeRange,
}

pub(crate) fn response(case: &FormatCase) -> Judgement {
    let expectation: Expectation = read::expects(case)?;
    let authorities = match (&expectation.tsa_chain, &expectation.trusted_root) {
        (Some(path), None) => vec![authority_of_chain(case.other(path)?)?],
        (None, Some(path)) => authorities_of_root(case.other(path)?)?,
        _ => return Err("expected either tsa_chain or trusted_root".to_owned()),
    };
    match verify_under_any(&case.file, &authorities, &expectation.message_base64.0) {
        Ok(facts) => Ok(token_facts(&expectation, &facts)),
        Err(refusal) => Ok(Verdict::Reject(refusal)),
    }
}

fn authority_of_chain(text: &[u8]) -> Result<Authority, String> {
    let certificates = read::certificates(text, &Limits::default())?;
    let chain = certificates.into_iter().collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    Ok(Authority { chain, window: TimeRange { start: None, end: None } })
}

fn authorities_of_root(text: &[u8]) -> Result<Vec<Authority>, String> {
    let limits = Limits::default();
    let root = TrustedRootDocument::parse(text, &limits).map_err(|error| error.to_string())?;
    let mut authorities = Vec::new();
    for instance in root.timestamp_authorities() {
        let chain = instance.cert_chain.iter().map(|der| Certificate::parse(der, &limits));
        let chain = chain.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
        let window = match instance.valid_for {
            Window::NotDeclared => TimeRange { start: None, end: None },
            Window::Range(range) => range,
        };
        authorities.push(Authority { chain, window });
    }
    Ok(authorities)
}

fn verify_under_any(
    response: &[u8],
    authorities: &[Authority],
    message: &[u8],
) -> Result<TokenFacts, Refusal> {
    let limits = Limits::default();
    let token = TimestampToken::parse(response, &limits)?;
    let rules = TokenRules {
        cert_id: CertIdRule::Pinned,
        nonce: None,
        policy_oid: None,
        policy_oids: None,
        tsa_name: None,
        tsa_names: None,
        allow_missing_key_ids: false,
        max_chain: limits.chain,
    };
    let mut refusal = Refusal::from("no authority".to_owned());
    for authority in authorities {
        let candidate = TokenAuthority { chain: &authority.chain, window: authority.window };
        let budget = &mut PathBudget::new(&limits);
        match verify_token(&token, &candidate, message, &rules, &read::checker(), budget) {
            Ok(facts) => return Ok(facts),
            Err(error) => refusal = error.into(),
        }
    }
    Err(refusal)
}

fn token_facts(expectation: &Expectation, found: &TokenFacts) -> Verdict {
    let mut facts = Facts::default();
    facts.compare("genTime", expectation.gen_time.as_ref(), &found.time.to_rfc3339());
    let algorithm = found.tst_info.imprint_algorithm().map_or("unknown", |algorithm| algorithm.name());
    facts.compare("imprint algorithm", expectation.imprint_alg.as_deref(), algorithm);
    facts.compare("serial", expectation.serial.as_ref(), &decimal(found.tst_info.serial()));
    let nonce = decimal(found.tst_info.nonce().unwrap_or_default());
    facts.compare("nonce", expectation.nonce.as_ref(), &nonce);
    facts.verdict()
}

/// A big-endian number in decimal.
fn decimal(bytes: &[u8]) -> String {
    let mut digits = vec![0_u32];
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            let value = digit.saturating_mul(256).saturating_add(carry);
            (*digit, carry) = (value % 10, value / 10);
        }
        while carry > 0 {
            digits.push(carry % 10);
            carry /= 10;
        }
    }
    digits.iter().rev().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn numbers_in_decimal() {
        assert_eq!(decimal(&[]), "0");
        assert_eq!(decimal(&[0, 255]), "255");
        assert_eq!(decimal(&[1, 0, 0, 0, 0, 0, 0, 0, 0]), "18446744073709551616");
    }
}
