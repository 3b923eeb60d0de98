import type { Report, Verification } from "cretula";
import { element } from "../dom.js";
import { meaning } from "../words.js";
import { checkList } from "./checks.js";
import { establishedFacts } from "./facts.js";
import { stageList } from "./stages.js";
import { timeline } from "./timeline.js";

/** All of a report below its verdict. `tampering` is the part in which a byte can be changed. */
export function reportView(
  result: Verification,
  name: string,
  tampering: HTMLElement,
): readonly Node[] {
  const { report } = result;
  const parts = [
    stageList(report),
    warnings(report),
    establishedFacts(report),
    timeline(report),
    tampering,
    checkList(report),
    keeping(result, name),
  ];
  return parts.filter((part) => part !== undefined);
}

function warnings({ warnings = [], dangerous }: Report): HTMLElement | undefined {
  const lines = [
    ...dangerous.map((member) => `The policy switches a check off: ${member}.`),
    ...warnings.map(({ code, detail }) => [meaning(code), detail].filter(Boolean).join(": ")),
  ];
  if (lines.length === 0) return undefined;
  return element("ul", { class: "note", "aria-label": "Remarks" }, ...lines.map(item));
}

const item = (text: string) => element("li", {}, text);

/** The report as a file or on paper, and what it was made from. */
function keeping({ json, report, trustedRoot }: Verification, name: string): HTMLElement {
  const save = element("button", { type: "button", id: "save" }, "Save report (JSON)");
  save.addEventListener("click", () => download(json, `${name}.cretula-report.json`));
  const print = element("button", { type: "button", id: "print" }, "Print");
  print.addEventListener("click", () => window.print());
  const policy = element("pre", { tabindex: "0" }, JSON.stringify(report.policy, null, 2));
  const root = report.inputs.trustedRoot;
  return element(
    "section",
    { "aria-labelledby": "keep-heading" },
    element("h3", { id: "keep-heading" }, "Keep it"),
    element("p", { class: "actions" }, save, print),
    element(
      "p",
      { class: "hint" },
      `Trusted root: ${trustedRoot ?? "yours"}${root === undefined ? "" : `, SHA-256 ${root}`}.`,
    ),
    element("details", {}, element("summary", {}, "Policy as applied"), policy),
  );
}

function download(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  element("a", { href: url, download: name }).click();
  // The download has its own hold on the blob once the click was handled.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
