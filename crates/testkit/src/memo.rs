//! What was made once need not be made again: keys and signatures follow from the seed.

use std::{collections::BTreeMap, sync::Mutex};

/// Values by what they follow from, for the whole process.
pub(crate) struct Memo<K, V>(Mutex<BTreeMap<K, V>>);

impl<K: Ord + Clone, V: Clone> Memo<K, V> {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    /// The value of the key; made at the first call.
    pub(crate) fn get(&self, key: &K, make: impl FnOnce() -> V) -> V {
        let known = self.0.lock().expect("no panic under the lock").get(key).cloned();
        known.unwrap_or_else(|| {
            let made = make();
            self.0.lock().expect("no panic under the lock").insert(key.clone(), made.clone());
            made
        })
    }
}
