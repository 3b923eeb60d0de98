//! When an authority or key was in use.

use cretula_encoding::time::Time;

use crate::json::Json;

/// A window of validity, as trusted roots write it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Window {
    /// RFC 3339.
    pub start: Option<String>,
    /// RFC 3339.
    pub end: Option<String>,
}

impl Window {
    /// From an instant on, in seconds since 1970.
    #[must_use]
    pub fn from(start: u64) -> Self {
        Self { start: Some(rfc3339(start)), end: None }
    }

    /// Both ends are in the window.
    #[must_use]
    pub fn between(start: u64, end: u64) -> Self {
        Self { start: Some(rfc3339(start)), end: Some(rfc3339(end)) }
    }

    /// The member `validFor`.
    pub(crate) fn to_json(&self) -> Json {
        let mut members = Vec::new();
        members.extend(self.start.clone().map(|start| ("start".to_string(), Json::Text(start))));
        members.extend(self.end.clone().map(|end| ("end".to_string(), Json::Text(end))));
        Json::Object(members)
    }
}

/// Seconds since 1970 as RFC 3339.
#[must_use]
pub fn rfc3339(secs: u64) -> String {
    Time::from_secs(secs).expect("a year before 10000").to_rfc3339()
}
