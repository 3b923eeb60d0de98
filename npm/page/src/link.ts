// What a link to this page may carry, all after `#`, which browsers do not send to servers.

/** Expectations of a link. Each only fills a field; nothing is requested or verified by opening it. */
export interface Link {
  readonly digest?: string;
  readonly repo?: string;
  readonly identity?: string;
  readonly issuer?: string;
  readonly lookup?: string;
}

const NAMES = ["digest", "repo", "identity", "issuer", "lookup"] as const;

/** Longest value that is taken over. */
const MAX_LENGTH = 2048;

/** Reads a fragment; a member that is there twice is left out, since it is not clear which one is meant. */
export function readLink(fragment: string): Link {
  const parameters = new URLSearchParams(fragment.replace(/^#/, ""));
  const read: Record<string, string> = {};
  for (const name of NAMES) {
    const [value, ...others] = parameters.getAll(name);
    if (value !== undefined && others.length === 0 && value.length <= MAX_LENGTH)
      read[name] = value;
  }
  return read;
}
