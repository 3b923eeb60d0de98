//! Why nothing was built: a stable code, a place, and a sentence for people.
use alloc::string::String;
use core::fmt;

use cretula_encoding::fields::{FieldError, FieldErrorKind};
use cretula_encoding::json::{JsonError, JsonErrorKind};
use cretula_encoding::text;

/// Each row: variant, code, what it says.
macro_rules! kinds {
    ($($kind:ident = $code:literal, $sentence:literal;)*) => {
        /// What was found. Programs match [`ErrorKind::code`] and nothing else.
        #[non_exhaustive]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum ErrorKind {
            $(#[doc = concat!("`", $code, "`: ", $sentence, ".")] $kind,)*
        }

        impl ErrorKind {
            /// Every kind, in the order of the codes.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// Stable code `area/name`.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$kind => $code,)* }
            }

            /// One sentence about the code.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$kind => $sentence,)* }
            }
        }
    };
}

kinds! {
    BuilderNotAllowed = "builder/not-allowed", "signing workflow, ref or digest is not in the mode's allow-list";
    CertificateMismatch = "claims/certificate-mismatch", "the certificate says something else than claims or predicate";
    ClaimsMissing = "claims/missing", "a required claim is absent or null";
    PredicateMismatch = "claims/predicate-mismatch", "the predicate says something else than its claim";
    RunnerEnvironment = "claims/runner-environment", "the mode demands a hosted runner";
    TokenMismatch = "claims/token-mismatch", "two tokens of one request differ";
    ClaimsType = "claims/type", "a claim is neither text nor integer, or has no usable form";
    FactsMissing = "facts/missing", "a required field of the control plane is absent";
    FactsOrigin = "facts/origin", "the origin of the facts contradicts the mode";
    GithubServer = "github/server", "the server is not the configured one";
    GithubWorkflowRef = "github/workflow-ref", "workflow_ref does not fit repository and ref";
    GitlabRefType = "gitlab/ref-type", "the ref is neither a branch nor a tag";
    InputBase64 = "input/base64", "a member is not canonical padded standard base64";
    InputDepth = "input/depth", "the document is nested too deeply";
    InputDuplicateKey = "input/duplicate-key", "two members of one object have the same name";
    InputMissing = "input/missing", "a required member is missing";
    InputNumber = "input/number", "a number is outside its range or not an integer";
    InputSyntax = "input/syntax", "the document is not one JSON value";
    InputTooLarge = "input/too-large", "the document is longer than any acceptable one";
    InputType = "input/type", "a member has another type or form";
    InputUnknownMember = "input/unknown-member", "the document has no such member";
    InputUtf8 = "input/utf8", "the document is not UTF-8, or holds half a surrogate pair";
    LimitClaimsBytes = "limits/claims-bytes", "the claims are too long";
    LimitConfigBytes = "limits/config-bytes", "trust and signing configuration are too long";
    LimitDigestsPerSubject = "limits/digests-per-subject", "a subject has too many digests";
    LimitParameterNameBytes = "limits/parameter-name-bytes", "the name of a parameter is too long";
    LimitParameterValueBytes = "limits/parameter-value-bytes", "the value of a parameter is too long";
    LimitParameters = "limits/parameters", "there are too many parameters";
    LimitPredicateDepth = "limits/predicate-depth", "the predicate is nested too deeply";
    LimitResolvedDependencies = "limits/resolved-dependencies", "there are too many dependencies";
    LimitSchemaBytes = "limits/schema-bytes", "the schema of a build type is too long";
    LimitStatementBytes = "limits/statement-bytes", "the statement is too long";
    LimitSubjectNameBytes = "limits/subject-name-bytes", "the name of a subject is too long";
    LimitSubjects = "limits/subjects", "there are too many subjects";
    PredicateNotAllowed = "mode/predicate-not-allowed", "the mode does not list this predicate type";
    ModeUnknown = "mode/unknown", "the mode is not configured";
    ParamsDuplicateName = "params/duplicate-name", "external and internal parameters share a name";
    ParamsEvent = "params/event", "the event does not fit the build type or its parameters";
    ParamsIncomplete = "params/incomplete", "the event holds a parameter that the predicate lacks";
    ParamsMissing = "params/missing", "a required parameter is absent";
    ParamsType = "params/type", "a parameter has another type or value than the schema says";
    ParamsUnknown = "params/unknown", "the schema has no such parameter";
    PredicateField = "predicate/field", "a member of the predicate breaks its rule";
    PredicateReserved = "predicate/reserved", "a raw predicate may not have this type";
    PredicateType = "predicate/type", "not a URI with lower-case scheme and authority";
    ProfileAlgorithm = "profile/algorithm", "the profile cannot be used with this key algorithm";
    ProfileEvidence = "profile/evidence", "the profile gives no time for a certificate, or lets it live too long";
    ProfileVisibility = "profile/visibility", "a public log would disclose a project that is not public";
    SecretMasked = "secret/masked", "a parameter holds a masked value";
    SecretName = "secret/name", "a parameter with a value is named like a secret";
    SecretValue = "secret/value", "a parameter holds what looks like a credential";
    SubjectConfigDigest = "subject/config-digest", "the digest of an image configuration names no image";
    SubjectDigestAlgorithm = "subject/digest-algorithm", "a subject has a digest of another algorithm than allowed";
    SubjectDigestFormat = "subject/digest-format", "a digest is not lower-case hex";
    SubjectDigestLength = "subject/digest-length", "a digest is not as long as its algorithm says";
    SubjectDuplicate = "subject/duplicate", "two subjects have the same name";
    SubjectNoDigest = "subject/no-digest", "a subject has no digest";
    SubjectNone = "subject/none", "there is no subject";
    SubjectWeakDigest = "subject/weak-digest", "a subject has a digest by SHA-1 or MD5";
    TenantForbiddenField = "tenant/forbidden-field", "the tenant names what only the control plane may say";
    TimeFormat = "time/format", "not a time in RFC 3339 UTC with Z";
    TimeOrder = "time/order", "something finished before it started";
    VsaLevelCustom = "vsa/level-custom", "a custom level has another form";
    VsaLevelDuplicate = "vsa/level-duplicate", "two levels of one track";
    VsaLevelForm = "vsa/level-form", "not a level of a known track";
    VsaLevelRaised = "vsa/level-raised", "a level above what was verified";
    VsaLevelReserved = "vsa/level-reserved", "a reserved value of SLSA that is not known";
    VsaReproduced = "vsa/reproduced", "reproduction was not verified by two builders of different signers";
    VsaResult = "vsa/result", "result and levels contradict each other";
    VsaSource = "vsa/source", "a source summary lacks what SLSA demands of it";
    VsaSubject = "vsa/subject", "subjects and verified artifacts are not the same";
}

/// A refusal.
///
/// `detail` never holds a value of the input: no parameter, claim, token or predicate. `path` may hold names of members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttestError {
    /// What was found.
    pub kind: ErrorKind,
    /// RFC 6901 pointer into the request, or into the document that was given.
    pub path: Option<String>,
    /// What was expected, for people; at most 256 bytes.
    pub detail: Option<String>,
}

impl AttestError {
    /// An error without a place.
    pub(crate) fn new(kind: ErrorKind, detail: impl Into<String>) -> Self {
        Self { kind, path: None, detail: Some(text::clip(detail.into())) }
    }

    /// Adds the place.
    pub(crate) fn at(mut self, path: impl Into<String>) -> Self {
        self.path = Some(text::clip(path.into()));
        self
    }

    /// Stable code `area/name`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.kind.code()
    }
}

impl fmt::Display for AttestError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.code())?;
        if let Some(path) = &self.path {
            write!(out, " at {}", text::quote(path))?;
        }
        match &self.detail {
            Some(detail) => write!(out, ": {detail}"),
            None => Ok(()),
        }
    }
}

impl core::error::Error for AttestError {}

impl From<JsonError> for AttestError {
    fn from(error: JsonError) -> Self {
        let kind = match error.kind {
            JsonErrorKind::Depth => ErrorKind::InputDepth,
            JsonErrorKind::DuplicateMember => ErrorKind::InputDuplicateKey,
            JsonErrorKind::LoneSurrogate | JsonErrorKind::Utf8 => ErrorKind::InputUtf8,
            JsonErrorKind::InputBytes | JsonErrorKind::Members | JsonErrorKind::StringBytes => {
                ErrorKind::InputTooLarge
            }
            JsonErrorKind::Syntax | JsonErrorKind::TrailingBytes | _ => ErrorKind::InputSyntax,
        };
        Self::new(kind, alloc::format!("{} at byte {}", error.kind, error.offset))
    }
}

impl From<FieldError> for AttestError {
    fn from(error: FieldError) -> Self {
        let (kind, detail) = match error.kind {
            FieldErrorKind::Base64 => (ErrorKind::InputBase64, "expected canonical padded standard base64"),
            FieldErrorKind::Missing => (ErrorKind::InputMissing, "this member is required"),
            FieldErrorKind::Type("integer in range") => {
                (ErrorKind::InputNumber, "expected an integer in range")
            }
            FieldErrorKind::Type(expected) => (ErrorKind::InputType, expected),
            FieldErrorKind::UnknownMember => (ErrorKind::InputUnknownMember, "there is no such member"),
            _ => (ErrorKind::InputType, "another shape is expected here"),
        };
        Self::new(kind, detail).at(error.pointer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_unique() {
        let codes: alloc::vec::Vec<_> = ErrorKind::ALL.iter().map(|kind| kind.code()).collect();
        assert!(codes.windows(2).all(|pair| pair[0] < pair[1]), "{codes:?}");
        assert!(ErrorKind::ALL.iter().all(|kind| !kind.sentence().is_empty()));
    }

    #[test]
    fn details_are_short() {
        let error = AttestError::new(ErrorKind::InputType, "x".repeat(300)).at("/a\n".repeat(200));
        assert_eq!(error.detail.as_ref().map(String::len), Some(256));
        assert_eq!(error.path.as_ref().map(String::len), Some(256));
        assert!(!alloc::format!("{error}").contains('\n'));
    }
}
