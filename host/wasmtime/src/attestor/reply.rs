//! Replies to actions, as documents.

use cretula_encoding::base64;
use cretula_encoding::json::Tree;

use crate::keys::{KeyError, PublicKey, Signature};

fn document(id: u64) -> Tree {
    let mut document = Tree::object();
    document.set("schema", "cretula/reply/v1").set("id", Tree::UInt(id));
    document
}

/// The run is taken up again.
pub(super) fn again(deadline: Option<u64>) -> Vec<u8> {
    let mut reply = document(0);
    reply.set("type", "again").set_some("deadline", deadline.map(Tree::UInt));
    reply.encode()
}

/// A key, or why there is none.
pub(super) fn key(id: u64, key: &Result<(PublicKey, String, Vec<Vec<u8>>), KeyError>) -> Vec<u8> {
    let mut reply = document(id);
    match key {
        Ok((public_key, algorithm, chain)) => {
            let chain = chain.iter().map(|certificate| Tree::Text(base64::encode(certificate)));
            reply
                .set("publicKey", base64::encode(&public_key.spki))
                .set("algorithm", algorithm.as_str())
                .set("keyId", public_key.id.as_str())
                .set_some("version", public_key.version.as_deref())
                .set("chain", Tree::List(chain.collect()));
        }
        Err(error) => {
            reply.set("error", key_error(error));
        }
    }
    reply.encode()
}

/// A signature, or why there is none.
pub(super) fn signature(id: u64, signature: &Result<Signature, KeyError>) -> Vec<u8> {
    let mut reply = document(id);
    match signature {
        Ok(signature) => {
            reply
                .set("signature", base64::encode(&signature.bytes))
                .set("encoding", signature.encoding.as_str())
                .set_some("version", signature.version.as_deref());
        }
        Err(error) => {
            reply.set("error", key_error(error));
        }
    }
    reply.encode()
}

fn key_error(error: &KeyError) -> Tree {
    // The module knows no kind `unsupported`: what cannot sign is final, whatever the reason.
    let kind = if error.kind() == "unsupported" { "other" } else { error.kind() };
    let mut tree = Tree::object();
    tree.set("kind", kind);
    tree.set_some("retryAfterMs", error.retry_after_ms().map(|ms| Tree::UInt(u64::from(ms))));
    tree
}

/// A fresh trust configuration, or none.
pub(super) fn config(id: u64, trust: Result<&[u8], ()>) -> Vec<u8> {
    match trust.map(core::str::from_utf8) {
        // The document was read as JSON before, so it can stand inside another one.
        Ok(Ok(trust)) => format!(r#"{{"schema":"cretula/reply/v1","id":{id},"trust":{trust}}}"#).into_bytes(),
        Ok(Err(_)) | Err(()) => {
            let mut kind = Tree::object();
            kind.set("kind", "unavailable");
            let mut reply = document(id);
            reply.set("error", kind);
            reply.encode()
        }
    }
}
