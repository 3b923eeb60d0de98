//! HTTP/1.1 on loopback, with a bound on every exchange.

use std::net::TcpListener;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use cretula_testkit::serve::{HttpReply, HttpRequest};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};

/// Longest reply.
const MAX_REPLY_BYTES: usize = 1 << 20;

/// The runtime of everything that waits for sockets.
#[derive(Debug)]
pub(crate) struct Network {
    runtime: Runtime,
}

/// Why there is no reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoReply {
    /// Not in time.
    TimedOut,
    /// Not reached, or broken off.
    Unavailable,
}

impl Network {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self { runtime: Builder::new_multi_thread().worker_threads(1).enable_all().build()? })
    }

    pub(crate) const fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Sends a request to `http://HOST:PORT` at the beginning of a URL; the path of the request counts.
    pub(crate) fn send(
        &self,
        base: &str,
        request: HttpRequest,
        longest: Duration,
    ) -> Result<HttpReply, NoReply> {
        self.runtime.block_on(async {
            match tokio::time::timeout(longest, send(base, request)).await {
                Ok(reply) => reply.map_err(|_| NoReply::Unavailable),
                Err(_) => Err(NoReply::TimedOut),
            }
        })
    }

    /// Whether `GET` of this URL answers 200.
    pub(crate) fn is_well(&self, url: &str) -> bool {
        let Ok((base, path)) = split(url) else { return false };
        let reply = self.send(base, HttpRequest::get(path), Duration::from_secs(2));
        reply.is_ok_and(|reply| reply.status == 200)
    }
}

/// One exchange on a connection of its own.
pub(crate) async fn send(base: &str, request: HttpRequest) -> Result<HttpReply> {
    let address = base.strip_prefix("http://").context("plain HTTP on loopback only")?;
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
    let mut outgoing = hyper::Request::builder()
        .method(request.method.as_str())
        .uri(format!("{}{query}", request.path))
        .header("host", address);
    for (name, value) in &request.headers {
        outgoing = outgoing.header(name, value);
    }
    let reply = sender.send_request(outgoing.body(Full::new(Bytes::from(request.body)))?).await?;
    let (parts, body) = reply.into_parts();
    let body = Limited::new(body, MAX_REPLY_BYTES).collect().await.map_err(|error| anyhow!(error))?;
    let headers = parts.headers.iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    Ok(HttpReply {
        status: parts.status.as_u16(),
        headers: headers.collect(),
        body: body.to_bytes().to_vec(),
    })
}

/// `http://HOST:PORT` and the rest of a URL.
pub(crate) fn split(url: &str) -> Result<(&str, &str)> {
    let Some(rest) = url.strip_prefix("http://") else { bail!("{url} is not plain HTTP") };
    let host = rest.find('/').unwrap_or(rest.len());
    let (base, path) = url.split_at("http://".len() + host);
    Ok((base, if path.is_empty() { "/" } else { path }))
}

/// A port on which nobody listened a moment ago. Programs that take no socket are given a number.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Two such ports in a row.
pub(crate) fn free_pair() -> Result<u16> {
    for _ in 0..100 {
        let first = TcpListener::bind(("127.0.0.1", 0))?;
        let port = first.local_addr()?.port();
        if port < u16::MAX && TcpListener::bind(("127.0.0.1", port + 1)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no two free ports in a row")
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn urls_have_a_base_and_a_path() {
        assert_eq!(split("http://127.0.0.1:1/a/b?c").unwrap(), ("http://127.0.0.1:1", "/a/b?c"));
        assert_eq!(split("http://127.0.0.1:1").unwrap(), ("http://127.0.0.1:1", "/"));
        assert!(split("https://example").is_err());
    }
}
