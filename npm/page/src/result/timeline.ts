import type { Report, Time } from "cretula";
import { element, facts } from "../dom.js";

const WIDTH = 420;
const HEIGHT = 76;
const MARGIN = 16;
const SOURCES: Readonly<Record<Time["source"], string>> = {
  log: "entered in the log",
  tsa: "seen by a timestamp authority",
  now: "time of this call",
};

/** Verified times beside the window of the certificate: drawn, and as text. */
export function timeline(report: Report): HTMLElement | undefined {
  const certificate =
    report.signer !== undefined && "certificate" in report.signer
      ? report.signer.certificate
      : undefined;
  const times = report.times ?? [];
  const { notBefore, notAfter } = certificate ?? {};
  if (times.length === 0 && notBefore === undefined) return undefined;
  const section = element("section", { "aria-labelledby": "times-heading" });
  section.append(element("h3", { id: "times-heading" }, "Times"));
  if (notBefore !== undefined && notAfter !== undefined) {
    section.append(drawing(Date.parse(notBefore), Date.parse(notAfter), times));
  }
  section.append(
    facts([
      ["certificate from", notBefore],
      ...times.map(({ time, source }) => [SOURCES[source], time] as const),
      ["certificate until", notAfter],
    ]),
  );
  return section;
}

function drawing(from: number, until: number, times: readonly Time[]): Element {
  const instants = times.map(({ time }) => Date.parse(time));
  const first = Math.min(from, ...instants);
  const last = Math.max(until, ...instants);
  const scale = (WIDTH - 2 * MARGIN) / Math.max(last - first, 1);
  const x = (instant: number) => MARGIN + (instant - first) * scale;
  const picture = shape("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    class: "timeline",
    // What it shows stands below as text.
    "aria-hidden": "true",
  });
  const axis = { x1: MARGIN, x2: WIDTH - MARGIN, y1: 38, y2: 38, class: "axis" };
  const window = { x: x(from), width: Math.max(x(until) - x(from), 2), y: 29, height: 18, rx: 3 };
  picture.append(shape("line", axis), shape("rect", { ...window, class: "window" }));
  picture.append(label(WIDTH / 2, 68, "middle", `certificate: ${lengthOf(until - from)}`));
  instants.forEach((instant, index) => {
    const source = times[index]?.source ?? "log";
    picture.append(shape("circle", { cx: x(instant), cy: 38, r: 7, class: `instant ${source}` }));
    const isLeft = x(instant) < WIDTH / 2;
    const anchor = isLeft ? "start" : "end";
    picture.append(label(x(instant) + (isLeft ? -7 : 7), 18, anchor, SOURCES[source]));
  });
  return picture;
}

function label(x: number, y: number, anchor: string, text: string): Element {
  const made = shape("text", { x, y, "text-anchor": anchor });
  made.textContent = text;
  return made;
}

function shape(name: string, attributes: Readonly<Record<string, string | number>>): Element {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

function lengthOf(milliseconds: number): string {
  const minutes = Math.round(milliseconds / 60_000);
  if (minutes < 120) return `${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}
