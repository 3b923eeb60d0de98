//! Bundles.

use cretula_bundle::{Bundle, BundleRules, BundleVersion, UnknownMembers};
use cretula_encoding::json;
use cretula_encoding::limits::Limits;
use cretula_verify::portable;

use crate::document::encode_bundle;
use crate::oracle;

/// What is accepted is read as serde_json reads it, within the limits, and is the same after it was written again, in
/// canonical order, or where unknown members are ignored. The unverified view is canonical JSON for every input.
pub fn bundle(input: &[u8]) {
    oracle::assert_canonical(&portable::inspect(input));
    let limits = Limits::default();
    let rules = BundleRules::default();
    let tolerant = BundleRules { unknown_members: UnknownMembers::Ignore, ..rules.clone() };
    let ignoring = Bundle::parse(input, &tolerant, &limits).ok();
    let Ok(bundle) = Bundle::parse(input, &rules, &limits) else { return };
    assert_eq!(ignoring.as_ref(), Some(&bundle), "unknown members change what is known");

    let value = json::parse(input, &limits.json()).expect("a bundle is JSON");
    oracle::assert_same_meaning(input, &value);
    assert_eq!(oracle::text_of(&value, "mediaType").as_deref(), Some(bundle.media_type()));
    assert_eq!(BundleVersion::from_media_type(bundle.media_type()), Some(bundle.version()));
    assert!(bundle.log_entries().len() <= limits.log_entries);
    assert!(bundle.timestamps().len() <= limits.timestamps);
    assert!(bundle.log_entries().iter().all(|entry| entry.log_index <= u64::MAX / 2));

    let reread = Bundle::parse(&encode_bundle(&bundle), &rules, &limits);
    assert_eq!(reread.as_ref(), Ok(&bundle), "written and read again");
    if let Some(canonical) = oracle::canonical(input) {
        let reread = Bundle::parse(&canonical, &rules, &limits);
        assert_eq!(reread.as_ref(), Ok(&bundle), "the order of members changes what is read");
    }
}
