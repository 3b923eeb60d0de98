//! Lies about HTTP itself, and how a reply reaches the client.

use super::lie::TransportLie;
use super::message::{HttpReply, HttpRequest};

/// One byte more than clients accept.
const OVERSIZE: usize = (1 << 20) + 1;

/// A reply and how it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The reply.
    pub reply: HttpReply,
    /// How it is sent.
    pub manner: Manner,
}

/// How a reply is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// At once.
    Whole,
    /// After so many milliseconds.
    Slow {
        /// Milliseconds.
        millis: u64,
    },
    /// Byte by byte, with a pause before each.
    Drip {
        /// Milliseconds.
        millis: u64,
    },
    /// Half of the body, and the connection is closed.
    Truncated,
    /// Not at all: the connection is closed.
    Closed,
    /// Not at all: the connection stays open.
    Hang,
}

/// What happens in place of the request.
pub(super) fn instead(lie: TransportLie, request: &HttpRequest) -> Option<Delivery> {
    let nothing = || HttpReply::refusal(500, 13, "no reply");
    let (reply, manner) = match lie {
        TransportLie::Status { status, retry_after } => {
            let reply = HttpReply::refusal(status, 14, "as the test wishes");
            let reply = match retry_after {
                Some(secs) => reply.with_header("retry-after", &secs.to_string()),
                None => reply,
            };
            (reply, Manner::Whole)
        }
        TransportLie::Redirect { port } => {
            let location = format!("http://127.0.0.1:{port}{}", request.path);
            (HttpReply::new(307, "text/plain", Vec::new()).with_header("location", &location), Manner::Whole)
        }
        TransportLie::Hang => (nothing(), Manner::Hang),
        TransportLie::Closed => (nothing(), Manner::Closed),
        TransportLie::Slow { .. }
        | TransportLie::Drip { .. }
        | TransportLie::LostReply
        | TransportLie::Truncated
        | TransportLie::Oversize
        | TransportLie::Compressed
        | TransportLie::OtherContentType
        | TransportLie::Malformed
        | TransportLie::DuplicateMember => return None,
    };
    Some(Delivery { reply, manner })
}

/// What becomes of the reply to a request that was carried out.
pub(super) fn bend(lie: Option<TransportLie>, mut reply: HttpReply) -> Delivery {
    let mut manner = Manner::Whole;
    match lie {
        Some(TransportLie::Slow { millis }) => manner = Manner::Slow { millis },
        Some(TransportLie::Drip { millis }) => manner = Manner::Drip { millis },
        Some(TransportLie::LostReply) => manner = Manner::Closed,
        Some(TransportLie::Truncated) => manner = Manner::Truncated,
        Some(TransportLie::Oversize) => {
            let filler = if is_json(&reply) { b' ' } else { 0 };
            reply.body.resize(OVERSIZE.max(reply.body.len()), filler);
        }
        Some(TransportLie::Compressed) => {
            reply.body = gzip(&reply.body);
            reply = reply.with_header("content-encoding", "gzip");
        }
        Some(TransportLie::OtherContentType) => reply = reply.with_header("content-type", "text/html"),
        Some(TransportLie::Malformed) => {
            reply.body.pop();
        }
        Some(TransportLie::DuplicateMember) if is_json(&reply) => repeat_first_member(&mut reply.body),
        _ => {}
    }
    Delivery { reply, manner }
}

fn is_json(reply: &HttpReply) -> bool {
    reply.header("content-type") == Some("application/json")
}

/// `{"a":…}` becomes `{"a":0,"a":…}`.
fn repeat_first_member(body: &mut Vec<u8>) {
    let Some(end) = body.iter().position(|byte| *byte == b':') else { return };
    let again = [&body[1..=end], b"0,"].concat();
    body.splice(1..1, again);
}

/// RFC 1952, stored blocks of RFC 1951 §3.2.4.
fn gzip(content: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    let blocks: Vec<&[u8]> = content.chunks(0xffff).collect();
    for (index, block) in blocks.iter().enumerate() {
        let length = u16::try_from(block.len()).expect("a block");
        out.push(u8::from(index + 1 == blocks.len()));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(*block);
    }
    out.extend(crc32(content).to_le_bytes());
    out.extend(u32::try_from(content.len()).expect("a short body").to_le_bytes());
    out
}

fn crc32(content: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    let add = |crc: u32, byte: &u8| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc));
    !content.iter().fold(!0, add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compression_is_gzip() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        let packed = gzip(b"abc");
        assert_eq!(packed[10..18], [1, 3, 0, 0xfc, 0xff, b'a', b'b', b'c']);
        assert_eq!(packed[22..], [3, 0, 0, 0]);
    }

    #[test]
    fn the_first_member_is_repeated() {
        let mut body = br#"{"a":1,"b":2}"#.to_vec();
        repeat_first_member(&mut body);
        assert_eq!(body, br#"{"a":0,"a":1,"b":2}"#);
    }
}
