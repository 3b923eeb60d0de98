// `cretula/element`: defines `<cretula-verify>`, for download pages of other people.

import { CretulaError } from "./error.js";
import { expectRepository } from "./expect.js";
import { publicGood } from "./trust.js";
import type { Demands, Verification } from "./types.js";
import { openInWorker, type WorkerVerifier } from "./worker-client.js";

/** Longest bundle, policy or trusted root that is read from the net. */
const MAX_DOCUMENT_BYTES = 48 << 20;

const STYLE = `
:host { display: inline-block; font: inherit; color: inherit; }
:host([hidden]) { display: none; }
button { font: inherit; padding: 0.4em 0.9em; cursor: pointer; }
[part~="progress"][hidden] { display: none; }
[part~="verdict"] { font-weight: 600; overflow-wrap: anywhere; }
[part~="verdict"]:not(:empty) { margin-block-start: 0.5em; }
[part~="detail"] { display: block; font-weight: 400; font-size: 0.9em; }
[part~="progress"] { display: block; inline-size: 100%; margin-block-start: 0.5em; }
`;

/** One worker for all elements of a page; started by the first press of a button. */
let worker: WorkerVerifier | undefined;

/**
 * `<cretula-verify src bundle expect-repo|policy [issuer] [trusted-root]>`.
 *
 * A button; nothing is requested before it is pressed. Then the file at `src` is hashed as it arrives, in a
 * worker, and its bundle is verified. `bundle` is `src` with `.sigstore.json` if it is left out; `policy`
 * and `trusted-root` are URLs of documents. Requests carry no credentials.
 *
 * Events, which bubble and leave shadow trees: `cretula-verdict` with a `Verification` as `detail`, and
 * `cretula-error` with the exception. Only a `cretula-verdict` with `detail.verified === true` is a
 * success. CSS parts: `button`, `progress`, `verdict` (also `verified`, `refused` or `error`), `detail`.
 * The attribute `state` says `idle`, `running`, `verified`, `refused` or `error`; it is for style only.
 */
export class CretulaVerify extends HTMLElement {
  static readonly observedAttributes = [
    "src",
    "bundle",
    "expect-repo",
    "issuer",
    "policy",
    "trusted-root",
  ];

  readonly #button = document.createElement("button");
  readonly #progress = document.createElement("progress");
  readonly #verdict = document.createElement("div");
  #running: AbortController | undefined;

  constructor() {
    super();
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    const shadow = this.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = [sheet];
    const label = document.createElement("slot");
    label.textContent = "Verify this download";
    this.#button.type = "button";
    this.#button.part.add("button");
    this.#button.append(label);
    this.#button.addEventListener("click", () => void this.verify());
    this.#progress.part.add("progress");
    this.#progress.hidden = true;
    this.#progress.setAttribute("aria-label", "Bytes read");
    this.#verdict.setAttribute("role", "status");
    shadow.append(this.#button, this.#progress, this.#verdict);
    this.#show("idle");
  }

  /** An answer is about the attributes that it was asked with. */
  attributeChangedCallback(_: string, before: string | null, after: string | null): void {
    if (before !== after) this.#reset();
  }

  disconnectedCallback(): void {
    this.#reset();
  }

  /** What a press of the button does. Resolves to `undefined` after an error, which is an event. */
  async verify(): Promise<Verification | undefined> {
    this.#reset();
    const controller = (this.#running = new AbortController());
    this.#show("running", "Verifying…");
    this.#button.disabled = true;
    try {
      const result = await this.#run(controller.signal);
      if (controller.signal.aborted) return undefined;
      this.#conclude(result);
      return result;
    } catch (error) {
      if (!controller.signal.aborted) this.#fail(error);
      return undefined;
    } finally {
      if (this.#running === controller) this.#settle();
    }
  }

  async #run(signal: AbortSignal): Promise<Verification> {
    const source = this.#attribute("src") ?? refuse("the attribute src is missing");
    const repository = this.#attribute("expect-repo");
    const policyUrl = this.#attribute("policy");
    if ((repository === undefined) === (policyUrl === undefined)) {
      refuse("one of the attributes expect-repo and policy is needed");
    }
    const rootUrl = this.#attribute("trusted-root");
    const policy =
      repository === undefined
        ? await download(policyUrl!, signal)
        : expectRepository(repository, this.#attribute("issuer"));
    const demands: Demands = {
      bundle: await download(this.#attribute("bundle") ?? `${source}.sigstore.json`, signal),
      trust: rootUrl === undefined ? publicGood : await download(rootUrl, signal),
      policy,
    };
    const response = await request(source, signal);
    const length = Number(response.headers.get("content-length"));
    this.#progress.hidden = false;
    if (length > 0) this.#progress.max = length;
    const onProgress = (bytes: number) => {
      if (length > 0) this.#progress.value = Math.min(bytes, length);
    };
    return hash(response, { ...demands, signal, onProgress });
  }

  #conclude(result: Verification): void {
    if (result.verified) {
      const signer = result.report.signer;
      const name =
        signer && ("certificate" in signer ? signer.certificate.san.value : signer.key.id);
      this.#show("verified", "Verified", name && `signed by ${name}`);
    } else {
      this.#show("refused", "Refused: do not use this file", result.report.code);
    }
    this.#dispatch("cretula-verdict", result);
  }

  #fail(error: unknown): void {
    const detail = error instanceof Error ? error.message : String(error);
    this.#show("error", "Not verified", detail);
    this.#dispatch("cretula-error", error);
  }

  #dispatch(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  #reset(): void {
    this.#running?.abort();
    this.#settle();
    this.#show("idle");
  }

  #settle(): void {
    this.#running = undefined;
    this.#button.disabled = false;
    this.#progress.hidden = true;
    this.#progress.removeAttribute("value");
  }

  #show(state: string, text = "", detail?: string): void {
    // A constructor may not set attributes.
    if (state !== "idle" || this.hasAttribute("state")) this.setAttribute("state", state);
    this.#verdict.part.value = `verdict ${state}`;
    this.#verdict.textContent = text;
    if (detail === undefined) return;
    const line = document.createElement("span");
    line.part.add("detail");
    line.textContent = detail;
    this.#verdict.append(line);
  }

  #attribute(name: string): string | undefined {
    return this.getAttribute(name) ?? undefined;
  }
}

async function request(url: string, signal: AbortSignal): Promise<Response> {
  const response = await fetch(new URL(url, document.baseURI), { credentials: "omit", signal });
  if (!response.ok) {
    throw new CretulaError("host/source", `${url} was answered with ${response.status}`);
  }
  return response;
}

async function download(url: string, signal: AbortSignal): Promise<Uint8Array> {
  const blob = await (await request(url, signal)).blob();
  if (blob.size > MAX_DOCUMENT_BYTES) throw new CretulaError("input/too-large", url);
  return new Uint8Array(await blob.arrayBuffer());
}

async function hash(
  response: Response,
  demands: Demands & { signal: AbortSignal; onProgress: (bytes: number) => void },
): Promise<Verification> {
  const verifier = (worker ??= openInWorker());
  const { body } = response;
  try {
    return await verifier.verifyFile(body ?? new Blob([]), demands);
  } catch (error) {
    if (error instanceof CretulaError && error.code === "host/worker") worker = undefined;
    // Not every browser can hand a stream over; a blob it can.
    const isRefused = error instanceof DOMException && error.name === "DataCloneError";
    if (!isRefused || body === null || body.locked) throw error;
    return verifier.verifyFile(await new Response(body).blob(), demands);
  }
}

function refuse(detail: string): never {
  throw new CretulaError("host/expectation", detail);
}

if (!customElements.get("cretula-verify")) customElements.define("cretula-verify", CretulaVerify);

declare global {
  interface HTMLElementTagNameMap {
    "cretula-verify": CretulaVerify;
  }
  interface HTMLElementEventMap {
    "cretula-verdict": CustomEvent<Verification>;
    "cretula-error": CustomEvent<unknown>;
  }
}
