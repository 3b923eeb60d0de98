"""Reads questions as JSON lines on standard input and answers with the verdict of sigstore, one line each."""

import base64
import json
import logging
import sys
from hashlib import sha256

from sigstore.hashes import Hashed
from sigstore.models import Bundle, TrustedRoot
from sigstore.verify import Verifier
from sigstore.verify.policy import Identity, UnsafeNoOp
from sigstore_models.common.v1 import HashAlgorithm
from sigstore_models.trustroot.v1 import TrustedRoot as Document

verifiers: dict[str, Verifier] = {}


class ArtifactMismatch(Exception):
    """The statement does not name the artifact."""


def verifier(text: str) -> Verifier:
    """The verifier of a trusted root."""
    if text not in verifiers:
        root = TrustedRoot(Document.from_json(base64.b64decode(text)))
        verifiers[text] = Verifier(trusted_root=root)
    return verifiers[text]


def artifact_digest(question: dict) -> str:
    if question["artifact"] is not None:
        return sha256(base64.b64decode(question["artifact"])).hexdigest()
    return question["digest"]["hex"]


def match_subject(payload: bytes, digest: str) -> None:
    """What the command line of this program does with an envelope: one subject has the SHA-256 digest."""
    subjects = json.loads(payload)["subject"]
    if not any(subject["digest"].get("sha256") == digest for subject in subjects):
        raise ArtifactMismatch("artifact is no subject of the statement")


def judge(question: dict) -> None:
    bundle = Bundle.from_json(base64.b64decode(question["bundle"]))
    policy = UnsafeNoOp()
    if question["identity"] is not None:
        policy = Identity(identity=question["identity"], issuer=question["issuer"])
    chosen = verifier(question["root"])
    if bundle._dsse_envelope is not None:
        _, payload = chosen.verify_dsse(bundle, policy)
        if question["artifact"] is not None or question["digest"] is not None:
            match_subject(payload, artifact_digest(question))
        return
    if question["artifact"] is not None:
        chosen.verify_artifact(base64.b64decode(question["artifact"]), bundle, policy)
        return
    digest = bytes.fromhex(question["digest"]["hex"])
    chosen.verify_artifact(Hashed(digest=digest, algorithm=HashAlgorithm.SHA2_256), bundle, policy)


def main() -> None:
    logging.disable(logging.CRITICAL)
    for line in sys.stdin:
        reply = {"accept": True}
        try:
            judge(json.loads(line))
        except BaseException as error:  # a panic of a native part is a BaseException
            reply = {"accept": False, "reason": f"{type(error).__name__}: {error}"[:400]}
        sys.stdout.write(json.dumps(reply) + "\n")
        sys.stdout.flush()


main()
