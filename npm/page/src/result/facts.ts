import type { Party, Report } from "cretula";
import { element, facts, link, type Child } from "../dom.js";
import { readProvenance } from "./provenance.js";

/** Log id of the public-good log whose entries have a public page. */
const PUBLIC_LOG = "c0d23d6ad406973f9559f3ba2d1ca01f84147d8ffc5b8445c224f98b9591801d";

/** Who signed what, where it was built, and where it was logged. */
export function establishedFacts(report: Report): HTMLElement {
  const section = element("section", { "aria-labelledby": "facts-heading" });
  section.append(element("h3", { id: "facts-heading" }, "Who, what, where"));
  if (report.verdict !== "verified") {
    const warning =
      "This was refused: what follows is about the bundle, and says nothing of your file.";
    section.append(element("p", { class: "note" }, warning));
  }
  section.append(facts([...signerRows(report), ...statementRows(report), ...logRows(report)]));
  return section;
}

type Row = readonly [string, Child | undefined];

function signerRows({ signer }: Report): readonly Row[] {
  if (signer === undefined) return [["signer", "not established"]];
  if ("key" in signer) {
    return [
      ["signer", `the key ${signer.key.id || "that you gave"}`],
      ["key SHA-256", code(signer.key.sha256)],
    ];
  }
  const { san, issuer, claims = {}, sha256 } = signer.certificate;
  const of = (name: string) => (Object.hasOwn(claims, name) ? claims[name] : undefined);
  const repository = of("sourceRepositoryUri");
  return [
    ["signer", link(san.value, san.value.split("@")[0])],
    ["issuer", link(issuer)],
    ["source", optionalLink(repository)],
    ["commit", commit(repository, of("sourceRepositoryDigest"))],
    ["ref", of("sourceRepositoryRef")],
    ["build instructions", optionalLink(of("buildConfigUri"))],
    ["started by", of("buildTrigger")],
    ["run", optionalLink(of("runInvocationUri"))],
    ["runner", of("runnerEnvironment")],
    ["certificate SHA-256", code(sha256)],
  ];
}

/** A commit with a link where the address of the repository's commits is known. */
function commit(repository: string | undefined, digest: string | undefined): Child | undefined {
  if (digest === undefined || repository === undefined) return code(digest);
  const isHex = /^[0-9a-f]{40,64}$/.test(digest);
  const known: readonly (readonly [string, string])[] = [
    ["https://github.com/", "commit"],
    ["https://gitlab.com/", "-/commit"],
  ];
  const path = known.find(([prefix]) => repository.startsWith(prefix))?.[1];
  return isHex && path !== undefined
    ? link(digest, `${repository}/${path}/${digest}`)
    : code(digest);
}

function statementRows(report: Report): readonly Row[] {
  const { statement, artifacts = [] } = report;
  const rows: Row[] = [];
  for (const artifact of artifacts) {
    for (const [algorithm, digest] of Object.entries(artifact.digests)) {
      rows.push([`file, ${algorithm}`, code(digest)]);
    }
    const subject =
      artifact.subject === undefined ? undefined : statement?.subjects?.[artifact.subject];
    if (subject !== undefined) rows.push(["signed as", subject.name ?? "(no name)"]);
  }
  if (statement === undefined) return rows;
  rows.push(["statement", optionalLink(statement.predicateType)]);
  const provenance = readProvenance(statement);
  if (provenance !== undefined) {
    rows.push(["builder, as the signer states", optionalLink(provenance.builder)]);
    rows.push(["build type, as the signer states", optionalLink(provenance.buildType)]);
  }
  return rows;
}

function logRows({ logs = [], timestamps = [], scts = [] }: Report): readonly Row[] {
  const passed = ({ outcome }: Party) => outcome === "pass";
  return [
    ...logs.filter(passed).map((log): Row => ["log entry", logEntry(log)]),
    ...timestamps.filter(passed).map((tsa): Row => ["timestamp authority", code(tsa.instance)]),
    ...scts.filter(passed).map((log): Row => ["certificate in CT log", code(log.instance)]),
  ];
}

function logEntry({ index, instance, operator }: Party): Child {
  const made = element("span");
  const name = index === undefined ? "without index" : `index ${index}`;
  const isPublic = instance === PUBLIC_LOG && index !== undefined && /^\d+$/.test(index);
  made.append(isPublic ? link(name, `https://search.sigstore.dev/?logIndex=${index}`) : name);
  made.append(" in log ", code(instance) ?? "", operator === undefined ? "" : ` of ${operator}`);
  return made;
}

function code(text: string | undefined): Child | undefined {
  return text === undefined ? undefined : element("code", {}, text);
}

function optionalLink(text: string | undefined): Child | undefined {
  return text === undefined ? undefined : link(text, text.split("@refs/")[0]);
}
