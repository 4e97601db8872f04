/** The picture's place in the page: buttons for the keyboard, a legend, and the words for those who do not see it. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { useDark } from "../theme.ts";
import type { Drawing } from "./drawing.ts";
import { colourName, Picture, type PictureEvents } from "./picture.ts";

export interface PictureFrameProps extends PictureEvents {
  readonly drawing: Drawing;
  /** Types of concepts of the graph, the commonest first. */
  readonly types: readonly string[];
}

export function PictureFrame({ drawing, types, onConcept, onRelation }: PictureFrameProps): ComponentChildren {
  const container = useRef<HTMLDivElement>(null);
  const picture = useRef<Picture | null>(null);
  const [failed, setFailed] = useState(false);
  const isDark = useDark();
  // Before the page is drawn around it, which would take a frame of its own.
  useLayoutEffect(() => {
    try {
      picture.current = new Picture(container.current!, drawing, types, { onConcept, onRelation });
      setFailed(false);
    } catch {
      setFailed(true);
    }
    return () => {
      picture.current?.close();
      picture.current = null;
    };
  }, [drawing, types, isDark]);
  const drawn = new Set([...drawing.concepts.values()].map(({ type }) => type));
  const said = `Picture of ${drawing.concepts.size} concepts and ${drawing.relations.length} relations; the table below lists them.`;
  return (
    <figure class="picture panel">
      {failed ? <p class="note">This browser draws no WebGL; the table below says the same.</p> : null}
      <div ref={container} class="canvas" role="img" aria-label={said} />
      <figcaption class="row">
        <span class="row tight">
          <button type="button" aria-label="Closer" title="Closer" onClick={() => picture.current?.zoom(1.5)}>
            +
          </button>
          <button type="button" aria-label="Farther" title="Farther" onClick={() => picture.current?.zoom(1 / 1.5)}>
            −
          </button>
          <button type="button" onClick={() => picture.current?.whole()}>
            All of it
          </button>
        </span>
        <ul class="legend" aria-label="Types">
          {types
            .filter((type) => drawn.has(type))
            .map((type) => (
              <li key={type}>
                <span class={`dot ${colourName(types, type).slice(2)}`} /> {type}
              </li>
            ))}
        </ul>
      </figcaption>
    </figure>
  );
}
