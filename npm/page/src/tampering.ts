import type { Verification } from "cretula";
import { element } from "./dom.js";
import type { Evidence } from "./evidence.js";
import { stageList } from "./result/stages.js";
import { refusal, verdict } from "./result/verdict.js";
import { PLACES, tamper, type Place } from "./tamper.js";

/** The part of a report in which one byte can be changed; `again` verifies like the first time. */
export function tamperingView(
  evidence: Evidence,
  again: (evidence: Evidence) => Promise<Verification>,
): HTMLElement {
  const select = element("select", { id: "tamper-place" });
  for (const [place, name] of Object.entries(PLACES)) {
    const isThere =
      place !== "artifact" || evidence.file !== undefined || evidence.digest !== undefined;
    if (isThere) select.append(element("option", { value: place }, name));
  }
  const button = element("button", { type: "button", id: "tamper" }, "Change one byte");
  const outcome = element("div", { id: "tamper-outcome", role: "status" });
  button.addEventListener("click", async () => {
    button.disabled = true;
    outcome.replaceChildren("Verifying…");
    outcome.replaceChildren(...(await attempt(evidence, select.value as Place, again)));
    button.disabled = false;
    button.focus();
  });
  return element(
    "section",
    { class: "tampering", "aria-labelledby": "tamper-heading" },
    element("h3", { id: "tamper-heading" }, "Does it notice?"),
    element(
      "p",
      { class: "actions" },
      button,
      element("label", { for: "tamper-place", class: "spoken" }, "Where"),
      select,
      element("span", { class: "hint" }, "of a copy, and verify that"),
    ),
    outcome,
  );
}

async function attempt(
  evidence: Evidence,
  place: Place,
  again: (evidence: Evidence) => Promise<Verification>,
): Promise<readonly Node[]> {
  try {
    const changed = await tamper(evidence, place);
    if (changed === undefined) {
      return [element("p", {}, `This bundle has nothing to change ${PLACES[place]}.`)];
    }
    const result = await again(changed);
    if (result.verified) {
      return [verdict("error", "Accepted", "That byte changes nothing that was verified.")];
    }
    const title = `Refused, with one byte changed ${PLACES[place]}`;
    return [verdict("refused", title, ...refusal(result.report)), stageList(result.report)];
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return [verdict("error", "Could not be verified", detail)];
  }
}
