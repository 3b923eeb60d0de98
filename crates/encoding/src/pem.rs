//! PEM (RFC 7468), strict form: known label, canonical base64 lines, nothing else but white space around.
//!
//! Lines end with LF or CRLF and hold base64 without white space; there are no header lines. Lines have any
//! length: RFC 7468 §2 writes 64 characters and lets readers take other lengths, and logs hold keys on one line.
use crate::{Error, ErrorKind, base64};
use alloc::{string::String, vec::Vec};

/// One block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PemBlock {
    /// Label, such as `CERTIFICATE`.
    pub label: String,
    /// Decoded content.
    pub der: Vec<u8>,
}

/// What to do with text outside of blocks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outside {
    Refuse,
    Skip,
}

/// Exactly one block with one of `labels`; only white space may surround it.
///
/// # Errors
/// [`ErrorKind::PemBlock`] if there is none or it does not end, [`ErrorKind::PemCount`] for several,
/// [`ErrorKind::PemLabel`], [`ErrorKind::PemText`] for text outside, [`ErrorKind::Base64`] at the line.
pub fn parse_block(text: &[u8], labels: &[&str]) -> Result<PemBlock, Error> {
    let block = parse(text, 1, Outside::Refuse)?.pop().ok_or(Error::new(ErrorKind::PemBlock, 0))?;
    if labels.contains(&block.label.as_str()) { Ok(block) } else { Err(Error::new(ErrorKind::PemLabel, 0)) }
}

/// 1..=`max_blocks` blocks in order. Text outside of blocks (such as openssl's comment lines) is skipped.
///
/// # Errors
/// [`ErrorKind::PemBlock`] if there is none or one does not end, [`ErrorKind::PemCount`] for too many,
/// [`ErrorKind::PemLabel`] if the end has another label than the begin, [`ErrorKind::Base64`] at the line.
pub fn parse_blocks(text: &[u8], max_blocks: usize) -> Result<Vec<PemBlock>, Error> {
    parse(text, max_blocks, Outside::Skip)
}

fn parse(text: &[u8], max_blocks: usize, outside: Outside) -> Result<Vec<PemBlock>, Error> {
    let leading = text.len().saturating_sub(text.trim_ascii_start().len());
    let mut lines = Lines { rest: Some(text.trim_ascii()), offset: leading };
    let mut blocks = Vec::new();
    while let Some((offset, line)) = lines.next() {
        if let Some(label) = marked(line, b"-----BEGIN ") {
            if blocks.len() >= max_blocks {
                return Err(Error::new(ErrorKind::PemCount, offset));
            }
            blocks.push(block(label, offset, &mut lines)?);
        } else if outside == Outside::Refuse && !line.trim_ascii().is_empty() {
            return Err(Error::new(ErrorKind::PemText, offset));
        }
    }
    if blocks.is_empty() { Err(Error::new(ErrorKind::PemBlock, text.len())) } else { Ok(blocks) }
}

/// The lines after a begin mark, up to and with the end mark.
fn block(label: &str, begin: usize, lines: &mut Lines<'_>) -> Result<PemBlock, Error> {
    let mut coded = String::new();
    for (offset, line) in lines {
        if let Some(end_label) = marked(line, b"-----END ") {
            return finish(label, end_label, &coded, begin, offset);
        }
        let characters = core::str::from_utf8(line).map_err(|_| Error::new(ErrorKind::Base64, offset))?;
        if characters.is_empty() || !characters.bytes().all(is_base64) {
            return Err(Error::new(ErrorKind::Base64, offset));
        }
        coded.push_str(characters);
    }
    Err(Error::new(ErrorKind::PemBlock, begin))
}

fn finish(label: &str, end_label: &str, coded: &str, begin: usize, end: usize) -> Result<PemBlock, Error> {
    if label != end_label {
        return Err(Error::new(ErrorKind::PemLabel, end));
    }
    if coded.is_empty() {
        return Err(Error::new(ErrorKind::PemBlock, begin));
    }
    let der = base64::decode(coded).map_err(|error| Error::new(error.kind, begin))?;
    Ok(PemBlock { label: String::from(label), der })
}

const fn is_base64(byte: u8) -> bool {
    matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' | b'=')
}

/// The label of a begin or end line: upper-case words, digits and `#` allowed.
fn marked<'a>(line: &'a [u8], mark: &[u8]) -> Option<&'a str> {
    let label = line.strip_prefix(mark)?.strip_suffix(b"-----")?;
    let plain = |byte: &u8| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'#' | b' ');
    if label.is_empty() || !label.iter().all(plain) { None } else { core::str::from_utf8(label).ok() }
}

/// Lines with their offsets, without line ends.
struct Lines<'a> {
    rest: Option<&'a [u8]>,
    offset: usize,
}

impl<'a> Iterator for Lines<'a> {
    type Item = (usize, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest?;
        let offset = self.offset;
        let length = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        let (line, after) = rest.split_at_checked(length)?;
        self.rest = after.get(1..);
        self.offset = offset.saturating_add(length).saturating_add(1);
        Some((offset, line.strip_suffix(b"\r").unwrap_or(line)))
    }
}

/// Encodes one block, 64 characters a line.
#[must_use]
pub fn encode(label: &str, der: &[u8]) -> String {
    let mut text = String::new();
    push_line(&mut text, &["-----BEGIN ", label, "-----"]);
    for line in der.chunks(48) {
        push_line(&mut text, &[&base64::encode(line)]);
    }
    push_line(&mut text, &["-----END ", label, "-----"]);
    text
}

fn push_line(text: &mut String, parts: &[&str]) {
    text.extend(parts.iter().copied());
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, vec};
    use proptest::prelude::*;

    const BLOCK: &str = "-----BEGIN PUBLIC KEY-----\nZm9v\nYmFy\n-----END PUBLIC KEY-----\n";

    fn refusal(text: &str) -> ErrorKind {
        parse_block(text.as_bytes(), &["PUBLIC KEY"]).expect_err("refused").kind
    }

    #[test]
    fn white_space_may_surround_a_block() {
        let expected = PemBlock { label: "PUBLIC KEY".into(), der: b"foobar".to_vec() };
        let crlf = BLOCK.replace('\n', "\r\n");
        for text in [BLOCK, BLOCK.trim_end(), &format!(" \n\t{BLOCK}\n\n  "), &crlf] {
            assert_eq!(parse_block(text.as_bytes(), &["CERTIFICATE", "PUBLIC KEY"]).as_ref(), Ok(&expected));
        }
    }

    #[test]
    fn the_line_with_another_character_is_named() {
        let bent = BLOCK.replace("YmFy", "Ym-y");
        let error = parse_block(bent.as_bytes(), &["PUBLIC KEY"]).unwrap_err();
        assert_eq!((error.kind, error.offset), (ErrorKind::Base64, bent.find("Ym-y").unwrap()));
    }

    #[test]
    fn labels_have_upper_case_letters() {
        for label in ["", "Public key", "PUBLIC_KEY"] {
            let text = BLOCK.replace("PUBLIC KEY", label);
            assert!(parse_block(text.as_bytes(), &[label]).is_err(), "{label}");
        }
        let text = BLOCK.replace("PUBLIC KEY", "PKCS#7 2");
        assert!(parse_block(text.as_bytes(), &["PKCS#7 2"]).is_ok());
    }

    #[test]
    fn refuses_everything_else() {
        assert_eq!(refusal(""), ErrorKind::PemBlock);
        assert_eq!(refusal(&format!("# key\n{BLOCK}")), ErrorKind::PemText);
        assert_eq!(refusal(&format!("{BLOCK}end")), ErrorKind::PemText);
        assert_eq!(refusal(&format!("{BLOCK}{BLOCK}")), ErrorKind::PemCount);
        assert_eq!(refusal(&BLOCK.replace("PUBLIC KEY", "CERTIFICATE")), ErrorKind::PemLabel);
        assert_eq!(refusal(&BLOCK.replace("END PUBLIC", "END PRIVATE")), ErrorKind::PemLabel);
        assert_eq!(refusal("-----BEGIN PUBLIC KEY-----\nZm9v\n"), ErrorKind::PemBlock);
        assert_eq!(refusal(&BLOCK.replace("Zm9v\nYmFy\n", "")), ErrorKind::PemBlock);
        for (from, to) in [
            ("Zm9v\n", "Proc-Type: 4,ENCRYPTED\n\nZm9v\n"),
            ("Zm9v\n", "Zm9v\n\n"),
            ("Zm9v\n", "Zm9v \n"),
            ("Zm9v\n", "Zg==\n"),
            ("YmFy\n", "Zh==\n"),
            ("Zm9v\n", "\u{e9}\n"),
        ] {
            assert_eq!(refusal(&BLOCK.replace(from, to)), ErrorKind::Base64, "{to:?}");
        }
        let line = |length: usize| BLOCK.replace("Zm9v", &"A".repeat(length));
        assert!(parse_block(line(400).as_bytes(), &["PUBLIC KEY"]).is_ok());
        assert!(parse_blocks(line(400).as_bytes(), 1).is_ok());
    }

    #[test]
    fn several_blocks_with_comments() {
        let text = format!("subject=a\n{BLOCK}issuer=b\n{BLOCK}tail");
        assert_eq!(parse_blocks(text.as_bytes(), 2).map(|blocks| blocks.len()), Ok(2));
        let third = text.rfind("-----BEGIN").expect("two blocks");
        assert_eq!(parse_blocks(text.as_bytes(), 1), Err(Error::new(ErrorKind::PemCount, third)));
        assert_eq!(parse_blocks(b"nothing", 2), Err(Error::new(ErrorKind::PemBlock, 7)));
    }

    proptest! {
        #![proptest_config(crate::repeatable())]

        #[test]
        fn decodes_what_it_encodes(der in proptest::collection::vec(any::<u8>(), 1..200)) {
            let text = encode("CERTIFICATE", &der);
            let block = PemBlock { label: "CERTIFICATE".into(), der };
            prop_assert_eq!(parse_blocks(text.as_bytes(), 1), Ok(vec![block.clone()]));
            prop_assert_eq!(parse_block(text.as_bytes(), &["CERTIFICATE"]), Ok(block));
        }

        #[test]
        fn never_panics(text in "(-----BEGIN [A ]{0,2}-----|-----END A-----|[A=\r\n ]{0,3}){0,6}") {
            let parsed = parse_blocks(text.as_bytes(), 2);
            prop_assert!(parsed.is_ok() || parsed.is_err());
        }
    }
}
