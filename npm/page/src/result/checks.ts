import type { Check, Report } from "cretula";
import { element } from "../dom.js";
import { check as words, groupOf, groups, meaning } from "../words.js";

const OUTCOMES: Readonly<Record<Check["outcome"], readonly [mark: string, word: string]>> = {
  pass: ["✓", "passed"],
  fail: ["✗", "failed"],
  ignored: ["•", "ignored"],
  off: ["○", "off by policy"],
  "not-applicable": ["–", "does not apply"],
};

// On narrow screens rows are drawn as blocks, which must not take their meaning away.
const ROW = { role: "row" };
const CELL = { role: "cell" };

/** Every check with evidence and clause, in groups; a group with a failure is open. */
export function checkList(report: Report): HTMLElement {
  const section = element("section", { "aria-labelledby": "checks-heading" });
  section.append(element("h3", { id: "checks-heading" }, "Each check"));
  for (const group of groups) {
    const checks = (report.checks ?? []).filter(({ id }) => groupOf(id) === group);
    if (checks.length > 0) section.append(groupOfChecks(group, checks));
  }
  return section;
}

function groupOfChecks(name: string, checks: readonly Check[]): HTMLElement {
  const failed = checks.filter(({ outcome }) => outcome === "fail").length;
  const passed = checks.filter(({ outcome }) => outcome === "pass").length;
  const count = failed > 0 ? `${failed} failed, ${passed} passed` : `${passed} passed`;
  const summary = element("summary", {}, name, " ", element("span", { class: "hint" }, count));
  const details = element("details", { class: failed > 0 ? "group failed" : "group" }, summary);
  details.open = failed > 0;
  details.append(table(name, checks));
  return details;
}

function table(name: string, checks: readonly Check[]): HTMLElement {
  const body = element("tbody");
  for (const check of checks) body.append(row(check));
  const heads = ["Check", "Outcome", "Evidence", "Clause"].map((head) =>
    element("th", { scope: "col", role: "columnheader" }, head),
  );
  const caption = element("caption", { class: "spoken" }, `Checks: ${name}`);
  const head = element("thead", {}, element("tr", ROW, ...heads));
  return element("table", { role: "table" }, caption, head, body);
}

function row({ id, outcome, code, index, detail }: Check): HTMLElement {
  const { title, clause } = words(id);
  const [mark, word] = OUTCOMES[outcome];
  const evidence = [
    code === undefined ? undefined : `${code}: ${meaning(code)}`,
    detail,
    index === undefined ? undefined : `item ${index}`,
  ];
  const outcomeCell = element(
    "td",
    { ...CELL, class: `outcome ${outcome}` },
    element("span", { "aria-hidden": "true" }, `${mark} `),
    word,
  );
  return element(
    "tr",
    ROW,
    element("th", { scope: "row", role: "rowheader" }, element("code", {}, id), " ", title),
    outcomeCell,
    element("td", CELL, evidence.filter(Boolean).join("; ")),
    element("td", CELL, clause),
  );
}
