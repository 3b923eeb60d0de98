//! Our own verdict.
use anyhow::{Context, Result};
use cretula_verify::{RootMemo, portable};
use serde_json::Value;

/// Codes that only say that something else failed.
const CONSEQUENCES: [&str; 7] = [
    "identity/key",
    "log-inclusion/threshold",
    "sct/missing",
    "sct/threshold",
    "time/missing",
    "time/mode",
    "time/threshold",
];

/// Warnings that say that an instance of the trusted root is not used.
const SET_ASIDE: [&str; 3] = ["trusted-root/key", "trusted-root/log-id", "trusted-root/tree-hash"];

/// What our verifier says.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// Verified.
    Accept {
        /// A timestamp of the bundle was no evidence.
        ignored_token: bool,
    },
    /// Refused.
    Refuse(Refusal),
    /// The call is wrong, so that there is nothing to compare.
    Failed(String),
}

/// Why we refuse.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// Codes of all failed checks, the primary one first.
    pub failed: Vec<String>,
    /// What has to be explained: the failed codes without consequences, or, where only these are left, why evidence
    /// was ignored or an instance was set aside.
    pub causes: Vec<String>,
}

impl Verdict {
    /// The verdict about a request.
    ///
    /// # Errors
    /// The reply is no report.
    pub fn of(request: &[u8], roots: &mut RootMemo) -> Result<Self> {
        let reply: Value = serde_json::from_slice(&portable::verify(request, roots))?;
        if let Some(code) = reply.pointer("/error/code").and_then(Value::as_str) {
            return Ok(Self::Failed(code.to_owned()));
        }
        if reply.get("verdict").and_then(Value::as_str) == Some("verified") {
            return Ok(Self::Accept { ignored_token: list(&reply, "checks").any(is_ignored_token) });
        }
        Ok(Self::Refuse(Refusal::of(&reply)?))
    }

    /// For people.
    pub fn describe(&self) -> String {
        match self {
            Self::Accept { .. } => "accept".into(),
            Self::Refuse(refusal) if refusal.causes == refusal.failed => refusal.failed.join(" "),
            Self::Refuse(refusal) => {
                format!("{} (of {})", refusal.causes.join(" "), refusal.failed.join(" "))
            }
            Self::Failed(code) => format!("call refused: {code}"),
        }
    }
}

impl Refusal {
    fn of(report: &Value) -> Result<Self> {
        let mut failed = vec![report.get("code").and_then(Value::as_str).context("no code")?.to_owned()];
        let mut ignored = Vec::new();
        for row in list(report, "checks") {
            match row.get("outcome").and_then(Value::as_str) {
                Some("fail") => add(&mut failed, row),
                Some("ignored") => add(&mut ignored, row),
                _ => {}
            }
        }
        for warning in list(report, "warnings") {
            if SET_ASIDE.contains(&text(warning)) {
                add(&mut ignored, warning);
            }
        }
        let own = failed.iter().filter(|code| !CONSEQUENCES.contains(&code.as_str()));
        let mut causes: Vec<_> = own.cloned().collect();
        if causes.is_empty() {
            causes = ignored;
        }
        if causes.is_empty() {
            causes.clone_from(&failed);
        }
        Ok(Self { failed, causes })
    }
}

fn is_ignored_token(row: &Value) -> bool {
    let said =
        |name, text: &str| row.get(name).and_then(Value::as_str).is_some_and(|found| found.starts_with(text));
    said("id", "T") && !said("outcome", "pass")
}

fn list<'a>(report: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    report.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn text(row: &Value) -> &str {
    row.get("code").and_then(Value::as_str).unwrap_or_default()
}

fn add(codes: &mut Vec<String>, row: &Value) {
    let code = text(row);
    if !code.is_empty() && !codes.iter().any(|known| known == code) {
        codes.push(code.to_owned());
    }
}
