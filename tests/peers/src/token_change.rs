//! Where a mutant changed a timestamp: in a part that no signature covers, or elsewhere.
use cretula_encoding::base64;
use serde_json::Value;

/// id-ct-TSTInfo, which begins what is signed.
const ID_CT_TST_INFO: [u8; 13] =
    [0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x04];

/// A part of a token that is not signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Before the content: digestAlgorithms among it.
    Head,
    /// The certificates that the token carries.
    Certificates,
}

/// The part in which the tokens of two bundles differ, if they differ in one part only and nothing else differs.
pub fn of(base: &Value, mutant: &Value) -> Option<Part> {
    let (before, after) = (tokens(base)?, tokens(mutant)?);
    let mut changed = before.iter().zip(&after).filter(|(one, other)| one != other);
    let (old, new) = changed.next()?;
    (changed.next().is_none() && before.len() == after.len()).then_some(())?;
    let start = old.iter().zip(new).take_while(|(one, other)| one == other).count();
    let same_end = old.iter().rev().zip(new.iter().rev()).take_while(|(one, other)| one == other).count();
    let end = old.len().checked_sub(same_end)?;
    let content = old.windows(ID_CT_TST_INFO.len()).position(|bytes| bytes == ID_CT_TST_INFO)?;
    if end <= content {
        return Some(Part::Head);
    }
    let certificates = after_element(old, content + ID_CT_TST_INFO.len())?;
    let signers = after_element(old, certificates)?;
    (old.get(certificates) == Some(&0xa0) && start >= certificates && end <= signers)
        .then_some(Part::Certificates)
}

fn tokens(bundle: &Value) -> Option<Vec<Vec<u8>>> {
    let list = bundle.pointer("/verificationMaterial/timestampVerificationData/rfc3161Timestamps")?;
    let decoded = |token: &Value| base64::decode(token.get("signedTimestamp")?.as_str()?).ok();
    list.as_array()?.iter().map(decoded).collect()
}

/// Position after the DER element that begins at a position.
fn after_element(bytes: &[u8], start: usize) -> Option<usize> {
    let first = *bytes.get(start + 1)?;
    if first < 0x80 {
        return Some(start + 2 + usize::from(first));
    }
    let count = usize::from(first & 0x7f);
    let length = bytes.get(start + 2..start + 2 + count)?;
    let length = length.iter().fold(0_usize, |sum, byte| (sum << 8) | usize::from(*byte));
    Some(start + 2 + count + length)
}
