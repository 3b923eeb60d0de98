//! The name of an authority as text, for allow-lists and reports (RFC 5280 §4.2.1.6, RFC 4514).
use alloc::string::String;
use alloc::vec::Vec;

use cretula_encoding::der::{Element, Oid, Reader, Tag};
use cretula_encoding::{Error, hex};

use super::TstInfo;

/// Attribute types with a short name: RFC 4514 §3. Content octets of the object identifier; all begin with 2.5.4,
/// except DC and UID.
const SHORT_NAMES: &[(&[u8], &str)] = &[
    (&[0x55, 0x04, 0x03], "CN"),
    (&[0x55, 0x04, 0x07], "L"),
    (&[0x55, 0x04, 0x08], "ST"),
    (&[0x55, 0x04, 0x0a], "O"),
    (&[0x55, 0x04, 0x0b], "OU"),
    (&[0x55, 0x04, 0x06], "C"),
    (&[0x55, 0x04, 0x09], "STREET"),
    (&[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x19], "DC"),
    (&[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x01], "UID"),
];

impl TstInfo {
    /// Name of the authority as text: a directory name as RFC 4514 writes it (`CN=tsa,O=example`, the last part of
    /// the DER name first), an e-mail address, DNS name or URI as it is. `None` if there is no name, or of another kind.
    #[must_use]
    pub fn tsa_text(&self) -> Option<String> {
        let mut reader = Reader::new(self.tsa()?);
        let name = reader.any().ok()?;
        match name.tag() {
            tag if tag == Tag::context_constructed(4) => directory_name(&name).ok(),
            tag if [1, 2, 6].map(Tag::context).contains(&tag) => ascii(name.content()),
            _ => None,
        }
    }
}

fn ascii(content: &[u8]) -> Option<String> {
    let text = core::str::from_utf8(content).ok()?;
    text.is_ascii().then(|| String::from(text))
}

fn directory_name(explicit: &Element<'_>) -> Result<String, Error> {
    let mut inner = explicit.reader();
    let mut names = inner.expect(Tag::SEQUENCE)?.reader();
    inner.finish()?;
    let mut parts = Vec::new();
    while !names.is_empty() {
        parts.push(relative_name(names.expect(Tag::SET)?.reader())?);
    }
    parts.reverse();
    Ok(parts.join(","))
}

fn relative_name(mut attributes: Reader<'_>) -> Result<String, Error> {
    let mut parts = Vec::new();
    while !attributes.is_empty() {
        let mut fields = attributes.expect(Tag::SEQUENCE)?.reader();
        let kind = fields.expect(Tag::OID)?.oid()?;
        let value = fields.any()?;
        fields.finish()?;
        parts.push(attribute(kind, &value));
    }
    Ok(parts.join("+"))
}

/// `CN=value`; an unknown type, or a value that is no UTF8String, PrintableString or IA5String, as `#` and hex of its DER.
fn attribute(kind: Oid<'_>, value: &Element<'_>) -> String {
    let short = SHORT_NAMES.iter().find(|(oid, _)| *oid == kind.content()).map(|(_, name)| *name);
    let is_text = [Tag::UTF8_STRING, Tag::PRINTABLE_STRING, Tag::IA5_STRING].contains(&value.tag());
    let text = core::str::from_utf8(value.content()).ok().filter(|_| is_text);
    let mut out = short.map_or_else(|| kind.to_dotted(), String::from);
    out.push('=');
    match (short, text) {
        (Some(_), Some(text)) => push_escaped(&mut out, text),
        _ => {
            out.push('#');
            out.push_str(&hex::encode(value.encoded()));
        }
    }
    out
}

/// RFC 4514 §2.4.
fn push_escaped(out: &mut String, text: &str) {
    let last = text.chars().count().saturating_sub(1);
    for (index, character) in text.chars().enumerate() {
        let escape = match character {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => true,
            ' ' => index == 0 || index == last,
            '#' => index == 0,
            _ => false,
        };
        if escape {
            out.push('\\');
        }
        match character {
            '\0' => out.push_str("\\00"),
            other => out.push(other),
        }
    }
}
