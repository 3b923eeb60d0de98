//! URIs with lower-case scheme and authority (in-toto TypeURI; SLSA `resourceUri`).

/// Longest URI that is written.
const MAX_BYTES: usize = 2048;

/// Whether the text is an absolute URI (RFC 3986 §3) whose scheme and authority have no upper-case letter.
pub(crate) fn is_type_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    text.len() <= MAX_BYTES
        && is_scheme(scheme)
        && !rest.is_empty()
        && rest.bytes().all(is_uri_byte)
        && has_plain_authority(rest)
}

fn is_scheme(scheme: &str) -> bool {
    let rest =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.');
    scheme.starts_with(|first: char| first.is_ascii_lowercase()) && scheme.bytes().all(rest)
}

/// RFC 3986 §2: unreserved, reserved and `%`.
fn is_uri_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte)
}

/// Without `//` there is no authority; with it, it is neither empty nor in upper case.
fn has_plain_authority(rest: &str) -> bool {
    let Some(rest) = rest.strip_prefix("//") else { return true };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    !authority.is_empty() && !authority.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// Whether the text is a server: `https://` or `http://`, a lower-case authority and perhaps a path, without a slash at
/// the end, so that `/` and a claim can follow.
pub(crate) fn is_server(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| !host.ends_with('/') && !host.contains(['?', '#', '@'])) && is_type_uri(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scheme_and_authority_are_in_lower_case() {
        for good in [
            "https://slsa.dev/provenance/v1",
            "https://slsa.dev/container-based-build/v0.1?draft",
            "pkg:oci/app@sha256%3A00?repository_url=reg.example/g",
            "git+https://git.example/G/P",
            "urn:x",
        ] {
            assert!(is_type_uri(good), "{good}");
        }
        for bad in [
            "",
            "x",
            "https:",
            "https://",
            "https:///x",
            "HTTPS://a/b",
            "https://A.example/b",
            "1a:b",
            "a:b c",
            "a:\u{e9}",
            ":x",
        ] {
            assert!(!is_type_uri(bad), "{bad}");
        }
        assert!(is_type_uri(&["a:", &"b".repeat(2046)].concat()));
        assert!(!is_type_uri(&["a:", &"b".repeat(2047)].concat()));
    }

    #[test]
    fn servers_do_not_end_in_a_slash() {
        assert!(is_server("https://github.com") && is_server("http://localhost:8080"));
        assert!(is_server("https://host.example/gitlab"));
        for bad in [
            "https://github.com/",
            "github.com",
            "ftp://a",
            "https://a@b",
            "https://",
            "https://a/?b",
            "https://A",
        ] {
            assert!(!is_server(bad), "{bad}");
        }
    }
}
