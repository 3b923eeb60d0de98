//! DSSE envelopes, in-toto statements and SLSA predicates.
use cretula_attestation::{Envelope, Provenance, Statement, pae};
use cretula_crypto::{
    HashAlgorithm, Message, SignatureCheck, SignatureEncoding, SignatureError, SignatureScheme,
    VerificationKey,
};
use cretula_encoding::{limits::Limits, pem};
use cretula_pki::{Certificate, signing_san};
use serde::Deserialize;

use crate::FormatCase;
use crate::read::{self, Base64};
use crate::verdict::{Facts, Judgement, Refusal, Tally, Verdict};

#[derive(Deserialize)]
struct PaeVector {
    id: String,
    payload_type: String,
    payload_base64: Base64,
    pae_base64: Base64,
}

#[derive(Deserialize)]
struct EnvelopeExpectation {
    key: Option<String>,
    pae_base64: Option<Base64>,
    payload_type: Option<String>,
    identity: Option<String>,
}

#[derive(Deserialize)]
struct StatementExpectation {
    predicate_type: Option<String>,
    statement_type: Option<String>,
}

pub(crate) fn pre_auth_encoding(case: &FormatCase) -> Judgement {
    let vectors: Vec<PaeVector> = read::json(&case.file)?;
    let mut tally = Tally::default();
    for vector in vectors {
        let encoded = pae(&vector.payload_type, &vector.payload_base64.0);
        let result = if encoded == vector.pae_base64.0 { Ok(()) } else { Err("other bytes") };
        tally.count(vector.id, Some(true), result);
    }
    tally.verdict()
}

/// Signature by a given key, r‖s as the DSSE document prints it.
pub(crate) fn verify_with_key(case: &FormatCase) -> Judgement {
    let expectation: EnvelopeExpectation = read::expects(case)?;
    let key = expectation.key.as_deref().ok_or("no key")?;
    let key = read::public_key(case.other(key)?)?;
    let envelope = match Envelope::parse(&case.file, &Limits::default()) {
        Ok(envelope) => envelope,
        Err(error) => return Ok(Verdict::Reject(error.into())),
    };
    if let Err(error) = verify(&envelope, &key, SignatureEncoding::P1363) {
        return Ok(Verdict::Reject(signature_refusal(error)));
    }
    let mut facts = Facts::default();
    let encoded = envelope.pre_auth_encoding().parts().concat();
    facts.compare("pae", expectation.pae_base64.as_ref(), &Base64(encoded));
    Ok(facts.verdict())
}

/// Signature by the certificate that stands in the envelope.
pub(crate) fn envelope_signature(case: &FormatCase) -> Judgement {
    let expectation: EnvelopeExpectation = read::expects(case)?;
    match verify_by_own_certificate(case) {
        Ok((envelope, certificate)) => {
            let mut facts = Facts::default();
            facts.compare("payload type", expectation.payload_type.as_deref(), envelope.payload_type());
            if let Ok(san) = signing_san(&certificate) {
                facts.compare("identity", expectation.identity.as_deref(), san.value);
            }
            Ok(facts.verdict())
        }
        Err(refusal) => Ok(Verdict::Reject(refusal)),
    }
}

fn verify_by_own_certificate(case: &FormatCase) -> Result<(Envelope, Certificate), Refusal> {
    let limits = Limits::default();
    let envelope = Envelope::parse(&case.file, &limits)?;
    let text = envelope.signatures().first().and_then(|signature| signature.unverified_certificate.as_ref());
    let text = text.ok_or_else(|| "no certificate in the envelope".to_owned())?;
    let block = pem::parse_block(text.as_bytes(), &["CERTIFICATE"]).map_err(|error| error.to_string())?;
    let certificate = Certificate::parse(&block.der, &limits)?;
    let key = certificate.key().map_err(|error| format!("{error:?}"))?;
    verify(&envelope, key, SignatureEncoding::Der).map_err(signature_refusal)?;
    Ok((envelope, certificate))
}

fn signature_refusal(error: SignatureError) -> Refusal {
    Refusal::by("A04", "signature/invalid", format_args!("{error:?}"))
}

fn verify(
    envelope: &Envelope,
    key: &VerificationKey,
    encoding: SignatureEncoding,
) -> Result<(), SignatureError> {
    let encoded = envelope.pre_auth_encoding();
    let parts = encoded.parts();
    for signature in envelope.signatures() {
        read::checker().verify(&SignatureCheck {
            key,
            scheme: SignatureScheme::Ecdsa(HashAlgorithm::Sha256),
            encoding,
            message: Message::Parts(&parts),
            signature: &signature.signature,
        })?;
    }
    Ok(())
}

pub(crate) fn statement(case: &FormatCase) -> Judgement {
    let expectation: StatementExpectation = read::expects(case)?;
    match Statement::parse(&case.file, &Limits::default()) {
        Ok(statement) => {
            let mut facts = Facts::default();
            facts.compare("type", expectation.statement_type.as_deref(), statement.statement_type().uri());
            facts.compare(
                "predicate type",
                expectation.predicate_type.as_deref(),
                statement.predicate_type(),
            );
            Ok(facts.verdict())
        }
        Err(error) => Ok(Verdict::Reject(error.into())),
    }
}

/// A predicate that stands alone; only provenance v1 is read.
pub(crate) fn slsa_predicate(case: &FormatCase) -> Judgement {
    let expectation: StatementExpectation = read::expects(case)?;
    match expectation.predicate_type.as_deref() {
        Some("https://slsa.dev/provenance/v1") | None => {
            Ok(crate::verdict::of(Provenance::parse(&case.file, &Limits::default())))
        }
        Some(other) => Err(format!("no reader of {other}")),
    }
}
