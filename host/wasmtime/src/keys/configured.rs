//! The keys of the host's configuration.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;

use super::{
    KeyError, KeyStore, LocalKey, SigningKey, Transit, TransitKeyName, granted::GrantedKeys,
    local::LocalHandle,
};

/// Keys in files and in OpenBao or Vault, under the names of the member `keys` of the configuration.
#[derive(Default)]
pub struct ConfiguredKeys {
    keys: BTreeMap<String, Configured>,
}

enum Configured {
    Local(Arc<LocalKey>),
    Transit(Arc<Transit>, TransitKeyName),
}

impl ConfiguredKeys {
    /// No keys.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a local key, whose id is `file:NAME`.
    ///
    /// # Errors
    /// [`KeyError::Other`] if the name is taken, or is `ephemeral`.
    pub fn add_local(&mut self, name: &str, key: LocalKey) -> Result<(), KeyError> {
        self.add(name, Configured::Local(Arc::new(key)))
    }

    /// Adds a key of a transit engine, whose id is `transit:MOUNT[/NAMESPACE]/KEY`.
    ///
    /// # Errors
    /// As [`Self::add_local`].
    pub fn add_transit(
        &mut self,
        name: &str,
        transit: &Arc<Transit>,
        key: TransitKeyName,
    ) -> Result<(), KeyError> {
        self.add(name, Configured::Transit(Arc::clone(transit), key))
    }

    fn add(&mut self, name: &str, key: Configured) -> Result<(), KeyError> {
        if name == GrantedKeys::EPHEMERAL || self.keys.contains_key(name) {
            return Err(KeyError::other("two keys of one name"));
        }
        self.keys.insert(name.to_owned(), key);
        Ok(())
    }

    /// Their names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.keys.keys().map(String::as_str)
    }
}

#[async_trait]
impl KeyStore for ConfiguredKeys {
    async fn open(&self, name: &str) -> Result<Box<dyn SigningKey>, KeyError> {
        match self.keys.get(name).ok_or(KeyError::Denied)? {
            Configured::Local(key) => {
                Ok(Box::new(LocalHandle { key: Arc::clone(key), id: format!("file:{name}") }))
            }
            Configured::Transit(transit, key) => Ok(Box::new(Transit::open(transit, key).await?)),
        }
    }
}
