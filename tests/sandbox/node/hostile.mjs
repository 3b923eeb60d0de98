// Guests that mean harm, assembled by hand: each ends as a denial that names its cause, and the next call works.
import assert from "node:assert/strict";
import { verifyWithin } from "./deadline.mjs";
import { Portable, SandboxError, isVerified } from "./portable.mjs";

const VERIFY = "cretula:core/portable@1.0.0#verify";
const VERIFIED = '{"schema":"cretula/report/v1","verdict":"verified"}';

const leb = (number) => (number < 128 ? [number] : [(number & 127) | 128, ...leb(number >>> 7)]);
const vector = (items) => [...leb(items.length), ...items.flat()];
const sized = (bytes) => [...leb(bytes.length), ...bytes];
const text = (string) => sized([...Buffer.from(string)]);
const section = (id, items) => [id, ...sized(vector(items))];

// Instructions that the guest needs.
const I32 = 0x7f;
const constant = (number) => [0x41, ...leb(number)]; // below 64, so that the sign bit is clear
const LOAD_BYTE = [0x2d, 0, 0];
const [UNREACHABLE, EQ, END] = [[0x00], [0x46], [0x0b]];
const when = (letter, body) =>
  [constant(16), LOAD_BYTE, letterOf(letter), EQ, [0x04, 0x40], body, END].flat();
const letterOf = (letter) => [0x41, letter.charCodeAt(0) | 0x80, 0x00]; // two bytes: letters are above 63
const FOREVER = [0x03, 0x40, 0x0c, 0, 0x0b];
// Grows memory by 8 pages until it is refused.
const BOMB = [0x03, 0x40, ...constant(8), 0x40, 0, ...[0x41, 0x7f], 0x47, 0x0d, 0, 0x0b, ...UNREACHABLE];

/**
 * A module that does what the request says. A request lies at 8: place and length of the reply, one letter that commands
 * (`T`rap, `L`oop, `M`emory, any other: reply), then the text.
 */
function obedient(maxPages) {
  const commands = [when("T", UNREACHABLE), when("L", FOREVER), when("M", BOMB)].flat();
  const code = (body) => sized([0, ...body, ...END]);
  const types = [[0x60, ...vector([[I32], [I32], [I32], [I32]]), ...vector([[I32]])], [0x60, ...vector([[I32], [I32]]), ...vector([[I32]])], [0x60, ...vector([[I32]]), 0]];
  const exported = [
    [...text("memory"), 2, 0],
    [...text("cabi_realloc"), 0, 0],
    [...text(VERIFY), 0, 1],
    [...text("cabi_post_" + VERIFY), 0, 2],
  ];
  return new Uint8Array([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, types),
    ...section(3, [[0], [1], [2]]),
    ...section(5, [[1, 1, ...leb(maxPages)]]),
    ...section(7, exported),
    ...section(10, [code(constant(8)), code([...commands, ...constant(8)]), code([])]),
  ]);
}

function command(letter, reply, place = 17, length = reply.length) {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(place, 0);
  head.writeUInt32LE(length, 4);
  return Buffer.concat([head, Buffer.from(letter + reply)]);
}

const denial = (reason) => (error) => {
  assert.ok(error instanceof SandboxError, error.stack);
  assert.equal(error.code, "host/sandbox");
  assert.equal(error.reason, reason);
  assert.equal(error.message, `host/sandbox: ${reason}`);
  return true;
};

/** Tests by name, for the runner. `module` is the real one, `request` one that it verifies. */
export function hostile(core, request) {
  const guest = () => WebAssembly.compile(obedient(32));
  const works = (portable) => assert.ok(isVerified(portable.verify(command("R", VERIFIED))));
  return {
    "trap: a denial, and the next call works": async () => {
      const portable = new Portable(await guest());
      for (let round = 0; round < 3; round += 1) {
        works(portable);
        assert.throws(() => portable.verify(command("T", VERIFIED)), denial("trap"));
      }
      works(portable);
    },
    "refused memory: a denial, and the next call works": async () => {
      const portable = new Portable(await guest());
      works(portable);
      assert.throws(() => portable.verify(command("M", VERIFIED)), denial("trap"));
      works(portable);
      // A request that does not fit into the memory.
      assert.throws(() => portable.verify(Buffer.alloc(3 << 20)), denial("memory"));
      works(portable);
    },
    "undecodable reply: a denial, and the next call works": async () => {
      const portable = new Portable(await guest());
      for (const [place, length] of [[0xffff_ffff, 1], [17, 0xffff_ffff], [1 << 16, 1], [0, (1 << 16) + 1]]) {
        assert.throws(() => portable.verify(command("R", VERIFIED, place, length)), denial("reply"));
        works(portable);
      }
      for (const reply of ["", "\0", "{}", "null", "verified", '["verified"]', VERIFIED.slice(1), VERIFIED + "}", VERIFIED.replace("v1", "v2"), VERIFIED.replace('"verified"', "true")]) {
        assert.equal(isVerified(portable.verify(command("R", reply))), false, reply);
      }
      assert.equal(isVerified(portable.verify(command("R", "", 0, 9))), false);
      works(portable);
    },
    "passed deadline: a denial, and the next call works": async () => {
      const module = await guest();
      await assert.rejects(verifyWithin(module, command("L", VERIFIED), 200), denial("deadline"));
      assert.ok(isVerified(await verifyWithin(module, command("R", VERIFIED), 20_000)));
      await assert.rejects(verifyWithin(module, command("T", VERIFIED), 20_000), denial("trap"));
      const real = await WebAssembly.compile(core);
      assert.ok(isVerified(await verifyWithin(real, request, 20_000)));
    },
    "fuel: not applicable, Node counts none; the deadline ends an endless loop": async () => {
      const start = Date.now();
      await assert.rejects(verifyWithin(await guest(), command("L", ""), 100), denial("deadline"));
      assert.ok(Date.now() - start < 20_000);
    },
    "a guest that imports does not start": async () => {
      const importing = new Uint8Array([
        ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
        ...section(1, [[0x60, 0, 0]]),
        ...section(2, [[...text("env"), ...text("now"), 0, 0]]),
      ]);
      assert.throws(() => new Portable(new WebAssembly.Module(importing)).version(), denial("trap"));
    },
    "an instance that has grown is not used again": async () => {
      const portable = new Portable(await WebAssembly.compile(core));
      const text = (bytes) => new TextDecoder().decode(bytes);
      const first = text(portable.verify(request));
      for (let round = 0; round < 3; round += 1) {
        const large = JSON.stringify({ schema: "cretula/verify-request/v1", bundle: "A".repeat(4 << 20) });
        portable.verify(Buffer.from(large));
        assert.equal(text(portable.verify(request)), first);
      }
    },
  };
}
