//! Keys that were opened in this call.

use crate::bindings::cretula::core::keys::{self, KeyError, SigningKey};
use crate::bindings::cretula::core::signing::{HostError, KeyReply, SignatureReply};

/// Handles by name; a name has one at most.
#[derive(Default)]
pub(crate) struct KeyRing {
    handles: Vec<(String, SigningKey)>,
}

impl KeyRing {
    /// Opens a key, in place of the one of the same name, and tells its public half.
    ///
    /// # Errors
    /// Those of the host.
    pub(crate) fn open(&mut self, name: String) -> Result<KeyReply, HostError> {
        self.handles.retain(|(other, _)| *other != name);
        let handle = keys::open(&name).map_err(host_error)?;
        let reply = describe(&handle).map_err(host_error)?;
        self.handles.push((name, handle));
        Ok(reply)
    }

    /// Signs with a key that was opened.
    ///
    /// # Errors
    /// Those of the host; `denied` for a name that was not opened.
    pub(crate) fn sign(&self, name: &str, message: &[u8]) -> Result<SignatureReply, HostError> {
        let found = self.handles.iter().find(|(other, _)| other == name);
        let (_, handle) = found.ok_or(HostError::Denied)?;
        let signature = handle.sign(message).map_err(host_error)?;
        Ok(SignatureReply {
            signature: signature.bytes,
            encoding: signature.encoding,
            version: signature.version,
        })
    }
}

fn describe(handle: &SigningKey) -> Result<KeyReply, KeyError> {
    let id = handle.id();
    Ok(KeyReply {
        public_key: handle.public_key()?,
        algorithm: handle.algorithm(),
        key_id: id.id,
        version: id.version,
        chain: handle.certificate_chain()?,
    })
}

fn host_error(error: KeyError) -> HostError {
    match error {
        KeyError::Denied | KeyError::Expired => HostError::Denied,
        KeyError::Throttled(after_ms) => HostError::Throttled(after_ms),
        KeyError::TooLarge(_) => HostError::TooLarge,
        KeyError::Unavailable(_) => HostError::Unavailable,
        KeyError::WrongVersion => HostError::WrongVersion,
        KeyError::Other(_) | KeyError::Unsupported(_) => HostError::Other,
    }
}
