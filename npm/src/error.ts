/**
 * Wrong use, or the sandbox ended the call. Never success; a bundle that is refused is no error but a
 * result.
 *
 * Programs match `code` and nothing else: those of docs/codes.md, and of this package
 * - `host/module`: the bytes are not the module that this package was built for;
 * - `host/compile`: WebAssembly is not compiled here, such as under a Content-Security-Policy without
 *   `'wasm-unsafe-eval'`;
 * - `host/expectation`: `expectRepository` or an element was not told whom you expect;
 * - `host/object`: a value that is not plain JSON data, such as a getter, a class instance or a cycle;
 * - `host/source`: something that `verifyFile` cannot read here;
 * - `host/sandbox`: a trap, no memory, or a reply that is none;
 * - `host/worker`: the worker did not start, or ended.
 */
export class CretulaError extends Error {
  override readonly name = "CretulaError";

  constructor(
    /** Stable code, `area/name`. */
    readonly code: string,
    /** For people; may change. */
    readonly detail?: string,
    /** RFC 6901 pointer into the document at fault. */
    readonly path?: string,
    options?: ErrorOptions,
  ) {
    super([code, path && ` at ${path}`, detail && `: ${detail}`].filter(Boolean).join(""), options);
  }
}
