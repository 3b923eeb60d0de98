import { CretulaError } from "./error.js";
import type { Demand } from "./types.js";

/** Issuers of the identity tokens of public forges, by host. */
const ISSUERS: ReadonlyMap<string, string> = new Map([
  ["github.com", "https://token.actions.githubusercontent.com"],
  ["gitlab.com", "https://gitlab.com"],
]);

/** A path segment of a repository: nothing that is special in a glob or in a URL. */
const SEGMENT = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

/**
 * A policy for artifacts that a workflow of one repository built from that repository.
 *
 * `repository` is `OWNER/NAME` on github.com, or an `https:` URL. The issuer is known for github.com and
 * gitlab.com and has to be given for every other host. Both the claim about the source repository and the
 * signer's own path have to match, letters in either case (as `gh attestation verify --repo`). A signer
 * that is a workflow of *another* repository needs a policy of its own.
 *
 * @throws CretulaError `host/expectation` if that is no repository, or the issuer is not known.
 */
export function expectRepository(repository: string, issuer?: string): Demand {
  const url = repositoryUrl(repository);
  const from = issuer ?? ISSUERS.get(new URL(url).hostname);
  if (from === undefined || from === "") {
    throw new CretulaError("host/expectation", `the issuer of ${new URL(url).host} is not known`);
  }
  return {
    schema: "cretula/policy/v1",
    signers: {
      certificate: {
        issuer: from,
        san: { glob: `${url}/**`, ignoreCase: true },
        claims: { sourceRepositoryUri: { exact: url, ignoreCase: true } },
      },
    },
  };
}

function repositoryUrl(repository: string): string {
  const text = repository.trim().replace(/\/$/, "");
  const [, host = "github.com", path = ""] =
    /^(?:https:\/\/([A-Za-z0-9.-]+(?::\d+)?)\/)?(.*)$/.exec(text) ?? [];
  const segments = path.split("/");
  if (segments.length < 2 || !segments.every((segment) => SEGMENT.test(segment))) {
    throw new CretulaError(
      "host/expectation",
      "expected OWNER/NAME or the https: URL of a repository",
    );
  }
  return `https://${host.toLowerCase()}/${path}`;
}
