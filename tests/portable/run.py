"""Runs the vectors that every binding of `portable` must pass (docs/portable.md).

    python tests/portable/run.py

prints `ok NAME` or `FAILED NAME` for each test and the counts last; it fails if a test failed or none ran.
"""

import base64
import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from client import Portable, SandboxError, is_verified
from wasmtime import wat2wasm

ROOT = Path(__file__).resolve().parents[2]
CHECKS = ROOT / "tests/vectors/checks"
REPLIES = ROOT / "tests/vectors/replies"
CORE = ROOT / "target/cretula/cretula.core.wasm"

NOW = 1_767_225_600


def encoded(document: str | dict) -> str:
    """Base64 of a text, or what a case already has as base64."""
    if isinstance(document, str):
        return base64.b64encode(document.encode()).decode()
    return document["base64"]


def cases() -> Iterator[tuple[str, dict, dict]]:
    """Name, expectation and complete request of every case of every check."""
    for path in sorted(CHECKS.glob("*.json")):
        for case in json.loads(path.read_bytes())["cases"]:
            request = case["request"]
            request["bundle"], request["policy"] = encoded(request["bundle"]), encoded(request["policy"])
            roots = request["trust"].get("roots")
            if roots is not None:
                files = [(CHECKS / "roots" / name).read_bytes() for name in roots]
                request["trust"]["roots"] = [base64.b64encode(content).decode() for content in files]
            yield case["name"], case["expected"], request


def recorded(folder: str, name: str) -> bytes | None:
    """The reply that is recorded for a case."""
    path = REPLIES / folder / f"{name}.json"
    return path.read_bytes().removesuffix(b"\n") if path.exists() else None


def verify(module: Portable, request: dict) -> bytes:
    return module.call("verify", json.dumps(request).encode())[0]


def replies_are_those_recorded(module: Portable) -> None:
    compared = 0
    for name, expected, request in cases():
        full = recorded("full", name)
        if full is None:
            continue
        reply = verify(module, request)
        assert reply == full, f"{name}: {reply!r}"
        assert is_verified(reply) == (expected["outcome"] == "verified"), name
        short = request | {"options": request.get("options", {}) | {"report": "short"}}
        assert verify(module, short) == recorded("short", name), f"{name}, short"
        bundle = base64.b64decode(request["bundle"])
        assert module.call("inspect", bundle)[0] == recorded("inspected", name), f"{name}, inspected"
        compared += 3
    assert compared > 450, compared
    print(f"{compared} replies compared")


def two_lists_come_back(module: Portable) -> None:
    state, action = module.call("begin", b"{}", now=NOW, replies=2)
    assert state == b"", state
    document = json.loads(action)
    assert document["schema"] == "cretula/action/v1", document
    again, action = module.call("resume", b"no state", b"{}", now=NOW, replies=2)
    assert again == b"no state" and b"cretula/action/v1" in action, (again, action)


def a_time_beyond_32_bits_is_passed(module: Portable) -> None:
    reply = json.loads(module.call("statement", b"{}", now=2**40)[0])
    assert reply["schema"] == "cretula/error/v1", reply


def wrong_input_is_a_document(module: Portable) -> None:
    for name in ["verify", "inspect", "check-policy"]:
        for wrong in [b"", b"{", b"null", b"\xff", b"[" * 1000]:
            reply = module.call(name, wrong)[0]
            assert json.loads(reply)["schema"] == "cretula/error/v1", (name, wrong, reply)
            assert not is_verified(reply)
    assert json.loads(module.call("guard", b"{}", b"")[0])["schema"] == "cretula/error/v1"


def streams_are_hashed(module: Portable) -> None:
    content = bytes(range(256)) * 1000
    state = b'["sha256","sha512"]'
    for start in range(0, len(content), 60_000):
        state = module.call("hash", state, content[start : start + 60_000])[0]
    digests = json.loads(module.call("digests", state)[0])
    assert digests == {name: hashlib.new(name, content).hexdigest() for name in ["sha256", "sha512"]}, digests


def the_version_needs_no_argument(module: Portable) -> None:
    found = json.loads(module.call("version")[0])
    assert (found["schema"], found["contract"]) == ("cretula/version/v1", "cretula:core@1.0.0"), found


def guest(body: str, pages: int = 1, more: str = "") -> bytes:
    """A module whose `verify` does something else."""
    return wat2wasm(f"""(module {more} (memory (export "memory") {pages})
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64))
        (func (export "cretula:core/portable@1.0.0#verify") (param i32 i32) (result i32) {body} (i32.const 8))
        (func (export "cabi_post_cretula:core/portable@1.0.0#verify") (param i32))
        (data (i32.const 8) "\\10\\00\\00\\00\\02\\00\\00\\00{{}}"))""")


def hostile_modules_are_denied(_: Portable) -> None:
    place = Path(sys.argv[0]).resolve().parents[2] / "target/tools/portable/guest.wasm"
    place.parent.mkdir(parents=True, exist_ok=True)

    def ends(core: bytes) -> str:
        place.write_bytes(core)
        try:
            return str(Portable(place, deadline_secs=0.2).call("verify", b"{}"))
        except SandboxError as error:
            return str(error)

    assert ends(guest("")) == "[b'{}']"
    bomb = "(loop $l (br_if $l (i32.ne (memory.grow (i32.const 64)) (i32.const -1)))) (unreachable)"
    for body in [
        "(unreachable)",
        "(loop $l (br $l))",
        bomb,
        "(i32.store (i32.const 12) (i32.const 0x7fffffff))",
        "(return (i32.const -4))",
    ]:
        assert ends(guest(body)) == "host/sandbox", body
    assert ends(guest("", pages=2000)) == "host/sandbox"
    assert ends(guest("", more='(import "env" "f" (func))')) == "host/sandbox"
    place.unlink()


TESTS: list[Callable[[Portable], None]] = [
    replies_are_those_recorded,
    two_lists_come_back,
    a_time_beyond_32_bits_is_passed,
    wrong_input_is_a_document,
    streams_are_hashed,
    the_version_needs_no_argument,
    hostile_modules_are_denied,
]


def main() -> int:
    # Where replies are compared, time is not what is tested.
    module = Portable(CORE, deadline_secs=60)
    failed = 0
    for test in TESTS:
        name = test.__name__.replace("_", " ")
        try:
            test(module)
            print(f"ok {name}")
        except Exception as error:
            failed += 1
            print(f"FAILED {name}: {type(error).__name__}: {error}")
    print(f"{len(TESTS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
