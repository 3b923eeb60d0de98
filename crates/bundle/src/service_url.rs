//! URLs to which something is sent.

/// Longest URL of a service.
const MAX_BYTES: usize = 1024;

/// Whether the text is a URL that requests may go to, or that a path may be added to: `https`, or `http` on this very
/// machine, with a host in lower case and no user, query or fragment.
pub(crate) fn is_service_url(url: &str) -> bool {
    let (rest, is_plain) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (rest, false),
        (None, Some(rest)) => (rest, true),
        (None, None) => return false,
    };
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let Some(host) = host_of(authority) else { return false };
    url.len() <= MAX_BYTES && path.bytes().all(is_path_byte) && (!is_plain || is_loopback(host))
}

/// The host of an authority without user; a port is decimal.
fn host_of(authority: &str) -> Option<&str> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let is_host_byte =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._:".contains(&byte);
    let is_number =
        |digits: &str| (1..=5).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let fits = !host.is_empty()
        && host.bytes().all(is_host_byte)
        && (port.is_empty() || port.strip_prefix(':').is_some_and(is_number));
    fits.then_some(host)
}

fn is_loopback(host: &str) -> bool {
    matches!(host, "127.0.0.1" | "::1" | "localhost")
}

/// RFC 3986 §3.3.
fn is_path_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/-._~%!$&'()*+,;=:@".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_requests_may_go_to() {
        for good in [
            "https://fulcio.example",
            "https://fulcio.example/",
            "https://log.example:8443/shard/a",
            "https://[2001:db8::1]:443/api/v1/timestamp",
            "http://127.0.0.1:3003",
            "http://[::1]/x",
            "http://localhost",
        ] {
            assert!(is_service_url(good), "{good}");
        }
        for wrong in [
            "",
            "fulcio.example",
            "//fulcio.example",
            "ftp://fulcio.example",
            "HTTPS://fulcio.example",
            "https://",
            "https:///x",
            "https://Fulcio.example",
            "https://user@fulcio.example",
            "https://fulcio.example?x",
            "https://fulcio.example/a?x",
            "https://fulcio.example/a#x",
            "https://fulcio.example/a b",
            "https://fulcio.example:",
            "https://fulcio.example:x",
            "https://fulcio.example:123456",
            "https://[::1",
            "http://fulcio.example",
            "http://127.0.0.1.example",
            "http://127.0.0.2",
            "http://localhost.example",
            "http://[::2]",
        ] {
            assert!(!is_service_url(wrong), "{wrong}");
        }
        let long = |bytes: usize| ["https://h/", &"a".repeat(bytes - 10)].concat();
        assert!(is_service_url(&long(MAX_BYTES)) && !is_service_url(&long(MAX_BYTES + 1)));
    }
}
