// The page: what was chosen goes to the verifier, which runs in a worker; what it says is shown.

import {
  CORE_SHA256,
  CretulaError,
  openInWorker,
  type Verification,
  type WorkerVerifier,
} from "cretula";
import { publicGood } from "cretula/trust";
import { sizeOf, takeDropped } from "./choose.js";
import { readDigest } from "./digest.js";
import { byId, element, input } from "./dom.js";
import { verify, type Evidence, type Expectation } from "./evidence.js";
import { EXAMPLE_REPOSITORY, exampleFiles } from "./example.js";
import { choose, FieldError, isAnyone, readPolicy, showFields } from "./expectation.js";
import { readLink } from "./link.js";
import { lookUp } from "./lookup.js";
import { keepOffline } from "./offline.js";
import { reportView } from "./result/report.js";
import { verdict, verdictOf } from "./result/verdict.js";
import { tamperingView } from "./tampering.js";
import { meaning } from "./words.js";

const form = byId("form", HTMLFormElement);
const shown = byId("verdict", HTMLElement);
const report = byId("report", HTMLElement);
const problem = byId("problem", HTMLElement);
const start = byId("start", HTMLButtonElement);
const cancel = byId("cancel", HTMLButtonElement);
const progress = byId("progress", HTMLProgressElement);
const progressText = byId("progress-text", HTMLElement);
const found = byId("lookup-found", HTMLSelectElement);

let verifier: WorkerVerifier | undefined;
let running: AbortController | undefined;
/** Bundles that a look-up brought, in the order of the list. */
let lookedUp: readonly string[] = [];

function startVerifier(): WorkerVerifier {
  return (verifier ??= openInWorker());
}

/** Says early what is missing, instead of after a large file was read. */
async function introduce(): Promise<void> {
  byId("module", HTMLElement).textContent = CORE_SHA256;
  try {
    byId("version", HTMLElement).textContent = (await startVerifier().version()).version;
  } catch (error) {
    problem.textContent = `This page cannot verify anything here: ${explain(error)}.`;
    problem.hidden = false;
  }
}

/** What the visitor has, or an exception that names the field that is missing. */
async function readEvidence(): Promise<Evidence> {
  const file = input("artifact").files?.[0];
  const typed = input("digest").value.trim();
  const digest = readDigest(typed);
  if (typed !== "" && digest === undefined) {
    throw new FieldError("digest", "That is no digest: expected sha256: and 64 hex digits.");
  }
  if (file === undefined && digest === undefined && !isAnyone()) {
    throw new FieldError("artifact", "Choose the file, or give its digest.");
  }
  const bundle = await readBundle();
  const name = file?.name ?? digest ?? "the bundle";
  return { name, bundle, ...(file && { file }), ...(digest !== undefined && { digest }) };
}

async function readBundle(): Promise<Uint8Array> {
  const file = input("bundle").files?.[0];
  if (file !== undefined) return new Uint8Array(await file.arrayBuffer());
  const text = lookedUp[found.selectedIndex];
  if (text !== undefined) return new TextEncoder().encode(text);
  throw new FieldError("bundle", "Choose the bundle, or look it up.");
}

async function readExpectation(evidence: Evidence): Promise<Expectation> {
  const root = input("root").files?.[0];
  const trust =
    root === undefined
      ? publicGood
      : { name: root.name, json: new Uint8Array(await root.arrayBuffer()) };
  const hasArtifact = evidence.file !== undefined || evidence.digest !== undefined;
  return { trust, policy: await readPolicy(hasArtifact) };
}

async function run(): Promise<void> {
  forget();
  const controller = (running = new AbortController());
  setBusy(true);
  try {
    const evidence = await readEvidence();
    const expectation = await readExpectation(evidence);
    const reading = { signal: controller.signal, onProgress: showProgress };
    const again = (changed: Evidence) => verify(startVerifier(), changed, expectation, reading);
    const result = await again(evidence);
    if (running === controller) conclude(result, evidence, again);
  } catch (error) {
    if (running === controller) fail(error, controller.signal);
  } finally {
    if (running === controller) setBusy(false);
  }
}

function conclude(
  result: Verification,
  evidence: Evidence,
  again: (changed: Evidence) => Promise<Verification>,
): void {
  shown.replaceChildren(verdictOf(result, evidence.name));
  report.replaceChildren(...reportView(result, evidence.name, tamperingView(evidence, again)));
  report.hidden = false;
  shown.focus({ preventScroll: true });
  shown.scrollIntoView({ block: "start" });
}

function fail(error: unknown, signal: AbortSignal): void {
  if (signal.aborted) {
    shown.replaceChildren(verdict("error", "Cancelled", "Nothing was verified."));
    start.focus();
    return;
  }
  if (error instanceof CretulaError && error.code === "host/worker") verifier = undefined;
  shown.replaceChildren(verdict("error", "Not verified", `${explain(error)}.`));
  if (!(error instanceof FieldError)) return;
  const field = input(error.field);
  field.setAttribute("aria-invalid", "true");
  field.focus();
}

/** An exception in words; texts of documents stand in it as text. */
function explain(error: unknown): string {
  if (!(error instanceof CretulaError)) {
    return (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");
  }
  const { code, path, detail } = error;
  const place = path === undefined || path === "" ? "" : `, at ${path}`;
  return `${meaning(code)}${place} (${detail === undefined ? code : `${code}: ${detail}`})`;
}

/** A verdict is about what was verified: it goes when anything is changed. */
function forget(): void {
  running?.abort();
  running = undefined;
  setBusy(false);
  report.hidden = true;
  report.replaceChildren();
  shown.replaceChildren(element("p", { class: "hint" }, "Nothing has been verified yet."));
  for (const field of form.querySelectorAll("[aria-invalid]"))
    field.removeAttribute("aria-invalid");
}

function setBusy(isBusy: boolean): void {
  start.disabled = isBusy;
  cancel.hidden = !isBusy;
  progress.hidden = !isBusy;
  progress.removeAttribute("value");
  progressText.textContent = "";
}

function showProgress(bytes: number, total: number | undefined): void {
  // A changed copy is read without a word.
  if (cancel.hidden) return;
  if (total !== undefined && total > 0) {
    progress.max = total;
    progress.value = bytes;
  }
  progressText.textContent = `${sizeOf(bytes)}${total === undefined ? "" : ` of ${sizeOf(total)}`} read`;
}

function showChosen(id: string): void {
  const file = input(id).files?.[0];
  const text = file === undefined ? "" : `${file.name}, ${sizeOf(file.size)}`;
  byId(`${id}-name`, HTMLOutputElement).textContent = text;
}

async function tryExample(): Promise<void> {
  input("digest").value = "";
  await takeDropped(await exampleFiles());
  choose("repository");
  input("repository").value = EXAMPLE_REPOSITORY;
  input("issuer").value = "";
  start.focus();
}

async function startLookup(): Promise<void> {
  const status = byId("lookup-status", HTMLElement);
  const choice = byId("lookup-choice", HTMLElement);
  forget();
  lookedUp = [];
  choice.hidden = true;
  try {
    const digest = readDigest(input("digest").value) ?? (await digestOfFile());
    status.textContent = "Asking…";
    lookedUp = await lookUp(input("lookup-address").value.trim(), digest);
    input("bundle").value = "";
    showChosen("bundle");
    found.replaceChildren(...lookedUp.map((_, index) => new Option(`bundle ${index + 1}`)));
    choice.hidden = lookedUp.length < 2;
    status.textContent =
      lookedUp.length === 1 ? "1 bundle was found." : `${lookedUp.length} bundles were found.`;
  } catch (error) {
    status.textContent = `${explain(error)}.`;
  }
}

/** The digest of the file that was chosen. */
async function digestOfFile() {
  const file = input("artifact").files?.[0];
  if (file === undefined) throw new Error("choose the file, or give its digest");
  const digests = await startVerifier().hashFile(file);
  return `sha256:${digests["sha256"]}` as const;
}

function fillFrom(fragment: string): void {
  const link = readLink(fragment);
  const fields = [
    ["digest", link.digest],
    ["repository", link.repo],
    ["identity", link.identity],
    ["issuer", link.issuer],
    ["lookup-address", link.lookup],
  ] as const;
  for (const [id, value] of fields) if (value !== undefined) input(id).value = value;
  const isExpecting = [link.repo, link.identity, link.issuer].some((value) => value !== undefined);
  byId("link-note", HTMLElement).hidden = !isExpecting;
  if (link.identity !== undefined) choose("identity");
  else if (link.repo !== undefined) choose("repository");
  if (link.lookup !== undefined) byId("lookup", HTMLDetailsElement).open = true;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void run();
});
form.addEventListener("input", forget);
form.addEventListener("change", forget);
for (const id of ["artifact", "bundle"]) input(id).addEventListener("change", () => showChosen(id));
for (const radio of form.querySelectorAll('input[name="by"]')) {
  radio.addEventListener("change", showFields);
}
cancel.addEventListener("click", () => {
  running?.abort();
});
byId("example", HTMLButtonElement).addEventListener("click", () => void tryExample());
byId("lookup-start", HTMLButtonElement).addEventListener("click", () => void startLookup());

addEventListener("dragover", (event) => {
  event.preventDefault();
  byId("drop", HTMLElement).classList.add("over");
});
for (const type of ["dragleave", "drop"]) {
  addEventListener(type, () => byId("drop", HTMLElement).classList.remove("over"));
}
addEventListener("drop", (event) => {
  event.preventDefault();
  void takeDropped([...(event.dataTransfer?.files ?? [])]);
});
addEventListener("beforeprint", () => {
  for (const details of report.querySelectorAll("details")) details.open = true;
});
addEventListener("hashchange", () => {
  forget();
  fillFrom(location.hash);
});

byId("root-name", HTMLElement).textContent = publicGood.name;
showFields();
fillFrom(location.hash);
void introduce();
void keepOffline((sentence) => (byId("offline", HTMLElement).textContent = sentence));
