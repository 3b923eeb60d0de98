//! Which services a run uses (S1 to S9).
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Reverse;

use cretula_bundle::{ServiceConfiguration, ServiceSelector, SigningConfig, SigningService};
use cretula_encoding::time::Time;

use crate::config::{Evidence, LogVersion, Profile};
use crate::error::{AttestError, ErrorKind};

/// Most services of one kind that a run uses.
const MAX_SERVICES: usize = 4;
/// Versions of each interface that are known.
const FULCIO_VERSIONS: [u64; 1] = [1];
const TSA_VERSIONS: [u64; 1] = [1];

/// What a run needs.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Decides which kinds of service are used.
    pub profile: Profile,
    /// Greatest version of the log, for consumers that cannot verify entries of newer ones (S2).
    pub max_rekor_version: Option<u64>,
    /// URLs of logs that took no more entries; a trailing slash means nothing.
    pub excluded: &'a [String],
}

/// Services of each kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selected {
    /// The certificate authority, if the profile uses one.
    pub authority: Option<SelectedService>,
    /// Logs.
    pub logs: Selection,
    /// Timestamp authorities.
    pub timestamps: Selection,
}

/// Services of one kind, of distinct operators and of one version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Each is needed.
    pub chosen: Vec<SelectedService>,
    /// The one to try, once, if the chosen one fails for good. Only where any service will do.
    pub spare: Option<SelectedService>,
}

/// One service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelectedService {
    /// URL as the signing configuration writes it. That of a timestamp authority is complete.
    pub url: String,
    /// Its `majorApiVersion`.
    pub api_version: u64,
}

impl SelectedService {
    /// The URL with a path that starts with `/`; one slash at the end of the URL means nothing (S8).
    #[must_use]
    pub fn join(&self, path: &str) -> String {
        [without_slash(&self.url), path].concat()
    }

    fn of(service: &SigningService) -> Self {
        Self { url: service.url.clone(), api_version: service.major_api_version }
    }
}

impl Selected {
    /// Version of the logs, if there are any: versions are never mixed (S7).
    #[must_use]
    pub fn log_version(&self) -> Option<LogVersion> {
        let first = self.logs.chosen.first()?;
        Some(if first.api_version == 1 { LogVersion::V1 } else { LogVersion::V2 })
    }
}

/// Selects services, always the same ones for the same arguments.
///
/// Logs and timestamp authorities are used wherever a profile may have them and the configuration lists them.
///
/// # Errors
/// `config/selection` if a kind that is needed, or that the configuration lists, has fewer operators than demanded;
/// `rekor/frozen` if that is so only because of what is excluded; `limits/services`; `profile/evidence` if nothing would
/// prove the time.
pub fn select(config: &SigningConfig, wanted: &Wanted<'_>, now: Time) -> Result<Selected, AttestError> {
    let profile = wanted.profile;
    let mut selected = Selected::default();
    if profile == Profile::ManagedOffline {
        return Ok(selected);
    }
    if profile.uses_fulcio() {
        selected.authority = Some(select_authority(config, now)?);
    }
    selected.logs = select_logs(config, wanted, now)?;
    selected.timestamps = select_timestamps(config, profile, now)?;
    let timestamps = u32::try_from(selected.timestamps.chosen.len()).unwrap_or(u32::MAX);
    profile.check_evidence(Evidence { log: selected.log_version(), timestamps, leaf_secs: 0 })?;
    Ok(selected)
}

/// S3: highest version, then newest start, then list order.
fn select_authority(config: &SigningConfig, now: Time) -> Result<SelectedService, AttestError> {
    let candidates = candidates(config.ca_urls(), &FULCIO_VERSIONS, now);
    let best = newest_of(highest_version(candidates));
    best.map(SelectedService::of).ok_or_else(|| refusal("no certificate authority fits", "caUrls"))
}

fn select_logs(config: &SigningConfig, wanted: &Wanted<'_>, now: Time) -> Result<Selection, AttestError> {
    const LIST: &str = "rekorTlogUrls";
    let versions: &[u64] = match wanted.profile {
        Profile::PublicV1 => &[1],
        Profile::PublicV2 => &[2],
        Profile::Managed | Profile::PrivateCa => &[1, 2],
        Profile::ManagedOffline | Profile::Tsa => return Ok(Selection::default()),
    };
    // A run that had a log goes on with one.
    let is_needed = wanted.profile.required_log().is_some() || !wanted.excluded.is_empty();
    if config.rekor_tlog_urls().is_empty() && !is_needed {
        return Ok(Selection::default());
    }
    let greatest = wanted.max_rekor_version.unwrap_or(u64::MAX);
    let versions: Vec<u64> = versions.iter().copied().filter(|version| *version <= greatest).collect();
    let all = candidates(config.rekor_tlog_urls(), &versions, now);
    let is_excluded = |service: &SigningService| {
        wanted.excluded.iter().any(|url| without_slash(url) == without_slash(&service.url))
    };
    let open: Vec<_> = all.iter().copied().filter(|service| !is_excluded(service)).collect();
    let has_frozen = open.len() < all.len();
    let selection = choose(open, config.rekor_tlog_config(), LIST);
    selection.map_err(|error| {
        if error.kind == ErrorKind::ConfigSelection && has_frozen {
            return AttestError::new(ErrorKind::RekorFrozen, "no other log fits").at(pointer(LIST));
        }
        error
    })
}

fn select_timestamps(config: &SigningConfig, profile: Profile, now: Time) -> Result<Selection, AttestError> {
    let is_needed = matches!(profile, Profile::PublicV2 | Profile::Tsa | Profile::PrivateCa);
    if config.tsa_urls().is_empty() && !is_needed {
        return Ok(Selection::default());
    }
    choose(candidates(config.tsa_urls(), &TSA_VERSIONS, now), config.tsa_config(), "tsaUrls")
}

/// S1: in use at this time, ends included, and of a version that is known.
fn candidates<'c>(services: &'c [SigningService], versions: &[u64], now: Time) -> Vec<&'c SigningService> {
    let fits = |service: &&SigningService| {
        service.valid_for.contains(now) && versions.contains(&service.major_api_version)
    };
    services.iter().filter(fits).collect()
}

/// S4 to S6.
fn choose(
    candidates: Vec<&SigningService>,
    rule: &ServiceConfiguration,
    list: &str,
) -> Result<Selection, AttestError> {
    let groups = groups(highest_version(candidates));
    let needed = match rule.selector {
        ServiceSelector::All => groups.len(),
        ServiceSelector::Any => 1,
        ServiceSelector::Exact => usize::try_from(rule.count).unwrap_or(usize::MAX),
        ServiceSelector::Undefined => return Err(refusal("the selector is none that is known", list)),
    };
    if needed == 0 || needed > groups.len() {
        return Err(refusal("fewer operators fit than are demanded", list));
    }
    if needed > MAX_SERVICES {
        let detail = alloc::format!("at most {MAX_SERVICES} services of a kind are used");
        return Err(AttestError::new(ErrorKind::LimitServices, detail).at(pointer(list)));
    }
    let mut services = groups.into_iter().map(SelectedService::of);
    let chosen = services.by_ref().take(needed).collect();
    let spare = services.next().filter(|_| rule.selector == ServiceSelector::Any);
    Ok(Selection { chosen, spare })
}

fn highest_version(mut candidates: Vec<&SigningService>) -> Vec<&SigningService> {
    let highest = candidates.iter().map(|service| service.major_api_version).max();
    candidates.retain(|service| Some(service.major_api_version) == highest);
    candidates
}

/// One service of each operator, newest start first; of equal ones the order of the list decides.
fn groups(candidates: Vec<&SigningService>) -> Vec<&SigningService> {
    let mut groups: Vec<&SigningService> = Vec::new();
    for service in sorted_by_start(candidates) {
        if groups.iter().all(|group| group.operator != service.operator) {
            groups.push(service);
        }
    }
    groups
}

fn newest_of(candidates: Vec<&SigningService>) -> Option<&SigningService> {
    sorted_by_start(candidates).into_iter().next()
}

/// The sort is stable.
fn sorted_by_start(mut candidates: Vec<&SigningService>) -> Vec<&SigningService> {
    candidates.sort_by_key(|service| Reverse(service.valid_for.start));
    candidates
}

fn without_slash(url: &str) -> &str {
    url.strip_suffix('/').unwrap_or(url)
}

fn pointer(list: &str) -> String {
    ["/trust/signingConfig/", list].concat()
}

fn refusal(detail: &str, list: &str) -> AttestError {
    AttestError::new(ErrorKind::ConfigSelection, detail).at(pointer(list))
}
