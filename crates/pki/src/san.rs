//! The one name by which a signing leaf identifies its signer (check I01).
use crate::certificate::Certificate;
use crate::fulcio::der_text;
use crate::name::GeneralName;
use crate::oid;

/// Form of the name that identifies the signer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SanType {
    /// rfc822Name
    Email,
    /// otherName 1.3.6.1.4.1.57264.1.7
    OtherName,
    /// uniformResourceIdentifier
    Uri,
}

impl SanType {
    /// Name in policies and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::OtherName => "other",
            Self::Uri => "uri",
        }
    }
}

/// The name that identifies the signer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SigningSan<'c> {
    /// Form.
    pub san_type: SanType,
    /// Text as encoded.
    pub value: &'c str,
}

/// Why a certificate does not name one signer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SanError {
    /// Not exactly one subject alternative name (`identity/san-count`).
    Count {
        /// How many there are.
        present: u32,
    },
    /// The name has another form (`identity/san-type`).
    Type,
}

/// The one subject alternative name: an e-mail address, a URI, or Fulcio's otherName with a UTF8String (I01).
///
/// # Errors
/// See [`SanError`].
pub fn signing_san(certificate: &Certificate) -> Result<SigningSan<'_>, SanError> {
    let names = certificate.subject_alt_name().map(|san| san.names.as_slice()).unwrap_or_default();
    let [name] = names else {
        return Err(SanError::Count { present: u32::try_from(names.len()).unwrap_or(u32::MAX) });
    };
    match name {
        GeneralName::Email(value) => Ok(SigningSan { san_type: SanType::Email, value }),
        GeneralName::Uri(value) => Ok(SigningSan { san_type: SanType::Uri, value }),
        GeneralName::Other { oid, value } if oid == oid::FULCIO_OTHER_NAME.content() => {
            let value = der_text(value).map_err(|_| SanError::Type)?;
            Ok(SigningSan { san_type: SanType::OtherName, value })
        }
        GeneralName::Dns(_) | GeneralName::Other { .. } | GeneralName::Unsupported { .. } => {
            Err(SanError::Type)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{dns, email, subject_alt_name, three, uri, utf8};
    use alloc::string::ToString;
    use alloc::vec::Vec;
    use cretula_encoding::der::{Oid, Tag, encode};

    #[test]
    fn one_name_identifies_the_signer() {
        let san = |names: &[Vec<u8>]| {
            let [_, _, leaf] = three();
            let extension = subject_alt_name(false, names);
            let certificate = leaf.replace(oid::SUBJECT_ALT_NAME, extension).build();
            signing_san(&certificate).map(|san| (san.san_type, san.value.to_string()))
        };
        let other = |oid: Oid<'_>, value: &[u8]| {
            let value = encode(Tag::context_constructed(0), &[value]);
            encode(Tag::context_constructed(0), &[&encode(Tag::OID, &[oid.content()]), &value])
        };
        assert_eq!(san(&[email("a@b.example")]), Ok((SanType::Email, "a@b.example".into())));
        assert_eq!(san(&[uri("https://b.example")]), Ok((SanType::Uri, "https://b.example".into())));
        let name = other(oid::FULCIO_OTHER_NAME, &utf8("someone"));
        assert_eq!(san(&[name]), Ok((SanType::OtherName, "someone".into())));
        let not_utf8_string = other(oid::FULCIO_OTHER_NAME, &encode(Tag::IA5_STRING, &[b"someone"]));
        assert_eq!(san(&[not_utf8_string]), Err(SanError::Type));
        assert_eq!(san(&[other(oid::SCT_LIST, &utf8("someone"))]), Err(SanError::Type));
        assert_eq!(san(&[dns("b.example")]), Err(SanError::Type));
        let two = [email("a@b.example"), uri("https://b.example")];
        assert_eq!(san(&two), Err(SanError::Count { present: 2 }));
    }
}
