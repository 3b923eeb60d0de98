//! Keys of the configuration and of the command line.

use std::sync::Arc;

use async_trait::async_trait;
use cretula::keys::{
    ConfiguredKeys, KeyError, KeyReference, KeyStore, SigningKey, Transit, TransitKeyName, TransitOptions,
};

use super::configuration::{Configuration, KEY, KeySource};
use crate::cli::arguments::AttestArguments;
use crate::cli::outcome::Trouble;
use crate::cli::secrets;

/// No keys at all: for statements that nobody signs.
pub(super) const fn none() -> NoKeys {
    NoKeys
}

/// See [`none`].
pub(super) struct NoKeys;

#[async_trait]
impl KeyStore for NoKeys {
    async fn open(&self, _name: &str) -> Result<Box<dyn SigningKey>, KeyError> {
        Err(KeyError::Denied)
    }
}

/// The keys that the mode names.
pub(super) fn of_configuration(
    configuration: &Configuration,
    arguments: &AttestArguments,
) -> Result<ConfiguredKeys, Trouble> {
    let mode = configuration.chosen()?;
    let mut keys = ConfiguredKeys::new();
    let mut transit = None;
    let own = (!mode.profile.has_certificate()).then_some(&mode.key);
    for name in own.into_iter().chain(&mode.ca_key) {
        let source = match (&arguments.request.key, name.as_str()) {
            (Some(key), KEY) => source_of(key)?,
            _ => configuration.key_source(name).cloned().ok_or_else(|| {
                Trouble::usage(format!("the configuration does not say where the key {name} is"))
                    .try_this(format!(r#"add it under "keys": {{"{name}": {{"file": "{name}.key"}}}}"#))
            })?,
        };
        match source {
            KeySource::File(file) => {
                let path = configuration.beside(&file);
                let key = crate::cli::keys::read(&path, arguments.passphrase_fd)?;
                keys.add_local(name, key).map_err(|error| Trouble::usage(error.to_string()))?;
            }
            KeySource::Transit { mount, key, namespace } => {
                let engine = match &transit {
                    Some(engine) => Arc::clone(engine),
                    None => Arc::clone(transit.insert(connect()?)),
                };
                let place = TransitKeyName::new(&mount, namespace.as_deref(), &key)
                    .map_err(|error| Trouble::usage(error.to_string()))?;
                keys.add_transit(name, &engine, place).map_err(|error| Trouble::usage(error.to_string()))?;
            }
        }
    }
    Ok(keys)
}

fn source_of(key: &str) -> Result<KeySource, Trouble> {
    match KeyReference::parse(key).map_err(|error| Trouble::usage(error.to_string()))? {
        KeyReference::File(path) => Ok(KeySource::File(path.to_string_lossy().into_owned())),
        KeyReference::Transit(name) => Ok(KeySource::Transit {
            mount: name.mount().to_owned(),
            key: name.key().to_owned(),
            namespace: name.namespace().map(str::to_owned),
        }),
    }
}

/// OpenBao or Vault, by the variables of either.
fn connect() -> Result<Arc<Transit>, Trouble> {
    let (address, token) = secrets::transit().ok_or_else(|| {
        Trouble::usage("the key is in OpenBao or Vault, and nothing says where that is")
            .try_this("set BAO_ADDR and BAO_TOKEN, or VAULT_ADDR and VAULT_TOKEN")
    })?;
    let transit = Transit::new(TransitOptions::new(&address, token));
    Ok(Arc::new(transit.map_err(|error| Trouble::usage(error.to_string()))?))
}
