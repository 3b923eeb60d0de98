import type { Statement } from "cretula";

/** What provenance says about its builder. The signer vouches for it, and nobody else. */
export interface StatedProvenance {
  readonly builder?: string;
  readonly buildType?: string;
}

/** Where each predicate type has builder and build type. */
const PATHS: Readonly<Record<string, { readonly builder: string; readonly buildType: string }>> = {
  "https://slsa.dev/provenance/v1": {
    builder: "runDetails/builder/id",
    buildType: "buildDefinition/buildType",
  },
  "https://slsa.dev/provenance/v0.2": { builder: "builder/id", buildType: "buildType" },
};

/** Reads it from the payload of a statement whose signature has verified; `undefined` for other predicates. */
export function readProvenance(statement: Statement): StatedProvenance | undefined {
  const { predicateType, payload } = statement;
  const paths = Object.hasOwn(PATHS, predicateType) ? PATHS[predicateType] : undefined;
  if (paths === undefined || payload === undefined) return undefined;
  const bytes = Uint8Array.from(atob(payload), (letter) => letter.charCodeAt(0));
  const document: unknown = JSON.parse(new TextDecoder().decode(bytes));
  const builder = textAt(document, `predicate/${paths.builder}`);
  const buildType = textAt(document, `predicate/${paths.buildType}`);
  return {
    ...(builder !== undefined && { builder }),
    ...(buildType !== undefined && { buildType }),
  };
}

function textAt(document: unknown, path: string): string | undefined {
  let value = document;
  for (const name of path.split("/")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name))
      return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return typeof value === "string" ? value : undefined;
}
