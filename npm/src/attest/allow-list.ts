// Which URLs are called: services of the signing configuration of this host, and the few paths below them.

import type { ExchangeRequest } from "./documents.js";
import { HostError } from "./error.js";

const LISTS = { caUrls: "fulcio", rekorTlogUrls: "rekor", tsaUrls: "tsa" } as const;

/** An entry of Rekor v1 by its id: 64 hex digits, with those of its tree 80. */
const ENTRY_PATH = /^\/api\/v1\/log\/entries\/[0-9a-f]{64,80}$/;

/** Checkpoint, tiles and entry bundles (C2SP tlog-tiles). */
const READ_PATH = new RegExp(
  [
    String.raw`^/api/v2/(checkpoint|tile/(entries|[0-9]|[1-5][0-9]|6[0-3])/`,
    String.raw`(x\d{3}/){0,6}\d{3}`,
    String.raw`(\.p/([1-9]\d?|1\d\d|2[0-4]\d|25[0-5]))?)$`,
  ].join(""),
);

interface Endpoint {
  readonly service: ExchangeRequest["service"];
  readonly url: string;
  readonly majorApiVersion: number;
}

/** The services that may be called. */
export class AllowList {
  readonly #endpoints: readonly Endpoint[];
  readonly #loopbackHttp: boolean;

  /** The services of a ClientTrustConfig. */
  constructor(trust: unknown, loopbackHttp: boolean) {
    const config = (trust as { signingConfig?: Record<string, unknown> } | null)?.signingConfig;
    this.#loopbackHttp = loopbackHttp;
    this.#endpoints = Object.entries(LISTS).flatMap(([name, service]) => {
      const list = config?.[name];
      return Array.isArray(list) ? list.map((item: Endpoint) => ({ ...item, service })) : [];
    });
  }

  /**
   * Checks that a request goes to one of the services by a path of that service, and that the token goes
   * to a certificate authority only.
   *
   * @throws HostError `denied`.
   */
  check(request: ExchangeRequest): void {
    const endpoint = this.#endpoints.find(
      ({ service, url, majorApiVersion }) =>
        service === request.service &&
        url === request.serviceUrl &&
        majorApiVersion === request.majorApiVersion,
    );
    const isToken = request.auth === "fulcio-token";
    const isTokenAllowed = !isToken || (request.service === "fulcio" && request.method === "POST");
    const isBodyAllowed = request.method === "POST" || request.body === "";
    const isAllowed =
      endpoint !== undefined &&
      this.#isAdmitted(endpoint.url) &&
      this.#isAdmitted(request.url) &&
      isTokenAllowed &&
      isBodyAllowed &&
      isPathOf(endpoint, request);
    if (!isAllowed) throw new HostError("denied");
  }

  /** HTTPS, or HTTP to this machine where that is allowed; no user, no fragment, no other spelling. */
  #isAdmitted(text: string): boolean {
    if (
      typeof text !== "string" ||
      !/^[!-~]+$/.test(text) ||
      /[\\#@]/.test(text) ||
      !URL.canParse(text)
    )
      return false;
    const url = new URL(text);
    const isSecure =
      url.protocol === "https:" ||
      (url.protocol === "http:" && this.#loopbackHttp && isLoopback(url));
    return isSecure && (url.href === text || url.href === `${text}/`);
  }
}

const isLoopback = ({ hostname }: URL) => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);

/**
 * Fulcio and Rekor have bases, of which one trailing slash is ignored; timestamp authorities have
 * complete URLs.
 */
function isPathOf({ service, url, majorApiVersion }: Endpoint, request: ExchangeRequest): boolean {
  if (service === "tsa") return request.method === "POST" && request.url === url;
  if (url.includes("?")) return false;
  const base = url.endsWith("/") ? url.slice(0, -1) : url;
  const below = request.url.startsWith(base) ? request.url.slice(base.length) : undefined;
  switch (`${service} ${majorApiVersion} ${request.method}`) {
    case "fulcio 1 POST":
      return below === "/api/v2/signingCert";
    case "rekor 1 POST":
      return below === "/api/v1/log/entries";
    case "rekor 1 GET": {
      const { origin } = new URL(base);
      const path =
        below ?? (request.url.startsWith(origin) ? request.url.slice(origin.length) : "");
      return ENTRY_PATH.test(path);
    }
    case "rekor 2 POST":
      return below === "/api/v2/log/entries";
    case "rekor 2 GET":
      return below !== undefined && READ_PATH.test(below);
    default:
      return false;
  }
}
