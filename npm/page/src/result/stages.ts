import type { Report } from "cretula";
import { element } from "../dom.js";
import { stageName, stages } from "../words.js";

/** The stages of a verification, and where it was refused. */
export function stageList(report: Report): HTMLElement {
  const failed = new Set(
    (report.checks ?? [])
      .filter(({ outcome }) => outcome === "fail")
      .map(({ code }) => code?.split("/")[0]),
  );
  if (report.stage !== undefined) failed.add(report.stage);
  const primary = report.stage === undefined ? stages.length : stages.indexOf(report.stage);
  const list = element("ol", { class: "stages", "aria-label": "Stages" });
  stages.forEach((stage, index) => {
    const [mark, word] = failed.has(stage)
      ? ["✗", "failed"]
      : index < primary
        ? ["✓", "passed"]
        : ["–", "after the refusal"];
    const attributes = { class: `stage ${word === "after the refusal" ? "later" : word}` };
    const sign = element("span", { "aria-hidden": "true" }, `${mark} `);
    const spoken = element("span", { class: "spoken" }, `: ${word}`);
    list.append(element("li", attributes, sign, stageName(stage), spoken));
  });
  return list;
}
