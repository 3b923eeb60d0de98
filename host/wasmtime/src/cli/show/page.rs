//! The report of a verification, for people.

use super::{
    style::Painter,
    text::{foreign, row},
};
use crate::cli::{
    names::Names,
    report::{Check, Report},
    words::{
        advice::advice,
        tables::{CHECKS, CODES},
    },
};

/// A report and what the command knows besides.
pub(crate) struct Page<'a> {
    pub(crate) report: &'a Report,
    /// Name of the artifact.
    pub(crate) artifact: &'a str,
    /// Where the trusted root comes from.
    pub(crate) origin: &'a str,
    /// What that root calls its logs and authorities.
    pub(crate) names: &'a Names,
}

impl Page<'_> {
    /// Verdict, facts, and after a refusal what failed and what to try.
    pub(crate) fn summary(&self, paint: Painter) -> String {
        let mut page = self.opening(paint);
        if self.is_verified() {
            page.push_str(&self.count());
        }
        page.push_str(&self.remarks(paint, |code| !code.starts_with("trusted-root/")));
        page
    }

    fn opening(&self, paint: Painter) -> String {
        let mut page = self.verdict(paint);
        page.push('\n');
        if self.is_verified() {
            page.push_str(&self.facts());
        } else {
            page.push_str(&self.refusal(paint));
        }
        page
    }

    /// One line for scripts that people read.
    pub(crate) fn one_line(&self, paint: Painter) -> String {
        let reason = match &self.report.code {
            Some(code) => format!(" ({code})"),
            None => format!(", {}", self.signed_by()),
        };
        let dangerous = match self.report.dangerous.as_slice() {
            [] => String::new(),
            names => format!("; dangerous: {}", names.join(", ")),
        };
        format!("{}{reason}; trusted root {}{dangerous}\n", self.verdict(paint).trim_end(), self.origin)
    }

    fn signed_by(&self) -> String {
        let signer = self.report.signer.as_ref();
        if let Some(certificate) = signer.and_then(|signer| signer.certificate.as_ref()) {
            return format!(
                "signed by {} of {}",
                foreign(&certificate.san.value),
                foreign(&certificate.issuer)
            );
        }
        signer.and_then(|signer| signer.key.as_ref()).map_or_else(
            || "signed by anybody".to_owned(),
            |key| format!("signed by key sha256:{}", key.sha256),
        )
    }

    /// The summary, and every check with its clause.
    pub(crate) fn explained(&self, paint: Painter) -> String {
        let mut page = self.opening(paint);
        page.push_str(&self.remarks(paint, |_| true));
        for area in AREAS {
            let of_area = |check: &&Check| check.id.starts_with(|letter| area.1.contains(letter));
            let mut rows: Vec<&Check> = self.report.checks.iter().filter(of_area).collect();
            if rows.is_empty() {
                continue;
            }
            rows.sort_by(|a, b| (&a.id, a.index).cmp(&(&b.id, b.index)));
            page.push_str(&format!("\n{}\n", paint.heading(area.0)));
            for check in rows {
                page.push_str(&explained_row(check, paint));
            }
        }
        page
    }

    fn is_verified(&self) -> bool {
        self.report.verdict == "verified"
    }

    fn verdict(&self, paint: Painter) -> String {
        let word = if self.is_verified() { paint.good("Verified:") } else { paint.bad("Refused:") };
        format!("{word} {}\n", self.artifact)
    }

    fn signer(&self) -> String {
        let report = self.report;
        let mut page = String::new();
        if let Some(certificate) = report.signer.as_ref().and_then(|signer| signer.certificate.as_ref()) {
            page.push_str(&row("signed by", &foreign(&certificate.san.value)));
            page.push_str(&row("issued by", &foreign(&certificate.issuer)));
        }
        if let Some(key) = report.signer.as_ref().and_then(|signer| signer.key.as_ref()) {
            let id = if key.id.is_empty() { "the given key" } else { &key.id };
            page.push_str(&row("signed by", &format!("{}, SPKI sha256:{}", foreign(id), key.sha256)));
        }
        page
    }

    fn facts(&self) -> String {
        let report = self.report;
        let mut page = self.signer();
        for artifact in &report.artifacts {
            let name = artifact.algorithm.as_deref().unwrap_or("sha256");
            if let Some(value) = artifact.digests.get(name) {
                page.push_str(&row("artifact", &format!("{name}:{value}")));
            }
            let subjects = report.statement.as_ref().map(|statement| statement.subjects.as_slice());
            let subject = artifact.subject.and_then(|index| subjects?.get(index));
            if let Some(name) = subject.and_then(|subject| subject.name.as_deref()) {
                page.push_str(&row("as subject", &foreign(name)));
            }
        }
        if let Some(statement) = &report.statement {
            page.push_str(&row("statement", &foreign(&statement.predicate_type)));
        }
        page.push_str(&self.source());
        for time in &report.times {
            let source = match time.source.as_str() {
                "tsa" => format!("by the timestamp authority {}", self.name_of(&time.authority)),
                "log" => format!("by the transparency log {}", self.name_of(&time.authority)),
                _ => "now".to_owned(),
            };
            page.push_str(&row("seen", &format!("{} {source}", time.time)));
        }
        for log in report.logs.iter().filter(|log| log.outcome == "pass") {
            let index = log.index.as_deref().unwrap_or("?");
            page.push_str(&row("logged", &format!("entry {index} of {}", self.name_of(&log.instance))));
        }
        page.push_str(&row("trusted root", self.origin));
        page
    }

    /// What the certificate says was built.
    fn source(&self) -> String {
        let certificate = self.report.signer.as_ref().and_then(|signer| signer.certificate.as_ref());
        let claim = |name: &str| certificate?.claims.get(name).map(|value| foreign(value));
        let Some(mut source) = claim("sourceRepositoryUri") else { return String::new() };
        for (word, name) in [("at", "sourceRepositoryRef"), ("commit", "sourceRepositoryDigest")] {
            if let Some(value) = claim(name) {
                source.push_str(&format!("\n{word} {value}"));
            }
        }
        row("built from", &source)
    }

    /// The name in the trusted root, or as much of the identifier as tells it from others.
    fn name_of(&self, instance: &str) -> String {
        match self.names.get(instance) {
            Some(name) => foreign(name),
            None => format!("{}…", instance.get(..16).unwrap_or(instance)),
        }
    }

    fn count(&self) -> String {
        let passed = self.report.checks.iter().filter(|check| check.outcome == "pass").count();
        row("checks", &format!("{passed} passed; --explain shows each with its clause"))
    }

    fn refusal(&self, paint: Painter) -> String {
        let code = self.report.code.as_deref().unwrap_or("host/sandbox");
        let id = self.report.check_id.as_deref().unwrap_or("?");
        let failed: Vec<&Check> = self.report.checks.iter().filter(|check| check.outcome == "fail").collect();
        let is_primary = |check: &&&Check| check.id == id && check.code.as_deref() == Some(code);
        let primary = failed.iter().find(is_primary);
        let mut page = row("check", &format!("{id} {}", title(id)));
        page.push_str(&row("failed with", code));
        page.push_str(&row("meaning", meaning(code)));
        if let Some(detail) = primary.and_then(|check| check.detail.as_deref()) {
            page.push_str(&row("found", detail));
        }
        page.push_str(&self.both_sides(code));
        page.push_str(&row("try", advice(code)));
        let others: Vec<&&Check> = failed.iter().filter(|check| !is_primary(check)).collect();
        if !others.is_empty() {
            page.push_str(&format!("\n{}\n", paint.heading("Also failed")));
        }
        for check in others {
            let detail = check.detail.as_deref().map(|detail| format!(": {detail}")).unwrap_or_default();
            page.push_str(&format!("  {} {}{detail}\n", check.id, check.code.as_deref().unwrap_or_default()));
        }
        page.push('\n');
        page.push_str(&row("trusted root", self.origin));
        page
    }

    /// For a wrong artifact: what was given and what was signed; for a wrong signer: who signed, uncut.
    fn both_sides(&self, code: &str) -> String {
        if code.starts_with("identity/") {
            return self.signer();
        }
        if !code.starts_with("artifact/") {
            return String::new();
        }
        let mut page = String::new();
        for artifact in &self.report.artifacts {
            for (name, value) in artifact.digests.iter().take(1) {
                page.push_str(&row("given", &format!("{name}:{value}")));
            }
        }
        let subjects = self.report.statement.as_ref().map_or(&[][..], |statement| &statement.subjects);
        for subject in subjects.iter().take(3) {
            let name = foreign(subject.name.as_deref().unwrap_or("a subject without name"));
            for (algorithm, value) in subject.digest.iter().take(1) {
                page.push_str(&row("signed", &format!("{}:{} {name}", foreign(algorithm), foreign(value))));
            }
        }
        page
    }

    fn remarks(&self, paint: Painter, wanted: impl Fn(&str) -> bool) -> String {
        let report = self.report;
        let mut page = String::new();
        for name in &report.dangerous {
            page.push_str(&row("dangerous", &format!("the policy switches checks off: {name}")));
        }
        for warning in report.warnings.iter().filter(|warning| wanted(&warning.code)) {
            let detail = warning.detail.as_deref().unwrap_or_else(|| meaning(&warning.code));
            page.push_str(&row("remark", &paint.remark(&foreign(detail))));
        }
        page
    }
}

fn explained_row(check: &Check, paint: Painter) -> String {
    let outcome = match check.outcome.as_str() {
        "pass" => paint.good("pass   "),
        "fail" => paint.bad("FAIL   "),
        "ignored" => paint.remark("ignored"),
        "off" => paint.remark("off    "),
        _ => paint.faint("-      "),
    };
    let index = check.index.map(|index| format!(" #{index}")).unwrap_or_default();
    let clause = CHECKS.iter().find(|row| row.0 == check.id).map_or("", |row| row.2);
    let mut line = format!(
        "  {outcome} {}{index} {} {}\n",
        check.id,
        title(&check.id),
        paint.faint(&format!("[{clause}]"))
    );
    let code = check.code.as_deref().map(|code| format!("{code}: ")).unwrap_or_default();
    if let Some(detail) = &check.detail {
        line.push_str(&format!("              {}\n", paint.faint(&format!("{code}{detail}"))));
    }
    line
}

fn title(id: &str) -> &'static str {
    CHECKS.iter().find(|row| row.0 == id).map_or("", |row| row.1)
}

fn meaning(code: &str) -> &'static str {
    CODES.iter().find(|row| row.0 == code).map_or("see the code", |row| row.1)
}

/// Groups of checks by the letter of their IDs, in the order in which they make sense to a reader.
const AREAS: [(&str, &str); 7] = [
    ("Bundle", "P"),
    ("Trusted root", "R"),
    ("Signature and artifact", "A"),
    ("Signer and policy", "I"),
    ("Certificate and its transparency", "CS"),
    ("Times and timestamps", "MT"),
    ("Transparency log", "L"),
];
