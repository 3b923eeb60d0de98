import { expectRepository, type CretulaError, type VerifyRequest } from "cretula";
import { byId, input } from "./dom.js";

type Policy = VerifyRequest["policy"];

/** Kinds of expectations, as the radio buttons name them. */
const KINDS = ["repository", "identity", "policy", "anyone"] as const;
type Kind = (typeof KINDS)[number];

/** Issuers that an identity on a public forge has. */
const ISSUERS: readonly (readonly [prefix: string, issuer: string])[] = [
  ["https://github.com/", "https://token.actions.githubusercontent.com"],
  ["https://gitlab.com/", "https://gitlab.com"],
];

/** Shows the fields of the kind that is chosen. */
export function showFields(): void {
  const kind = chosen();
  const shown: Readonly<Record<string, boolean>> = {
    repository: kind === "repository",
    identity: kind === "identity",
    issuer: kind === "repository" || kind === "identity",
    policy: kind === "policy",
    anyone: kind === "anyone",
  };
  for (const [name, isShown] of Object.entries(shown)) {
    byId(`fields-${name}`, HTMLElement).hidden = !isShown;
  }
}

/** Chooses a kind. */
export function choose(kind: Kind): void {
  input(`by-${kind}`).checked = true;
  showFields();
}

/** Whether only the signer is to be shown. */
export const isAnyone = (): boolean => chosen() === "anyone";

/**
 * The policy that the form says; `hasArtifact` only matters where nobody is expected.
 *
 * @throws Error in plain words, or a {@link CretulaError}, if the form does not say enough.
 */
export async function readPolicy(hasArtifact: boolean): Promise<Policy> {
  const issuer = input("issuer").value.trim();
  switch (chosen()) {
    case "repository":
      return expectRepository(filled("repository", "the repository"), issuer || undefined);
    case "identity": {
      const san = filled("identity", "the identity");
      const known = ISSUERS.find(([prefix]) => san.startsWith(prefix))?.[1];
      const from = issuer || known || filled("issuer", "the issuer");
      return { schema: "cretula/policy/v1", signers: { certificate: { san, issuer: from } } };
    }
    case "policy": {
      const file = input("policy").files?.[0];
      if (file === undefined) throw new FieldError("policy", "Choose the policy file.");
      return new Uint8Array(await file.arrayBuffer());
    }
    case "anyone":
      return {
        schema: "cretula/policy/v1",
        dangerous: { anySigner: true, ...(!hasArtifact && { noArtifact: true }) },
      };
  }
}

/** A field that has to be filled in first. */
export class FieldError extends Error {
  constructor(
    /** Its id. */
    readonly field: string,
    message: string,
  ) {
    super(message);
  }
}

function filled(id: string, name: string): string {
  const text = input(id).value.trim();
  if (text === "") throw new FieldError(id, `Fill in ${name}.`);
  return text;
}

function chosen(): Kind {
  return KINDS.find((kind) => input(`by-${kind}`).checked) ?? "repository";
}
