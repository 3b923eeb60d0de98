//! Name constraints on DNS names, e-mail addresses and URIs (RFC 5280 §4.2.1.10; check C07).
//!
//! Whatever cannot be judged refuses: a base of another form, a base that is not a host or mailbox, a name whose
//! host cannot be determined, a wildcard.
use crate::certificate::Certificate;
use crate::name::{GeneralName, NameConstraints};
use crate::path::PathBudget;
use crate::path_error::PathError;

/// Greatest length of a host name and of one of its labels (RFC 1035 §2.3.4).
const HOST_BYTES: usize = 253;
const LABEL_BYTES: usize = 63;

/// A base that can be applied.
#[derive(Debug, Clone, Copy)]
enum Base<'n> {
    /// The host and everything below it; the empty base is above every host.
    Dns(&'n str),
    /// Every mailbox of exactly one host.
    EmailHost(&'n str),
    /// Every mailbox of every host below a domain.
    EmailDomain(&'n str),
    /// One mailbox.
    Mailbox(Mailbox<'n>),
    /// Every URI of exactly one host.
    UriHost(&'n str),
    /// Every URI of every host below a domain.
    UriDomain(&'n str),
}

/// A name that can be judged.
#[derive(Debug, Clone, Copy)]
enum Name<'n> {
    Dns(&'n str),
    Email(Mailbox<'n>),
    /// Host of a URI.
    Uri(&'n str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mailbox<'n> {
    local: &'n str,
    host: &'n str,
}

/// Form of a name, by which constraints apply to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Dns,
    Email,
    Uri,
}

/// Applies the constraints of the issuer at `position` to one certificate below it.
///
/// # Errors
/// [`PathError::NameConstraints`], or [`PathError::NameComparisons`] when the budget is spent.
pub(crate) fn check_constraints(
    constraints: &NameConstraints,
    certificate: &Certificate,
    position: u32,
    budget: &mut PathBudget,
) -> Result<(), PathError> {
    let violated = PathError::NameConstraints { position };
    for base in constraints.bases() {
        budget.compare_name()?;
        if Base::parse(base).is_none() {
            return Err(violated);
        }
    }
    let names = certificate.subject_alt_name().map(|san| san.names.as_slice()).unwrap_or_default();
    let mut has_email = false;
    for name in names {
        has_email |= matches!(name, GeneralName::Email(_));
        if !is_inside(constraints, name, budget)? {
            return Err(violated);
        }
    }
    // RFC 5280 §4.2.1.10: e-mail constraints also apply to emailAddress attributes of the subject. Stricter: such an
    // attribute is refused instead of compared.
    let email = constraints.bases().any(|base| form(base) == Some(Form::Email));
    if email && !has_email && certificate.subject_has_email() {
        return Err(violated);
    }
    Ok(())
}

/// Whether one name meets the constraints of its form, if there are any.
fn is_inside(
    constraints: &NameConstraints,
    name: &GeneralName,
    budget: &mut PathBudget,
) -> Result<bool, PathError> {
    let Some(form_of_name) = form(name) else { return Ok(true) };
    if !constraints.bases().any(|base| form(base) == Some(form_of_name)) {
        return Ok(true);
    }
    let Some(name) = Name::parse(name) else { return Ok(false) };
    for base in constraints.excluded.iter().filter(|base| form(base) == Some(form_of_name)) {
        budget.compare_name()?;
        if matches(base, name) {
            return Ok(false);
        }
    }
    let mut restricted = false;
    for base in constraints.permitted.iter().filter(|base| form(base) == Some(form_of_name)) {
        budget.compare_name()?;
        restricted = true;
        if matches(base, name) {
            return Ok(true);
        }
    }
    Ok(!restricted)
}

fn matches(base: &GeneralName, name: Name<'_>) -> bool {
    Base::parse(base).is_some_and(|base| base.matches(name))
}

const fn form(name: &GeneralName) -> Option<Form> {
    match name {
        GeneralName::Dns(_) => Some(Form::Dns),
        GeneralName::Email(_) => Some(Form::Email),
        GeneralName::Uri(_) => Some(Form::Uri),
        GeneralName::Other { .. } | GeneralName::Unsupported { .. } => None,
    }
}

impl<'n> Base<'n> {
    fn parse(base: &'n GeneralName) -> Option<Self> {
        match base {
            GeneralName::Dns(text) => (text.is_empty() || is_host(text)).then_some(Self::Dns(text)),
            GeneralName::Email(text) => match text.strip_prefix('.') {
                Some(domain) => is_host(domain).then_some(Self::EmailDomain(domain)),
                None if text.contains('@') => Mailbox::parse(text).map(Self::Mailbox),
                None => is_host(text).then_some(Self::EmailHost(text)),
            },
            GeneralName::Uri(text) => match text.strip_prefix('.') {
                Some(domain) => is_host(domain).then_some(Self::UriDomain(domain)),
                None => is_host(text).then_some(Self::UriHost(text)),
            },
            GeneralName::Other { .. } | GeneralName::Unsupported { .. } => None,
        }
    }

    fn matches(self, name: Name<'_>) -> bool {
        match (self, name) {
            (Self::Dns(base), Name::Dns(host)) => {
                base.is_empty() || host.eq_ignore_ascii_case(base) || is_below(host, base)
            }
            (Self::EmailHost(base), Name::Email(mailbox)) => mailbox.host.eq_ignore_ascii_case(base),
            (Self::EmailDomain(base), Name::Email(mailbox)) => is_below(mailbox.host, base),
            (Self::Mailbox(base), Name::Email(mailbox)) => {
                mailbox.local == base.local && mailbox.host.eq_ignore_ascii_case(base.host)
            }
            (Self::UriHost(base), Name::Uri(host)) => host.eq_ignore_ascii_case(base),
            (Self::UriDomain(base), Name::Uri(host)) => is_below(host, base),
            (
                Self::Dns(_)
                | Self::EmailHost(_)
                | Self::EmailDomain(_)
                | Self::Mailbox(_)
                | Self::UriHost(_)
                | Self::UriDomain(_),
                Name::Dns(_) | Name::Email(_) | Name::Uri(_),
            ) => false,
        }
    }
}

impl<'n> Name<'n> {
    fn parse(name: &'n GeneralName) -> Option<Self> {
        match name {
            GeneralName::Dns(text) => is_host(text).then_some(Self::Dns(text)),
            GeneralName::Email(text) => Mailbox::parse(text).map(Self::Email),
            GeneralName::Uri(text) => uri_host(text).map(Self::Uri),
            GeneralName::Other { .. } | GeneralName::Unsupported { .. } => None,
        }
    }
}

impl<'n> Mailbox<'n> {
    /// Exactly one `@`; quoted local parts with another one are not judged.
    fn parse(text: &'n str) -> Option<Self> {
        let (local, host) = text.split_once('@')?;
        (!local.is_empty() && is_host(host)).then_some(Self { local, host })
    }
}

/// Host of `scheme://[userinfo@]host[:port][/…]`; only a host name, no address (RFC 3986 §3.2).
fn uri_host(uri: &str) -> Option<&str> {
    let (scheme, rest) = uri.split_once("://")?;
    let scheme_is_plain = scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    let authority = rest.split(['/', '?', '#']).next()?;
    let after_user = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match after_user.split_once(':') {
        Some((host, port)) => port.bytes().all(|b| b.is_ascii_digit()).then_some(host)?,
        None => after_user,
    };
    (scheme_is_plain && !scheme.is_empty() && is_host(host)).then_some(host)
}

/// Labels of letters, digits, `-` and `_`, none empty; the last one is no number, which would be an IPv4 address.
fn is_host(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=LABEL_BYTES).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    let is_number = |label: &str| label.bytes().all(|b| b.is_ascii_digit());
    text.len() <= HOST_BYTES
        && text.split('.').all(is_label)
        && !text.rsplit('.').next().is_some_and(is_number)
}

/// Whether `host`, which has no empty label, has at least one more label in front of `domain`.
fn is_below(host: &str, domain: &str) -> bool {
    host.len()
        .checked_sub(domain.len())
        .and_then(|at| host.split_at_checked(at))
        .is_some_and(|(head, tail)| tail.eq_ignore_ascii_case(domain) && head.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    fn judge(base: GeneralName, name: GeneralName) -> Option<bool> {
        let base = Base::parse(&base)?;
        Some(Name::parse(&name).is_some_and(|name| base.matches(name)))
    }

    fn dns(base: &str, name: &str) -> Option<bool> {
        judge(GeneralName::Dns(base.to_string()), GeneralName::Dns(name.to_string()))
    }

    fn email(base: &str, name: &str) -> Option<bool> {
        judge(GeneralName::Email(base.to_string()), GeneralName::Email(name.to_string()))
    }

    fn uri(base: &str, name: &str) -> Option<bool> {
        judge(GeneralName::Uri(base.to_string()), GeneralName::Uri(name.to_string()))
    }

    #[test]
    fn dns_names_match_at_label_borders() {
        assert_eq!(dns("example.com", "example.com"), Some(true));
        assert_eq!(dns("example.com", "a.b.EXAMPLE.com"), Some(true));
        assert_eq!(dns("example.com", "evilexample.com"), Some(false));
        assert_eq!(dns("example.com", "com"), Some(false));
        assert_eq!(dns("example.com", "*.example.com"), Some(false));
        assert_eq!(dns("example.com", "example.com."), Some(false));
        assert_eq!(dns("", "example.com"), Some(true));
        assert_eq!(dns(".example.com", "a.example.com"), None);
        assert_eq!(dns("*.example.com", "a.example.com"), None);
    }

    #[test]
    fn email_bases_have_three_forms() {
        assert_eq!(email("example.com", "a@EXAMPLE.com"), Some(true));
        assert_eq!(email("example.com", "a@b.example.com"), Some(false));
        assert_eq!(email(".example.com", "a@b.example.com"), Some(true));
        assert_eq!(email(".example.com", "a@example.com"), Some(false));
        assert_eq!(email("a@example.com", "a@example.COM"), Some(true));
        assert_eq!(email("a@example.com", "A@example.com"), Some(false));
        assert_eq!(email("example.com", "\"x@evil\"@example.com"), Some(false));
        assert_eq!(email("example.com", "@example.com"), Some(false));
        assert_eq!(email("", "a@example.com"), None);
    }

    #[test]
    fn uri_bases_are_hosts_or_domains() {
        assert_eq!(uri("example.com", "https://example.com/x"), Some(true));
        assert_eq!(uri("example.com", "https://u@example.com:8443?x"), Some(true));
        assert_eq!(uri("example.com", "https://a.example.com/x"), Some(false));
        assert_eq!(uri(".example.com", "https://a.example.com"), Some(true));
        assert_eq!(uri(".example.com", "https://example.com"), Some(false));
        assert_eq!(uri("example.com", "urn:example.com"), Some(false));
        assert_eq!(uri("example.com", "://example.com"), Some(false));
        assert_eq!(uri("example.com", "h_s://example.com"), Some(false));
        assert_eq!(uri("a-b_c.example", "https://a-b_c.example"), Some(true));
        assert_eq!(uri("example.com", "https://192.0.2.1/"), Some(false));
        assert_eq!(uri("example.com", "https://[::1]/"), Some(false));
        assert_eq!(uri("example.com", "https://evil.test/@example.com"), Some(false));
        assert_eq!(uri("https://example.com", "https://example.com"), None);
        assert_eq!(uri("*.example.com", "https://a.example.com"), None);
    }
}
