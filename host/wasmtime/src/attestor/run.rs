//! One run: steps of the module, and what the host does for each.

use std::time::Duration;

use cretula_attest::{ManagedSigner, verify_against};
use cretula_encoding::json::{self, JsonLimits};
use cretula_encoding::time::Time;
use cretula_encoding::{base64, fields::Field};

use super::action::{Action, parse_action};
use super::journal::Record;
use super::outcome::{AttestFailure, Sealed};
use super::request::{Prepared, prepare};
use super::signer::Signer;
use super::{AttestOrder, Attestor, reply};
use crate::instance::StepDocuments;
use crate::services::{Auth, ExchangeRequest, Services, reply_document};

const TRUST_LIMITS: JsonLimits =
    JsonLimits { max_depth: 32, max_members: usize::MAX, max_string_bytes: 1 << 20 };

/// From the request to the end.
pub(super) async fn begin(attestor: &Attestor, order: &AttestOrder<'_>) -> Result<Sealed, AttestFailure> {
    let trust = current_trust(attestor).await?;
    let prepared = prepare(order, &attestor.config, &trust)?;
    let mut run = Run::new(attestor, order, &prepared, &trust)?;
    let step = attestor.runtime.begin(&prepared.document, attestor.clock.now())?;
    run.drive(step).await
}

/// From a record to the end, and a second look at what comes out.
pub(super) async fn resume(
    attestor: &Attestor,
    order: &AttestOrder<'_>,
    record: Record,
) -> Result<Sealed, AttestFailure> {
    let trust = current_trust(attestor).await?;
    let prepared = prepare(order, &attestor.config, &trust)?;
    let mut run = Run::new(attestor, order, &prepared, &trust)?;
    run.signer.signed = record.signed;
    let again = reply::again(order.deadline);
    let step = attestor.runtime.resume(&record.state, &again, attestor.clock.now())?;
    let sealed = run.drive(step).await?;
    run.look_again(&sealed).await?;
    Ok(sealed)
}

/// The statement alone.
pub(super) async fn statement(
    attestor: &Attestor,
    order: &AttestOrder<'_>,
) -> Result<Vec<u8>, AttestFailure> {
    let trust = current_trust(attestor).await?;
    let prepared = prepare(order, &attestor.config, &trust)?;
    let document = attestor.runtime.statement(&prepared.document, attestor.clock.now())?;
    read_statement(&document)
}

async fn current_trust(attestor: &Attestor) -> Result<Vec<u8>, AttestFailure> {
    attestor.trust.current(None).await.map_err(|detail| AttestFailure::host("config/expired", detail))
}

/// `cretula/statement/v1` or `cretula/error/v1`.
fn read_statement(document: &[u8]) -> Result<Vec<u8>, AttestFailure> {
    let unreadable = || AttestFailure::host("host/sandbox", "not a statement of the contract");
    let limits = JsonLimits { max_depth: 8, max_members: 16, max_string_bytes: 32 << 20 };
    let value = json::parse(document, &limits).map_err(|_| unreadable())?;
    let mut object = Field::root(value).object().map_err(|_| unreadable())?;
    if let Some(statement) = object.take("statement") {
        return statement.bytes().map_err(|_| unreadable());
    }
    let mut error = object.require("error").and_then(Field::object).map_err(|_| unreadable())?;
    let mut text = |name: &str| error.take(name).and_then(|field| field.text().ok());
    let code = text("code").ok_or_else(unreadable)?;
    let (path, detail) = (text("path"), text("detail"));
    Err(AttestFailure { code, path, detail, resumable: false, evidence: None })
}

struct Run<'a> {
    attestor: &'a Attestor,
    order: &'a AttestOrder<'a>,
    prepared: &'a Prepared,
    signer: Signer<'a>,
    services: Services,
    trust: Vec<u8>,
}

impl<'a> Run<'a> {
    fn new(
        attestor: &'a Attestor,
        order: &'a AttestOrder<'a>,
        prepared: &'a Prepared,
        trust: &[u8],
    ) -> Result<Self, AttestFailure> {
        let signer = Signer::new(attestor, order, prepared)?;
        let job = prepared.request.job();
        let profile = job.config().mode(job.mode())?.profile;
        let services = attestor.services(profile, trust, order.token.clone())?;
        Ok(Self { attestor, order, prepared, signer, services, trust: trust.to_vec() })
    }

    async fn drive(&mut self, mut step: StepDocuments) -> Result<Sealed, AttestFailure> {
        loop {
            let action = parse_action(&step.action)?;
            let reply = match action {
                Action::Done(sealed) => {
                    self.forget();
                    return Ok(sealed);
                }
                Action::Failed(failure) => {
                    if failure.resumable {
                        self.keep(&step.state)?;
                    } else {
                        self.forget();
                    }
                    return Err(failure);
                }
                Action::Config { .. }
                | Action::Exchange(_)
                | Action::Key { .. }
                | Action::Signature { .. } => {
                    self.keep(&step.state)?;
                    self.perform(action, &step.state).await?
                }
            };
            step = self.attestor.runtime.resume(&step.state, &reply, self.attestor.clock.now())?;
        }
    }

    async fn perform(&mut self, action: Action, state: &[u8]) -> Result<Vec<u8>, AttestFailure> {
        match action {
            Action::Key { id, key, algorithm, delay_ms } => {
                self.wait(delay_ms).await;
                Ok(reply::key(id, &self.signer.open(&key, algorithm.as_deref()).await))
            }
            Action::Signature { id, key, message, delay_ms } => {
                self.wait(delay_ms).await;
                let signature = self.signer.sign(&key, &message).await?;
                // What was signed is on record before the signature is used.
                self.keep(state)?;
                Ok(reply::signature(id, &signature))
            }
            Action::Exchange(exchange) => {
                self.fill_token(&exchange.requests).await?;
                Ok(reply_document(exchange.id, &self.services.perform(&exchange.requests).await))
            }
            Action::Config { id } => self.refresh(id).await,
            Action::Done(_) | Action::Failed(_) => Ok(Vec::new()),
        }
    }

    /// A certificate needs a token; the one before was dropped with the reply of the authority.
    async fn fill_token(&self, requests: &[ExchangeRequest]) -> Result<(), AttestFailure> {
        let is_needed = requests.iter().any(|request| request.auth == Auth::FulcioToken);
        if !is_needed || self.order.token.is_filled() {
            return Ok(());
        }
        let failed = |detail: String| AttestFailure {
            resumable: self.order.journal.is_some(),
            ..AttestFailure::host("host/token", detail)
        };
        let Some(tokens) = self.order.tokens else {
            return Err(failed(
                "the certificate authority wants an ID token, and there is none left".to_owned(),
            ));
        };
        let token = tokens.token().await.map_err(failed)?;
        self.order.token.put(token);
        Ok(())
    }

    async fn refresh(&mut self, id: u64) -> Result<Vec<u8>, AttestFailure> {
        let Ok(trust) = self.attestor.trust.current(Some(&self.trust)).await else {
            return Ok(reply::config(id, Err(())));
        };
        if json::parse(&trust, &TRUST_LIMITS).is_err() {
            return Err(AttestFailure::host("config/format", "the fresh trust configuration is not JSON"));
        }
        let job = self.prepared.request.job();
        let profile = job.config().mode(job.mode())?.profile;
        self.services = self.attestor.services(profile, &trust, self.order.token.clone())?;
        self.trust = trust;
        Ok(reply::config(id, Ok(&self.trust)))
    }

    async fn wait(&self, delay_ms: u32) {
        if delay_ms > 0 {
            let jitter = self.attestor.pace.jitter_ms(delay_ms / 2);
            self.attestor.pace.sleep(Duration::from_millis(u64::from(delay_ms.saturating_add(jitter)))).await;
        }
    }

    /// A run without a journal is not kept.
    fn keep(&self, state: &[u8]) -> Result<(), AttestFailure> {
        let Some(journal) = self.order.journal else { return Ok(()) };
        let record = Record { state: state.to_vec(), signed: self.signer.signed.clone() };
        journal.keep(&record).map_err(|error| AttestFailure::host("host/journal", error))
    }

    fn forget(&self) {
        if let Some(journal) = self.order.journal {
            journal.forget();
        }
    }

    /// The record may have been changed in storage: what came out is compared with what this host knows.
    async fn look_again(&mut self, sealed: &Sealed) -> Result<(), AttestFailure> {
        let request = &self.prepared.request;
        let mode = request.job().config().mode(request.job().mode())?;
        let opened = match mode.profile.has_certificate() {
            true => None,
            false => {
                let opened = self.signer.public_half(&mode.key).await;
                Some(opened.map_err(|error| AttestFailure::host("key/unavailable", error))?)
            }
        };
        let key_id =
            opened.as_ref().map(|(public_key, _, _)| key_id(mode.key_id.as_deref(), &public_key.spki));
        let key = opened.as_ref().zip(key_id.as_deref()).map(|((public_key, algorithm, _), id)| {
            ManagedSigner { id, public_key: &public_key.spki, algorithm }
        });
        let now = Time::from_secs(self.attestor.clock.now())
            .ok_or_else(|| AttestFailure::host("host/clock", "the clock shows a time after the year 9999"))?;
        let mut roots = cretula_attest::RootMemo::default();
        Ok(verify_against(sealed.bundle(), request, key.as_ref(), now, &mut roots)?)
    }
}

/// Id of a managed key in bundles.
fn key_id(configured: Option<&str>, spki: &[u8]) -> String {
    use sha2::Digest as _;
    configured.map_or_else(|| base64::encode(&sha2::Sha256::digest(spki)), str::to_owned)
}
