import { CretulaError } from "./error.js";

/** Levels of a document that callers write; the module reads 32. */
const MAX_DEPTH = 64;

/** A JSON document: a value, or its text. Text and bytes are passed on as they are. */
export type Document<T> = T | string | Uint8Array;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export const utf8 = (text: string): Uint8Array => encoder.encode(text);

/** The text of UTF-8; throws a TypeError for anything else. */
export const textOf = (bytes: Uint8Array): string => decoder.decode(bytes);

/** Bytes of a document. */
export function documentBytes(document: unknown): Uint8Array {
  if (document instanceof Uint8Array) return document;
  return utf8(typeof document === "string" ? document : write(document));
}

/**
 * JSON of plain data.
 *
 * Reads own data properties only: what a prototype, a getter or `toJSON` would say is not what the caller
 * wrote down, and could be something else the next time. A member `undefined` is absent.
 */
export function write(value: unknown): string {
  return writeValue(value, "", 0) ?? refuse("nothing", "");
}

function writeValue(value: unknown, path: string, depth: number): string | undefined {
  switch (typeof value) {
    case "undefined":
      return undefined;
    case "string":
      return JSON.stringify(value);
    case "boolean":
      return String(value);
    case "number":
      return Number.isSafeInteger(value)
        ? String(value)
        : refuse("a number that is no safe integer", path);
    case "object":
      if (depth > MAX_DEPTH) return refuse("a cycle, or too many levels", path);
      if (value === null) return "null";
      return Array.isArray(value)
        ? writeList(value, path, depth)
        : writeMembers(value, path, depth);
    default:
      return refuse(`a ${typeof value}`, path);
  }
}

function writeList(list: readonly unknown[], path: string, depth: number): string {
  const items: string[] = [];
  for (let index = 0; index < list.length; index += 1) {
    const place = `${path}/${index}`;
    items.push(
      writeValue(own(list, String(index), place), place, depth + 1) ?? refuse("nothing", place),
    );
  }
  return `[${items.join(",")}]`;
}

function writeMembers(object: object, path: string, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(object);
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  if (!isPlain || Object.getOwnPropertySymbols(object).length > 0)
    return refuse("no plain object", path);
  const members: string[] = [];
  for (const name of Object.getOwnPropertyNames(object)) {
    const place = `${path}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    const text = writeValue(own(object, name, place), place, depth + 1);
    if (text !== undefined) members.push(`${JSON.stringify(name)}:${text}`);
  }
  return `{${members.join(",")}}`;
}

/**
 * A copy of what a caller wrote down: own data members, each read once, so that what is checked is what
 * is used.
 *
 * @throws CretulaError `host/object` for a getter or something that is no object.
 */
export function snapshot<T extends object>(object: T): T {
  if (typeof object !== "object" || object === null) return refuse("no object", "");
  const copy: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const name of Object.getOwnPropertyNames(object)) copy[name] = own(object, name, `/${name}`);
  return copy as T;
}

/** The value of an own data property, without running code of the caller. */
function own(object: object, name: string, path: string): unknown {
  const property = Object.getOwnPropertyDescriptor(object, name);
  if (property?.get ?? property?.set) return refuse("a getter or setter", path);
  return property?.value;
}

function refuse(found: string, path: string): never {
  throw new CretulaError("host/object", `expected plain JSON data, found ${found}`, path);
}
