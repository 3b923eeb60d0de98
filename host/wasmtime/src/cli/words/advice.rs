//! What to try, by code; every code has an answer, if only that of its area.

/// One or two sentences.
pub(crate) fn advice(code: &str) -> &'static str {
    of_code(code).unwrap_or_else(|| of_area(code.split('/').next().unwrap_or_default()))
}

fn of_code(code: &str) -> Option<&'static str> {
    Some(match code {
        "artifact/mismatch" | "artifact/subject-digest" => {
            "This bundle is about another file. Check that file and bundle are of the same release, and download both again from one place."
        }
        "artifact/message-digest"
        | "log-binding/digest"
        | "log-binding/body-differs"
        | "signature/invalid" => {
            "The file is not the one that was signed, or the bundle belongs to another file. Download both again from one place."
        }
        "artifact/digest-algorithm" => {
            "Give the file itself, or a digest of the algorithm that the line above names."
        }
        "artifact/required" => "Name the artifact, or give its digest with --digest.",
        "signature/message-required" => {
            "Give the file itself: this kind of signature cannot be checked from a digest."
        }
        "signature/key-missing" => {
            "Give the key that the bundle names with --key, and its id with --key-id if it has one."
        }
        "signature/not-allowed" => "The policy does not admit this algorithm: see evidence.algorithms.",
        "identity/san" | "identity/no-match" => {
            "Somebody else signed this, or the identity was mistyped. If the identity found above is the right one, pass it exactly; otherwise do not use the file."
        }
        "identity/issuer" | "identity/issuer-missing" => {
            "Pass the issuer found above with --certificate-oidc-issuer if it is the right one."
        }
        "identity/denied" => "The policy refuses this signer on purpose: see its deny list.",
        "identity/key" => "Another of the given keys signed this: name the right one.",
        "time/log-time-outside-certificate"
        | "time/outside-certificate"
        | "chain/not-valid"
        | "chain/ca-window" => {
            "The signature was not made while certificate and authority were valid. It has to be made again; a newer trusted root helps only if the authority was renewed."
        }
        "time/mode" => {
            "The policy wants another kind of time: see evidence.time.mode. With --key the bundle must be signed with that key, not with a certificate."
        }
        "time/missing" | "time/threshold" => {
            "The bundle proves no time, or the trusted root does not know who proved it. Use the trusted root of the instance that signed (--trusted-root)."
        }
        "time/in-future" => "Check the clock of this machine.",
        "log-inclusion/threshold" => {
            "No known transparency log holds this signature. Use the trusted root of the instance that signed (--trusted-root), or a policy that needs no log."
        }
        "chain/no-path" | "chain/signature" => {
            "The certificate is of an authority that the trusted root does not know. Use the trusted root of the instance that signed (--trusted-root)."
        }
        "trusted-root/no-log" | "trusted-root/no-ct-log" | "trusted-root/no-tsa" | "trusted-root/no-ca" => {
            "Use the trusted root of the instance that signed (--trusted-root). If that instance has none by design, demand none: a policy with the preset private-tsa, for example."
        }
        "bundle-shape/media-type" => "Only Sigstore bundles of versions 0.1, 0.2 and 0.3 are read.",
        "bundle-shape/json" => {
            "This is no Sigstore bundle. Check that the file was not cut short and is not an HTML page of an error."
        }
        "policy/unbound" => "Say who may sign: a certificate with san and issuer, or a key with its ids.",
        _ => return None,
    })
}

fn of_area(area: &str) -> &'static str {
    match area {
        "limits" => {
            "The input is larger than anything that real signers write. If it is right, a caller of the library can raise the limit up to its cap."
        }
        "bundle-shape" => {
            "The bundle does not follow its format. Make it again with a current tool, or ask who published it."
        }
        "trusted-root" => {
            "The trusted root cannot be used for this. Check the file given with --trusted-root, or leave it out for the embedded one."
        }
        "time" => {
            "The time of this signature cannot be trusted. Make the signature again, or use the trusted root of the instance that signed."
        }
        "chain" => {
            "The signing certificate cannot be trusted. Use the trusted root of the instance that signed, or do not use the file."
        }
        "sct" => {
            "The certificate was not logged as it must be. Use the trusted root of the instance that signed; private instances without CT logs need a policy."
        }
        "log-inclusion" | "log-binding" => {
            "The log entry does not prove what it should. Make the signature again, or do not use the file."
        }
        "signature" => "The signature does not hold. Do not use the file.",
        "artifact" => "The signature is about something else. Do not use the file.",
        "identity" => {
            "The signer is not the one you asked for. Do not use the file unless you were mistaken about who signs."
        }
        "predicate" => {
            "The statement is not of the kind that you asked for. See what it says with: cretula inspect"
        }
        "policy" => "Correct the policy at the place above; cretula policy check FILE reads it again.",
        "input" => "Correct the input at the place above.",
        _ => "Please report this with the command line that you used.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_advice() {
        for row in cretula_verify::tables::CODES {
            let area = row.code.split('/').next().unwrap_or_default();
            assert!(
                of_code(row.code).is_some() || of_area(area) != of_area("?") || area == "host",
                "{}",
                row.code
            );
        }
    }
}
