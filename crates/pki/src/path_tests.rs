//! Paths over certificates made for the purpose: one defect per case, next to a twin that passes.
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

use cretula_crypto::{Checker, RustCrypto};
use cretula_encoding::der::{Oid, Tag, encode};
use cretula_encoding::limits::Limits;
use cretula_encoding::time::Time;

use crate::testing::{
    AT, Template, at, basic_constraints, dns, email, extended_key_usage, extension, key_usage,
    name_constraints, path, path_at, subject_alt_name, three, uri,
};
use crate::{
    Certificate, KeyIdentifierViolation, PathBudget, PathError, PathRules, ProfileViolation, Purpose, oid,
    verify_path,
};

const UNKNOWN: Oid<'static> = Oid::from_content(&[0x2a, 0x03]);

/// The three templates with one of them changed.
fn bent(index: usize, change: impl FnOnce(Template) -> Template) -> Vec<Template> {
    let mut templates = three().to_vec();
    let template = templates.remove(index);
    templates.insert(index, change(template));
    templates
}

fn refused(index: usize, change: impl FnOnce(Template) -> Template) -> PathError {
    path(&bent(index, change)).unwrap_err()
}

fn issuer_profile(position: u32, violation: ProfileViolation) -> PathError {
    PathError::IssuerProfile { position, violation }
}

#[test]
fn path_is_leaf_first_and_anchor_last() {
    let found = path(&three()).unwrap();
    let subjects: Vec<_> = found.iter().map(|certificate| certificate.serial()[0]).collect();
    assert_eq!(subjects, [3, 2, 1]);
}

#[test]
fn the_anchor_may_issue_the_leaf_and_be_an_intermediate() {
    let [_, issuing, leaf] = three();
    assert_eq!(path(&[issuing, leaf]).map(|found| found.len()), Ok(2));
}

#[test]
fn the_signature_of_the_anchor_is_not_checked() {
    let templates = bent(0, |mut root| {
        root.signer = 7;
        root
    });
    assert!(path(&templates).is_ok());
}

#[test]
fn no_issuer_is_no_path() {
    let [root, issuing, leaf] = three();
    assert_eq!(path(&[root, leaf.clone()]), Err(PathError::NoPath));
    let stranger = Template::authority(("stranger", 4), ("stranger", 4));
    assert_eq!(path(&[stranger, issuing, leaf.clone()]), Err(PathError::NoPath));
    assert_eq!(path(&[leaf.clone(), leaf]), Err(PathError::NoPath));
}

#[test]
fn signatures_are_checked() {
    let other_key = |mut template: Template| {
        template.signer = 7;
        template
    };
    assert_eq!(refused(2, other_key), PathError::Signature { position: 0 });
    assert_eq!(refused(1, other_key), PathError::Signature { position: 1 });
}

#[test]
fn sha1_is_no_algorithm() {
    // ecdsa-with-SHA1
    let oid = encode(Tag::OID, &[&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01]]);
    let sha1 = |mut template: Template| {
        template.algorithm = encode(Tag::SEQUENCE, &[&oid]);
        template.outer_algorithm = template.algorithm.clone();
        template
    };
    assert_eq!(refused(2, sha1), PathError::Algorithm { position: 0 });
    assert_eq!(refused(1, sha1), PathError::Algorithm { position: 1 });
}

#[test]
fn every_certificate_is_valid_ends_included() {
    for index in 0..3_u32 {
        let templates = bent(usize::try_from(2 - index).unwrap(), |template| {
            template.valid("231231000000Z", "240101000000Z")
        });
        let certificates: Vec<_> = templates.iter().map(Template::build).collect();
        let judge = |time| path_at(&certificates, time, &Limits::default()).map(|_| ());
        let position = |error| {
            let PathError::NotValid { position, .. } = error else { return None };
            Some(position)
        };
        assert_eq!(judge(at(AT)), Ok(()));
        assert_eq!(judge(at(AT - 86_400)), Ok(()));
        assert_eq!(judge(at(AT - 86_401)).map_err(position), Err(Some(index)));
        assert_eq!(judge(Time::from_millis(AT * 1000 + 1).unwrap()).map_err(position), Err(Some(index)));
    }
}

#[test]
fn key_identifiers_are_demanded_but_do_not_decide() {
    let missing = |position, violation| PathError::KeyIdentifier { position, violation };
    let without_authority = |template: Template| template.without(oid::AUTHORITY_KEY_IDENTIFIER);
    let without_subject = |template: Template| template.without(oid::SUBJECT_KEY_IDENTIFIER);
    assert_eq!(refused(2, without_authority), missing(0, KeyIdentifierViolation::AuthorityMissing));
    assert_eq!(refused(1, without_authority), missing(1, KeyIdentifierViolation::AuthorityMissing));
    assert_eq!(refused(1, without_subject), missing(1, KeyIdentifierViolation::SubjectMissing));
    assert_eq!(refused(0, without_subject), missing(2, KeyIdentifierViolation::SubjectMissing));
    assert!(path(&bent(0, without_authority)).is_ok());
    let other = encode(Tag::SEQUENCE, &[&encode(Tag::context(0), &[&[99]])]);
    let other = extension(oid::AUTHORITY_KEY_IDENTIFIER, false, &other);
    assert!(path(&bent(2, |leaf| leaf.replace(oid::AUTHORITY_KEY_IDENTIFIER, other))).is_ok());
}

#[test]
fn key_identifiers_can_be_waived_but_never_critical() {
    let bare = |template: Template| {
        template.without(oid::AUTHORITY_KEY_IDENTIFIER).without(oid::SUBJECT_KEY_IDENTIFIER)
    };
    let [root, issuing, leaf] = three().map(|template| bare(template).build());
    let limits = Limits::default();
    let rules = PathRules { allow_missing_key_ids: true, ..PathRules::new(Purpose::CodeSigning, &limits) };
    let checker = Checker::new(&RustCrypto, 256);
    let mut budget = PathBudget::new(&limits);
    assert!(verify_path(&leaf, &[&issuing], &root, at(AT), &rules, &checker, &mut budget).is_ok());
    let critical = extension(oid::SUBJECT_KEY_IDENTIFIER, true, &encode(Tag::OCTET_STRING, &[&[2]]));
    let error = refused(1, |template| template.replace(oid::SUBJECT_KEY_IDENTIFIER, critical));
    assert_eq!(error, PathError::CriticalExtension { position: 1, oid: "2.5.29.14".into() });
}

#[test]
fn issuers_and_the_anchor_are_authorities() {
    for (index, position) in [(0, 2), (1, 1)] {
        let not_critical = encode(Tag::SEQUENCE, &[&encode(Tag::BOOLEAN, &[&[0xff]])]);
        let not_critical = extension(oid::BASIC_CONSTRAINTS, false, &not_critical);
        let not_authority = extension(oid::BASIC_CONSTRAINTS, true, &encode(Tag::SEQUENCE, &[]));
        let constraints = issuer_profile(position, ProfileViolation::BasicConstraints);
        assert_eq!(refused(index, |t| t.without(oid::BASIC_CONSTRAINTS)), constraints);
        assert_eq!(refused(index, |t| t.replace(oid::BASIC_CONSTRAINTS, not_critical)), constraints);
        assert_eq!(refused(index, |t| t.replace(oid::BASIC_CONSTRAINTS, not_authority)), constraints);
        let usage = issuer_profile(position, ProfileViolation::KeyUsage);
        assert_eq!(refused(index, |t| t.without(oid::KEY_USAGE)), usage);
        assert_eq!(refused(index, |t| t.replace(oid::KEY_USAGE, key_usage(0x82))), usage);
        let purpose = issuer_profile(position, ProfileViolation::ExtendedKeyUsage);
        assert_eq!(refused(index, |t| t.with(extended_key_usage(&[]))), purpose);
        assert_eq!(refused(index, |t| t.with(extended_key_usage(&[oid::ANY_EXTENDED_KEY_USAGE]))), purpose);
        assert_eq!(refused(index, |t| t.with(extended_key_usage(&[oid::TIME_STAMPING]))), purpose);
        let both = extended_key_usage(&[oid::TIME_STAMPING, oid::CODE_SIGNING]);
        assert!(path(&bent(index, |t| t.with(both))).is_ok());
    }
}

#[test]
fn issuers_have_a_subject() {
    let [_, mut issuing, mut leaf] = three();
    issuing.subject = encode(Tag::SEQUENCE, &[]);
    leaf.issuer = issuing.subject.clone();
    assert_eq!(path(&[issuing, leaf]), Err(issuer_profile(1, ProfileViolation::Subject)));
}

#[test]
fn path_length_does_not_count_self_issued_certificates() {
    let limited =
        |length| bent(0, |root| root.replace(oid::BASIC_CONSTRAINTS, basic_constraints(Some(length))));
    assert!(path(&limited(1)).is_ok());
    assert_eq!(path(&limited(0)), Err(issuer_profile(2, ProfileViolation::PathLength)));
    let rollover = Template::authority(("root", 5), ("root", 1));
    let leaf = Template::leaf(("", 3), ("root", 5));
    let [root, ..] = <[Template; 3]>::try_from(limited(0)).unwrap();
    assert_eq!(path(&[root, rollover, leaf]).map(|found| found.len()), Ok(3));
}

#[test]
fn critical_extensions_must_be_known_everywhere() {
    for (index, position) in [(0, 2), (1, 1), (2, 0)] {
        let unknown = PathError::CriticalExtension { position, oid: "1.2.3".into() };
        assert_eq!(refused(index, |t| t.with(extension(UNKNOWN, true, &[]))), unknown);
        assert!(path(&bent(index, |t| t.with(extension(UNKNOWN, false, &[])))).is_ok());
    }
    let policy = encode(Tag::SEQUENCE, &[&encode(Tag::OID, &[UNKNOWN.content()])]);
    let policies = extension(oid::CERTIFICATE_POLICIES, true, &encode(Tag::SEQUENCE, &[&policy]));
    assert!(path(&bent(1, |t| t.with(policies))).is_ok());
    let poison = extension(oid::CT_POISON, false, &[5, 0]);
    let poisoned = refused(2, |t| t.with(poison));
    assert_eq!(poisoned, PathError::CriticalExtension { position: 0, oid: "1.3.6.1.4.1.11129.2.4.3".into() });
}

fn constrained(permitted: &[Vec<u8>], excluded: &[Vec<u8>], names: &[Vec<u8>]) -> Result<(), PathError> {
    let mut templates = bent(0, |root| root.with(name_constraints(permitted, excluded)));
    let leaf = templates.pop().unwrap();
    templates.push(leaf.replace(oid::SUBJECT_ALT_NAME, subject_alt_name(false, names)));
    path(&templates).map(|_| ())
}

#[test]
fn name_constraints_bind_the_forms_they_name() {
    let violated = Err(PathError::NameConstraints { position: 2 });
    let signer = [email("signer@example.com")];
    assert_eq!(constrained(&[email("example.com")], &[], &signer), Ok(()));
    assert_eq!(constrained(&[email("example.org")], &[], &signer), violated);
    assert_eq!(constrained(&[email("example.org"), email("example.com")], &[], &signer), Ok(()));
    assert_eq!(constrained(&[], &[email("example.com")], &signer), violated);
    assert_eq!(constrained(&[email("example.com")], &[email("signer@example.com")], &signer), violated);
    assert_eq!(constrained(&[dns("example.org")], &[uri("example.org")], &signer), Ok(()));
    let wildcard = [dns("*.example.com")];
    assert_eq!(constrained(&[dns("example.com")], &[], &wildcard), violated);
    assert_eq!(constrained(&[], &[dns("a.example.com")], &wildcard), violated);
    assert_eq!(constrained(&[], &[uri("example.org")], &[uri("urn:x")]), violated);
}

#[test]
fn other_forms_of_constraints_are_refused() {
    let violated = Err(PathError::NameConstraints { position: 2 });
    let signer = [email("signer@example.com")];
    let address = encode(Tag::context(7), &[&[192, 0, 2, 0, 255, 255, 255, 0]]);
    let directory = encode(Tag::context_constructed(4), &[&encode(Tag::SEQUENCE, &[])]);
    assert_eq!(constrained(&[], &[address], &signer), violated);
    assert_eq!(constrained(&[directory], &[], &signer), violated);
    assert_eq!(constrained(&[email("")], &[], &signer), violated);
}

#[test]
fn email_constraints_refuse_an_email_in_the_subject() {
    let attribute = [
        encode(Tag::OID, &[oid::EMAIL_ADDRESS.content()]),
        encode(Tag::IA5_STRING, &[b"signer@example.com"]),
    ]
    .concat();
    let set = encode(Tag::SET, &[&encode(Tag::SEQUENCE, &[&attribute])]);
    let mut templates = bent(0, |root| root.with(name_constraints(&[email("example.com")], &[])));
    let mut leaf = templates.pop().unwrap();
    leaf.subject = encode(Tag::SEQUENCE, &[&set]);
    let san = subject_alt_name(false, &[uri("https://example.com")]);
    templates.push(leaf.replace(oid::SUBJECT_ALT_NAME, san));
    assert_eq!(path(&templates), Err(PathError::NameConstraints { position: 2 }));
    // Beside an e-mail name, wherever it stands, the name is what is compared.
    let leaf = templates.pop().unwrap();
    let names = [email("signer@example.com"), uri("https://example.com")];
    templates.push(leaf.replace(oid::SUBJECT_ALT_NAME, subject_alt_name(false, &names)));
    assert!(path(&templates).is_ok());
}

/// RFC 5280 §4.2.1.10: every certificate below, self-issued ones only as leaf.
#[test]
fn name_constraints_bind_all_but_self_issued_intermediates() {
    let constrained = |root: Template| root.with(name_constraints(&[email("example.com")], &[]));
    let foreign = || subject_alt_name(false, &[email("signer@example.org")]);
    let violated = Err(PathError::NameConstraints { position: 2 });
    let [root, issuing, leaf] = three();
    assert_eq!(path(&[constrained(root.clone()), issuing.clone(), leaf.clone()]).map(|_| ()), Ok(()));
    let named = issuing.with(foreign());
    assert_eq!(path(&[constrained(root.clone()), named, leaf]).map(|_| ()), violated);

    let rolled = Template::authority(("root", 4), ("root", 1)).with(foreign());
    let below = |subject| Template::leaf((subject, 3), ("root", 4));
    assert_eq!(path(&[constrained(root.clone()), rolled.clone(), below("")]).map(|_| ()), Ok(()));
    let self_issued = below("root").replace(oid::SUBJECT_ALT_NAME, foreign());
    let found = path(&[constrained(root), rolled, self_issued]);
    assert!(matches!(found, Err(PathError::NameConstraints { .. })), "{found:?}");
}

#[test]
fn the_issuer_with_the_named_key_is_tried_first() {
    let [root, issuing, leaf] = three();
    let [first, second] = [4, 5].map(|seed| Template::authority(("issuing", seed), ("root", 1)));
    let limits = Limits { signature_checks: 2, ..Limits::default() };
    for templates in [[&root, &first, &second, &issuing, &leaf], [&root, &issuing, &first, &second, &leaf]] {
        let certificates: Vec<_> = templates.into_iter().map(Template::build).collect();
        assert!(path_at(&certificates, at(AT), &limits).is_ok());
    }
}

#[test]
fn of_equal_reasons_the_first_is_kept_and_all_are_written_for_people() {
    let [first, second] = [1, 2].map(|position| PathError::Signature { position });
    assert_eq!(first.clone().more_specific(second), first);
    let violation = KeyIdentifierViolation::AuthorityMissing;
    for text in [first.to_string(), violation.to_string(), ProfileViolation::KeyUsage.to_string()] {
        assert!(text.len() > 5, "{text}");
    }
}

#[test]
fn several_issuers_with_one_name_are_all_tried() {
    let [root, issuing, leaf] = three();
    let namesakes = [4, 5].map(|seed| Template::authority(("issuing", seed), ("root", 1)));
    let [first, second] = namesakes;
    let templates = [root, first, second, issuing, leaf];
    let certificates: Vec<_> = templates.iter().map(Template::build).collect();
    let found = path_at(&certificates, at(AT), &Limits::default()).unwrap();
    assert_eq!(found[1], certificates[3]);
}

#[test]
fn the_most_specific_reason_is_kept() {
    let [root, issuing, leaf] = three();
    let expired = issuing.valid("220101000000Z", "230101000000Z");
    let namesake = Template::authority(("issuing", 4), ("root", 1));
    for templates in [
        [root.clone(), expired.clone(), namesake.clone(), leaf.clone()],
        [root.clone(), namesake.clone(), expired.clone(), leaf.clone()],
    ] {
        assert!(matches!(path(&templates), Err(PathError::NotValid { position: 1, .. })));
    }
}

#[test]
fn paths_are_limited_in_length() {
    let link = |name, seed, issuer| Template::authority((name, seed), issuer);
    let mut templates = vec![link("1", 1, ("1", 1)), link("2", 2, ("1", 1)), link("3", 3, ("2", 2))];
    let four: Vec<_> = templates.iter().cloned().chain([Template::leaf(("", 9), ("3", 3))]).collect();
    assert_eq!(path(&four).map(|found| found.len()), Ok(4));
    templates.extend([link("4", 4, ("3", 3)), Template::leaf(("", 9), ("4", 4))]);
    assert_eq!(path(&templates), Err(PathError::Chain { limit: 4 }));
}

#[test]
fn work_is_limited() {
    let templates = three();
    let certificates: Vec<_> = templates.iter().map(Template::build).collect();
    let judge = |limits: Limits| path_at(&certificates, at(AT), &limits).map(|_| ());
    let base = Limits::default;
    assert_eq!(judge(Limits { signature_checks: 2, ..base() }), Ok(()));
    assert_eq!(judge(Limits { signature_checks: 1, ..base() }), Err(PathError::SignatureChecks));
    assert_eq!(judge(Limits { path_steps: 2, ..base() }), Ok(()));
    assert_eq!(judge(Limits { path_steps: 1, ..base() }), Err(PathError::PathSteps));
    assert_eq!(judge(Limits { name_comparisons: 4, ..base() }), Ok(()));
    assert_eq!(judge(Limits { name_comparisons: 3, ..base() }), Err(PathError::NameComparisons));
}

#[test]
fn meshes_and_cycles_end_with_a_limit() {
    let root = Template::authority(("root", 1), ("root", 1));
    let mut templates = vec![root];
    for seed in 2..60 {
        templates.push(Template::authority(("mesh", seed), ("mesh", 2)));
    }
    templates.push(Template::leaf(("", 99), ("mesh", 2)));
    let error = path(&templates).unwrap_err();
    assert!(error.is_fatal(), "{error}");
    let cycle = [
        Template::authority(("root", 1), ("root", 1)),
        Template::authority(("a", 2), ("b", 3)),
        Template::authority(("b", 3), ("a", 2)),
        Template::leaf(("", 4), ("a", 2)),
    ];
    assert_eq!(path(&cycle), Err(PathError::NoPath));
}

#[test]
fn purposes_differ_in_key_usage() {
    let limits = Limits::default();
    let [_, issuing, leaf] = three();
    let issuing = issuing.build();
    let judge = |leaf: Certificate, purpose| {
        let rules = PathRules::new(purpose, &limits);
        let checker = Checker::new(&RustCrypto, 256);
        let mut budget = PathBudget::new(&limits);
        verify_path(&leaf, &[], &issuing, at(AT), &rules, &checker, &mut budget).map(|_| ())
    };
    let without = leaf.clone().without(oid::KEY_USAGE);
    let other = Purpose::Other(oid::CODE_SIGNING.content().to_vec());
    let usage = Err(PathError::LeafProfile(ProfileViolation::KeyUsage));
    assert_eq!(judge(without.build(), Purpose::CodeSigning), usage);
    assert_eq!(judge(without.build(), other.clone()), Ok(()));
    assert_eq!(judge(without.build(), Purpose::Unrestricted), Ok(()));
    let non_repudiation = leaf.replace(oid::KEY_USAGE, key_usage(0x40));
    assert_eq!(judge(non_repudiation.build(), other), usage);
    let purposes = extended_key_usage(&[oid::TIME_STAMPING]);
    let authority = non_repudiation.replace(oid::EXTENDED_KEY_USAGE, purposes);
    assert_eq!(judge(authority.build(), Purpose::TimeStamping), Ok(()));
    let empty = without.replace(oid::EXTENDED_KEY_USAGE, extended_key_usage(&[]));
    let violation = ProfileViolation::ExtendedKeyUsage;
    assert_eq!(judge(empty.build(), Purpose::Unrestricted), Err(PathError::LeafProfile(violation)));
}

#[test]
fn the_total_of_signature_checks_ends_the_search() {
    let limits = Limits::default();
    let [root, issuing, leaf] = three().map(|template| template.build());
    let rules = PathRules::new(Purpose::CodeSigning, &limits);
    let mut budget = PathBudget::new(&limits);
    let checker = Checker::new(&RustCrypto, 1);
    let found = verify_path(&leaf, &[&issuing], &root, at(AT), &rules, &checker, &mut budget);
    assert_eq!(found, Err(PathError::SignatureTotal));
}
