//! The configuration: a file with modes, or what the flags come to.

use cretula_attest::Config;
use cretula_encoding::json::{self, JsonLimits, Tree, Value};

use cretula::attestor::Grants;
use cretula::id_token::IssuerConfig;

use super::facts::Known;
use super::result::trouble_of_attest;
use crate::cli::arguments::RequestArguments;
use crate::cli::files::{self, Kind, shown};
use crate::cli::outcome::Trouble;

/// Name of the only mode that flags make.
const MODE: &str = "command-line";
/// Name of the key that `--key` names.
pub(super) const KEY: &str = "command-line";
const LIMITS: JsonLimits = JsonLimits { max_depth: 32, max_members: 65_536, max_string_bytes: 1 << 20 };

/// Where a key of the configuration is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum KeySource {
    /// A file, relative to the configuration.
    File(String),
    /// A key of a transit engine.
    Transit { mount: String, key: String, namespace: Option<String> },
}

/// A configuration and the mode that is used.
pub(super) struct Configuration {
    document: Vec<u8>,
    config: Config,
    mode: String,
    keys: Vec<(String, KeySource)>,
    folder: std::path::PathBuf,
}

impl Configuration {
    /// Reads `--config`, or makes one mode of the other flags.
    pub(super) fn read(request: &RequestArguments) -> Result<Self, Trouble> {
        match &request.config {
            Some(path) => {
                let document = files::read(path, Kind::Configuration)?;
                let folder = path.parent().map_or_else(Default::default, std::path::Path::to_path_buf);
                let mode = request.mode.clone();
                Self::parse(document, mode.as_deref(), folder)
                    .map_err(|trouble| trouble.more(format!("The configuration is {}.", shown(path))))
            }
            None => Self::parse(of_flags(request)?, Some(MODE), std::path::PathBuf::new()),
        }
    }

    fn parse(document: Vec<u8>, mode: Option<&str>, folder: std::path::PathBuf) -> Result<Self, Trouble> {
        let config = Config::parse(&document, &cretula_attest::Limits::default())
            .map_err(|error| trouble_of_attest(&error).try_this("check it with cretula config check FILE"))?;
        let names: Vec<&str> = config.mode_names().collect();
        let mode = match (mode, names.as_slice()) {
            (Some(mode), _) => mode.to_owned(),
            (None, [only]) => (*only).to_owned(),
            (None, _) => {
                return Err(Trouble::usage("the configuration has several modes, and none was named")
                    .try_this(format!("add --mode NAME; there are {}", names.join(", "))));
            }
        };
        let keys = key_sources(&document)?;
        Ok(Self { document, config, mode, keys, folder })
    }

    pub(super) fn document(&self) -> &[u8] {
        &self.document
    }

    pub(super) fn mode(&self) -> &str {
        &self.mode
    }

    /// What the mode of this run says.
    pub(super) fn chosen(&self) -> Result<&cretula_attest::config::Mode, Trouble> {
        self.config.mode(&self.mode).map_err(|error| {
            let names: Vec<&str> = self.config.mode_names().collect();
            trouble_of_attest(&error)
                .try_this(format!("the modes of the configuration are {}", names.join(", ")))
        })
    }

    pub(super) fn needs_fulcio_token(&self) -> bool {
        self.config.mode(&self.mode).is_ok_and(|mode| mode.profile.uses_fulcio())
    }

    /// Issuers whose tokens say what was built.
    pub(super) fn issuers(&self) -> Result<Vec<IssuerConfig>, Trouble> {
        self.config
            .issuers()
            .iter()
            .map(IssuerConfig::try_from)
            .collect::<Result<_, _>>()
            .map_err(|error| Trouble::usage(error.to_string()).coded("input/type"))
    }

    pub(super) fn key_source(&self, name: &str) -> Option<&KeySource> {
        self.keys.iter().find(|(known, _)| known == name).map(|(_, source)| source)
    }

    pub(super) fn beside(&self, file: &str) -> std::path::PathBuf {
        self.folder.join(file)
    }

    /// This command's caller is the host itself.
    pub(super) fn grants(&self, _known: &Known) -> Grants {
        let mode = self.config.mode(&self.mode).ok();
        let max_vsa_level = mode.and_then(|mode| mode.max_level.clone());
        Grants { max_vsa_level, resource_prefix: Some(String::new()), ..Grants::default() }
    }
}

/// Where keys are is the host's business; the module only checks the shape.
fn key_sources(document: &[u8]) -> Result<Vec<(String, KeySource)>, Trouble> {
    let value = json::parse(document, &LIMITS).map_err(|error| Trouble::usage(error.to_string()))?;
    let Some(keys) = value.member("keys") else { return Ok(Vec::new()) };
    let text = |value: &Value<'_>, name: &str| Some(value.member(name)?.as_text()?.into_owned());
    let mut sources = Vec::new();
    for (name, source) in keys.members().into_iter().flatten() {
        let found =
            match (text(&source, "file"), source.member("transit")) {
                (Some(file), _) => Some(KeySource::File(file)),
                (None, Some(transit)) => {
                    text(&transit, "mount").zip(text(&transit, "key")).map(|(mount, key)| {
                        KeySource::Transit { mount, key, namespace: text(&transit, "namespace") }
                    })
                }
                (None, None) => None,
            };
        sources.extend(found.map(|source| (name.into_owned(), source)));
    }
    Ok(sources)
}

/// One mode of the flags: a key, or whom the certificate must name. It states no provenance and no summary.
fn of_flags(request: &RequestArguments) -> Result<Vec<u8>, Trouble> {
    let Some(kind) = request.predicate_type.as_deref() else {
        return Err(Trouble::usage("nothing says what is to be stated")
            .more("Provenance needs a configuration: it says who the builder is.")
            .try_this(
                "add --config FILE; cretula config init writes one for GitHub, GitLab or a control plane",
            )
            .try_this("or --predicate FILE --type KIND, for example --type spdx"));
    };
    if matches!(kind, "provenance" | "vsa") {
        return Err(Trouble::usage(format!(
            "{kind} needs a configuration: builder and verifier come from nowhere else"
        ))
        .try_this("cretula config init github writes one"));
    }
    let mut mode = Tree::object();
    mode.set("predicates", Tree::List(vec![Tree::from(kind)]));
    match (&request.key, &request.certificate_identity, &request.certificate_oidc_issuer) {
        (Some(_), _, _) => {
            mode.set("key", KEY).set("profile", request.profile.as_deref().unwrap_or("managed"));
            if request.profile.as_deref() == Some("managed-offline") {
                mode.set("offline", true);
            }
        }
        (None, Some(san), Some(issuer)) => {
            let mut identity = Tree::object();
            identity.set("san", san.as_str()).set("issuer", issuer.as_str());
            mode.set("key", "ephemeral").set("identity", identity);
            mode.set("profile", request.profile.as_deref().unwrap_or("public-v2"))
                .set("publishPrivate", true);
        }
        _ => {
            return Err(Trouble::usage("nothing says with what to sign")
                .try_this("a key: --key FILE")
                .try_this("keyless: --certificate-identity NAME --certificate-oidc-issuer URL, who you are")
                .try_this("a configuration: --config FILE --mode NAME"));
        }
    }
    let mut modes = Tree::object();
    modes.set(MODE, mode);
    let mut config = Tree::object();
    config.set("schema", "cretula/config/v1").set("modes", modes);
    config.set("buildTypes", Tree::List(Vec::new())).set("issuers", Tree::List(Vec::new()));
    Ok(config.encode())
}
