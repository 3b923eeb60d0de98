//! Bounds of a request and of what is built from it. Names shared with the limits of verification mean the same.

/// Bounds in force. A caller may lower each freely; [`Limits::STATEMENT_BYTES_CAP`] bounds the only one that may be
/// raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// `claims-bytes`: claims of the token, as written.
    pub claims_bytes: usize,
    /// `config-bytes`: trust and signing configuration, as written.
    pub config_bytes: usize,
    /// `digests-per-subject`.
    pub digests_per_subject: usize,
    /// `parameter-name-bytes`: one name, at any depth of the parameters.
    pub parameter_name_bytes: usize,
    /// `parameter-value-bytes`: one text, at any depth of the parameters.
    pub parameter_value_bytes: usize,
    /// `parameters`: names at every depth, external and internal.
    pub parameters: usize,
    /// `predicate-depth`: nesting of a statement, of which the predicate is one level.
    pub predicate_depth: usize,
    /// `resolved-dependencies`; as many `byproducts` are allowed.
    pub resolved_dependencies: usize,
    /// `schema-bytes`: schema of one build type, in canonical form.
    pub schema_bytes: usize,
    /// `statement-bytes`: the payload.
    pub statement_bytes: usize,
    /// `subject-name-bytes`.
    pub subject_name_bytes: usize,
    /// `subjects`.
    pub subjects: usize,
}

impl Limits {
    /// Greatest `statement-bytes`.
    pub const STATEMENT_BYTES_CAP: usize = 16 << 20;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            claims_bytes: 64 << 10,
            config_bytes: 1 << 20,
            digests_per_subject: 16,
            parameter_name_bytes: 256,
            parameter_value_bytes: 65_536,
            parameters: 1024,
            predicate_depth: 64,
            resolved_dependencies: 4096,
            schema_bytes: 64 << 10,
            statement_bytes: 1 << 20,
            subject_name_bytes: 1024,
            subjects: 1024,
        }
    }
}
