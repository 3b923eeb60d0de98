//! Bare DSSE envelopes (DSSE v1.0 envelope): JSON outside of a bundle.
use alloc::string::String;
use alloc::vec::Vec;

use cretula_encoding::base64;
use cretula_encoding::fields::{Field, FieldError, FieldErrorKind};
use cretula_encoding::json;
use cretula_encoding::limits::Limits;

use crate::{DocumentError, Error, PreAuthEncoding};

/// An envelope: payload, its type, and signatures that nobody has checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    payload_type: String,
    payload: Vec<u8>,
    signatures: Vec<EnvelopeSignature>,
}

/// One signature of an envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvelopeSignature {
    /// The signature, decoded; not empty.
    pub signature: Vec<u8>,
    /// Hint which key made it; absent if empty.
    pub key_id: Option<String>,
    /// A PEM certificate that some tools add. It is data of whoever wrote the envelope.
    pub unverified_certificate: Option<String>,
}

impl Envelope {
    /// Parses one JSON envelope. Base64 may use the URL-safe alphabet and leave out padding, as DSSE allows; trailing
    /// bits are still zero. Unknown members are ignored.
    ///
    /// # Errors
    /// [`Error::Envelope`] if it is not JSON of this shape; [`Error::EmptyMember`] for an empty type or signature;
    /// [`Error::SignatureCount`] without signatures, [`Error::SignatureTotal`] above the limit.
    pub fn parse(text: &[u8], limits: &Limits) -> Result<Self, Error> {
        let value = json::parse(text, &limits.json()).map_err(|error| Error::Envelope(error.into()))?;
        let mut members = Field::root(value).object().map_err(refuse)?;
        let payload_type = members.require("payloadType").map_err(refuse)?;
        let payload = bytes(&members.require("payload").map_err(refuse)?)?;
        let signatures = parse_signatures(&members.require("signatures").map_err(refuse)?, limits)?;
        Ok(Self { payload_type: non_empty_text(&payload_type)?, payload, signatures })
    }

    /// Type of the payload, as signed.
    #[must_use]
    pub fn payload_type(&self) -> &str {
        &self.payload_type
    }

    /// The payload, decoded, as signed.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The signatures; at least one.
    #[must_use]
    pub fn signatures(&self) -> &[EnvelopeSignature] {
        &self.signatures
    }

    /// What each signature covers.
    #[must_use]
    pub fn pre_auth_encoding(&self) -> PreAuthEncoding<'_> {
        PreAuthEncoding::new(&self.payload_type, &self.payload)
    }
}

fn refuse(error: FieldError) -> Error {
    Error::Envelope(DocumentError::Field(error))
}

fn parse_signatures(list: &Field<'_>, limits: &Limits) -> Result<Vec<EnvelopeSignature>, Error> {
    let limit = usize::try_from(limits.signature_total).unwrap_or(usize::MAX);
    match list.count().map_err(refuse)? {
        0 => return Err(Error::SignatureCount),
        count if count > limit => {
            return Err(Error::SignatureTotal { limit: u64::from(limits.signature_total) });
        }
        _ => {}
    }
    list.items().map_err(refuse)?.map(|item| parse_signature(item.map_err(refuse)?)).collect()
}

fn parse_signature(item: Field<'_>) -> Result<EnvelopeSignature, Error> {
    let mut members = item.object().map_err(refuse)?;
    let field = members.require("sig").map_err(refuse)?;
    let signature = bytes(&field)?;
    if signature.is_empty() {
        return Err(Error::EmptyMember { pointer: field.pointer });
    }
    let mut optional = |name| members.take(name).map(|field| field.text()).transpose().map_err(refuse);
    let key_id = optional("keyid")?.filter(|id| !id.is_empty());
    let unverified_certificate = optional("cert")?.filter(|pem| !pem.is_empty());
    Ok(EnvelopeSignature { signature, key_id, unverified_certificate })
}

fn bytes(field: &Field<'_>) -> Result<Vec<u8>, Error> {
    let text = field.text().map_err(refuse)?;
    base64::decode_lenient(&text).map_err(|_| refuse(field.error(FieldErrorKind::Base64)))
}

fn non_empty_text(field: &Field<'_>) -> Result<String, Error> {
    let text = field.text().map_err(refuse)?;
    if text.is_empty() { Err(Error::EmptyMember { pointer: field.pointer.clone() }) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn parse(text: &str) -> Result<Envelope, Error> {
        Envelope::parse(text.as_bytes(), &Limits::default())
    }

    fn envelope(payload_type: &str, payload: &str, signatures: &str) -> Result<Envelope, Error> {
        parse(&format!(
            r#"{{"payloadType": {payload_type}, "payload": {payload}, "signatures": {signatures}}}"#
        ))
    }

    fn code(result: Result<Envelope, Error>) -> &'static str {
        result.unwrap_err().code()
    }

    #[test]
    fn reads_both_alphabets() {
        for payload in [r#""+/8=""#, r#""-_8=""#, r#""-_8""#, r#""+/8""#] {
            let parsed =
                envelope(r#""t""#, payload, r#"[{"sig": "AQ", "keyid": "k", "cert": "PEM"}]"#).unwrap();
            assert_eq!(parsed.payload(), [0xfb, 0xff]);
            let signature = &parsed.signatures()[0];
            assert_eq!(
                (signature.signature.as_slice(), signature.key_id.as_deref()),
                ([1].as_slice(), Some("k"))
            );
            assert_eq!(signature.unverified_certificate.as_deref(), Some("PEM"));
            assert_eq!(parsed.pre_auth_encoding().parts().concat(), b"DSSEv1 1 t 2 \xfb\xff");
        }
    }

    #[test]
    fn ignores_unknown_members_and_empty_hints() {
        let parsed =
            envelope(r#""t", "x": {}"#, r#""""#, r#"[{"sig": "AQ==", "keyid": "", "y": 1}]"#).unwrap();
        assert_eq!((parsed.payload_type(), parsed.payload().len()), ("t", 0));
        assert_eq!(parsed.signatures()[0].key_id, None);
    }

    #[test]
    fn refusals() {
        let good = r#"[{"sig": "AQ=="}]"#;
        assert!(envelope(r#""t""#, r#""""#, good).is_ok());
        assert_eq!(code(envelope(r#""""#, r#""""#, good)), "bundle-shape/envelope-member");
        assert_eq!(code(envelope("null", r#""""#, good)), "bundle-shape/envelope-member");
        assert_eq!(code(envelope(r#""t""#, "null", good)), "bundle-shape/envelope-member");
        assert_eq!(code(envelope(r#""t""#, r#""""#, r#"[{"sig": ""}]"#)), "bundle-shape/envelope-member");
        assert_eq!(code(envelope(r#""t""#, r#""""#, "[{}]")), "bundle-shape/envelope-member");
        assert_eq!(code(envelope(r#""t""#, r#""""#, "[]")), "bundle-shape/signature-count");
        assert_eq!(code(envelope(r#""t""#, r#""AB""#, good)), "bundle-shape/base64");
        assert_eq!(code(envelope(r#""t""#, r#""-/8=""#, good)), "bundle-shape/base64");
        assert_eq!(code(envelope("1", r#""""#, good)), "bundle-shape/type");
        assert_eq!(code(envelope(r#""t""#, r#""""#, "[null]")), "bundle-shape/type");
        assert_eq!(code(envelope(r#""t", "payload": """#, r#""""#, good)), "bundle-shape/duplicate-member");
        assert_eq!(code(parse("{")), "bundle-shape/json");
        assert_eq!(code(parse("[]")), "bundle-shape/type");
    }

    #[test]
    fn signature_limit() {
        let limits = Limits { signature_total: 2, ..Limits::default() };
        let parse = |signatures: &str| {
            let text = format!(r#"{{"payloadType": "t", "payload": "", "signatures": [{signatures}]}}"#);
            Envelope::parse(text.as_bytes(), &limits).map(|envelope| envelope.signatures().len())
        };
        assert_eq!(parse(r#"{"sig": "AQ"}, {"sig": "AQ"}"#), Ok(2));
        let error = parse(r#"{"sig": "AQ"}, {"sig": "AQ"}, {"sig": "AQ"}"#).unwrap_err();
        assert_eq!(error.code(), "limits/signature-total");
    }
}
