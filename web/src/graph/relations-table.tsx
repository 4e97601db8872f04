/** The relations of a picture as a table: the same for those who use the keyboard or do not see the picture. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Link } from "../navigation.tsx";
import { percent } from "../parts.tsx";
import type { Drawing } from "./drawing.ts";
import { associationAddress, conceptAddress, type GraphQuestion } from "./question.ts";

/** Rows that are shown at once. */
const PAGE = 50;

export function years(first: number | null, last: number | null): string {
  if (first === null) return "";
  return first === last ? String(first) : `${first}–${last}`;
}

export function RelationsTable(props: {
  readonly drawing: Drawing;
  readonly question: GraphQuestion;
}): ComponentChildren {
  const { drawing, question } = props;
  const [shown, setShown] = useState(PAGE);
  useEffect(() => setShown(PAGE), [drawing]);
  const { relations } = drawing;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <section class="scroll" tabIndex={0} aria-label="Table of relations">
        <table>
          <thead>
            <tr>
              <th scope="col">from</th>
              <th scope="col">relation</th>
              <th scope="col">to</th>
              <th scope="col" class="number">
                probable
              </th>
              <th scope="col" class="number">
                documents
              </th>
              <th scope="col" class="number">
                years
              </th>
            </tr>
          </thead>
          <tbody>
            {relations.slice(0, shown).map(({ head, scheme, relation, tail, ...said }, i) => (
              <tr key={i}>
                <td>
                  <Link to={conceptAddress(question, head.id)}>{head.name}</Link>
                </td>
                <td>
                  <Link to={associationAddress({ head: head.id, scheme, relation, tail: tail.id })}>{relation}</Link>
                </td>
                <td>
                  <Link to={conceptAddress(question, tail.id)}>{tail.name}</Link>
                </td>
                <td class="number">{percent(said.probability)}</td>
                <td class="number">{said.documents}</td>
                <td class="number">{years(said.firstYear, said.lastYear) || "unknown"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {shown < relations.length ? (
        <p class="row">
          <button type="button" onClick={() => setShown(shown + PAGE)}>
            {Math.min(PAGE, relations.length - shown)} more
          </button>
          <span class="note">
            {shown} of {relations.length.toLocaleString("en")} are listed
          </span>
        </p>
      ) : null}
    </>
  );
}
