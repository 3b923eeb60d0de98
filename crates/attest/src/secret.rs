//! What must not become public in a parameter: names and forms of credentials.

/// What stands for a value that the control plane hid.
pub(crate) const MASKED: &str = "[MASKED]";

/// Words of a name, between underscores, in any case.
const NAME_WORDS: [&[&str]; 13] = [
    &["TOKEN"],
    &["SECRET"],
    &["PASSWORD"],
    &["PASSWD"],
    &["PASSPHRASE"],
    &["CREDENTIAL"],
    &["CREDENTIALS"],
    &["APIKEY"],
    &["API", "KEY"],
    &["PRIVATE", "KEY"],
    &["ACCESS", "KEY"],
    &["AUTHORIZATION"],
    &["COOKIE"],
];

/// How credentials of well-known services begin.
const PREFIXES: [&str; 12] = [
    "ghp_",
    "gho_",
    "ghs_",
    "ghu_",
    "github_pat_",
    "glpat-",
    "glcbt-",
    "hvs.",
    "xoxb-",
    "xoxp-",
    "AKIA",
    "ASIA",
];

/// How the base64url of a JSON object begins: `{"`, `{ `, and `{` with a line end.
const OBJECT_STARTS: [&str; 5] = ["eyJ", "eyA", "ewo", "ew0", "ewk"];

/// Whether a parameter of that name holds a secret, if it has a value.
pub(crate) fn is_secret_name(name: &str) -> bool {
    let words: alloc::vec::Vec<&str> = name.split('_').collect();
    let equal = |(word, listed): (&&str, &&str)| word.eq_ignore_ascii_case(listed);
    NAME_WORDS
        .iter()
        .any(|listed| words.windows(listed.len()).any(|window| window.iter().zip(listed.iter()).all(equal)))
}

/// Whether a value holds a credential at any place.
pub(crate) fn is_secret_value(value: &str) -> bool {
    has_private_key(value) || has_token(value) || has_known_prefix(value) || has_password(value)
}

/// `-----BEGIN … PRIVATE KEY`, all on one line (RFC 7468 and its relatives).
fn has_private_key(value: &str) -> bool {
    value.split("-----BEGIN ").skip(1).any(|label| {
        let line = label.split(['\n', '\r']).next().unwrap_or_default();
        line.contains("PRIVATE KEY")
    })
}

/// A JWS in compact form: two parts that begin like JSON objects, and a third.
fn has_token(value: &str) -> bool {
    let is_base64url =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
    value.split(|character| !is_base64url(character)).any(|run| {
        let parts: alloc::vec::Vec<&str> = run.split('.').collect();
        parts.windows(3).any(|window| {
            let [header, claims, signature] = window else { return false };
            OBJECT_STARTS.iter().any(|start| header.contains(start))
                && OBJECT_STARTS.iter().any(|start| claims.starts_with(start))
                && !signature.is_empty()
        })
    })
}

/// A known prefix at the start of a word, with something after it.
fn has_known_prefix(value: &str) -> bool {
    PREFIXES.iter().any(|prefix| {
        value.match_indices(prefix).any(|(start, _)| {
            let before = value.get(..start).and_then(|before| before.chars().next_back());
            let after =
                value.get(start.saturating_add(prefix.len())..).and_then(|after| after.chars().next());
            !before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphanumeric)
        })
    })
}

/// A URL with a password that is not masked.
fn has_password(value: &str) -> bool {
    value.split("://").skip(1).any(|rest| {
        let is_end = |character: char| {
            matches!(character, '/' | '?' | '#' | '"' | '\'' | '\\') || character.is_whitespace()
        };
        let authority = rest.split(is_end).next().unwrap_or_default();
        let user = authority.rsplit_once('@').map_or("", |(user, _)| user);
        let password = user.split_once(':').map_or("", |(_, password)| password);
        !password.is_empty() && password != MASKED
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for secret in [
            "TOKEN",
            "deploy_token",
            "Api_Key",
            "MY_API_KEY_2",
            "db_password",
            "AWS_SECRET_ACCESS_KEY",
            "COOKIE",
            "x_CREDENTIALS",
        ] {
            assert!(is_secret_name(secret), "{secret}");
        }
        for plain in
            ["TOKENS", "SECRETARY", "KEY", "API_X_KEY", "TOKENIZER_PATH", "", "_", "PRIVATE", "monkey"]
        {
            assert!(!is_secret_name(plain), "{plain}");
        }
    }

    #[test]
    fn values() {
        for secret in [
            "x\n-----BEGIN EC PRIVATE KEY-----\nAA",
            "-----BEGIN PRIVATE KEY-----",
            "a -----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----",
            "Bearer eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln",
            "jwt-eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln.",
            "ghp_0123",
            "see:glpat-abc",
            "(AKIA0123456789ABCDEF)",
            "my_hvs.x",
            "https://user:word@host/x",
            "clone git+https://:word@host",
            "a https://u:[MASKED]x@h b",
        ] {
            assert!(is_secret_value(secret), "{secret}");
        }
        for plain in [
            "-----BEGIN PUBLIC KEY-----",
            "-----BEGIN CERTIFICATE-----\nPRIVATE KEY",
            "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0",
            "eyJhbGciOiJFUzI1NiJ9.x.c2ln",
            "1.2.3",
            "ghp_",
            "ASIA",
            "highp_x",
            "xAKIA0",
            "https://user@host/x:y@z",
            "https://gitlab-ci-token:[MASKED]@gitlab.example/g/p.git",
            "mail a:b@c",
            "",
        ] {
            assert!(!is_secret_value(plain), "{plain}");
        }
    }
}
