//! The policy document.

use alloc::{string::String, vec::Vec};

use cretula_bundle::{BundleRules, BundleVersion, UnknownMembers};
use cretula_crypto::{Digest, HashAlgorithm};
use cretula_encoding::{
    fields::{Field, Object},
    json::{self, JsonError, JsonErrorKind, Value},
    limits::Limits,
};

use super::{
    conflicts,
    error::{PolicyError, PolicyErrorKind},
    evidence::Evidence,
    pattern::Match,
    presets::{self, Preset},
    reader::{Reader, choice, flag, list, set, texts},
    signers::{Denied, Node},
    tables,
};
use crate::shape;

/// Payload type of in-toto statements.
pub const IN_TOTO_PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// Values of `_type` that are statements.
pub const STATEMENT_TYPES: [&str; 2] =
    ["https://in-toto.io/Statement/v0.1", "https://in-toto.io/Statement/v1"];

/// A policy that can take effect in all of its members.
#[derive(Debug, Clone)]
pub struct Policy {
    pub(crate) digest: Digest,
    pub(crate) preset: Option<Preset>,
    pub(crate) bundle: BundleRules,
    pub(crate) evidence: Evidence,
    pub(crate) signers: Option<Node>,
    pub(crate) deny: Vec<Denied>,
    pub(crate) subject: SubjectRules,
    pub(crate) statement: Option<StatementRules>,
    pub(crate) dangerous: Dangerous,
    /// Limit `pattern-input` in force.
    pub(crate) pattern_input: usize,
}

/// How subjects of a statement are compared with the caller's artifacts (A06).
#[derive(Debug, Clone)]
pub struct SubjectRules {
    /// Digest names besides SHA-2, compared as opaque text.
    pub algorithms: Vec<String>,
    /// Which subjects must be artifacts.
    pub subject_match: SubjectMatch,
    /// Name of the matching subject.
    pub name: Option<Match>,
    /// Most subjects (`artifact/subject-count`).
    pub max: Option<u64>,
}

/// Which subjects must be artifacts of the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubjectMatch {
    /// Every subject.
    All,
    /// One for each artifact.
    Any,
}

/// Which statements are accepted; exact lists, not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementRules {
    /// Predicate types; another one is `predicate/type`.
    pub predicate_types: Vec<String>,
    /// Values of `_type`.
    pub types: Vec<String>,
    /// Payload types of the envelope.
    pub payload_types: Vec<String>,
}

/// Checks that are switched off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Dangerous {
    /// Whoever signed is accepted.
    pub any_signer: bool,
    /// An envelope is accepted without an artifact.
    pub no_artifact: bool,
    /// Provenance is not compared with the claims of the certificate.
    pub no_cross_check: bool,
}

impl Dangerous {
    /// Members in effect, as the report names them.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        let members = [
            ("anySigner", self.any_signer),
            ("noArtifact", self.no_artifact),
            ("noCrossCheck", self.no_cross_check),
        ];
        members.into_iter().filter(|(_, on)| *on).map(|(name, _)| name).collect()
    }
}

impl Policy {
    /// Reads a policy of schema [`tables::SCHEMA`] and checks that it is complete and free of contradictions.
    ///
    /// Bounds: limits `policy-bytes`, `policy-nodes`, `policy-depth`, `pattern-bytes`, `pattern-compiled`,
    /// `pattern-compiled-total` and `witnesses`, and those of all JSON documents. Checks I05 and I07.
    ///
    /// # Errors
    /// The first violation, see [`PolicyErrorKind`]: first of the JSON text, then of the shape, then of the values in
    /// document order, then contradictions, at last an unbound signer.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, PolicyError> {
        if bytes.len() > limits.policy_bytes {
            let detail =
                alloc::format!("expected at most {} bytes, found {}", limits.policy_bytes, bytes.len());
            return Err(PolicyError::new(PolicyErrorKind::PolicyBytes, "", detail));
        }
        let document = json::parse(bytes, &limits.json()).map_err(|error| json_error(&error))?;
        refuse_unsupported(document)?;
        shape::check(document, &tables::POLICY)?;
        let mut reader = Reader::new(limits);
        let mut object = Field::root(document).object()?;
        let preset = object.take("preset").map(|field| field.text()).transpose()?;
        let preset = preset.as_deref().and_then(Preset::from_name);
        let mut evidence = presets::evidence(preset);
        let bundle = object.take("bundle").map(read_bundle_rules).transpose()?.unwrap_or_default();
        let written = match object.take("evidence") {
            Some(field) => reader.read_evidence(field, &mut evidence)?,
            None => Default::default(),
        };
        let policy = Self {
            digest: HashAlgorithm::Sha256.digest(&[bytes]),
            preset,
            bundle,
            evidence,
            signers: object.take("signers").map(|field| reader.read_node(field, 1)).transpose()?,
            deny: list(&mut object, "deny", |field| reader.read_denied(field))?.unwrap_or_default(),
            subject: read_subject(&mut object, &mut reader)?,
            statement: object.take("statement").map(read_statement).transpose()?,
            dangerous: object.take("dangerous").map(read_dangerous).transpose()?.unwrap_or_default(),
            pattern_input: limits.pattern_input,
        };
        conflicts::check(&policy, written, limits)?;
        policy.check_bound()?;
        Ok(policy)
    }

    /// A policy names its signers, unless it says that it does not (I05).
    fn check_bound(&self) -> Result<(), PolicyError> {
        let bound = self.signers.as_ref().is_some_and(Node::is_bound);
        if bound || self.dangerous.any_signer {
            return Ok(());
        }
        let detail = "expected a signer bound by name and issuer, by name and pinned CA, by issuer and repository, \
                      owner, builder or subject, or by key id";
        Err(PolicyError::new(PolicyErrorKind::Unbound, "/signers", detail))
    }

    /// SHA-256 of the bytes that were read.
    #[must_use]
    pub const fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The preset.
    #[must_use]
    pub const fn preset(&self) -> Option<Preset> {
        self.preset
    }

    /// What the bundle may look like.
    #[must_use]
    pub const fn bundle(&self) -> &BundleRules {
        &self.bundle
    }

    /// What must prove time and publication.
    #[must_use]
    pub const fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// Who may sign.
    #[must_use]
    pub const fn signers(&self) -> Option<&Node> {
        self.signers.as_ref()
    }

    /// Who may not sign.
    #[must_use]
    pub fn deny(&self) -> &[Denied] {
        &self.deny
    }

    /// How subjects are compared.
    #[must_use]
    pub const fn subject(&self) -> &SubjectRules {
        &self.subject
    }

    /// Which statements are accepted.
    #[must_use]
    pub const fn statement(&self) -> Option<&StatementRules> {
        self.statement.as_ref()
    }

    /// Checks that are switched off.
    #[must_use]
    pub const fn dangerous(&self) -> Dangerous {
        self.dangerous
    }
}

/// Members of the format that this version does not support must not be taken for typing errors.
fn refuse_unsupported(document: Value<'_>) -> Result<(), PolicyError> {
    let found = document.members().into_iter().flatten().map(|(name, _)| name);
    for name in found {
        if tables::UNSUPPORTED.contains(&&*name) {
            let pointer = alloc::format!("/{name}");
            let detail = "this version does not support the member";
            return Err(PolicyError::new(PolicyErrorKind::UnknownMember, &pointer, detail));
        }
    }
    Ok(())
}

fn json_error(error: &JsonError) -> PolicyError {
    let kind = match error.kind {
        JsonErrorKind::Depth => PolicyErrorKind::JsonDepth,
        JsonErrorKind::Members => PolicyErrorKind::JsonMembers,
        JsonErrorKind::StringBytes => PolicyErrorKind::JsonStringBytes,
        JsonErrorKind::DuplicateMember
        | JsonErrorKind::InputBytes
        | JsonErrorKind::LoneSurrogate
        | JsonErrorKind::Syntax
        | JsonErrorKind::TrailingBytes
        | JsonErrorKind::Utf8
        | _ => PolicyErrorKind::Malformed,
    };
    let found = match error.kind {
        JsonErrorKind::DuplicateMember => "a duplicate member name",
        JsonErrorKind::LoneSurrogate => "a lone surrogate",
        JsonErrorKind::TrailingBytes => "bytes after the document",
        JsonErrorKind::Utf8 => "bytes that are not UTF-8, or a byte-order mark",
        JsonErrorKind::Depth => "deeper nesting than the limit",
        JsonErrorKind::Members => "more members than the limit",
        JsonErrorKind::StringBytes => "a longer string than the limit",
        JsonErrorKind::InputBytes | JsonErrorKind::Syntax | _ => "something else",
    };
    PolicyError::new(kind, "", alloc::format!("expected JSON, found {found} at byte {}", error.offset))
}

fn read_bundle_rules(field: Field<'_>) -> Result<BundleRules, PolicyError> {
    let mut object = field.object()?;
    let mut rules = BundleRules::default();
    let versions = BundleVersion::ALL.map(|version| (version.name(), version));
    if let Some(written) = list(&mut object, "versions", |field| version(&field, &versions))? {
        rules.versions = written;
    }
    set(&mut rules.allow_chain_in_v03, flag(&mut object, "allowChainInV03")?);
    set(&mut rules.use_intermediates, flag(&mut object, "useIntermediates")?);
    set(&mut rules.refuse_root_in_chain, flag(&mut object, "refuseRootInChain")?);
    set(&mut rules.require_keyid, flag(&mut object, "requireKeyid")?);
    let unknown = [("refuse", UnknownMembers::Refuse), ("ignore", UnknownMembers::Ignore)];
    set(&mut rules.unknown_members, choice(&mut object, "unknownMembers", &unknown)?);
    Ok(rules)
}

fn version(field: &Field<'_>, versions: &[(&str, BundleVersion)]) -> Result<BundleVersion, PolicyError> {
    let text = field.text()?;
    let found = versions.iter().find(|(name, _)| *name == text).map(|(_, version)| *version);
    found.ok_or_else(|| PolicyError::malformed(&field.pointer, "expected a bundle version"))
}

fn read_subject(object: &mut Object<'_>, reader: &mut Reader<'_>) -> Result<SubjectRules, PolicyError> {
    let mut rules =
        SubjectRules { algorithms: Vec::new(), subject_match: SubjectMatch::Any, name: None, max: None };
    if let Some(field) = object.take("subject") {
        let mut subject = field.object()?;
        set(&mut rules.algorithms, texts(&mut subject, "algorithms")?);
        let matches = [("any", SubjectMatch::Any), ("all", SubjectMatch::All)];
        set(&mut rules.subject_match, choice(&mut subject, "match", &matches)?);
        rules.name = subject.take("name").map(|field| reader.read_match(field)).transpose()?;
        rules.max = subject.take("max").map(|field| field.uint(u64::MAX)).transpose()?;
    }
    Ok(rules)
}

fn read_statement(field: Field<'_>) -> Result<StatementRules, PolicyError> {
    let mut object = field.object()?;
    let types = texts(&mut object, "types")?;
    let payload_types = texts(&mut object, "payloadTypes")?;
    Ok(StatementRules {
        predicate_types: texts(&mut object, "predicateTypes")?.unwrap_or_default(),
        types: types.unwrap_or_else(|| STATEMENT_TYPES.map(String::from).to_vec()),
        payload_types: payload_types.unwrap_or_else(|| Vec::from([String::from(IN_TOTO_PAYLOAD_TYPE)])),
    })
}

fn read_dangerous(field: Field<'_>) -> Result<Dangerous, PolicyError> {
    let mut object = field.object()?;
    Ok(Dangerous {
        any_signer: flag(&mut object, "anySigner")?.unwrap_or(false),
        no_artifact: flag(&mut object, "noArtifact")?.unwrap_or(false),
        no_cross_check: flag(&mut object, "noCrossCheck")?.unwrap_or(false),
    })
}
