//! Removal of custom sections from modules and components.

use anyhow::{Context, Result, bail};

/// Length of magic number, version and layer.
const PREAMBLE: usize = 8;

/// Copies a module or a component without its custom sections, except those whose name `keep` wants.
///
/// Modules inside a component are copied as they are.
///
/// # Errors
/// If a section is cut off.
pub(super) fn strip(binary: &[u8], keep: impl Fn(&str) -> bool) -> Result<Vec<u8>> {
    let (preamble, mut rest) = binary.split_at_checked(PREAMBLE).context("no preamble")?;
    let mut stripped = preamble.to_vec();
    while let Some((&id, after_id)) = rest.split_first() {
        let (length, body) = read_u32(after_id)?;
        let (content, after) = body.split_at_checked(length).context("a section is cut off")?;
        let section = rest.get(..rest.len().saturating_sub(after.len())).context("a section is cut off")?;
        if id != 0 || keep(&name(content)?) {
            stripped.extend_from_slice(section);
        }
        rest = after;
    }
    Ok(stripped)
}

fn name(content: &[u8]) -> Result<String> {
    let (length, rest) = read_u32(content)?;
    Ok(String::from_utf8(rest.get(..length).context("a section name is cut off")?.to_vec())?)
}

/// Reads an unsigned LEB128 number of at most 32 bits.
fn read_u32(bytes: &[u8]) -> Result<(usize, &[u8])> {
    let mut value = 0_u64;
    for (position, shift) in (0..5_usize).zip((0_u32..).step_by(7)) {
        let byte = *bytes.get(position).context("a length is cut off")?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            let rest = bytes.get(position.saturating_add(1)..).unwrap_or_default();
            return Ok((usize::try_from(value)?, rest));
        }
    }
    bail!("a length is longer than five bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn custom_sections_go_and_others_stay() {
        let binary = b"\0asm\x01\0\0\0\x00\x03\x02ab\x01\x01\x00\x00\x02\x01k";
        assert_eq!(strip(binary, |_| false).unwrap(), b"\0asm\x01\0\0\0\x01\x01\x00");
        assert_eq!(strip(binary, |name| name == "k").unwrap(), b"\0asm\x01\0\0\0\x01\x01\x00\x00\x02\x01k");
    }

    #[test]
    fn cut_sections_are_errors() {
        for binary in [
            b"\0asm\x01\0\0".as_slice(),
            b"\0asm\x01\0\0\0\x00\x03",
            b"\0asm\x01\0\0\0\x00\x80\x80\x80\x80\x80\x00",
        ] {
            assert!(strip(binary, |_| true).is_err());
        }
    }
}
