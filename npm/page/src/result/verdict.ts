import type { Report, Verification } from "cretula";
import { element, type Child } from "../dom.js";
import { check, meaning, stageName } from "../words.js";

/** Kinds of outcomes, which style.css colours. */
export type Kind = "verified" | "refused" | "shown" | "error";

/** A verdict in the live region: a mark, one word, and a sentence. */
export function verdict(kind: Kind, title: string, ...sentences: readonly Child[]): HTMLElement {
  const marks: Readonly<Record<Kind, string>> = {
    verified: "✓",
    refused: "✗",
    shown: "?",
    error: "!",
  };
  return element(
    "div",
    { class: `verdict ${kind}` },
    element("span", { class: "mark", "aria-hidden": "true" }, marks[kind]),
    element(
      "div",
      {},
      element("p", { class: "title" }, title),
      ...sentences.map((sentence) => element("p", {}, sentence)),
    ),
  );
}

/** What a verification came to, in words. A policy that lets anybody sign is never called verified. */
export function verdictOf(result: Verification, name: string): HTMLElement {
  const { report } = result;
  if (!result.verified) return verdict("refused", "Refused", ...refusal(report));
  const by = `signed by ${signerName(report)}`;
  const isCompared = (report.artifacts ?? []).length > 0;
  if (report.dangerous.includes("anySigner")) {
    return verdict(
      "shown",
      "Not a verification",
      `${isCompared ? name : "What this bundle is about"} was ${by}.`,
      "You have not said whom you expect, so nobody was refused. Anybody can sign anything.",
    );
  }
  const sentence = isCompared
    ? `${name} was ${by}, as you expect.`
    : `The bundle was ${by}, as you expect. No file was compared with it.`;
  return verdict("verified", "Verified", sentence);
}

/** Why and where. */
export function refusal(report: Report): readonly string[] {
  const code = report.code ?? "";
  const place = [
    report.stage && `stage “${stageName(report.stage)}”`,
    report.checkId && `check ${report.checkId} (${check(report.checkId).title}) does not hold`,
    code,
  ];
  return [`${capital(meaning(code))}.`, `${capital(place.filter(Boolean).join(" · "))}.`];
}

function signerName({ signer }: Report): string {
  if (signer === undefined) return "nobody";
  return "certificate" in signer ? signer.certificate.san.value : `the key ${signer.key.id}`;
}

const capital = (text: string) => text.replace(/^./, (letter) => letter.toUpperCase());
