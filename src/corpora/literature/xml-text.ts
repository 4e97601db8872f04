/**
 * Plain text of an XML element of the literature: PubMed's and JATS's inline markup, and MathML as a line.
 *
 * Markup   i, b, u, sub, ... are dropped and their content kept; of sup an exponent keeps a "^" (markup.ts); tags that stand in the text as
 *          characters go too; runs of white space become one space.
 * MathML   fractions "a/b", roots "√a", scripts in the line (the isotope's number before its letter), exponents "10^2", accents dropped, rows of
 *          a matrix "a, b; c, d"; annotations are dropped.
 */
import { raised, tidyText } from "../markup.ts";
import type { XmlElement } from "./xml-record.ts";

type Node = XmlElement | string;

/** Plain text of an element; "" for an absent one. */
export function textOf(element: XmlElement | undefined): string {
  if (element === undefined) return "";
  const [only] = element.children;
  return tidyText(element.children.length === 1 && typeof only === "string" ? only : flatten(element.children));
}

function flatten(nodes: readonly Node[]): string {
  let text = "";
  for (const node of nodes) {
    if (typeof node === "string") text += node;
    else if (localName(node) === "math") text += mathText(node);
    else if (node.name === "sup") text += raised(text, flatten(node.children));
    else text += flatten(node.children);
  }
  return text;
}

function localName({ name }: XmlElement): string {
  return name.slice(name.indexOf(":") + 1);
}

/** One line for a MathML element. White space between elements means nothing there. */
function mathText(node: Node): string {
  if (typeof node === "string") return node.replace(/\s+/g, " ").trim();
  const parts = node.children
    .filter((part) => typeof part !== "string" || part.trim() !== "")
    .map((part) => mathText(part));
  const [first = "", second = ""] = parts;
  switch (localName(node)) {
    case "mtext":
    case "ms":
      return node.children
        .map((part) => (typeof part === "string" ? part.replace(/\s+/g, " ") : mathText(part)))
        .join("");
    case "mfrac":
      return `${grouped(first)}/${grouped(second)}`;
    case "msup":
      return first + raised(first, second);
    case "msqrt":
      return `√${grouped(parts.join(""))}`;
    case "mroot":
      return `${second}√${grouped(first)}`;
    case "mmultiscripts": {
      const elements = node.children.filter((part) => typeof part !== "string");
      const split = elements.findIndex((part) => localName(part) === "mprescripts");
      return split < 0 ? parts.join("") : [...parts.slice(split + 1), ...parts.slice(0, split)].join("");
    }
    case "mover":
    case "munder":
      return isAccent(second) ? first : parts.join("");
    case "mfenced": {
      const { open = "(", close = ")", separators = "," } = node.attributes;
      return `${open}${parts.join(separators.trim().slice(0, 1))}${close}`;
    }
    case "mtr":
    case "mlabeledtr":
    case "matrixrow":
      return parts.join(", ");
    case "mtable":
    case "matrix":
      return parts.join("; ");
    case "infinity":
      return "∞";
    case "annotation":
    case "annotation-xml":
    case "mphantom":
      return "";
    case "mspace":
      return " ";
    default:
      return parts.join("");
  }
}

/** Parentheses around what would read otherwise in a fraction or a root. */
function grouped(text: string): string {
  return /^[\p{L}\p{N}.]*$/u.test(text) ? text : `(${text})`;
}

/** Dots, bars, hats, tildes and arrows over a letter. */
function isAccent(text: string): boolean {
  return /^[\u0300-\u036f\u20d0-\u20ff˙¨¯‾^ˆ~˜→.·_`´⏞⏟-]+$/.test(text);
}
