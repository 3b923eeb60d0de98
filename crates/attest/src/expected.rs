//! What a certificate must say about a request: from claims, or the service's own identity.
use alloc::string::String;
use alloc::vec::Vec;

use cretula_pki::{ClaimState, FulcioClaims, IssuerClaim, SanType, SigningSan};

use crate::admission::Admitted;
use crate::claim_table::CLAIM_ROWS;
use crate::claims::Claims;
use crate::config::Provider;
use crate::error::{AttestError, ErrorKind};

/// Extensions that certificates of older authorities lack.
pub(crate) const MAY_BE_ABSENT: [u8; 3] = [22, 23, 24];
/// Row of the issuer, and that of the signer, which is the subject alternative name, too.
const ISSUER: u8 = 8;
const SIGNER: u8 = 9;

/// One extension, 1.3.6.1.4.1.57264.1.`number`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedExtension {
    /// Last arc.
    pub number: u8,
    /// Text; without one the extension must be absent.
    pub value: Option<String>,
}

/// The extensions 8 to 24 that belong to claims.
///
/// # Errors
/// `gitlab/ref-type`.
pub fn expected_extensions(
    provider: Provider,
    server: &str,
    claims: &Claims,
) -> Result<Vec<ExpectedExtension>, AttestError> {
    let mut extensions = Vec::new();
    for row in CLAIM_ROWS {
        let Some(column) = row.column(provider) else { continue };
        extensions.push(ExpectedExtension { number: row.number, value: column.source.text(server, claims)? });
    }
    Ok(extensions)
}

/// Who must have signed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExpectedIdentity {
    /// Subject alternative name, a URI if it comes from claims. `None`: claims of this issuer do not say it.
    pub san: Option<String>,
    /// Extensions, the issuer first. Empty: nothing is known, and no certificate will do.
    pub extensions: Vec<ExpectedExtension>,
}

impl ExpectedIdentity {
    pub(crate) fn of(admitted: &Admitted<'_>, claims: Option<&Claims>) -> Result<Self, AttestError> {
        if let Some(service) = &admitted.mode.identity {
            let issuer = ExpectedExtension { number: ISSUER, value: Some(service.issuer.clone()) };
            return Ok(Self { san: Some(service.san.clone()), extensions: Vec::from([issuer]) });
        }
        let (Some(claims), Some(issuer)) = (claims, admitted.issuer) else { return Ok(Self::default()) };
        let extensions = expected_extensions(issuer.provider, &issuer.server, claims)?;
        let signer = extensions.iter().find(|extension| extension.number == SIGNER);
        let san = signer.and_then(|extension| extension.value.clone());
        Ok(Self { san, extensions })
    }

    /// OIDC issuer.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        let issuer = self.extensions.iter().find(|extension| extension.number == ISSUER);
        issuer.and_then(|extension| extension.value.as_deref())
    }

    /// Compares a certificate, after it was issued and before anything is signed (F8).
    ///
    /// # Errors
    /// `claims/certificate-mismatch`.
    pub fn match_certificate(&self, san: &SigningSan<'_>, found: &FulcioClaims) -> Result<(), AttestError> {
        let refuse = |detail: String| Err(AttestError::new(ErrorKind::CertificateMismatch, detail));
        if self.extensions.is_empty() {
            return refuse(String::from("nothing says who must have signed"));
        }
        if let Some(expected) = self.san.as_deref().filter(|expected| *expected != san.value) {
            return refuse(alloc::format!(
                "the subject alternative name of {} bytes is not the expected one",
                expected.len()
            ));
        }
        let is_of_claims = self.extensions.len() > 1;
        if is_of_claims && self.san.is_some() && san.san_type != SanType::Uri {
            return refuse(String::from("the subject alternative name is no URI"));
        }
        if let Some(name) = found.conflicts().next() {
            return refuse(alloc::format!("current and deprecated form of {name} differ"));
        }
        match self.extensions.iter().find(|extension| !extension.fits(found)) {
            Some(extension) => {
                refuse(alloc::format!("extension {} is not the expected one", extension.number))
            }
            None => Ok(()),
        }
    }
}

impl ExpectedExtension {
    fn fits(&self, found: &FulcioClaims) -> bool {
        if self.number == ISSUER && !matches!(found.issuer(), IssuerClaim::Value(_)) {
            return false;
        }
        match (found.state(self.number), self.value.as_deref()) {
            (ClaimState::Value(found), Some(expected)) => found == expected,
            (ClaimState::Absent, None) => true,
            (ClaimState::Absent, Some(_)) => MAY_BE_ABSENT.contains(&self.number),
            (ClaimState::Value(_), None) | (ClaimState::Malformed(_), _) => false,
        }
    }
}
