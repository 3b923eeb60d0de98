// Files that were dropped or chosen.

import { input } from "./dom.js";

/** Bytes of a document that are looked at to see whether it is a bundle. */
const GLANCE_BYTES = 4096;
/** Files above this are no bundles. */
const MAX_BUNDLE_BYTES = 48 << 20;

/** Puts dropped files where they belong: a bundle to the bundles, the first other one to the files. */
export async function takeDropped(files: readonly File[]): Promise<void> {
  for (const file of files) {
    const field = input((await isBundle(file)) ? "bundle" : "artifact");
    const transfer = new DataTransfer();
    transfer.items.add(file);
    field.files = transfer.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

async function isBundle(file: File): Promise<boolean> {
  if (file.size > MAX_BUNDLE_BYTES) return false;
  if (/\.(sigstore|sigstore\.json|bundle)$/.test(file.name)) return true;
  if (!file.name.endsWith(".json")) return false;
  const start = await file.slice(0, GLANCE_BYTES).text();
  return start.includes("application/vnd.dev.sigstore.bundle");
}

/** `12.3 MiB`. */
export function sizeOf(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB"];
  let unit = 0;
  let size = bytes;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`;
}
