import { CHECKS, CODES, STAGES } from "./tables.js";

const checks = new Map(CHECKS.map(([id, title, clause]) => [id, { title, clause }]));
const codes = new Map(CODES.map(([code, , meaning]) => [code, meaning]));
/** Stage of each check: the first of those that its codes name, limits only where there is no other. */
const stageOf = new Map<string, string>();
for (const [code, id] of CODES) {
  const area = code.split("/")[0] ?? "";
  const known = stageOf.get(id);
  if (STAGES.includes(area) && (known === undefined || known === "limits")) stageOf.set(id, area);
}

/** Groups of checks by the letter of their IDs, in the order of the specification. */
const GROUPS: readonly (readonly [letter: string, name: string])[] = [
  ["P", "Bundle"],
  ["R", "Trusted root"],
  ["L", "Log entry"],
  ["T", "Timestamps"],
  ["M", "Times"],
  ["C", "Certificate path"],
  ["S", "Certificate transparency"],
  ["A", "Signature and artifact"],
  ["I", "Identity and policy"],
];

/** What happened outside of the module. */
const HOST_CODES: ReadonlyMap<string, string> = new Map([
  [
    "host/compile",
    "this browser was told not to run WebAssembly: the Content-Security-Policy that comes with this page " +
      "lacks 'wasm-unsafe-eval' in script-src, in the response that carries the worker’s script",
  ],
  ["host/module", "the verifier that was loaded is not the one that this page was built with"],
  ["host/worker", "the worker with the verifier did not start, or ended"],
  ["host/source", "the file could not be read"],
  ["host/expectation", "that does not say whom you expect"],
]);

/** What holds when a check passes, and the public clause. */
export const check = (id: string): { readonly title: string; readonly clause: string } =>
  checks.get(id) ?? { title: id, clause: "" };

/** What a code means, in words. */
export const meaning = (code: string): string => HOST_CODES.get(code) ?? codes.get(code) ?? code;

/** The stage that a check belongs to, if its codes say so. */
export const stageOfCheck = (id: string): string | undefined => stageOf.get(id);

/** Name of the group that a check belongs to. */
export const groupOf = (id: string): string =>
  GROUPS.find(([letter]) => id.startsWith(letter))?.[1] ?? "Others";

/** Names of all groups in their order. */
export const groups: readonly string[] = [...GROUPS.map(([, name]) => name), "Others"];

/** Stages in their order. */
export const stages = STAGES;

/** `log-binding` as people write it. */
export const stageName = (stage: string): string =>
  stage
    .replaceAll("-", " ")
    .replace(/^sct$/, "SCT")
    .replace(/^./, (letter) => letter.toUpperCase());
