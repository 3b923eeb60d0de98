//! URLs that the host may call, and what is the same server.

use std::net::IpAddr;

use reqwest::Url;

use super::http::Insecure;

/// A URL without user, fragment and port games: HTTPS, or HTTP on loopback where that is allowed.
pub(crate) fn admitted(text: &str, insecure: Insecure) -> Option<Url> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'#' | b'@'));
    let url = Url::parse(text).ok().filter(|_| is_plain)?;
    let is_admitted = match url.scheme() {
        "https" => true,
        "http" => insecure == Insecure::LoopbackHttp && is_loopback(&url),
        _ => false,
    };
    // What was written is what is called: no `..`, no other spelling of the host.
    let is_canonical = url.as_str() == text || url.as_str().strip_suffix('/') == Some(text);
    (is_admitted && is_canonical && url.host_str().is_some_and(|host| !host.is_empty())).then_some(url)
}

/// An address of this machine, or its usual name.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// Path and query of a `Location`, if it is on the server of `base` (RFC 9110 §10.2.2).
pub(crate) fn same_origin_path(base: &Url, location: &str) -> Option<String> {
    const MAX_BYTES: usize = 1024;
    let is_plain = location.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if location.len() > MAX_BYTES || !is_plain {
        return None;
    }
    let target = base.join(location).ok()?;
    let is_same =
        target.origin() == base.origin() && target.username().is_empty() && target.password().is_none();
    let query = target.query().map(|query| format!("?{query}")).unwrap_or_default();
    is_same.then(|| format!("{}{query}", target.path()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_loopback() {
        let https = |text: &str| admitted(text, Insecure::Never).is_some();
        for good in
            ["https://a.example", "https://a.example/", "https://a.example:8443/x/y", "https://[::1]/x"]
        {
            assert!(https(good), "{good}");
        }
        for wrong in [
            "http://a.example",
            "http://127.0.0.1:1",
            "ftp://a.example",
            "file:///etc/passwd",
            "https://",
            "https://user@a.example",
            "https://user:word@a.example/",
            "https://a.example/x/../y",
            "https://a.example/#x",
            "https://A.example/",
            "https://a.example:443/",
            "https://a.example\\x",
            "https://a.example/ x",
            "https://2130706433/",
            "a.example",
            "",
        ] {
            assert!(!https(wrong), "{wrong}");
        }
        let loopback = |text: &str| admitted(text, Insecure::LoopbackHttp).is_some();
        assert!(loopback("http://127.0.0.1:80x0".replace('x', "8").as_str()));
        assert!(loopback("http://[::1]:8080/x") && loopback("http://localhost:1/"));
        for wrong in
            ["http://a.example", "http://127.0.0.1.a.example/", "http://10.0.0.1/", "http://localhost.a/"]
        {
            assert!(!loopback(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_location_stays_where_it_is() {
        let base = Url::parse("https://a.example/api/v1/log/entries").unwrap();
        let path = |location: &str| same_origin_path(&base, location);
        let entry = "/api/v1/log/entries/00ff";
        assert_eq!(path(entry).as_deref(), Some(entry));
        assert_eq!(path(&format!("https://a.example{entry}")).as_deref(), Some(entry));
        assert_eq!(path("entries/00ff").as_deref(), Some("/api/v1/log/entries/00ff"));
        assert_eq!(path("/x?y").as_deref(), Some("/x?y"));
        for wrong in [
            "https://b.example/x",
            "http://a.example/x",
            "https://a.example:8443/x",
            "//b.example/x",
            "https://u@a.example/x",
            "\\\\b.example/x",
            "/x y",
            "javascript:alert(1)",
        ] {
            assert_eq!(path(wrong), None, "{wrong}");
        }
        assert_eq!(path(&format!("/{}", "x".repeat(1024))), None);
    }
}
