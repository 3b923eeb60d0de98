"""A complete client of the core module in wasmtime's core API: no component model, no generated code."""

import json
import threading
from collections.abc import Callable
from pathlib import Path

from wasmtime import Config, Engine, Func, Instance, Memory, Module, Store

INTERFACE = "cretula:core/portable@1.0.0#"


class SandboxError(Exception):
    """The sandbox ended the call; `host/sandbox`, and always a denial."""


class Portable:
    """The module, compiled once. Each call has an instance of its own."""

    def __init__(self, path: Path, *, memory_bytes: int = 64 << 20, deadline_secs: float = 1.0) -> None:
        config = Config()
        config.epoch_interruption = True
        self._engine = Engine(config)
        self._module = Module.from_file(self._engine, str(path))
        self._memory_bytes, self._deadline_secs = memory_bytes, deadline_secs

    def call(self, name: str, *lists: bytes, now: int | None = None, replies: int = 1) -> list[bytes]:
        """Calls a function with lists of bytes and, where it takes one, the time in Unix seconds."""
        store = Store(self._engine)
        store.set_limits(memory_size=self._memory_bytes, instances=1, tables=1, memories=1)
        store.set_epoch_deadline(1)
        # An engine has one epoch: a client with parallel calls ticks it at an interval instead.
        timer = threading.Timer(self._deadline_secs, self._engine.increment_epoch)
        timer.start()
        try:
            return self._call(store, name, lists, now, replies)
        except Exception as error:
            raise SandboxError("host/sandbox") from error
        finally:
            timer.cancel()

    def _call(self, store: Store, name: str, lists: tuple[bytes, ...], now: int | None, replies: int) -> list[bytes]:
        # 1. An instance, with nothing to import.
        instance = Instance(store, self._module, [])
        memory = instance.exports(store)["memory"]
        assert isinstance(memory, Memory)
        function = self._function(store, instance, INTERFACE + name)
        # 2. Room for each list, which the module gives.
        realloc = self._function(store, instance, "cabi_realloc")
        flat: list[int] = []
        for content in lists:
            place = realloc(0, 0, 1, len(content)) & 0xFFFF_FFFF
            memory.write(store, content, place)
            flat += [place, len(content)]
        # 3. The call.
        head = function(*flat, *([] if now is None else [now])) & 0xFFFF_FFFF
        # 4. At the place that comes back: place and length of each list, 32 bits, little-endian.
        words = memoryview(self._read(store, memory, head, 8 * replies)).cast("I")
        found = [self._read(store, memory, words[2 * n], words[2 * n + 1]) for n in range(replies)]
        # 5. The module takes its memory back.
        self._function(store, instance, f"cabi_post_{INTERFACE}{name}")(head)
        return found

    def _function(self, store: Store, instance: Instance, name: str) -> Callable[..., int]:
        function = instance.exports(store)[name]
        assert isinstance(function, Func)
        return lambda *flat: function(store, *flat)

    def _read(self, store: Store, memory: Memory, place: int, length: int) -> bytes:
        if place + length > memory.data_len(store):
            raise ValueError("a reply outside of the memory")
        return bytes(memory.read(store, place, place + length))


def is_verified(reply: bytes) -> bool:
    """True only for a report that says so; everything else, an exception too, is a denial."""
    match json.loads(reply):
        case {"schema": "cretula/report/v1", "verdict": "verified"}:
            return True
    return False
