//! RSASSA-PSS-params (RFC 4055 §3.1).

use cretula_encoding::der::{Element, Reader, Tag};

use crate::{HashAlgorithm, algorithm, oid};

/// The hash of RSASSA-PSS-params that are accepted: SHA-2, MGF1 with the same hash, salt as long as the hash,
/// trailer field 1 or absent.
///
/// Stricter: RFC 4055 §3.1 allows other combinations, and its defaults are those of SHA-1.
pub(crate) fn parse_parameters(parameters: &Element<'_>) -> Option<HashAlgorithm> {
    let mut reader = (parameters.tag() == Tag::SEQUENCE).then(|| parameters.reader())?;
    let hash = digest_algorithm(&tagged(&mut reader, 0)?)?;
    let mask = mask_generation(&tagged(&mut reader, 1)?)?;
    let salt_len = tagged(&mut reader, 2)?.small().ok()?;
    let trailer = if reader.is_empty() { 1 } else { tagged(&mut reader, 3)?.small().ok()? };
    reader.finish().ok()?;
    let exact = mask == hash && usize::try_from(salt_len) == Ok(hash.len()) && trailer == 1;
    exact.then_some(hash)
}

/// The one element inside `[number] EXPLICIT`.
fn tagged<'a>(reader: &mut Reader<'a>, number: u8) -> Option<Element<'a>> {
    let mut inner = reader.expect(Tag::context_constructed(number)).ok()?.reader();
    let element = inner.any().ok()?;
    inner.finish().ok()?;
    Some(element)
}

/// HashAlgorithm: parameters NULL or absent (RFC 4055 §2.1).
fn digest_algorithm(element: &Element<'_>) -> Option<HashAlgorithm> {
    let (identifier, parameters) = algorithm::split(element)?;
    algorithm::null_or_absent(parameters).then(|| HashAlgorithm::from_oid(identifier))?
}

/// MaskGenAlgorithm: id-mgf1 with a hash as parameter.
fn mask_generation(element: &Element<'_>) -> Option<HashAlgorithm> {
    let (identifier, parameters) = algorithm::split(element)?;
    if identifier == oid::MGF1 { digest_algorithm(&parameters?) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use cretula_encoding::der;

    fn sequence(parts: &[&[u8]]) -> Vec<u8> {
        der::encode(Tag::SEQUENCE, parts)
    }

    fn identifier(oid: der::Oid<'_>, parameters: &[u8]) -> Vec<u8> {
        sequence(&[&der::encode(Tag::OID, &[oid.content()]), parameters])
    }

    fn field(number: u8, content: &[u8]) -> Vec<u8> {
        der::encode(Tag::context_constructed(number), &[content])
    }

    fn parameters(hash: &[u8], mask_hash: &[u8], salt_len: u8, trailer: &[u8]) -> Vec<u8> {
        let mask = identifier(oid::MGF1, mask_hash);
        let salt = field(2, &der::encode(Tag::INTEGER, &[&[salt_len]]));
        sequence(&[&field(0, hash), &field(1, &mask), &salt, trailer])
    }

    fn read(bytes: &[u8]) -> Option<HashAlgorithm> {
        parse_parameters(&der::Reader::new(bytes).any().unwrap())
    }

    #[test]
    fn exact_parameters() {
        let hashes = [(oid::SHA256, 32), (oid::SHA384, 48), (oid::SHA512, 64)];
        for (oid, length) in hashes {
            for parameter in [&[5, 0][..], &[]] {
                let hash = identifier(oid, parameter);
                let expected = HashAlgorithm::from_oid(oid);
                assert!(expected.is_some());
                assert_eq!(read(&parameters(&hash, &hash, length, &[])), expected);
                let trailer = field(3, &[2, 1, 1]);
                assert_eq!(read(&parameters(&hash, &hash, length, &trailer)), expected);
            }
        }
    }

    #[test]
    fn other_parameters_are_refused() {
        let hash = identifier(oid::SHA256, &[5, 0]);
        let other = identifier(oid::SHA384, &[5, 0]);
        let odd = identifier(oid::SHA256, &[2, 1, 0]);
        let not_mgf1 = sequence(&[&field(0, &hash), &field(1, &hash), &field(2, &[2, 1, 32])]);
        let wrong_order =
            sequence(&[&field(1, &identifier(oid::MGF1, &hash)), &field(0, &hash), &field(2, &[2, 1, 32])]);
        let refused = [
            sequence(&[]),
            der::encode(Tag::NULL, &[]),
            parameters(&hash, &other, 32, &[]),
            parameters(&hash, &hash, 20, &[]),
            parameters(&hash, &hash, 33, &[]),
            parameters(&odd, &hash, 32, &[]),
            parameters(&hash, &[], 32, &[]),
            parameters(&hash, &hash, 32, &field(3, &[2, 1, 2])),
            parameters(&hash, &hash, 32, &field(4, &[2, 1, 1])),
            parameters(&hash, &hash, 32, &field(3, &[2, 1, 1, 2, 1, 1])),
            not_mgf1,
            wrong_order,
        ];
        for (index, bytes) in refused.iter().enumerate() {
            assert_eq!(read(bytes), None, "{index}");
        }
    }
}
