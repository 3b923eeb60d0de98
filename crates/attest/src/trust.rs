//! The trust configuration of a request: what to trust, and where to sign.
use cretula_bundle::{ClientTrustConfig, Error, ErrorKind as BundleErrorKind, Limit, Place, SigningConfig};
use cretula_encoding::limits::Limits;
use cretula_verify::TrustedRoot;

use crate::error::{AttestError, ErrorKind};

/// Where the trust configuration stands in a request.
const POINTER: &str = "/trust";

/// Reads a `ClientTrustConfig` and the trusted root in it.
///
/// # Errors
/// `config/media-type`, `config/format`, `limits/config-bytes`.
pub fn parse_trust(text: &[u8]) -> Result<ClientTrustConfig<'_>, AttestError> {
    ClientTrustConfig::parse(text, &Limits::default()).map_err(|error| refusal(&error))
}

/// The signing configuration, which must be there.
///
/// # Errors
/// `config/media-type`, also for version 0.1; `config/format`.
pub fn signing_config(trust: &ClientTrustConfig<'_>) -> Result<SigningConfig, AttestError> {
    let config = trust.signing_config(&Limits::default()).map_err(|error| refusal(&error))?;
    let missing = || {
        let detail = "there is no signing configuration";
        AttestError::new(ErrorKind::ConfigFormat, detail).at("/trust/signingConfig")
    };
    config.ok_or_else(missing)
}

/// The trusted root, with instances that can be used.
///
/// # Errors
/// `config/format`.
pub fn usable_root(trust: &ClientTrustConfig<'_>) -> Result<TrustedRoot, AttestError> {
    let detail = "the trusted root cannot be used";
    TrustedRoot::parse(trust.trusted_root_bytes(), &Limits::default())
        .map_err(|_| AttestError::new(ErrorKind::ConfigFormat, detail).at("/trust/trustedRoot"))
}

fn refusal(error: &Error) -> AttestError {
    let kind = if error.kind() == BundleErrorKind::MediaType {
        ErrorKind::ConfigMediaType
    } else if error.kind() == BundleErrorKind::Limit(Limit::TrustedRootBytes) {
        ErrorKind::LimitConfigBytes
    } else {
        ErrorKind::ConfigFormat
    };
    let path = match error.place() {
        Place::Pointer(pointer) => [POINTER, pointer].concat(),
        Place::Offset(_) => POINTER.into(),
    };
    AttestError::new(kind, alloc::format!("{}", error.kind())).at(path)
}
