//! Classes of certificates: leaf, authority, root.
use cretula_encoding::{limits::Limits, pem};
use cretula_pki::{Certificate, ClassError, check_leaf_profile, is_ca, is_leaf, is_root_ca};
use serde::Deserialize;

use crate::FormatCase;
use crate::read;
use crate::verdict::{Facts, Judgement, Refusal, Verdict};

#[derive(Deserialize)]
struct Expectation {
    is_ca: Option<Class>,
    is_leaf: Option<Class>,
    is_root_ca: Option<Class>,
}

/// `true`, `false`, or `"error"`: the certificate contradicts itself.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Class {
    Holds(bool),
    Refused(String),
}

impl Class {
    fn of(found: Result<bool, ClassError>) -> Self {
        found.map_or_else(|_| Self::Refused("error".to_owned()), Self::Holds)
    }
}

/// The verdict is whether the certificate may be a signing leaf.
pub(crate) fn class(case: &FormatCase) -> Judgement {
    let expectation: Expectation = read::expects(case)?;
    let block = pem::parse_block(&case.file, &["CERTIFICATE"]).map_err(|error| error.to_string())?;
    let certificate = match Certificate::parse(&block.der, &Limits::default()) {
        Ok(certificate) => certificate,
        Err(error) => return Ok(Verdict::Reject(error.into())),
    };
    let mut facts = Facts::default();
    facts.compare("is_ca", expectation.is_ca.as_ref(), &Class::of(is_ca(&certificate)));
    facts.compare("is_leaf", expectation.is_leaf.as_ref(), &Class::of(is_leaf(&certificate)));
    facts.compare("is_root_ca", expectation.is_root_ca.as_ref(), &Class::of(is_root_ca(&certificate)));
    match (facts.verdict(), check_leaf_profile(&certificate)) {
        (Verdict::Accept, Err(violation)) => {
            Ok(Verdict::Reject(Refusal::by("C05", "chain/leaf-profile", violation)))
        }
        (verdict, _) => Ok(verdict),
    }
}
