//! What a person reads.

pub(crate) mod style;
pub(crate) mod text;

mod page;

pub(crate) use page::Page;

use super::{outcome::Trouble, report::View};
use style::Painter;
use text::{foreign, row};

/// Why there is no verdict, and what to do.
pub(crate) fn trouble(trouble: &Trouble, paint: Painter) -> String {
    let code = trouble.code.as_deref().map(|code| format!(" ({code})")).unwrap_or_default();
    let mut page = format!("{} {}{code}\n", paint.bad("cretula:"), trouble.message);
    for paragraph in &trouble.more {
        page.push_str(&format!("\n{paragraph}\n"));
    }
    for advice in &trouble.advice {
        page.push_str(&format!("\n  {} {advice}\n", paint.heading("try:")));
    }
    page
}

/// The unverified view, marked as such before and after.
pub(crate) fn view(view: &View, name: &str, paint: Painter) -> String {
    let mut page = format!("{} {}\n", paint.remark("Not verified:"), foreign(name));
    page.push_str("  Everything below is what the file says of itself. Anybody can write that.\n\n");
    page.push_str(&row("format", &foreign(&view.media_type)));
    if let Some(certificate) = &view.signer.certificate {
        page.push_str(&row("signer", &foreign(certificate.san.as_deref().unwrap_or("no name"))));
        page.push_str(&row("issuer", &foreign(certificate.issuer.as_deref().unwrap_or("none"))));
        if let (Some(from), Some(to)) = (&certificate.not_before, &certificate.not_after) {
            page.push_str(&row("valid", &format!("{from} to {to}")));
        }
    }
    if let Some(hint) = &view.signer.key_hint {
        page.push_str(&row("key hint", &foreign(hint)));
    }
    for entry in &view.log_entries {
        let time = entry.integrated_time.as_deref().map(|time| format!(" at {time}")).unwrap_or_default();
        page.push_str(&row("log entry", &format!("{} {}{time}", entry.log_index, foreign(&entry.kind))));
    }
    for timestamp in &view.timestamps {
        page.push_str(&row("timestamp", timestamp.gen_time.as_deref().unwrap_or("unreadable")));
    }
    if let Some(envelope) = &view.envelope {
        let kind = envelope.predicate_type.as_deref().unwrap_or(&envelope.payload_type);
        page.push_str(&row("statement", &foreign(kind)));
        for subject in envelope.subjects.iter().take(10) {
            let digests: Vec<String> = subject
                .digest
                .iter()
                .map(|(name, value)| format!("{}:{}", foreign(name), foreign(value)))
                .collect();
            let subject = foreign(subject.name.as_deref().unwrap_or("without name"));
            page.push_str(&row("subject", &format!("{subject}\n{}", digests.join("\n"))));
        }
        let more = envelope.subjects.len().saturating_sub(10);
        if more > 0 {
            page.push_str(&row("", &format!("and {more} more")));
        }
    }
    if let Some(message) = &view.message_signature {
        let digest = message.message_digest.as_deref().unwrap_or("not named");
        page.push_str(&row("message", &format!("digest {}", foreign(digest))));
    }
    page.push_str("\n  To verify it: cretula verify ARTIFACT --bundle BUNDLE, and who may have signed.\n");
    page
}
