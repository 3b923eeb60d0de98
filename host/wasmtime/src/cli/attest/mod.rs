//! `cretula attest` and `cretula statement`.

mod audit;
mod configuration;
mod facts;
mod keys;
mod result;
mod subjects;

use std::sync::Arc;

use cretula::attestor::{AttestFailure, AttestOrder, Attestor, FileJournal, FixedTrust};
use cretula::services::{BoundedHttp, Insecure, Roots, Transport};
use cretula::{Runtime, RuntimeOptions};

use super::arguments::{AttestArguments, RequestArguments, StatementArguments};
use super::files::{self, Kind};
use super::outcome::{Exit, Trouble};
use super::surroundings::Output;
use configuration::Configuration;
use facts::Known;

/// Seals, and writes the bundle.
///
/// # Errors
/// There is no bundle.
pub(crate) fn run(arguments: &AttestArguments, output: &mut Output) -> Result<Exit, Trouble> {
    let ended = runtime()?.block_on(seal(arguments));
    result::print(arguments, ended, output)
}

/// Builds the statement and writes it.
///
/// # Errors
/// There is no statement.
pub(crate) fn statement(arguments: &StatementArguments, output: &mut Output) -> Result<Exit, Trouble> {
    let request = &arguments.request;
    let built = runtime()?.block_on(async {
        let prepared = Prepared::new(request, Insecure::Never).await?;
        let attestor = prepared.attestor(request, keys::none(), audit::nowhere(), Insecure::Never)?;
        attestor.statement(&prepared.order(request)?).await.map_err(result::Ended::Failure)
    });
    match built {
        Ok(statement) => {
            files::write_result(arguments.output.as_deref(), &statement, output)?;
            Ok(Exit::Success)
        }
        Err(ended) => Err(result::trouble(ended)),
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, Trouble> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Trouble::internal(format!("the asynchronous runtime cannot start: {error}")))
}

async fn seal(arguments: &AttestArguments) -> Result<cretula::attestor::Sealed, result::Ended> {
    let request = &arguments.request;
    let insecure = if arguments.allow_loopback_http { Insecure::LoopbackHttp } else { Insecure::Never };
    let prepared = Prepared::new(request, insecure).await?;
    let keys = keys::of_configuration(&prepared.configuration, arguments)?;
    let audit = audit::sink(arguments.audit_log.as_deref())?;
    let attestor = prepared.attestor(request, keys, audit, insecure)?;
    let journal = arguments.state.as_deref().map(FileJournal::new);
    let mut order = prepared.order(request)?;
    if let Some(journal) = &journal {
        order = order.with_journal(journal);
    }
    let tokens = facts::FulcioTokens::new(arguments, &prepared);
    if prepared.configuration.needs_fulcio_token() {
        order = order.with_token(tokens.slot().await?).with_token_source(&tokens);
    }
    if prepared.configuration.chosen()?.profile == cretula_attest::config::Profile::ManagedOffline {
        warn("nothing proves when this is signed: the profile has neither a log nor a timestamp");
    }
    let sealed = match (&journal, arguments.resume) {
        (Some(journal), true) => {
            let record = journal.read().map_err(|error| Trouble::usage(error.to_string()))?;
            attestor.resume(&order, record).await
        }
        _ => attestor.attest(&order).await,
    };
    sealed.map_err(result::Ended::Failure)
}

/// To standard error, before the work begins.
fn warn(text: &str) {
    super::surroundings::Output::of_process().note(&format!("warning: {text}\n"));
}

/// Everything that is known before a key is opened.
struct Prepared {
    configuration: Configuration,
    known: Known,
    trust: Vec<u8>,
    transport: Arc<dyn Transport>,
}

impl Prepared {
    async fn new(request: &RequestArguments, insecure: Insecure) -> Result<Self, Trouble> {
        let transport: Arc<dyn Transport> = Arc::new(
            BoundedHttp::new(&Roots::Platform, insecure)
                .map_err(|error| Trouble::internal(error.to_string()))?,
        );
        let configuration = Configuration::read(request)?;
        let trust = match &request.trust_config {
            Some(path) => files::read(path, Kind::TrustConfig)?,
            None => super::trust::embedded_trust_config(),
        };
        let known = facts::gather(request, &configuration, &transport, insecure).await?;
        Ok(Self { configuration, known, trust, transport })
    }

    fn attestor(
        &self,
        _request: &RequestArguments,
        keys: impl cretula::keys::KeyStore + 'static,
        audit: impl cretula::audit::AuditSink + 'static,
        insecure: Insecure,
    ) -> Result<Attestor, Trouble> {
        let runtime = Runtime::new(RuntimeOptions::default())?;
        let trust = FixedTrust::new(&self.trust);
        let attestor = Attestor::new(&runtime, self.configuration.document(), trust, keys, audit);
        let attestor = attestor.map_err(|failure: AttestFailure| result::trouble_of(&failure))?;
        Ok(attestor.with_transport(Arc::clone(&self.transport), insecure))
    }

    fn order(&self, request: &RequestArguments) -> Result<AttestOrder<'static>, Trouble> {
        let tenant = subjects::tenant(request, self.known.tenant.as_deref())?;
        let mut order = AttestOrder::new(self.configuration.mode(), self.known.facts.clone(), &tenant)
            .with_predicate(&facts::predicate(request, &self.known)?)
            .with_grants(self.configuration.grants(&self.known));
        if let Some(caller) = &self.known.caller {
            order = order.with_caller(caller.clone());
        }
        if let Some(secs) = request.deadline {
            let now = super::surroundings::now().unwrap_or_default();
            order = order.with_deadline(now.saturating_add(secs));
        }
        Ok(order)
    }
}
