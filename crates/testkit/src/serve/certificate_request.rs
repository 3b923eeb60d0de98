//! Certificate requests (RFC 2986): what Fulcio reads of them, which is key and self-signature.

use cretula_crypto::{KeyDetails, Message, SignatureScheme, VerificationKey};
use cretula_encoding::der::{self, Reader, Tag};
use cretula_encoding::pem;

use crate::asn1::{bits, context, int, name, seq};
use crate::signing_key::{SigningKey, algorithm_identifier};

use super::reading::verifies;

const LABEL: &str = "CERTIFICATE REQUEST";

/// A request for this key, in PEM: no subject, no attributes, signed by the key.
///
/// # Panics
/// If the scheme is not one of the key.
#[must_use]
pub fn certificate_request(key: &SigningKey, scheme: SignatureScheme) -> String {
    let content = seq(&[&int(0), &name(""), &key.spki(), &context(0, &[])]);
    let signature = bits(&key.sign(scheme, &content));
    pem::encode(LABEL, &seq(&[&content, &algorithm_identifier(scheme), &signature]))
}

/// The key, if the request is signed by it with a scheme that Sigstore lists for such keys.
pub(super) fn requested_key(text: &[u8]) -> Option<VerificationKey> {
    let block = pem::parse_block(text, &[LABEL]).ok()?;
    let mut request = der::single(&block.der, Tag::SEQUENCE).ok()?.reader();
    let content = request.expect(Tag::SEQUENCE).ok()?;
    let algorithm = request.expect(Tag::SEQUENCE).ok()?;
    let signature = request.expect(Tag::BIT_STRING).ok()?.bit_string_octets().ok()?;
    request.finish().ok()?;
    let key = VerificationKey::parse_spki(spki(content.reader())?).ok()?;
    let scheme = SignatureScheme::from_algorithm_identifier(&algorithm, None)?;
    let listed = KeyDetails::for_key(key.kind(), scheme).is_some_and(|details| !details.is_compat());
    let signed = verifies(&key, scheme, Message::Parts(&[content.encoded()]), signature);
    (listed && signed).then_some(key)
}

/// CertificationRequestInfo: version, subject, key, attributes.
fn spki(mut content: Reader<'_>) -> Option<&[u8]> {
    content.expect(Tag::INTEGER).ok()?;
    content.expect(Tag::SEQUENCE).ok()?;
    Some(content.expect(Tag::SEQUENCE).ok()?.encoded())
}
