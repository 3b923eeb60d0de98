//! Names: RDNSequence, GeneralName and the NameConstraints made of them (RFC 5280 §4.1.2.4, §4.2.1.6, §4.2.1.10).
use alloc::string::String;
use alloc::vec::Vec;

use cretula_encoding::der::{self, Element, Oid, Reader, Tag};

use crate::error::Error;

/// One name of a SubjectAltName, or the base of a name constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GeneralName {
    /// dNSName: ASCII text as encoded.
    Dns(String),
    /// rfc822Name: ASCII text as encoded.
    Email(String),
    /// otherName.
    Other {
        /// Content octets of the type identifier.
        oid: Vec<u8>,
        /// The value: one DER element.
        value: Vec<u8>,
    },
    /// uniformResourceIdentifier: ASCII text as encoded.
    Uri(String),
    /// Any other form, kept as encoded.
    Unsupported {
        /// Identifier octet, a context tag.
        tag: Tag,
        /// Content octets.
        content: Vec<u8>,
    },
}

/// NameConstraints: at least one of the lists has an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameConstraints {
    /// A name of a form that occurs here must lie in one of these subtrees.
    pub permitted: Vec<GeneralName>,
    /// No name may lie in one of these subtrees.
    pub excluded: Vec<GeneralName>,
}

impl GeneralName {
    /// Reads one GeneralName.
    pub(crate) fn parse(element: &Element<'_>) -> Result<Self, Error> {
        let tag = element.tag();
        if tag == Tag::context(1) {
            return Ok(Self::Email(ia5(element)?));
        }
        if tag == Tag::context(2) {
            return Ok(Self::Dns(ia5(element)?));
        }
        if tag == Tag::context(6) {
            return Ok(Self::Uri(ia5(element)?));
        }
        if tag == Tag::context_constructed(0) {
            return parse_other_name(element);
        }
        if is_other_form(tag) {
            return Ok(Self::Unsupported { tag, content: element.content().to_vec() });
        }
        Err(Error::Name { offset: element.offset() })
    }
}

/// x400Address, directoryName, ediPartyName, iPAddress and registeredID.
fn is_other_form(tag: Tag) -> bool {
    [Tag::context_constructed(3), Tag::context_constructed(4), Tag::context_constructed(5)].contains(&tag)
        || [Tag::context(7), Tag::context(8)].contains(&tag)
}

fn ia5(element: &Element<'_>) -> Result<String, Error> {
    core::str::from_utf8(element.content())
        .ok()
        .filter(|text| text.is_ascii())
        .map(String::from)
        .ok_or(Error::Name { offset: element.offset() })
}

/// OtherName ::= SEQUENCE { type-id OBJECT IDENTIFIER, value [0] EXPLICIT ANY }.
fn parse_other_name(element: &Element<'_>) -> Result<GeneralName, Error> {
    let mut reader = element.reader();
    let oid = reader.expect(Tag::OID)?.oid()?;
    let wrapper = reader.expect(Tag::context_constructed(0))?;
    reader.finish()?;
    let mut inner = wrapper.reader();
    let value = inner.any()?;
    inner.finish()?;
    Ok(GeneralName::Other { oid: oid.content().to_vec(), value: value.encoded().to_vec() })
}

impl NameConstraints {
    /// Reads the extension value.
    pub(crate) fn parse(value: &[u8]) -> Result<Self, Error> {
        let list = der::single(value, Tag::SEQUENCE)?;
        let mut reader = list.reader();
        let permitted = parse_subtrees(&mut reader, 0)?;
        let excluded = parse_subtrees(&mut reader, 1)?;
        reader.finish()?;
        if permitted.is_empty() && excluded.is_empty() {
            return Err(Error::EmptyList { offset: list.offset() });
        }
        Ok(Self { permitted, excluded })
    }

    /// All bases, permitted first.
    pub(crate) fn bases(&self) -> impl Iterator<Item = &GeneralName> {
        self.permitted.iter().chain(&self.excluded)
    }
}

/// GeneralSubtrees; `minimum` and `maximum` must be absent (RFC 5280 §4.2.1.10).
fn parse_subtrees(reader: &mut Reader<'_>, number: u8) -> Result<Vec<GeneralName>, Error> {
    let Some(list) = reader.optional(Tag::context_constructed(number))? else {
        return Ok(Vec::new());
    };
    let mut items = list.reader();
    let mut bases = Vec::new();
    while !items.is_empty() {
        let mut subtree = items.expect(Tag::SEQUENCE)?.reader();
        bases.push(GeneralName::parse(&subtree.any()?)?);
        subtree.finish()?;
    }
    if bases.is_empty() {
        return Err(Error::EmptyList { offset: list.offset() });
    }
    Ok(bases)
}

/// Name ::= SEQUENCE OF SET (1..) OF SEQUENCE { type OBJECT IDENTIFIER, value ANY }.
pub(crate) fn check_name(name: &Element<'_>) -> Result<(), Error> {
    let mut sets = name.reader();
    while !sets.is_empty() {
        let set = sets.expect(Tag::SET)?;
        let mut attributes = set.reader();
        if attributes.is_empty() {
            return Err(Error::EmptyList { offset: set.offset() });
        }
        while !attributes.is_empty() {
            read_attribute(&mut attributes)?;
        }
    }
    Ok(())
}

fn read_attribute<'a>(attributes: &mut Reader<'a>) -> Result<Oid<'a>, Error> {
    let mut attribute = attributes.expect(Tag::SEQUENCE)?.reader();
    let oid = attribute.expect(Tag::OID)?.oid()?;
    attribute.any()?;
    attribute.finish()?;
    Ok(oid)
}

/// Whether a DER Name holds an attribute of this type.
pub(crate) fn has_attribute(name: &[u8], oid: Oid<'_>) -> bool {
    let Ok(name) = der::single(name, Tag::SEQUENCE) else { return false };
    let mut sets = name.reader();
    while let Ok(set) = sets.any() {
        let mut attributes = set.reader();
        while let Ok(found) = read_attribute(&mut attributes) {
            if found == oid {
                return true;
            }
        }
    }
    false
}
