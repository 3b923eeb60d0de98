//! One mode: build type, builder, key, profile and predicate types that belong together.
use alloc::string::String;
use alloc::vec::Vec;

use cretula_encoding::fields::{Field, FieldErrorKind, Object};
use cretula_encoding::hex;

use super::profile::{MAX_LEAF_SECS, Profile};
use crate::document::{Document, MAX_INTEGER};
use crate::error::{AttestError, ErrorKind};
use crate::predicate::{Kind, is_track_level};
use crate::uri::is_type_uri;

/// Where `builder.id` comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuilderId {
    /// The signing workflow of the token, after it was found in the allow-list.
    Claim,
    /// This URI.
    Fixed(String),
}

/// One signing workflow that a mode admits. With neither `ref` nor `digests` it admits nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedSigner {
    /// Server, repository and path, without ref.
    pub workflow: String,
    /// The only ref.
    pub git_ref: Option<String>,
    /// The only commits.
    pub digests: Vec<String>,
}

/// Where what an AI tool did is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AiForm {
    /// In the external parameter `cretula_ai`.
    Parameter,
    /// In a statement of its own.
    Statement,
}

/// The service's own Fulcio identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceIdentity {
    /// Subject alternative name.
    pub san: String,
    /// Issuer of the token.
    pub issuer: String,
}

/// What a summary from reports is judged by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VsaPolicy {
    pub(crate) policy: Document,
    pub(crate) roots: Vec<Vec<u8>>,
}

impl VsaPolicy {
    /// The policy as the host wrote it: a `cretula/policy/v1` document.
    #[must_use]
    pub fn policy(&self) -> &[u8] {
        self.policy.text().as_bytes()
    }

    /// Trusted roots; without any, that of the request is used.
    #[must_use]
    pub fn roots(&self) -> &[Vec<u8>] {
        &self.roots
    }
}

/// One set of choices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mode {
    /// URI of the build type; needed for provenance.
    pub build_type: Option<String>,
    /// Source of `builder.id`; needed for provenance.
    pub builder_id: Option<BuilderId>,
    /// Name of the signing key.
    pub key: String,
    /// Evidence.
    pub profile: Profile,
    /// Kinds and types of predicates that may be signed.
    pub predicates: Vec<String>,
    /// The only issuer.
    pub issuer: Option<String>,
    /// Signing workflows.
    pub signers: Vec<AllowedSigner>,
    /// Name of the authority's key.
    pub ca_key: Option<String>,
    /// Whether self-hosted runners are refused.
    pub require_hosted: bool,
    /// Whether foreign build types say whose word a parameter is, too.
    pub origins: bool,
    /// Parameters that are only named like a secret.
    pub allow_names: Vec<String>,
    /// Where what an AI tool did is said.
    pub ai: AiForm,
    /// Greatest version of the log.
    pub max_rekor_version: Option<u64>,
    /// Id of a managed key, where it is not the default one.
    pub key_id: Option<String>,
    /// Whether the absence of all evidence is accepted.
    pub offline: bool,
    /// Whether a public log may disclose a project that is not public.
    pub publish_private: bool,
    /// The service's own identity, where it signs with its own token.
    pub identity: Option<ServiceIdentity>,
    /// What a summary from reports is judged by.
    pub vsa: Option<VsaPolicy>,
    /// `verifier.id` of summaries.
    pub verifier: Option<String>,
    /// Greatest level of summaries.
    pub max_level: Option<String>,
    /// Life of leaf certificates of a private authority.
    pub leaf_secs: Option<u64>,
    /// Whether intermediates go into the bundle.
    pub allow_chain: bool,
    /// Whether the manifests of each platform are subjects too.
    pub include_children: bool,
}

impl Mode {
    pub(super) fn read(field: Field<'_>) -> Result<Self, AttestError> {
        let pointer = field.pointer.clone();
        let mut object = field.object()?;
        let mode = Self::take(&mut object)?;
        object.finish()?;
        if mode.profile == Profile::ManagedOffline && !mode.offline {
            let detail = "a profile without evidence of time needs offline: true";
            return Err(AttestError::new(ErrorKind::ProfileEvidence, detail).at(pointer));
        }
        Ok(mode)
    }

    fn take(object: &mut Object<'_>) -> Result<Self, AttestError> {
        Ok(Self {
            build_type: uri(object, "buildType")?,
            builder_id: builder_id(object)?,
            key: object.require("key")?.text()?,
            profile: profile(object)?,
            predicates: predicates(object)?,
            issuer: text(object, "issuer")?,
            signers: signers(object)?,
            ca_key: text(object, "caKey")?,
            require_hosted: flag(object, "requireHosted")?,
            origins: flag(object, "origins")?,
            allow_names: texts(object.take("allowNames"))?,
            ai: ai_form(object)?,
            max_rekor_version: rekor_version(object)?,
            key_id: key_id(object)?,
            offline: flag(object, "offline")?,
            publish_private: flag(object, "publishPrivate")?,
            identity: identity(object)?,
            vsa: vsa_policy(object)?,
            verifier: uri(object, "verifier")?,
            max_level: max_level(object)?,
            leaf_secs: leaf_secs(object)?,
            allow_chain: flag(object, "allowChain")?,
            include_children: flag(object, "includeChildren")?,
        })
    }

    /// Whether the mode lists a predicate, by its kind or by its type. A raw one counts as listed under the type of a
    /// typed one only if that type itself is listed.
    pub(crate) fn allows(&self, kind: Kind, predicate_type: &str) -> bool {
        self.predicates.iter().any(|listed| listed == kind.name() || listed == predicate_type)
    }
}

fn text(object: &mut Object<'_>, name: &str) -> Result<Option<String>, AttestError> {
    Ok(object.take(name).map(|field| field.text()).transpose()?)
}

fn flag(object: &mut Object<'_>, name: &str) -> Result<bool, AttestError> {
    Ok(object.take(name).map(|field| field.bool()).transpose()?.unwrap_or(false))
}

fn checked_uri(field: &Field<'_>) -> Result<String, AttestError> {
    let text = field.text()?;
    if is_type_uri(&text) {
        return Ok(text);
    }
    let detail = "expected a URI with lower-case scheme and authority";
    Err(AttestError::new(ErrorKind::PredicateType, detail).at(field.pointer.clone()))
}

fn uri(object: &mut Object<'_>, name: &str) -> Result<Option<String>, AttestError> {
    object.take(name).map(|field| checked_uri(&field)).transpose()
}

fn texts(field: Option<Field<'_>>) -> Result<Vec<String>, AttestError> {
    let Some(field) = field else { return Ok(Vec::new()) };
    let mut texts = Vec::new();
    for item in field.items()? {
        texts.push(item?.text()?);
    }
    if texts.is_empty() {
        Err(field.error(FieldErrorKind::Type("at least one element")).into())
    } else {
        Ok(texts)
    }
}

fn builder_id(object: &mut Object<'_>) -> Result<Option<BuilderId>, AttestError> {
    match object.take("builderId") {
        None => Ok(None),
        Some(field) if field.text()? == "claim" => Ok(Some(BuilderId::Claim)),
        Some(field) => Ok(Some(BuilderId::Fixed(checked_uri(&field)?))),
    }
}

fn profile(object: &mut Object<'_>) -> Result<Profile, AttestError> {
    let field = object.require("profile")?;
    let index = field.one_of(&Profile::NAMES)?;
    Profile::ALL.get(index).copied().ok_or_else(|| field.error(FieldErrorKind::Missing).into())
}

/// Kinds, and URIs of types.
fn predicates(object: &mut Object<'_>) -> Result<Vec<String>, AttestError> {
    let list = object.require("predicates")?;
    for item in list.items()? {
        let item = item?;
        if Kind::from_name(&item.text()?).is_none() {
            checked_uri(&item)?;
        }
    }
    texts(Some(list))
}

fn signers(object: &mut Object<'_>) -> Result<Vec<AllowedSigner>, AttestError> {
    let mut signers = Vec::new();
    let Some(list) = object.take("signers") else { return Ok(signers) };
    for item in list.items()? {
        let mut entry = item?.object()?;
        let workflow = checked_uri(&entry.require("workflow")?)?;
        let git_ref = text(&mut entry, "ref")?;
        let digests = entry.take("digests");
        let is_hex = |digest: &String| matches!(digest.len(), 40 | 64) && hex::decode(digest).is_ok();
        let values = texts(digests.clone())?;
        if let Some(field) = digests.filter(|_| !values.iter().all(is_hex)) {
            return Err(field.error(FieldErrorKind::Type("commits in lower-case hex")).into());
        }
        entry.finish()?;
        signers.push(AllowedSigner { workflow, git_ref, digests: values });
    }
    Ok(signers)
}

fn ai_form(object: &mut Object<'_>) -> Result<AiForm, AttestError> {
    let form = object.take("ai").map(|field| field.one_of(&["statement", "parameter"])).transpose()?;
    Ok(if form == Some(1) { AiForm::Parameter } else { AiForm::Statement })
}

fn rekor_version(object: &mut Object<'_>) -> Result<Option<u64>, AttestError> {
    let Some(field) = object.take("maxRekorVersion") else { return Ok(None) };
    match field.uint(2)? {
        0 => Err(field.error(FieldErrorKind::Type("1 or 2")).into()),
        version => Ok(Some(version)),
    }
}

/// 1 to 256 bytes of printable ASCII without space.
fn key_id(object: &mut Object<'_>) -> Result<Option<String>, AttestError> {
    let Some(field) = object.take("keyId") else { return Ok(None) };
    let id = field.text()?;
    let is_plain = (1..=256).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    if is_plain {
        Ok(Some(id))
    } else {
        Err(field.error(FieldErrorKind::Type("1 to 256 printable characters")).into())
    }
}

fn identity(object: &mut Object<'_>) -> Result<Option<ServiceIdentity>, AttestError> {
    let Some(field) = object.take("identity") else { return Ok(None) };
    let mut object = field.object()?;
    let identity =
        ServiceIdentity { san: object.require("san")?.text()?, issuer: object.require("issuer")?.text()? };
    object.finish()?;
    Ok(Some(identity))
}

fn vsa_policy(object: &mut Object<'_>) -> Result<Option<VsaPolicy>, AttestError> {
    let Some(field) = object.take("vsa") else { return Ok(None) };
    let mut object = field.object()?;
    let policy = Document::of_object(&object.require("policy")?)?;
    let mut roots = Vec::new();
    if let Some(list) = object.take("roots") {
        for item in list.items()? {
            roots.push(item?.bytes()?);
        }
    }
    object.finish()?;
    Ok(Some(VsaPolicy { policy, roots }))
}

/// A level that other levels can be compared with.
fn max_level(object: &mut Object<'_>) -> Result<Option<String>, AttestError> {
    let Some(field) = object.take("maxLevel") else { return Ok(None) };
    let level = field.text()?;
    if is_track_level(&level) {
        return Ok(Some(level));
    }
    let detail = "expected a level of a track";
    Err(AttestError::new(ErrorKind::VsaLevelForm, detail).at(field.pointer))
}

fn leaf_secs(object: &mut Object<'_>) -> Result<Option<u64>, AttestError> {
    let Some(field) = object.take("leafSeconds") else { return Ok(None) };
    let secs = field.uint(MAX_INTEGER)?;
    if secs > MAX_LEAF_SECS {
        let detail = "a leaf certificate lives at most 24 hours";
        return Err(AttestError::new(ErrorKind::ProfileEvidence, detail).at(field.pointer));
    }
    Ok(Some(secs))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;
    use alloc::format;

    fn read(members: &str) -> Result<Mode, &'static str> {
        let text = format!(r#"{{"key":"k",{members}}}"#);
        let value = document::parse(text.as_bytes()).unwrap();
        Mode::read(Field::root(value)).map_err(|error| error.code())
    }

    #[test]
    fn every_member() {
        let mode = read(
            r#""buildType":"https://b.example/v1","builderId":"claim","profile":"public-v2","predicates":["provenance",
            "https://x.example/p"],"issuer":"https://i.example","signers":[{"workflow":"https://g.example/o/r/w.yml",
            "ref":"refs/tags/v1","digests":["0000000000000000000000000000000000000000"]}],"caKey":"c",
            "requireHosted":true,"origins":false,"allowNames":["A_TOKEN"],"ai":"parameter","maxRekorVersion":2,
            "keyId":"id","offline":true,"publishPrivate":true,"identity":{"san":"s","issuer":"i"},
            "vsa":{"policy":{"a":1},"roots":["AA=="]},"verifier":"https://v.example","maxLevel":"SLSA_BUILD_LEVEL_3",
            "leafSeconds":86400,"allowChain":true,"includeChildren":true"#,
        )
        .unwrap();
        assert!(mode.require_hosted && !mode.origins && mode.offline && mode.publish_private);
        assert!(mode.allow_chain && mode.include_children);
        assert_eq!(
            (mode.ai, mode.max_rekor_version, mode.leaf_secs),
            (AiForm::Parameter, Some(2), Some(86_400))
        );
        assert_eq!(mode.vsa.as_ref().map(VsaPolicy::policy), Some(br#"{"a":1}"#.as_slice()));
        assert_eq!(mode.vsa.as_ref().map(|vsa| vsa.roots().len()), Some(1));
        assert!(mode.allows(Kind::Provenance, "x") && mode.allows(Kind::Raw, "https://x.example/p"));
        assert!(!mode.allows(Kind::Raw, "https://x.example/q"));
    }

    #[test]
    fn what_is_refused() {
        let plain = r#""profile":"managed","predicates":["raw"]"#;
        assert!(read(plain).is_ok());
        for (more, code) in [
            (r#","x":1"#, "input/unknown-member"),
            (r#","origins":"true""#, "input/type"),
            (r#","buildType":"HTTPS://b.example""#, "predicate/type"),
            (r#","builderId":"b""#, "predicate/type"),
            (r#","allowNames":[]"#, "input/type"),
            (r#","ai":"both""#, "input/type"),
            (r#","maxRekorVersion":0"#, "input/type"),
            (r#","maxRekorVersion":3"#, "input/number"),
            (r#","keyId":"a b""#, "input/type"),
            (r#","leafSeconds":86401"#, "profile/evidence"),
            (r#","maxLevel":"SLSA_L3""#, "vsa/level-form"),
            (r#","maxLevel":"SLSA_BUILD_LEVEL_UNEVALUATED""#, "vsa/level-form"),
            (r#","signers":[{"workflow":"https://g.example/w","digests":["0"]}]"#, "input/type"),
            (r#","signers":[{"workflow":"https://g.example/w","x":1}]"#, "input/unknown-member"),
            (r#","vsa":{"policy":[]}"#, "input/type"),
            (r#","identity":{"san":"s"}"#, "input/missing"),
        ] {
            assert_eq!(read(&format!("{plain}{more}")).err(), Some(code), "{more}");
        }
        assert_eq!(read(r#""profile":"other","predicates":["raw"]"#).err(), Some("input/type"));
        assert_eq!(read(r#""profile":"managed","predicates":[]"#).err(), Some("input/type"));
        assert_eq!(read(r#""profile":"managed","predicates":["spdx9"]"#).err(), Some("predicate/type"));
        assert_eq!(
            read(r#""profile":"managed-offline","predicates":["raw"]"#).err(),
            Some("profile/evidence")
        );
        assert!(read(r#""profile":"managed-offline","predicates":["raw"],"offline":true"#).is_ok());
    }
}
