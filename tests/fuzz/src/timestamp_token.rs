//! RFC 3161 timestamps.

use std::sync::OnceLock;

use cretula_crypto::{Checker, RustCrypto};
use cretula_encoding::der;
use cretula_encoding::limits::Limits;
use cretula_encoding::time::{Time, TimeRange};
use cretula_pki::timestamp::{CertIdRule, TimestampToken, TokenAuthority, TokenRules, TstInfo, verify_token};
use cretula_pki::{Certificate, PathBudget};
use cretula_testkit::{Algorithm, Seed, TimestampAuthority};

const MESSAGE: &[u8] = b"the only signature that was dated";
const FROM: u64 = 1_700_000_000;

/// A token that is accepted is strict DER; under the authority of this target only its own content verifies, for its
/// own message.
pub fn timestamp_token(input: &[u8]) {
    let limits = Limits::default();
    let Ok(token) = TimestampToken::parse(input, &limits) else { return };
    assert_eq!(der::check(input, 32), Ok(()));
    assert!(input.len() <= limits.token_bytes);
    let info = token.unverified_tst_info();
    assert!(info.tsa_text().is_none() || info.tsa().is_some());
    assert!(info.gen_time().nanos() < 1_000_000_000);
    let signed = signed();
    let mut verified = 0;
    for message in [MESSAGE, b"another message"] {
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
        let checker = Checker::new(&RustCrypto, limits.signature_total);
        let mut budget = PathBudget::new(&limits);
        let authority = TokenAuthority {
            chain: &signed.chain,
            window: TimeRange { start: Time::from_secs(FROM), end: None },
        };
        if let Ok(facts) = verify_token(&token, &authority, message, &rules, &checker, &mut budget) {
            verified += 1;
            assert_eq!(message, MESSAGE, "a message that was never dated");
            assert!(signed.contents.contains(&facts.tst_info), "content that was never signed");
            assert_eq!(facts.time, facts.tst_info.gen_time());
            assert!(facts.signer.valid_at(facts.time));
        }
    }
    assert!(verified <= 1);
}

/// What the authority of this target has signed.
struct Signed {
    chain: Vec<Certificate>,
    responses: Vec<Vec<u8>>,
    contents: Vec<TstInfo>,
}

fn signed() -> &'static Signed {
    static SIGNED: OnceLock<Signed> = OnceLock::new();
    SIGNED.get_or_init(|| {
        let limits = Limits::default();
        let seed = Seed::new(*b"seed of the target of timestamps");
        let mut authority = TimestampAuthority::new(&seed, "fuzz.example", Algorithm::P256, FROM);
        let mut responses = vec![authority.token(MESSAGE, "20260101000000Z").response()];
        authority.embeds_signer = true;
        responses.push(authority.token(MESSAGE, "20260101000000.25Z").response());
        let parse = |der: &Vec<u8>| Certificate::parse(der, &limits).expect("our own certificate");
        let tokens = responses.iter().map(|response| TimestampToken::parse(response, &limits));
        Signed {
            chain: authority.chain().iter().map(parse).collect(),
            contents: tokens
                .map(|token| token.expect("our own token").unverified_tst_info().clone())
                .collect(),
            responses,
        }
    })
}

/// Tokens of the authority.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    signed().responses.clone()
}
