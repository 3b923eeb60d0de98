// Requests to Sigstore services, with bounds: no redirects, no cookies, no compression, time and bytes
// limited.

import { fromBase64 } from "../base64.js";
import type { AllowList } from "./allow-list.js";
import { exchangeReply, type ExchangeRequest, type ServiceReply } from "./documents.js";
import { HostError } from "./error.js";
import type { Fetcher } from "./types.js";

/** Longest body of a reply. */
const MAX_BODY_BYTES = 1 << 20;
/** Longest time for a reply, and longest wait before a request, whatever the request says. */
const MAX_TOTAL_MS = 120_000;
/** Longest time between two parts of a body. */
const IDLE_MS = 10_000;
/** Statuses after which the module sends the same request again; the token is needed until then. */
const RETRIED = new Set([408, 429, 500, 502, 503, 504]);

/** How requests are sent. */
export interface ServicesOptions {
  readonly fetch: Fetcher;
  readonly token: (() => string | Promise<string>) | undefined;
  readonly wait: (delayMs: number) => Promise<void>;
  readonly signal: AbortSignal | undefined;
  /** Tests need not wait for 10 s. */
  readonly idleMs?: number;
}

/** The services of one signing configuration. */
export class Services {
  readonly #allowed: AllowList;
  readonly #options: ServicesOptions;
  #token: string | undefined;

  constructor(allowed: AllowList, options: ServicesOptions) {
    this.#allowed = allowed;
    this.#options = options;
  }

  /** Performs the requests of an action, all at the same time, and returns the reply document. */
  async perform(id: number, requests: readonly ExchangeRequest[]): Promise<Uint8Array> {
    const results = await Promise.allSettled(requests.map((request) => this.#exchange(request)));
    this.#options.signal?.throwIfAborted();
    return exchangeReply(id, results);
  }

  async #exchange(request: ExchangeRequest): Promise<ServiceReply> {
    this.#allowed.check(request);
    await this.#options.wait(Math.min(request.delayMs, MAX_TOTAL_MS));
    const headers: Record<string, string> = {
      accept: request.headers.accept,
      "accept-encoding": "identity",
    };
    if (request.headers["content-type"]) headers["content-type"] = request.headers["content-type"];
    const isToken = request.auth === "fulcio-token";
    if (isToken) headers["authorization"] = `Bearer ${await this.#bearer()}`;
    const reply = await this.#send(request, headers);
    if (isToken && !RETRIED.has(reply.status)) this.#token = undefined;
    return reply;
  }

  async #bearer(): Promise<string> {
    const token = (this.#token ??= await this.#options.token?.());
    if (token === undefined || !/^[A-Za-z0-9_.-]+$/.test(token)) throw new HostError("denied");
    return token;
  }

  async #send(request: ExchangeRequest, headers: Record<string, string>): Promise<ServiceReply> {
    const ended = new AbortController();
    const timer = setTimeout(
      () => ended.abort(new HostError("timed-out")),
      Math.min(request.timeoutMs, MAX_TOTAL_MS),
    );
    const abort = () => ended.abort(this.#options.signal?.reason);
    this.#options.signal?.addEventListener("abort", abort, { once: true });
    try {
      this.#options.signal?.throwIfAborted();
      const response = await this.#options.fetch(request.url, {
        method: request.method,
        headers,
        ...(request.method === "POST" && { body: fromBase64(request.body) }),
        redirect: "manual",
        credentials: "omit",
        cache: "no-store",
        referrerPolicy: "no-referrer",
        signal: ended.signal,
      });
      return await readResponse(request.url, response, this.#options.idleMs ?? IDLE_MS, ended);
    } catch (error) {
      ended.abort();
      if (error instanceof HostError) throw error;
      const { reason } = ended.signal as { reason: unknown };
      throw reason instanceof HostError
        ? reason
        : new HostError("unavailable", undefined, { cause: error });
    } finally {
      clearTimeout(timer);
      this.#options.signal?.removeEventListener("abort", abort);
    }
  }
}

async function readResponse(
  url: string,
  response: Response,
  idleMs: number,
  ended: AbortController,
): Promise<ServiceReply> {
  if (response.type === "opaqueredirect" || (response.status >= 300 && response.status < 400)) {
    throw new HostError("redirected");
  }
  const text = (name: string) => response.headers.get(name) ?? undefined;
  if (text("content-encoding") !== undefined) throw new HostError("too-large");
  const location = samePath(url, text("location"));
  const retryAfter = digits(text("retry-after"), 0xffff_ffff);
  const logIndex = digits(text("x-log-index"), Number.MAX_SAFE_INTEGER);
  return {
    status: response.status,
    contentType: (text("content-type") ?? "").split(";")[0]!.trim().toLowerCase(),
    ...(location !== undefined && { location }),
    ...(retryAfter !== undefined && { retryAfter }),
    ...(logIndex !== undefined && { logIndex }),
    body: await readBody(response, idleMs, ended),
  };
}

/** Reads the body part by part; what is above the limit is never kept. */
async function readBody(
  response: Response,
  idleMs: number,
  ended: AbortController,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  for (;;) {
    const idle = setTimeout(() => ended.abort(new HostError("timed-out")), idleMs);
    const part = await reader?.read().finally(() => clearTimeout(idle));
    if (part === undefined || part.done) break;
    length += part.value.length;
    if (length > MAX_BODY_BYTES) throw new HostError("too-large");
    parts.push(part.value);
  }
  const body = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    body.set(part, at);
    at += part.length;
  }
  return body;
}

/** Decimal digits up to a number; a date counts as absent. */
function digits(text: string | undefined, max: number): number | undefined {
  const trimmed = text?.trim() ?? "";
  return /^\d{1,16}$/.test(trimmed) && Number(trimmed) <= max ? Number(trimmed) : undefined;
}

/** Path and query of a `Location`, if it is on the same server (RFC 9110 §10.2.2). */
function samePath(url: string, location: string | undefined): string | undefined {
  const isPlain =
    location !== undefined && location.length <= 1024 && /^[!-[\]-~]+$/.test(location);
  if (!isPlain || !URL.canParse(location, url)) return undefined;
  const target = new URL(location, url);
  const isSame =
    target.origin === new URL(url).origin && target.username === "" && target.password === "";
  return isSame ? target.pathname + target.search : undefined;
}
