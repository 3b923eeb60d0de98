//! The TBSCertificate that a CT log signed (RFC 6962 §3.2).
use alloc::vec::Vec;

use cretula_encoding::der::{self, Tag};

use crate::certificate::Certificate;
use crate::oid;

/// The certificate's TBSCertificate without its SCT list extension.
///
/// Every other byte stays; the lengths of TBSCertificate, extensions member and extension list are rewritten. When no
/// extension is left, the member goes. Source: RFC 6962 §3.2, §3.3.
#[must_use]
pub fn precertificate_tbs(certificate: &Certificate) -> Vec<u8> {
    let extensions = certificate.extensions_without(oid::SCT_LIST);
    let before = certificate.before_extensions();
    if extensions.is_empty() {
        return der::encode(Tag::SEQUENCE, &[before]);
    }
    let list = der::encode(Tag::SEQUENCE, &extensions);
    let member = der::encode(Tag::context_constructed(3), &[&list]);
    der::encode(Tag::SEQUENCE, &[before, &member])
}
