//! Moves through text that has been checked. Every function ends and stays inside for any text.

/// The first position at or after `at` that is not white space (RFC 8259 §2).
pub(crate) fn skip_space(bytes: &[u8], at: usize) -> usize {
    skip(bytes, at, |byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
}

/// The first position that is neither white space nor a separator of members and elements.
pub(crate) fn skip_separators(bytes: &[u8], at: usize) -> usize {
    skip(bytes, at, |byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | b':'))
}

fn skip(bytes: &[u8], at: usize, skipped: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let length = rest.iter().position(|byte| !skipped(*byte)).unwrap_or(rest.len());
    at.saturating_add(length)
}

/// Distance from `at` to the first byte that is wanted, or to the end.
///
/// Looks at 32 bytes at once, without a branch for each.
pub(crate) fn distance(bytes: &[u8], at: usize, wanted: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let (chunks, _) = rest.as_chunks::<32>();
    let plain = |chunk: &&[u8; 32]| !chunk.iter().fold(false, |found, byte| found | wanted(*byte));
    let skipped = chunks.iter().take_while(plain).count().saturating_mul(32);
    let tail = rest.get(skipped..).unwrap_or_default();
    skipped.saturating_add(tail.iter().position(|byte| wanted(*byte)).unwrap_or(tail.len()))
}

/// The position after the string whose opening quote stands at `at`.
pub(crate) fn string_end(bytes: &[u8], at: usize) -> usize {
    let mut at = at.saturating_add(1);
    loop {
        at = at.saturating_add(distance(bytes, at, |byte| byte == b'"' || byte == b'\\'));
        match bytes.get(at) {
            None => return bytes.len(),
            Some(b'"') => return at.saturating_add(1),
            Some(_) => at = at.saturating_add(2),
        }
    }
}

/// The position after the value that starts at `at`.
pub(crate) fn value_end(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(b'"') => string_end(bytes, at),
        Some(b'{' | b'[') => container_end(bytes, at),
        _ => skip(bytes, at, |byte| !matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r')),
    }
}

fn container_end(bytes: &[u8], mut at: usize) -> usize {
    let mut depth = 0_usize;
    loop {
        match bytes.get(at) {
            None => return bytes.len(),
            Some(b'"') => {
                at = string_end(bytes, at);
                continue;
            }
            Some(b'{' | b'[') => depth = depth.saturating_add(1),
            Some(b'}' | b']') => depth = depth.saturating_sub(1),
            Some(_) => {}
        }
        at = at.saturating_add(1);
        if depth == 0 {
            return at;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    #[test]
    fn ends_of_values() {
        let text = br#"{"a\"}":[1,{"b":"]"}]} , 12 "x\\" true"#;
        assert_eq!(value_end(text, 0), 22);
        assert_eq!(skip_separators(text, 22), 25);
        assert_eq!(value_end(text, 25), 27);
        assert_eq!(value_end(text, 28), 33);
        assert_eq!(value_end(text, 34), 38);
    }

    proptest! {
        #![proptest_config(crate::repeatable())]

        #[test]
        fn total_on_any_bytes(bytes: Vec<u8>, at in 0_usize..20) {
            prop_assert!(string_end(&bytes, at) <= bytes.len().max(at));
            prop_assert!(value_end(&bytes, at) <= bytes.len().max(at));
            prop_assert!(skip_separators(&bytes, at) <= bytes.len().max(at));
        }

        #[test]
        fn distance_is_that_of_a_simple_search(text in "[a-c]{0,100}", at in 0_usize..40) {
            let rest = text.as_bytes().get(at..).unwrap_or_default();
            let expected = rest.iter().position(|byte| *byte == b'c').unwrap_or(rest.len());
            prop_assert_eq!(distance(text.as_bytes(), at, |byte| byte == b'c'), expected);
        }
    }
}
