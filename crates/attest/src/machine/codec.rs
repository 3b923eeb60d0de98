//! A state as CBOR: one map with the keys 0 to 17. The last one is SHA-256 of the schema and of everything before it: a
//! state that storage has damaged is no state. Whoever rewrites a state can write that, too; what keeps him from a
//! bundle of his own is the host, which guards its keys and verifies what it publishes.
use alloc::vec::Vec;

use cretula_crypto::{HashAlgorithm, KeyDetails};

use super::cbor::{Reader, Write, Writer, format};
use super::key::NamedKey;
use super::state::{
    Certification, Counters, FORMAT, Phase, Plan, Recovery, RecoveryPlace, SCHEMA, SeenNonce, State,
};
use super::step::Evidence;
use crate::config::Profile;
use crate::error::{AttestError, ErrorKind};
use crate::expected::{ExpectedExtension, ExpectedIdentity};
use crate::limits::Limits;
use crate::selection::{SelectedService, Selection};

/// Entries of the outer map.
const KEYS: u64 = 18;
/// Longest state: the longest statement and 2 MiB.
pub(super) const MAX_BYTES: usize = Limits::STATEMENT_BYTES_CAP + (2 << 20);
/// Bounds of lists.
const MAX_SERVICES: u64 = 8;
const MAX_CERTIFICATES: u64 = 4;
const MAX_NONCES: u64 = 64;
const MAX_EVIDENCE: u64 = 64;
const MAX_EXTENSIONS: u64 = 32;

impl State {
    /// The bytes that the host keeps.
    pub(super) fn encode(&self) -> Vec<u8> {
        Writer::encode(self)
    }

    /// Reads what the host kept.
    ///
    /// # Errors
    /// `state/format`, `state/version`, `limits/state-bytes`.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, AttestError> {
        if bytes.len() > MAX_BYTES {
            return Err(too_long());
        }
        let mut reader = Reader::new(bytes);
        let state = read_state(&mut reader)?;
        reader.finish()?;
        if state.encode() == bytes { Ok(state) } else { Err(format()) }
    }
}

/// Neither read nor handed out.
pub(super) fn too_long() -> AttestError {
    AttestError::new(ErrorKind::LimitStateBytes, "a state has at most 18 MiB")
}

impl Write for State {
    fn write(&self, out: &mut Writer) {
        out.map(18);
        let mut key = 0_u8;
        let mut entry = |out: &mut Writer| {
            out.uint(key);
            key = key.saturating_add(1);
        };
        entry(out);
        out.uint(FORMAT);
        entry(out);
        write_phase(out, self);
        entry(out);
        out.array(2);
        out.uint(self.id);
        out.bytes(&self.pending);
        entry(out);
        out.bytes(&self.request);
        entry(out);
        out.bytes(&self.payload);
        entry(out);
        out.bytes(&self.trust);
        entry(out);
        write_plan(out, &self.plan);
        entry(out);
        write_identity(out, &self.identity);
        entry(out);
        out.array(2);
        out.text(&self.key_name);
        out.some(self.ca_key_name.as_deref(), Writer::text);
        entry(out);
        out.array(2);
        out.some(self.key.as_ref(), write_key);
        out.some(self.ca_key.as_ref(), write_key);
        entry(out);
        write_certification(out, &self.certification);
        entry(out);
        out.array(2);
        out.some(self.signature.as_deref(), Writer::bytes);
        out.list(&self.nonces, write_nonce);
        entry(out);
        write_places(out, &self.timestamps);
        entry(out);
        write_entries(out, self);
        entry(out);
        write_counters(out, &self.counters);
        entry(out);
        out.array(3);
        out.uint(self.started);
        out.uint(self.deadline);
        out.uint(self.last_seen);
        entry(out);
        out.bytes(&self.entropy);
        entry(out);
        let checksum = HashAlgorithm::Sha256.digest(&[SCHEMA.as_bytes(), out.written()]);
        out.bytes(checksum.as_bytes());
    }
}

fn read_state(input: &mut Reader<'_>) -> Result<State, AttestError> {
    input.map(KEYS)?;
    input.key(0)?;
    if input.uint()? != FORMAT {
        return Err(AttestError::new(ErrorKind::StateVersion, "begin again with the request"));
    }
    input.key(1)?;
    let (phase, halted) = read_phase(input)?;
    input.key(2)?;
    input.array(2)?;
    let (id, pending) = (input.uint()?, input.fixed()?);
    input.key(3)?;
    let request = input.fixed()?;
    input.key(4)?;
    let payload = input.bytes()?;
    input.key(5)?;
    let trust = input.bytes()?;
    input.key(6)?;
    let plan = read_plan(input)?;
    input.key(7)?;
    let identity = read_identity(input)?;
    input.key(8)?;
    input.array(2)?;
    let (key_name, ca_key_name) = (input.text()?, input.some(Reader::text)?);
    input.key(9)?;
    input.array(2)?;
    let (key, ca_key) = (input.some(read_key)?, input.some(read_key)?);
    input.key(10)?;
    let certification = read_certification(input)?;
    input.key(11)?;
    input.array(2)?;
    let (signature, nonces) = (input.some(Reader::bytes)?, input.list(MAX_NONCES, read_nonce)?);
    input.key(12)?;
    let timestamps = read_places(input, MAX_SERVICES)?;
    input.key(13)?;
    input.array(3)?;
    let entries = read_places(input, MAX_SERVICES)?;
    let recovery = input.some(read_recovery)?;
    let evidence = read_evidence(input)?;
    input.key(14)?;
    let counters = read_counters(input)?;
    input.key(15)?;
    input.array(3)?;
    let (started, deadline, last_seen) = (input.uint()?, input.uint()?, input.uint()?);
    input.key(16)?;
    let entropy = input.fixed()?;
    input.key(17)?;
    // Compared when the state is written again.
    input.fixed::<32>()?;
    Ok(State {
        phase,
        halted,
        id,
        pending,
        request,
        payload,
        trust,
        plan,
        identity,
        key_name,
        ca_key_name,
        key,
        ca_key,
        certification,
        signature,
        nonces,
        timestamps,
        entries,
        recovery,
        evidence,
        counters,
        started,
        deadline,
        last_seen,
        entropy,
    })
}

/// Position in a fixed list; the lists are short.
fn position<T: PartialEq>(list: &[T], item: &T) -> u64 {
    let position = list.iter().position(|candidate| candidate == item);
    position.and_then(|position| u64::try_from(position).ok()).unwrap_or_default()
}

fn at<T: Copy>(list: &[T], position: u64) -> Result<T, AttestError> {
    usize::try_from(position).ok().and_then(|position| list.get(position)).copied().ok_or_else(format)
}

fn write_phase(out: &mut Writer, state: &State) {
    out.array(2);
    out.uint(position(&Phase::ALL, &state.phase));
    out.flag(state.halted);
}

fn read_phase(input: &mut Reader<'_>) -> Result<(Phase, bool), AttestError> {
    input.array(2)?;
    Ok((at(&Phase::ALL, input.uint()?)?, input.flag()?))
}

fn write_plan(out: &mut Writer, plan: &Plan) {
    out.array(9);
    out.uint(position(&Profile::ALL, &plan.profile));
    out.some(plan.authority.as_ref(), write_service);
    write_selection(out, &plan.logs);
    write_selection(out, &plan.timestamp_authorities);
    out.list(&plan.excluded, |out, url| out.text(url));
    out.some(plan.max_rekor_version.as_ref(), |out, version| out.uint(*version));
    out.flag(plan.allow_chain);
    out.some(plan.key_id.as_deref(), Writer::text);
    out.uint(plan.leaf_secs);
}

fn read_plan(input: &mut Reader<'_>) -> Result<Plan, AttestError> {
    input.array(9)?;
    Ok(Plan {
        profile: at(&Profile::ALL, input.uint()?)?,
        authority: input.some(read_service)?,
        logs: read_selection(input)?,
        timestamp_authorities: read_selection(input)?,
        excluded: input.list(MAX_SERVICES, Reader::text)?,
        max_rekor_version: input.some(Reader::uint)?,
        allow_chain: input.flag()?,
        key_id: input.some(Reader::text)?,
        leaf_secs: input.uint()?,
    })
}

fn write_service(out: &mut Writer, service: &SelectedService) {
    out.array(2);
    out.text(&service.url);
    out.uint(service.api_version);
}

fn read_service(input: &mut Reader<'_>) -> Result<SelectedService, AttestError> {
    input.array(2)?;
    Ok(SelectedService { url: input.text()?, api_version: input.uint()? })
}

fn write_selection(out: &mut Writer, selection: &Selection) {
    out.array(2);
    out.list(&selection.chosen, write_service);
    out.some(selection.spare.as_ref(), write_service);
}

fn read_selection(input: &mut Reader<'_>) -> Result<Selection, AttestError> {
    input.array(2)?;
    Ok(Selection { chosen: input.list(MAX_SERVICES, read_service)?, spare: input.some(read_service)? })
}

fn write_identity(out: &mut Writer, identity: &ExpectedIdentity) {
    out.array(2);
    out.some(identity.san.as_deref(), Writer::text);
    out.list(&identity.extensions, |out, extension| {
        out.array(2);
        out.uint(extension.number);
        out.some(extension.value.as_deref(), Writer::text);
    });
}

fn read_identity(input: &mut Reader<'_>) -> Result<ExpectedIdentity, AttestError> {
    input.array(2)?;
    let san = input.some(Reader::text)?;
    let extensions = input.list(MAX_EXTENSIONS, |input| {
        input.array(2)?;
        let number = u8::try_from(input.uint()?).map_err(|_| format())?;
        Ok(ExpectedExtension { number, value: input.some(Reader::text)? })
    })?;
    Ok(ExpectedIdentity { san, extensions })
}

fn write_key(out: &mut Writer, key: &NamedKey) {
    out.array(4);
    out.bytes(&key.spki);
    out.uint(key.details.number());
    out.text(&key.id);
    out.some(key.version.as_deref(), Writer::text);
}

fn read_key(input: &mut Reader<'_>) -> Result<NamedKey, AttestError> {
    input.array(4)?;
    let spki = input.bytes()?;
    let details = KeyDetails::from_number(input.uint()?).ok_or_else(format)?;
    Ok(NamedKey { spki, details, id: input.text()?, version: input.some(Reader::text)? })
}

fn write_certification(out: &mut Writer, certification: &Certification) {
    out.array(3);
    out.some(certification.body.as_deref(), Writer::bytes);
    out.some(certification.proof.as_deref(), Writer::bytes);
    out.list(&certification.chain, |out, certificate| out.bytes(certificate));
}

fn read_certification(input: &mut Reader<'_>) -> Result<Certification, AttestError> {
    input.array(3)?;
    Ok(Certification {
        body: input.some(Reader::bytes)?,
        proof: input.some(Reader::bytes)?,
        chain: input.list(MAX_CERTIFICATES, Reader::bytes)?,
    })
}

fn write_nonce(out: &mut Writer, nonce: &SeenNonce) {
    out.array(3);
    out.bytes(&nonce.key);
    out.bytes(&nonce.r);
    out.bytes(&nonce.message);
}

fn read_nonce(input: &mut Reader<'_>) -> Result<SeenNonce, AttestError> {
    input.array(3)?;
    Ok(SeenNonce { key: input.fixed()?, r: input.bytes()?, message: input.fixed()? })
}

fn write_places(out: &mut Writer, places: &[Option<Vec<u8>>]) {
    out.list(places, |out, place| out.some(place.as_deref(), Writer::bytes));
}

fn read_places(input: &mut Reader<'_>, max: u64) -> Result<Vec<Option<Vec<u8>>>, AttestError> {
    input.list(max, |input| input.some(Reader::bytes))
}

fn write_entries(out: &mut Writer, state: &State) {
    out.array(3);
    write_places(out, &state.entries);
    out.some(state.recovery.as_ref(), write_recovery);
    write_evidence(out, &state.evidence);
}

fn write_recovery(out: &mut Writer, recovery: &Recovery) {
    out.array(3);
    out.uint(u64::try_from(recovery.slot).unwrap_or_default());
    match &recovery.place {
        RecoveryPlace::Path(path) => {
            out.text(path);
            out.some::<[u8]>(None, Writer::bytes);
        }
        RecoveryPlace::Index { index, checkpoint } => {
            out.uint(*index);
            out.some(checkpoint.as_deref(), Writer::bytes);
        }
    }
}

fn read_recovery(input: &mut Reader<'_>) -> Result<Recovery, AttestError> {
    input.array(3)?;
    let slot = usize::try_from(input.uint()?).map_err(|_| format())?;
    let place = if input.is_text()? {
        let path = input.text()?;
        input.some(Reader::bytes)?;
        RecoveryPlace::Path(path)
    } else {
        RecoveryPlace::Index { index: input.uint()?, checkpoint: input.some(Reader::bytes)? }
    };
    Ok(Recovery { slot, place })
}

fn write_evidence(out: &mut Writer, evidence: &Evidence) {
    out.array(2);
    out.list(&evidence.certificates, |out, serial| out.text(serial));
    out.list(&evidence.log_entries, |out, (log, index)| {
        out.array(2);
        out.text(log);
        out.uint(*index);
    });
}

fn read_evidence(input: &mut Reader<'_>) -> Result<Evidence, AttestError> {
    input.array(2)?;
    Ok(Evidence {
        certificates: input.list(MAX_EVIDENCE, Reader::text)?,
        log_entries: input.list(MAX_EVIDENCE, |input| {
            input.array(2)?;
            Ok((input.text()?, input.uint()?))
        })?,
    })
}

fn write_counters(out: &mut Writer, counters: &Counters) {
    out.array(7);
    out.uint(counters.attempts);
    out.uint(counters.delay_ms);
    out.uint(counters.expired);
    out.uint(counters.conflicts);
    out.uint(counters.key_reads);
    out.uint(counters.refreshes);
    out.uint(counters.rounds);
}

fn read_counters(input: &mut Reader<'_>) -> Result<Counters, AttestError> {
    input.array(7)?;
    Ok(Counters {
        attempts: input.small()?,
        delay_ms: input.small()?,
        expired: input.small()?,
        conflicts: input.small()?,
        key_reads: input.small()?,
        refreshes: input.small()?,
        rounds: input.small()?,
    })
}
