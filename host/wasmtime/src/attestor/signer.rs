//! The keys of one run: opened by grant, and signed with only after guard and audit.

use std::collections::BTreeMap;

use cretula_attest::guard::{Authorisation, Certification, Handle, Purpose as GuardPurpose, Signed, check};
use cretula_attest::private_ca::authority_certificate;
use cretula_encoding::time::Time;

use super::outcome::AttestFailure;
use super::request::Prepared;
use super::{AttestOrder, Attestor};
use crate::audit::{AuditEvent, AuditVerdict};
use crate::keys::{
    GrantedKey, GrantedKeys, GuardedMessage, KeyAlgorithm, KeyError, PublicKey, Purpose, Signature,
};

/// What a key tells: public half, algorithm, certificates.
pub(super) type Opened = (PublicKey, String, Vec<Vec<u8>>);

/// The keys of one run.
pub(super) struct Signer<'a> {
    attestor: &'a Attestor,
    order: &'a AttestOrder<'a>,
    prepared: &'a Prepared,
    granted: GrantedKeys<'a>,
    open: BTreeMap<String, (GrantedKey, PublicKey)>,
    request_id: String,
    /// What was signed for the request already.
    pub(super) signed: Vec<Signed>,
}

impl<'a> Signer<'a> {
    /// Grants the keys that the mode names, and no others.
    pub(super) fn new(
        attestor: &'a Attestor,
        order: &'a AttestOrder<'a>,
        prepared: &'a Prepared,
    ) -> Result<Self, AttestFailure> {
        let job = prepared.request.job();
        let mode = job.config().mode(job.mode())?;
        let mut granted = GrantedKeys::new(attestor.keys.as_ref());
        granted = match mode.profile.has_certificate() {
            true => granted.grant_ephemeral(),
            false => granted.grant(&mode.key, Purpose::Attestation),
        };
        if let Some(key) = &mode.ca_key {
            granted = granted.grant(key, Purpose::Ca);
        }
        let request_id = order.request_id.clone().map_or_else(random_id, Ok)?;
        Ok(Self { attestor, order, prepared, granted, open: BTreeMap::new(), request_id, signed: Vec::new() })
    }

    /// Opens a key; a new ephemeral one takes the place of the one before, which is destroyed.
    pub(super) async fn open(&mut self, name: &str, algorithm: Option<&str>) -> Result<Opened, KeyError> {
        self.open.remove(name);
        let algorithm = algorithm.and_then(KeyAlgorithm::from_name);
        let opening = async {
            let key = self.granted.open(name, algorithm).await?;
            let public_key = key.public_key().await?;
            let chain = key.certificate_chain().await?;
            Ok((key, public_key, chain))
        };
        let (key, public_key, chain) = self.in_time(opening).await?;
        let opened = (public_key.clone(), key.algorithm().to_owned(), chain);
        self.open.insert(name.to_owned(), (key, public_key));
        Ok(opened)
    }

    /// The public half of a key of the mode, and its algorithm, for the second verification of a run.
    pub(super) async fn public_half(&mut self, name: &str) -> Result<Opened, KeyError> {
        self.open(name, None).await
    }

    /// Guard, audit, signature, in this order. The outer error ends the run; the inner one is the module's to judge.
    pub(super) async fn sign(
        &mut self,
        name: &str,
        message: &[u8],
    ) -> Result<Result<Signature, KeyError>, AttestFailure> {
        if !self.open.contains_key(name) {
            // A key that was made for one bundle did not survive the end of the process: another one is needed.
            if name == GrantedKeys::EPHEMERAL {
                return Ok(Err(KeyError::WrongVersion));
            }
            if let Err(error) = self.open(name, None).await {
                return Ok(Err(error));
            }
        }
        let Some((key, public_key)) = self.open.get(name) else { return Ok(Err(KeyError::Denied)) };
        // So did the key that an authority is asked to certify: the run begins again with another one.
        if key.purpose() == Purpose::Ca && !self.open.contains_key(GrantedKeys::EPHEMERAL) {
            return Ok(Err(KeyError::WrongVersion));
        }
        let checked = self
            .authorisation(key, public_key)
            .and_then(|authorisation| check(&authorisation, message).map_err(AttestFailure::from));
        let verdict = match checked {
            Ok(verdict) => verdict,
            Err(failure) => {
                let event = self.event(public_key, AuditVerdict::Denied { code: failure.code.clone() });
                self.write(&event)?;
                return Err(failure);
            }
        };
        let mut event = self.event(public_key, AuditVerdict::Allowed);
        event.kind = verdict.kind().name().to_owned();
        if let Some(content) = verdict.content() {
            event.payload_sha256 = Some(content.payload_sha256().to_owned());
            event.predicate_type = Some(content.predicate_type().to_owned());
            event.subjects = content.subjects().map(str::to_owned).collect();
            event.builder_id = content.builder_id().map(str::to_owned);
        }
        self.write(&event)?;
        let signature = self.in_time(key.sign(GuardedMessage::passed(message))).await;
        if signature.is_ok() {
            self.signed.push(verdict.signed().clone());
        }
        Ok(signature)
    }

    /// A backend may be anybody's; one that never answers must not hold the request for ever.
    async fn in_time<T>(&self, answer: impl Future<Output = Result<T, KeyError>>) -> Result<T, KeyError> {
        let limit = self.attestor.key_timeout;
        let late = || KeyError::unavailable(format!("no answer within {} ms", limit.as_millis()));
        tokio::time::timeout(limit, answer).await.unwrap_or_else(|_| Err(late()))
    }

    fn write(&self, event: &AuditEvent) -> Result<(), AttestFailure> {
        let written = self.attestor.audit.append(event);
        written.map(drop).map_err(|error| AttestFailure::host(crate::audit::AuditError::CODE, error.detail()))
    }

    /// What the host knows about the request and this handle; nothing of it comes from the module.
    fn authorisation(
        &self,
        key: &GrantedKey,
        public_key: &PublicKey,
    ) -> Result<Authorisation, AttestFailure> {
        let purpose = match key.purpose() {
            Purpose::Attestation => GuardPurpose::Attestation,
            Purpose::Ephemeral => GuardPurpose::Ephemeral,
            Purpose::Ca => GuardPurpose::Ca(Box::new(self.certification(public_key)?)),
        };
        let handle = Handle { key: key.name().to_owned(), spki: public_key.spki.clone(), purpose };
        let grants = &self.order.grants;
        let mut authorisation = Authorisation::of_request(&self.prepared.request, handle);
        if !grants.predicate_types.is_empty() {
            authorisation.predicate_types.clone_from(&grants.predicate_types);
        }
        authorisation.max_vsa_level.clone_from(&grants.max_vsa_level);
        authorisation.vsa_properties.clone_from(&grants.vsa_properties);
        authorisation.resource_prefix.clone_from(&grants.resource_prefix);
        authorisation.signed.clone_from(&self.signed);
        Ok(authorisation)
    }

    fn certification(&self, authority: &PublicKey) -> Result<Certification, AttestFailure> {
        let detail = "there is no key to certify";
        let (_, ephemeral) = self
            .open
            .get(GrantedKeys::EPHEMERAL)
            .ok_or_else(|| AttestFailure::host("guard/certificate", detail))?;
        let now = self.now()?;
        let trust = self.prepared.request.job().trust();
        Ok(Certification {
            certificate: authority_certificate(trust, &authority.spki, now)?,
            ephemeral: ephemeral.spki.clone(),
            now,
        })
    }

    fn now(&self) -> Result<Time, AttestFailure> {
        let detail = "the clock shows a time after the year 9999";
        Time::from_secs(self.attestor.clock.now()).ok_or_else(|| AttestFailure::host("host/clock", detail))
    }

    fn event(&self, key: &PublicKey, verdict: AuditVerdict) -> AuditEvent {
        AuditEvent {
            time: self.attestor.clock.now(),
            request_id: self.request_id.clone(),
            caller: self.order.caller.clone(),
            mode: self.order.mode.clone(),
            key_id: key.id.clone(),
            key_version: key.version.clone(),
            kind: "unknown".to_owned(),
            payload_sha256: None,
            predicate_type: None,
            subjects: Vec::new(),
            builder_id: None,
            verdict,
        }
    }
}

fn random_id() -> Result<String, AttestFailure> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| AttestFailure::host("host/random", error))?;
    Ok(cretula_encoding::hex::encode(&bytes))
}
