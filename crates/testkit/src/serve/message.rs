//! Requests and replies of HTTP, as far as services look at them.

use crate::json::Json;

/// A request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HttpRequest {
    /// Method, upper case.
    pub method: String,
    /// Path without query.
    pub path: String,
    /// Query without its mark; empty if there is none.
    pub query: String,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

/// A reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpReply {
    /// Status.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl HttpRequest {
    /// `GET` of a path and query.
    #[must_use]
    pub fn get(target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self { method: "GET".into(), path: path.into(), query: query.into(), ..Self::default() }
    }

    /// `POST` of a body of this type.
    #[must_use]
    pub fn post(path: &str, content_type: &str, body: Vec<u8>) -> Self {
        let headers = vec![("content-type".into(), content_type.into())];
        Self { method: "POST".into(), path: path.into(), headers, body, ..Self::default() }
    }

    /// One more header; `name` in lower case.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Value of a header; `name` in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// Type of the body, without parameters.
    pub(crate) fn content_type(&self) -> &str {
        self.header("content-type").and_then(|value| value.split(';').next()).unwrap_or_default().trim()
    }
}

impl HttpReply {
    /// A body of this type.
    #[must_use]
    pub fn new(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        Self { status, headers: vec![("content-type".into(), content_type.into())], body }
    }

    /// Value of a header; `name` in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// A JSON document.
    pub(crate) fn json(status: u16, document: &Json) -> Self {
        Self::new(status, "application/json", document.encode())
    }

    /// A refusal as gateways of gRPC write it.
    pub(crate) fn refusal(status: u16, code: u64, message: &str) -> Self {
        let members = [
            ("code", Json::number(code)),
            ("message", Json::text(message)),
            ("details", Json::List(Vec::new())),
        ];
        Self::json(status, &Json::object(members))
    }

    /// No such path.
    pub(crate) fn not_found() -> Self {
        Self::refusal(404, 5, "Not Found")
    }

    /// One more header; `name` in lower case.
    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(present, _)| present != name);
        self.headers.push((name.into(), value.into()));
        self
    }
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(present, _)| present == name).map(|(_, value)| value.as_str())
}
