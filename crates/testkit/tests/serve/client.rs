//! The smallest client of HTTP/1.1 that sees every way in which a reply can go wrong.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A whole reply.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// Why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Nobody listens.
    Refused,
    /// Closed before the head of the reply was complete.
    Closed,
    /// Closed before the body was complete.
    Truncated,
    /// Nothing came for as long as the client waits.
    TimedOut,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(present, _)| present == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// How long a client waits for the next bytes unless it says otherwise.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn get(url: &str, target: &str) -> Result<Answer, Failure> {
    get_within(PATIENCE, url, target)
}

/// Waits only so long for the next bytes.
pub(crate) fn get_within(patience: Duration, url: &str, target: &str) -> Result<Answer, Failure> {
    send(patience, url, &format!("GET {target}"), &[], b"")
}

pub(crate) fn post(url: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Answer, Failure> {
    send(PATIENCE, url, &format!("POST {path}"), headers, body)
}

fn send(
    patience: Duration,
    url: &str,
    line: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<Answer, Failure> {
    let host = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).map_err(|_| Failure::Refused)?;
    stream.set_read_timeout(Some(patience)).unwrap();
    let mut head = format!("{line} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
    let mut received = Vec::new();
    let timed_out = match stream.read_to_end(&mut received) {
        Err(error) => matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        Ok(_) => false,
    };
    parse(&received, timed_out)
}

fn parse(received: &[u8], timed_out: bool) -> Result<Answer, Failure> {
    let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Err(if timed_out { Failure::TimedOut } else { Failure::Closed });
    };
    let head = std::str::from_utf8(&received[..end]).unwrap();
    let body = received[end + 4..].to_vec();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines.map(|line| line.split_once(": ").unwrap());
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let answer = Answer { status, headers, body };
    let length: usize = answer.header("content-length").unwrap().parse().unwrap();
    match answer.body.len() == length {
        true => Ok(answer),
        false if timed_out => Err(Failure::TimedOut),
        false => Err(Failure::Truncated),
    }
}
