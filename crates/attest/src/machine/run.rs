//! One run: from a reply to the next action.
use alloc::string::String;
use alloc::vec::Vec;

use cretula_encoding::time::Time;
use cretula_verify::RootMemo;

use super::budget::{BACKWARDS_SECS, DEFAULT_SECS, LIFE_SECS, MAX_ATTEMPTS, SPARE_LEAF_SECS, delay_ms};
use super::codec::MAX_BYTES;
use super::state::{Phase, State};
use super::step::{Action, Evidence, Failure, HostError, Reply, Step};
use super::{digest, exchanges, finish, recover, signing};
use crate::error::{AttestError, ErrorKind};

/// Why a run does not go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stop {
    /// For good.
    Final(AttestError),
    /// Until somebody says `again`.
    Halted(AttestError),
    /// The pending action is tried again, after this many seconds if the other side says so.
    Retry(Option<u32>),
}

impl Stop {
    /// Of two reasons the one that decides: a final one, else the longer wait.
    pub(super) fn worse(self, other: Self) -> Self {
        match (self, other) {
            (Self::Retry(one), Self::Retry(other)) => Self::Retry(one.max(other)),
            (Self::Retry(_), other @ (Self::Final(_) | Self::Halted(_)))
            | (Self::Halted(_), other @ Self::Final(_)) => other,
            (decisive, _) => decisive,
        }
    }
}

impl From<AttestError> for Stop {
    fn from(error: AttestError) -> Self {
        Self::Final(error)
    }
}

/// What follows from a phase.
pub(super) enum Next {
    /// The host has to do something.
    Ask(Action),
    /// The phase has changed.
    Moved,
}

/// A state with what the call brought along.
pub(super) struct Run<'m> {
    pub(super) state: State,
    pub(super) now: Time,
    pub(super) roots: &'m mut RootMemo,
    /// Whether the host asked for the pending action again.
    pub(super) repeats: bool,
}

impl Run<'_> {
    /// Takes a reply to the pending action.
    pub(super) fn resume(mut self, reply: Reply) -> Step {
        if let Err(error) = self.check_clock() {
            return self.fail(error);
        }
        let taken = match (self.state.halted, reply) {
            (true, Reply::Again { deadline }) => {
                self.take_up(deadline);
                Ok(())
            }
            // The host lost the action, or the bundle: it gets the same again.
            (false, Reply::Again { .. }) => {
                self.repeats = self.state.phase != Phase::Logged;
                Ok(())
            }
            (true, _) => return self.stale(),
            (false, reply) => match self.take(reply) {
                Some(taken) => taken,
                None => return self.stale(),
            },
        };
        self.state.last_seen = self.state.last_seen.max(self.now.secs());
        match taken {
            Ok(()) => self.go_on(),
            Err(stop) => self.stop(stop),
        }
    }

    /// Goes on until the host has to do something, or nothing is left to do.
    pub(super) fn go_on(mut self) -> Step {
        if let Err(error) = self.renew_certificate() {
            return self.fail(error);
        }
        if self.state.phase == Phase::Logged {
            return self.finish();
        }
        match self.next() {
            Ok(Next::Moved) => self.go_on_moved(),
            Ok(Next::Ask(action)) => self.ask(action),
            Err(error) => self.fail(error),
        }
    }

    /// A phase moves at most this often before it asks: every phase once.
    fn go_on_moved(mut self) -> Step {
        for _ in Phase::ALL {
            if self.state.phase == Phase::Logged {
                return self.finish();
            }
            match self.next() {
                Ok(Next::Moved) => {}
                Ok(Next::Ask(action)) => return self.ask(action),
                Err(error) => return self.fail(error),
            }
        }
        let detail = "no phase asks for anything";
        self.fail(AttestError::new(ErrorKind::StateFormat, detail))
    }

    fn next(&mut self) -> Result<Next, AttestError> {
        match self.state.phase {
            Phase::Init => Ok(Next::Ask(signing::ask_key(&self.state))),
            Phase::Authority => signing::ask_authority_key(&self.state).map(Next::Ask),
            Phase::Key => signing::ask_certificate(self),
            Phase::Certified => signing::ask_signature(&self.state).map(Next::Ask),
            Phase::Certify | Phase::Signed | Phase::Timestamped => exchanges::next(self),
            Phase::Recover | Phase::Frozen => recover::next(self),
            Phase::Logged | Phase::Failed => {
                Err(AttestError::new(ErrorKind::StepStaleReply, "the run has ended"))
            }
        }
    }

    /// `None`: the reply is of another kind than the action.
    fn take(&mut self, reply: Reply) -> Option<Result<(), Stop>> {
        match (self.state.phase, reply) {
            (Phase::Init | Phase::Authority, Reply::Key(key)) => Some(signing::take_key(self, &key)),
            (Phase::Key | Phase::Certified, Reply::Signature(signature)) => {
                Some(signing::take_signature(self, &signature))
            }
            (Phase::Init | Phase::Authority | Phase::Key | Phase::Certified, Reply::Error(error)) => {
                Some(signing::take_error(self, error))
            }
            (Phase::Certify | Phase::Signed | Phase::Timestamped, Reply::Exchange(replies)) => {
                exchanges::take(self, replies)
            }
            (Phase::Recover, Reply::Exchange(replies)) => recover::take(self, &replies),
            (Phase::Frozen, Reply::Config(trust)) => Some(recover::take_config(self, trust)),
            (Phase::Frozen, Reply::Error(error)) => Some(Err(recover::config_error(error))),
            _ => None,
        }
    }

    fn check_clock(&self) -> Result<(), AttestError> {
        let now = self.now.secs();
        if now.saturating_add(BACKWARDS_SECS) < self.state.last_seen {
            let detail = "the time of this call is more than a minute before that of an earlier one";
            return Err(AttestError::new(ErrorKind::TimeBackwards, detail));
        }
        if now > self.state.started.saturating_add(LIFE_SECS) {
            let detail = "begin again with the request";
            return Err(AttestError::new(ErrorKind::StateExpired, detail));
        }
        Ok(())
    }

    fn take_up(&mut self, deadline: Option<u64>) {
        self.state.halted = false;
        self.state.deadline = deadline_after(self.now.secs(), deadline, self.state.started);
        self.state.counters.attempts = 0;
        self.state.counters.delay_ms = 0;
    }

    /// A certificate that ends before everything else is there is of no use: all that depends on it is made again.
    fn renew_certificate(&mut self) -> Result<(), AttestError> {
        // A frozen log first gives way to another one.
        let needs = matches!(
            self.state.phase,
            Phase::Key | Phase::Certified | Phase::Signed | Phase::Timestamped | Phase::Recover
        );
        if !needs || !self.certificate_ends_by(self.starts())? {
            return Ok(());
        }
        self.reissue()
    }

    /// Begins again with another certificate, at most twice.
    pub(super) fn reissue(&mut self) -> Result<(), AttestError> {
        if self.state.counters.expired >= 2 {
            let detail = "three certificates ended before everything else was there";
            return Err(AttestError::new(ErrorKind::FulcioExpired, detail));
        }
        self.state.counters.expired = self.state.counters.expired.saturating_add(1);
        self.begin_again();
        Ok(())
    }

    /// Whether there is a certificate, or the body of one, of which too little is left at that time.
    pub(super) fn certificate_ends_by(&self, secs: u64) -> Result<bool, AttestError> {
        let not_after = exchanges::leaf_end(&self.state)?;
        Ok(not_after.is_some_and(|not_after| not_after < secs.saturating_add(SPARE_LEAF_SECS)))
    }

    /// Discards everything after the statement; what exists outside is kept on record.
    pub(super) fn begin_again(&mut self) {
        self.discard_signature();
        let state = &mut self.state;
        let certificates = exchanges::serials(&state.certification.chain);
        state.evidence.certificates.extend(certificates);
        (state.key, state.ca_key) = (None, None);
        state.certification = super::state::Certification::default();
        self.enter(Phase::Init);
    }

    /// Discards the signature and what was made of it.
    pub(super) fn discard_signature(&mut self) {
        let entries = self.logged();
        let state = &mut self.state;
        state.evidence.log_entries.extend(entries);
        state.signature = None;
        state.timestamps.clear();
        state.entries.clear();
        state.recovery = None;
        state.counters.rounds = state.counters.rounds.saturating_add(1);
    }

    /// URL and index of each log entry that is there.
    fn logged(&self) -> Vec<(String, u64)> {
        let services = &self.state.plan.logs.chosen;
        let pairs = services.iter().zip(&self.state.entries);
        pairs
            .filter_map(|(log, entry)| Some((log.url.clone(), exchanges::log_index(entry.as_deref()?)?)))
            .collect()
    }

    /// Goes to another phase, where nothing has been tried yet.
    pub(super) fn enter(&mut self, phase: Phase) {
        self.repeats = false;
        self.state.phase = phase;
        self.state.counters.attempts = 0;
        self.state.counters.delay_ms = 0;
    }

    fn stop(self, stop: Stop) -> Step {
        match stop {
            Stop::Final(error) => self.fail(error),
            Stop::Halted(error) => self.halt(error),
            Stop::Retry(after) => self.retry(after),
        }
    }

    /// The pending action once more, unless the time or the number of attempts is over.
    fn retry(mut self, after: Option<u32>) -> Step {
        let counters = &mut self.state.counters;
        counters.attempts = counters.attempts.saturating_add(1);
        counters.delay_ms = delay_ms(counters.attempts, after);
        if counters.attempts >= MAX_ATTEMPTS {
            let error = self.unavailable();
            return self.halt(error);
        }
        self.go_on()
    }

    /// What is said when the pending action was not done in time.
    fn unavailable(&self) -> AttestError {
        let kind = match self.state.phase {
            Phase::Certify => ErrorKind::FulcioUnavailable,
            Phase::Signed => exchanges::missing(&self.state),
            Phase::Timestamped => exchanges::missing(&self.state),
            Phase::Recover => recover::unreadable(&self.state),
            Phase::Frozen => ErrorKind::RekorFrozen,
            Phase::Init
            | Phase::Authority
            | Phase::Key
            | Phase::Certified
            | Phase::Logged
            | Phase::Failed => ErrorKind::KeyUnavailable,
        };
        AttestError::new(kind, "no usable answer before the deadline; resume with again")
    }

    /// When the pending action begins, after its delay: Unix seconds.
    fn starts(&self) -> u64 {
        let wait = u64::from(self.state.counters.delay_ms.div_ceil(1000));
        self.now.secs().saturating_add(wait)
    }

    /// Numbers the action and remembers what it is. None begins after the deadline.
    fn ask(mut self, action: Action) -> Step {
        if self.starts() >= self.state.deadline {
            let error = self.unavailable();
            return self.halt(error);
        }
        let pending = digest::of_action(&action);
        let state = &mut self.state;
        if !self.repeats {
            state.id = state.id.saturating_add(1);
            state.pending = pending;
        } else if state.pending != pending {
            return self.fail(super::cbor::format());
        }
        let (bytes, id) = (state.encode(), state.id);
        if bytes.len() > MAX_BYTES {
            return self.fail(super::codec::too_long());
        }
        Step { state: bytes, id, action }
    }

    fn finish(mut self) -> Step {
        match finish::finish(&mut self) {
            Ok(finished) => {
                Step { state: self.state.encode(), id: self.state.id, action: Action::Done(finished) }
            }
            Err(error) => self.fail(error),
        }
    }

    /// For good.
    pub(super) fn fail(mut self, error: AttestError) -> Step {
        let evidence = self.outside();
        self.state.phase = Phase::Failed;
        let failure = Failure { error, resumable: false, evidence };
        Step { state: self.state.encode(), id: self.state.id, action: Action::Failed(failure) }
    }

    /// Until somebody says `again`.
    fn halt(mut self, error: AttestError) -> Step {
        let evidence = self.outside();
        self.state.halted = true;
        let failure = Failure { error, resumable: true, evidence };
        Step { state: self.state.encode(), id: self.state.id, action: Action::Failed(failure) }
    }

    /// The state stays as it is, so the right reply can still come.
    pub(super) fn stale(self) -> Step {
        let detail = "the reply does not belong to the pending action; the state is unchanged";
        let error = AttestError::new(ErrorKind::StepStaleReply, detail);
        let failure = Failure { error, resumable: true, evidence: self.outside() };
        Step { state: self.state.encode(), id: self.state.id, action: Action::Failed(failure) }
    }

    /// Everything that exists outside.
    fn outside(&self) -> Evidence {
        let mut evidence = self.state.evidence.clone();
        evidence.certificates.extend(exchanges::serials(&self.state.certification.chain));
        evidence.log_entries.extend(self.logged());
        evidence.log_entries.extend(recover::reported(&self.state));
        evidence
    }
}

/// Deadline of a run: what the host says, or 10 minutes, and at most a day after the start.
pub(super) fn deadline_after(now: u64, asked: Option<u64>, started: u64) -> u64 {
    asked.unwrap_or(now.saturating_add(DEFAULT_SECS)).min(started.saturating_add(LIFE_SECS))
}

/// What a host error means for something that may be tried again.
pub(super) fn judge_host_error(error: HostError, refused: ErrorKind) -> Stop {
    let detail = "the host could not perform the action";
    match error {
        HostError::Throttled { retry_after_ms } => Stop::Retry(retry_after_ms.map(|ms| ms.div_ceil(1000))),
        HostError::TimedOut | HostError::Unavailable => Stop::Retry(None),
        HostError::Redirected => {
            Stop::Final(AttestError::new(ErrorKind::ServiceRedirect, "redirects are not followed"))
        }
        HostError::TooLarge => {
            Stop::Final(AttestError::new(ErrorKind::ServiceBody, "the reply was too long or compressed"))
        }
        HostError::Denied | HostError::WrongVersion | HostError::Other => {
            Stop::Final(AttestError::new(refused, detail))
        }
    }
}
