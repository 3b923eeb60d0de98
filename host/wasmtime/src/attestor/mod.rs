//! Signing: facts of the control plane in, a verified bundle out; keys, tokens and the network stay in the host.
//!
//! [`Attestor`] drives the module step by step. Each step runs in a fresh instance; what the module asks for is done
//! here, and before every signature the guard reads what is to be signed and the audit log takes a line.

mod action;
mod journal;
mod order;
mod outcome;
mod reply;
mod request;
mod run;
mod signer;
mod trust;

#[cfg(test)]
mod tests;

pub use journal::{FileJournal, Journal, JournalError, Record};
pub use order::{AttestOrder, Facts, Grants, TokenSource};
pub use outcome::{AttestFailure, Sealed};
pub use trust::{FixedTrust, TrustSource};

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cretula_attest::config::Profile;

use crate::audit::AuditSink;
use crate::keys::KeyStore;
use crate::runtime::Runtime;
use crate::services::{
    AllowList, BoundedHttp, ExchangeOptions, Insecure, Pace, Roots, Services, TokenSlot, TokioPace, Transport,
};

/// How long a key may take for one answer.
const KEY_TIMEOUT: Duration = Duration::from_secs(30);

/// Tells the time, in Unix seconds.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> u64;
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_types, reason = "the one place where the host reads the clock for signing")]
    fn now(&self) -> u64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.map_or(0, |since| Duration::as_secs(&since))
    }
}

/// Signs what a control plane knows. Cheap to clone and share.
///
/// It holds the host's own configuration: modes, keys, trust, where audit lines go. A request ([`AttestOrder`]) names one
/// mode and brings facts, subjects and a predicate.
#[derive(Clone)]
pub struct Attestor {
    runtime: Runtime,
    config: Arc<[u8]>,
    trust: Arc<dyn TrustSource>,
    keys: Arc<dyn KeyStore>,
    audit: Arc<dyn AuditSink>,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    pace: Arc<dyn Pace>,
    insecure: Insecure,
    exchange: ExchangeOptions,
    key_timeout: Duration,
}

impl fmt::Debug for Attestor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attestor").field("runtime", &self.runtime).finish_non_exhaustive()
    }
}

impl Attestor {
    /// An attestor with a configuration (`cretula/config/v1`), the trust configuration that it signs under, its keys, and
    /// where it writes audit lines.
    ///
    /// # Errors
    /// The configuration cannot be read, with the code and the place; `host/http` if there are no roots for TLS.
    pub fn new(
        runtime: &Runtime,
        config: &[u8],
        trust: impl TrustSource + 'static,
        keys: impl KeyStore + 'static,
        audit: impl AuditSink + 'static,
    ) -> Result<Self, AttestFailure> {
        cretula_attest::Config::parse(config, &cretula_attest::Limits::default())?;
        let transport = BoundedHttp::new(&Roots::Platform, Insecure::Never)
            .map_err(|error| AttestFailure::host("host/http", error))?;
        Ok(Self {
            runtime: runtime.clone(),
            config: Arc::from(config),
            trust: Arc::new(trust),
            keys: Arc::new(keys),
            audit: Arc::new(audit),
            transport: Arc::new(transport),
            clock: Arc::new(SystemClock),
            pace: Arc::new(TokioPace),
            insecure: Insecure::Never,
            exchange: ExchangeOptions::default(),
            key_timeout: KEY_TIMEOUT,
        })
    }

    /// With another transport, and whether plain HTTP to this very machine is allowed: for tests and for a proxy of the
    /// host's own.
    #[must_use]
    pub fn with_transport(self, transport: Arc<dyn Transport>, insecure: Insecure) -> Self {
        Self { transport, insecure, ..self }
    }

    /// With another clock and another way to wait: for tests.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>, pace: Arc<dyn Pace>) -> Self {
        Self { clock, pace, ..self }
    }

    /// With another longest time for a key to open, to tell its public half, or to sign; otherwise 30 seconds. A key that
    /// does not answer by then is tried again until the deadline of the request (fault row 25).
    #[must_use]
    pub fn with_key_timeout(self, key_timeout: Duration) -> Self {
        Self { key_timeout, ..self }
    }

    /// With other bounds of requests to services.
    #[must_use]
    pub fn with_exchange_options(self, exchange: ExchangeOptions) -> Self {
        Self { exchange, ..self }
    }

    /// Seals: builds the statement, gets it signed, certified, timestamped and logged as the mode says, and returns the
    /// bundle that passed the verifier.
    ///
    /// # Errors
    /// Any code of generation, guard, keys and services, and whether the run can be taken up again with
    /// [`Self::resume`], which needs a journal.
    pub async fn attest(&self, order: &AttestOrder<'_>) -> Result<Sealed, AttestFailure> {
        run::begin(self, order).await
    }

    /// Takes up a run whose journal was kept, for the same order. The bundle is verified once more, against what this
    /// host knows, since a journal may have been changed in storage.
    ///
    /// # Errors
    /// As [`Self::attest`]; `state/…` for a journal that is none.
    pub async fn resume(&self, order: &AttestOrder<'_>, record: Record) -> Result<Sealed, AttestFailure> {
        run::resume(self, order, record).await
    }

    /// Builds the statement and signs nothing: the in-toto Statement, byte for byte as it would be signed.
    ///
    /// # Errors
    /// Any code of generation.
    pub async fn statement(&self, order: &AttestOrder<'_>) -> Result<Vec<u8>, AttestFailure> {
        run::statement(self, order).await
    }

    /// Services of the trust configuration; a profile that needs none may call none.
    fn services(&self, profile: Profile, trust: &[u8], token: TokenSlot) -> Result<Services, AttestFailure> {
        let allowed = if profile == Profile::ManagedOffline {
            AllowList::new(Vec::new(), self.insecure)
        } else {
            AllowList::from_config(trust, self.insecure)
        };
        let allowed = allowed.map_err(|error| AttestFailure::host("config/format", error))?;
        let services = Services::new(allowed, Arc::clone(&self.transport), token);
        Ok(services.with_pace(Arc::clone(&self.pace)).with_options(self.exchange))
    }
}
