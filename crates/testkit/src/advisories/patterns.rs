//! Patterns and negations that meant something else than their author thought.

use crate::asn1::utf8;
use crate::bundle_builder::BundleBuilder;
use crate::ca::{ISSUER, WORKFLOW};
use crate::cases::defect::{Change, Defect, accepts, fails, refuses};
use crate::cases::good::{Good, TSA_ONLY};
use crate::instance::Instance;
use crate::json::Json;

use super::policies::{demand_san, glob, leaf, node, regex};
use super::row::{Row, row};

pub(super) fn rows() -> Vec<Row> {
    vec![
        row(
            "CVE-2026-22772",
            "unanchored issuer pattern",
            "A pattern for issuers or names was searched for inside of the text, so that a longer text fitted it.",
            "identity",
            &[
                "i02-prefix", "i02-evil-prefix", "i02-evil-suffix", "i02-regex-prefix", "i02-regex-alternative",
                "i03-evil-suffix", "i03-trailing",
            ],
        )
        .also(&["GHSA-59jp-pj84-45mr"])
        .adding(unanchored),
        row(
            "CVE-2021-41087",
            "path and pattern matching by mistake, negation read differently",
            "Names were cleaned up as paths before they were compared, or a pattern meant something else than its author \
             thought.",
            "identity",
            &["i02-glob", "i02-case", "i02-ignore-case"],
        )
        .also(&["GHSA-pmwq-pjrm-6p5r"])
        .adding(patterns),
        row(
            "lesson-negation",
            "fail-open deny; patterns that bind nothing",
            "A text that no pattern could be compared with passed a negation, or a demand that everybody meets was taken \
             for one.",
            "identity",
            &["i04-denied-unmatchable", "i05-*", "i07-matches-nothing"],
        )
        .adding(negations),
    ]
}

fn set_issuer(builder: &mut BundleBuilder, issuer: &str) {
    let issuer = issuer.to_string();
    builder.edit_leaf(move |leaf| {
        leaf.set(&crate::certificate::fulcio(1), false, issuer.as_bytes().to_vec());
        leaf.set(&crate::certificate::fulcio(8), false, utf8(&issuer));
    });
}

pub(super) fn set_name(builder: &mut BundleBuilder, name: &str) {
    let names = crate::certificate::alt_names(&[crate::certificate::uri(name)]);
    builder.edit_leaf(move |leaf| leaf.extension(crate::certificate::SUBJECT_ALT_NAME).value = names);
}

/// The issuer is demanded by an expression.
static ISSUER_EXPRESSION: Good = Good {
    name: "issuer-expression",
    check: "I03",
    sentence: "the issuer is demanded by an expression",
    make: |instance: &Instance| {
        let issuer = regex("https://token\\.actions\\.githubusercontent\\.com");
        (TSA_ONLY.make)(instance).demanding("/signers/certificate/issuer", issuer)
    },
};

/// The name is demanded by an expression.
static NAME_EXPRESSION: Good = Good {
    name: "name-expression",
    check: "I02",
    sentence: "the name is demanded by an expression",
    make: |instance: &Instance| {
        let name = "https://github\\.com/acme/app/\\.github/workflows/release\\.yml@refs/tags/v1\\.2\\.3";
        (TSA_ONLY.make)(instance).demanding("/signers/certificate/san", regex(name))
    },
};

/// A name below an organisation is demanded.
static NAME_BELOW: Good = Good {
    name: "name-below",
    check: "I02",
    sentence: "a name below an organisation is demanded by a glob",
    make: |instance: &Instance| {
        (TSA_ONLY.make)(instance).demanding("/signers/certificate/san", glob("https://github.com/acme/**"))
    },
};

fn unanchored() -> Vec<Defect> {
    let issuer = |id, sentence, bend: Change| {
        refuses("I03", id, "identity/issuer", &ISSUER_EXPRESSION, sentence, bend)
    };
    let name =
        |id, sentence, bend: Change| refuses("I02", id, "identity/san", &NAME_EXPRESSION, sentence, bend);
    vec![
        issuer("pattern-evil-prefix", "an issuer with something before what the expression fits", |b| {
            set_issuer(b, &format!("https://evil.example/?{ISSUER}"))
        }),
        issuer("pattern-evil-scheme", "an issuer with letters before what the expression fits", |b| {
            set_issuer(b, &format!("evil-{ISSUER}"))
        }),
        issuer("pattern-evil-suffix", "an issuer with something after what the expression fits", |b| {
            set_issuer(b, &format!("{ISSUER}.evil.example"))
        }),
        issuer("pattern-newline-before", "an issuer with a line before", |b| {
            set_issuer(b, &format!("https://evil.example\n{ISSUER}"))
        }),
        issuer("pattern-newline-after", "an issuer with a line after", |b| {
            set_issuer(b, &format!("{ISSUER}\nhttps://evil.example"))
        }),
        issuer("pattern-last-newline", "an issuer with a newline at the end", |b| {
            set_issuer(b, &format!("{ISSUER}\n"))
        }),
        refuses(
            "I03",
            "pattern-alternatives",
            "identity/issuer",
            &TSA_ONLY,
            "alternatives of which each is anchored at both ends",
            |b| {
                set_issuer(b, "https://token.actions.githubusercontent.com.evil.example");
            },
        )
        .arranged(|b| {
            b.demand(
                "/signers/certificate/issuer",
                regex("https://token\\.actions\\.githubusercontent\\.com|https://accounts\\.example\\.com"),
            );
        }),
        refuses("I03", "pattern-dot", "identity/issuer", &TSA_ONLY, "a dot of a glob is a dot", |b| {
            set_issuer(b, "https://token-actions.githubusercontent.com")
        })
        .arranged(|b| b.demand("/signers/certificate/issuer", glob(ISSUER))),
        name("pattern-repo-evil", "a name of a repository that only begins so", |b| {
            set_name(b, "https://github.com/acme/app-evil/.github/workflows/release.yml@refs/tags/v1.2.3")
        }),
        name("pattern-evil-prefix", "a name with letters before what the expression fits", |b| {
            set_name(b, &format!("evil-{WORKFLOW}"))
        }),
        name("pattern-evil-suffix", "a name with something after what the expression fits", |b| {
            set_name(b, &format!("{WORKFLOW}4"))
        }),
        name("pattern-newline-before", "a name with a line before", |b| {
            set_name(b, &format!("https://x.example\n{WORKFLOW}"))
        }),
        name("pattern-newline-after", "a name with a newline at the end", |b| {
            set_name(b, &format!("{WORKFLOW}\n"))
        }),
        refuses(
            "I02",
            "glob-repo-evil",
            "identity/san",
            &TSA_ONLY,
            "a glob that ends before a slash does not fit a longer name",
            |b| {
                set_name(b, "https://github.com/acme/app-evil/.github/workflows/release.yml@refs/tags/v1.2.3")
            },
        )
        .arranged(|b| demand_san(b, glob("https://github.com/acme/app/**"))),
        fails(
            "I07",
            "pattern-look-ahead",
            "policy/pattern",
            &TSA_ONLY,
            "an expression with look-ahead",
            |b| demand_san(b, regex("https://github\\.com/(?=acme/app).*")),
        ),
    ]
}

fn patterns() -> Vec<Defect> {
    let other = |id, sentence, arrange: Change, bend: Change| {
        refuses("I02", id, "identity/san", &TSA_ONLY, sentence, bend).arranged(arrange)
    };
    let acme = |id, sentence, bend: Change| refuses("I02", id, "identity/san", &NAME_BELOW, sentence, bend);
    vec![
        acme("dot-dot", "a name that leads to the wanted one by dots", |b| {
            set_name(b, "https://github.com/evil/../acme/app")
        }),
        acme("dot", "a name with a segment that is a dot", |b| set_name(b, "https://github.com/./acme/app")),
        other(
            "dot-dot-below",
            "a star does not reach across dots and slashes",
            |b| {
                set_name(b, "https://github.com/acme/app");
                demand_san(b, glob("https://github.com/acme/*"));
            },
            |b| set_name(b, "https://github.com/acme/../evil"),
        ),
        acme("double-slash", "a name with an empty segment", |b| set_name(b, "https://github.com//acme/app")),
        other(
            "empty-segment",
            "a star stands for one letter at least",
            |b| {
                set_name(b, "https://github.com/acme/app");
                demand_san(b, glob("https://github.com/*/app"));
            },
            |b| set_name(b, "https://github.com//app"),
        ),
        acme("percent", "a name with an escaped letter", |b| set_name(b, "https://github.com/%61cme/app")),
        other(
            "set",
            "a set of letters is literal",
            |b| {
                set_name(b, "https://github.com/[!a]cme/app");
                demand_san(b, glob("https://github.com/[!a]cme/app"));
            },
            |b| set_name(b, "https://github.com/bcme/app"),
        ),
        other(
            "question-mark",
            "a question mark is literal",
            |b| {
                set_name(b, "https://github.com/acm?/app");
                demand_san(b, glob("https://github.com/acm?/app"));
            },
            |b| set_name(b, "https://github.com/acme/app"),
        ),
        other(
            "braces",
            "braces are literal",
            |b| {
                set_name(b, "https://github.com/{acme,evil}/app");
                demand_san(b, glob("https://github.com/{acme,evil}/app"));
            },
            |b| set_name(b, "https://github.com/evil/app"),
        ),
        other(
            "exclamation",
            "an exclamation mark in front is no negation",
            |b| {
                set_name(b, "!https://github.com/acme/app");
                demand_san(b, glob("!https://github.com/acme/app"));
            },
            |b| set_name(b, "https://github.com/evil/app"),
        ),
        accepts("I02", "escaped-star", &TSA_ONLY, "a star after a backslash is literal", |b| {
            set_name(b, "https://github.com/*/app");
            demand_san(b, glob("https://github.com/\\*/app"));
        }),
        other(
            "escaped-star-only",
            "a star after a backslash fits a star only",
            |b| {
                set_name(b, "https://github.com/*/app");
                demand_san(b, glob("https://github.com/\\*/app"));
            },
            |b| set_name(b, "https://github.com/acme/app"),
        ),
    ]
}

/// The signer is bound by its repository, so that its name is free.
fn named_by_repository(builder: &mut BundleBuilder) {
    builder.policy.remove("/signers/certificate/san");
    builder.demand("/signers/certificate/claims/sourceRepositoryId", Json::text("1001"));
}

/// A denied name beside it.
fn deny_name(builder: &mut BundleBuilder, name: Json) {
    named_by_repository(builder);
    builder.demand("/deny", Json::List(vec![Json::object([("certificate", Json::object([("san", name)]))])]));
}

/// A negated name beside it.
fn negate_name(builder: &mut BundleBuilder, name: Json) {
    named_by_repository(builder);
    let wanted = builder.policy.at("/signers").clone();
    let not = Json::object([("not", Json::object([("certificate", Json::object([("san", name)]))]))]);
    builder.demand("/signers", node("all", vec![wanted, not]));
}

fn long_name(builder: &mut BundleBuilder, length: usize) {
    set_name(builder, &format!("https://github.com/{}", "x".repeat(length - 19)));
}

/// An issuer and this claim only.
fn claim(builder: &mut BundleBuilder, value: Json) {
    builder.demand("/signers/certificate", Json::object([("issuer", Json::text(ISSUER))]));
    builder.demand("/signers/certificate/claims/sourceRepositoryId", value);
}

fn negations() -> Vec<Defect> {
    let unmatchable = |id, sentence, arrange: Change, bend: Change| {
        refuses("I02", id, "identity/claim-malformed", &TSA_ONLY, sentence, bend).arranged(arrange)
    };
    let unbound = |id, sentence, bend: Change| fails("I05", id, "policy/unbound", &TSA_ONLY, sentence, bend);
    vec![
        unmatchable(
            "control-under-deny",
            "a name with a control character, under deny",
            |b| deny_name(b, glob("https://example.com/**")),
            |b| set_name(b, &format!("{WORKFLOW}\n")),
        ),
        unmatchable(
            "control-under-not",
            "a name with a control character, under not",
            |b| negate_name(b, glob("https://example.com/**")),
            |b| set_name(b, &format!("{WORKFLOW}\n")),
        ),
        unmatchable(
            "long-under-deny",
            "a name of 2 KiB and a byte, under deny",
            |b| {
                long_name(b, 2048);
                deny_name(b, glob("https://example.com/**"));
            },
            |b| long_name(b, 2049),
        ),
        unmatchable(
            "long-under-not",
            "a name of 2 KiB and a byte, under not",
            |b| {
                long_name(b, 2048);
                negate_name(b, glob("https://example.com/**"));
            },
            |b| long_name(b, 2049),
        ),
        refuses("I02", "denied-name", "identity/denied", &TSA_ONLY, "a name that deny fits", |b| {
            set_name(b, "https://example.com/x")
        })
        .arranged(|b| deny_name(b, glob("https://example.com/**"))),
        unbound("present-only", "a claim that is present only", |b| {
            claim(b, Json::object([("present", Json::bool(true))]))
        }),
        unbound("absent-only", "a claim that is absent only", |b| {
            claim(b, Json::object([("absent", Json::bool(true))]))
        }),
        unbound("claim-any-glob", "a claim that any text fits", |b| claim(b, glob("**"))),
        unbound("claim-any-expression", "a claim that any expression fits", |b| claim(b, regex(".+"))),
        unbound("deny-only", "deny alone", |b| {
            b.policy.remove("/signers");
            b.demand("/deny", Json::List(vec![leaf("https://example.com/a")]));
        }),
        unbound("not-in-any", "an alternative that is a negation", |b| {
            let not = Json::object([("not", leaf("https://example.com/a"))]);
            b.demand("/signers", node("any", vec![leaf(WORKFLOW), not]));
        }),
    ]
}
