// Elements of the page. Text is only ever set as text; there is no way here to write HTML.

/** What can stand inside an element. */
export type Child = Node | string;

/** An element with attributes and content. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** The element with this id, which index.html has. */
export function byId<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} #${id}`);
  return found;
}

/** The input with this id. */
export const input = (id: string): HTMLInputElement => byId(id, HTMLInputElement);

/**
 * A link to another site if the text is an https: URL and nothing else; the text alone otherwise.
 *
 * `href` may differ from the text, such as a commit's.
 */
export function link(text: string, href: string = text): Child {
  const url = URL.canParse(href) ? new URL(href) : undefined;
  const isPlain = url?.protocol === "https:" && url.username === "" && url.password === "";
  if (!isPlain) return text;
  const attributes = { href: url.href, rel: "noopener noreferrer", target: "_blank" };
  return element("a", attributes, text);
}

/** Rows of name and value; rows without a value are left out. */
export function facts(rows: readonly (readonly [string, Child | undefined])[]): HTMLElement {
  const list = element("dl", { class: "facts" });
  for (const [name, value] of rows) {
    if (value !== undefined && value !== "") {
      list.append(element("div", {}, element("dt", {}, name), element("dd", {}, value)));
    }
  }
  return list;
}
