import type { Report } from "cretula";
import { element } from "../dom.js";
import { stageName, stageOfCheck, stages } from "../words.js";

/** What a stage came to: its mark, its class, and its words for screen readers. */
type Outcome = readonly [mark: string, name: string, words: string];

const FAILED: Outcome = ["✗", "failed", "failed"];
const PASSED: Outcome = ["✓", "passed", "passed"];
const LATER: Outcome = ["–", "later", "after the refusal"];
const NOTHING: Outcome = ["○", "later", "nothing was demanded"];

/** The stages of a verification, and where it was refused. */
export function stageList(report: Report): HTMLElement {
  const list = element("ol", { class: "stages", "aria-label": "Stages" });
  for (const stage of stages) {
    const [mark, name, words] = outcomeOf(stage, report);
    const sign = element("span", { "aria-hidden": "true" }, `${mark} `);
    const spoken = element("span", { class: "spoken" }, `: ${words}`);
    list.append(element("li", { class: `stage ${name}` }, sign, stageName(stage), spoken));
  }
  return list;
}

function outcomeOf(stage: string, report: Report): Outcome {
  const checks = report.checks ?? [];
  const isFailed = checks.some(
    ({ outcome, code }) => outcome === "fail" && code?.startsWith(`${stage}/`) === true,
  );
  if (isFailed || report.stage === stage) return FAILED;
  if (report.stage !== undefined && stages.indexOf(stage) > stages.indexOf(report.stage)) {
    return LATER;
  }
  const isPassed = checks.some(
    ({ id, outcome }) => outcome === "pass" && stageOfCheck(id) === stage,
  );
  return isPassed ? PASSED : NOTHING;
}
