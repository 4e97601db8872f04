/**
 * The pages of docs/api/: what each public folder exports, with its declaration and comment, taken from the declarations that the compiler writes.
 *
 * Parsed by `@babel/parser` (TypeScript 7 has no API for JavaScript, typedoc needs TypeScript 5). No types are inferred: a declaration stands on the page as
 * the package ships it.
 */
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { type ParseResult, parse } from "@babel/parser";
import { cell } from "./generated-page.ts";

type Statement = ParseResult["program"]["body"][number];

/** An exported name, and the file (from the root of the declarations on, with forward slashes) and name of its declaration. */
export interface Exported {
  readonly name: string;
  readonly file: string;
  readonly local: string;
}

interface SourceFile {
  readonly text: string;
  readonly body: readonly Statement[];
}

/** Reads files of one folder: src/ (endings `.ts`) or the compiler's declarations (`.d.ts`). */
export class Declarations {
  readonly #root: string;
  readonly #ending: ".ts" | ".d.ts";
  readonly #files = new Map<string, SourceFile>();

  constructor(root: string, ending: ".ts" | ".d.ts") {
    this.#root = root;
    this.#ending = ending;
  }

  /** @param file without its ending, for example `graph/index` */
  read(file: string): SourceFile {
    const known = this.#files.get(file);
    if (known !== undefined) return known;
    const text = readFileSync(join(this.#root, `${file}${this.#ending}`), "utf8");
    const { program } = parse(text, {
      sourceType: "module",
      plugins: [["typescript", { dts: this.#ending === ".d.ts" }], "explicitResourceManagement"],
    });
    const read = { text, body: program.body };
    this.#files.set(file, read);
    return read;
  }

  /** Everything that a file exports, re-exports followed to where the name is declared; in order of the names. */
  exportsOf(file: string): Exported[] {
    const found = new Map<string, Exported>();
    for (const statement of this.read(file).body) {
      for (const exported of this.#exportsOfStatement(file, statement)) found.set(exported.name, exported);
    }
    return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #exportsOfStatement(file: string, statement: Statement): Exported[] {
    if (statement.type === "ExportAllDeclaration") return this.exportsOf(target(file, statement.source.value));
    if (statement.type !== "ExportNamedDeclaration") return [];
    if (statement.declaration) return declaredNames(statement).map((name) => ({ name, file, local: name }));
    const source = statement.source ? target(file, statement.source.value) : undefined;
    return statement.specifiers.flatMap((specifier) => {
      if (specifier.type !== "ExportSpecifier") return [];
      const { exported, local } = specifier;
      const name = exported.type === "Identifier" ? exported.name : exported.value;
      return [{ ...this.#declared(source ?? file, local.name), name }];
    });
  }

  /** Where a name that a file exports or imports is declared. Imports first: a file may export what it imports by the same name. */
  #declared(file: string, name: string): Exported {
    const here = this.read(file).body.some((statement) => declaredNames(statement).includes(name));
    if (here) return { name, file, local: name };
    for (const statement of this.read(file).body) {
      if (statement.type !== "ImportDeclaration" || !statement.source.value.startsWith(".")) continue;
      for (const specifier of statement.specifiers) {
        if (specifier.type !== "ImportSpecifier" || specifier.local.name !== name) continue;
        const { imported } = specifier;
        const wanted = imported.type === "Identifier" ? imported.name : imported.value;
        return this.#declared(target(file, statement.source.value), wanted);
      }
    }
    const passedOn = this.exportsOf(file).find((exported) => exported.name === name);
    if (passedOn !== undefined) return passedOn;
    throw new Error(`${file} exports ${name}, whose declaration was not found`);
  }

  /** The comment over a declaration, if any, and its text, all overloads; without `export` and private fields. */
  declarationOf({ file, local }: Exported): { comment: string; text: string } {
    const { text, body } = this.read(file);
    const statements = body.filter((statement) => declaredNames(statement).includes(local));
    const comment = statements[0]?.leadingComments?.at(-1);
    const written = statements.map(({ start, end }) => text.slice(start!, end!).replace(/^export (declare )?/, ""));
    return {
      comment: comment?.type === "CommentBlock" && comment.value.startsWith("*") ? `/*${comment.value}*/` : "",
      text: written
        .join("\n")
        .replace(/^\s+#private;\n/gm, "")
        .replaceAll("    ", "  "),
    };
  }

  /** The comment that a file opens with, as plain lines. */
  opening(file: string): string {
    const { text } = this.read(file);
    return plain(/^\/\*\*[\s\S]*?\*\//.exec(text)?.[0] ?? "");
  }
}

function target(from: string, source: string): string {
  return posix.join(posix.dirname(from), source.replace(/\.(ts|js)$/, ""));
}

function declaredNames(statement: Statement): string[] {
  const declaration = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
  switch (declaration?.type) {
    case "VariableDeclaration":
      return declaration.declarations.flatMap(({ id }) => (id.type === "Identifier" ? [id.name] : []));
    case "FunctionDeclaration":
    case "TSDeclareFunction":
    case "ClassDeclaration":
    case "TSInterfaceDeclaration":
    case "TSTypeAliasDeclaration":
    case "TSEnumDeclaration":
      return declaration.id?.type === "Identifier" ? [declaration.id.name] : [];
    default:
      return [];
  }
}

/** A comment without its stars. */
export function plain(comment: string): string {
  return comment
    .replace(/^\/\*\*|\*\/$/g, "")
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, "").trimEnd())
    .join("\n")
    .trim();
}

/** The page of one entry of the package. */
export function apiPage(entry: string, file: string, declarations: Declarations, opening: string): string {
  const exported = declarations.exportsOf(file).map((each) => ({ ...each, ...declarations.declarationOf(each) }));
  const rows = exported.map(
    ({ name, comment }) => `| [\`${name}\`](#${name.toLowerCase()}) | ${firstSentence(comment)} |`,
  );
  const parts = exported.map(({ name, file: from, comment, text }) => {
    const shown = comment === "" ? text : `${comment.replace(/^\s+\*/gm, " *")}\n${text}`;
    return `### ${name}\n\n\`src/${from}.ts\`\n\n\`\`\`ts\n${shown}\n\`\`\`\n`;
  });
  return (
    `# ${entry}\n\n${opening}\n\nMade from the declarations by \`BIOGPT_UPDATE_DOCS=1 npx vitest run test/api-pages.test.ts\`.\n\n` +
    `| name | |\n|---|---|\n${rows.join("\n")}\n\n${parts.join("\n")}`
  );
}

function firstSentence(comment: string): string {
  const [paragraph] = plain(comment).split("\n\n");
  const joined = paragraph!.replace(/\n@[\s\S]*|^@[\s\S]*/, "").replaceAll("\n", " ");
  const sentence = /^.*?\.(?=\s|$)/.exec(joined)?.[0] ?? joined;
  return cell(sentence);
}
