/** The graph as WebGL draws it (sigma.js): moved and zoomed by pointer, nodes and edges chosen by a click. */
import Graph from "graphology";
import Sigma from "sigma";
import { extremityArrow } from "sigma/rendering";
import type { Drawing } from "./drawing.ts";
import type { LayoutTask } from "./layout-worker.ts";
import { drawMany, nearest } from "./many.ts";

export interface PictureEvents {
  readonly onConcept: (id: string) => void;
  readonly onRelation: (index: number) => void;
}

/** From so many relations on they are plain lines, and most concepts points (many.ts). */
const MANY_EDGES = 3000;
/** Milliseconds that the layout may work: longer for pictures of many. */
const LAYOUT_TIME = { few: 2500, many: 20_000 };

/** Milliseconds between two places of a node, at least. */
const LAYOUT_EVERY = 60;
/** Concepts of a picture of many that have names. */
const HUBS = 200;
/** Share of the concepts at each side that may lie outside of the first view: a few that nothing joins would make all others small. */
const OUTLIERS = 0.01;
/** Pixels that a click may miss a point by. */
const NEAR = 12;
/** Of pictures with so few concepts every name is written. */
const FEW_CONCEPTS = 60;

/** Colours of types, in the order of the palette of the style sheet, which says them for light and dark. */
export function colourName(types: readonly string[], type: string): string {
  return `--type-${Math.max(0, types.indexOf(type)) % 8}`;
}

/** `#rrggbbaa` as four shares. */
function coloured(hex: string): [number, number, number, number] {
  const [red = 0, green = 0, blue = 0, opacity = 255] = (hex.match(/[0-9a-f]{2}/gi) ?? []).map((two) =>
    Number.parseInt(two, 16),
  );
  return [red / 255, green / 255, blue / 255, opacity / 255];
}

/** A value for what the pointer is over, and one for all else. */
function hovered<Value>(over: Value, other: Value): { whenState: "isHovered"; then: Value; else: Value } {
  // biome-ignore lint/suspicious/noThenProperty: the name that sigma.js gives it
  return { whenState: "isHovered", then: over, else: other };
}

export class Picture {
  readonly #drawing: Drawing;
  readonly #sigma: Sigma;
  /** What sigma.js draws: all, or of many the hubs, which have names, from the second picture on. */
  readonly #shown: Graph;
  readonly #numbers: ReadonlyMap<string, number>;
  #places: Float32Array;
  readonly #worker = new Worker(new URL("./layout-worker.ts", import.meta.url), { type: "module" });

  /** @throws Error where the browser draws no WebGL 2 */
  constructor(container: HTMLElement, drawing: Drawing, types: readonly string[], events: PictureEvents) {
    this.#drawing = drawing;
    this.#numbers = new Map(drawing.graph.nodes().map((id, i) => [id, i]));
    const style = getComputedStyle(container);
    const colour = (name: string): string => style.getPropertyValue(name).trim();
    const isLarge = drawing.relations.length >= MANY_EDGES;
    this.#places = drawing.places();
    if (!isLarge) drawing.joinNodes();
    this.#shown = isLarge ? new Graph() : drawing.graph;
    this.#sigma = new Sigma(this.#shown, container, {
      primitives: { edges: { extremities: [extremityArrow({ lengthRatio: 4, widthRatio: 3 })] } },
      styles: {
        nodes: {
          x: { attribute: "x" },
          y: { attribute: "y" },
          size: { attribute: "size" },
          color: {
            attribute: "type",
            dict: Object.fromEntries(types.map((type) => [type, colour(colourName(types, type))])),
            defaultValue: colour("--faint"),
          },
          label: { attribute: "label" },
          labelColor: colour("--ink"),
          labelSize: 13,
          labelPosition: "above",
          labelBackgroundColor: colour("--panel"),
          labelBackgroundPadding: 1,
          labelVisibility: drawing.concepts.size <= FEW_CONCEPTS ? "visible" : hovered("visible", "auto"),
          depth: hovered("topNodes", "nodes"),
          backdropVisibility: hovered("visible", "hidden"),
          backdropColor: colour("--panel"),
          backdropShadowColor: colour("--line"),
          backdropShadowBlur: 8,
          backdropPadding: 4,
        },
        edges: {
          size: { attribute: "size" },
          color: hovered(colour("--accent"), colour("--edge")),
          head: "arrow",
          depth: hovered("topEdges", "edges"),
        },
      },
      settings: {
        hideLabelsOnMove: isLarge,
        enableEdgeEvents: !isLarge,
        gestureTarget: "shared",
        allowInvalidContainer: true, // it may be taken out of the page before the last frame
        enableCameraRotation: false,
        minEdgeThickness: 1.2,
        labelRenderedSizeThreshold: 5,
        autoRescaleContent: isLarge ? "positions" : "labels",
        itemSizesReference: "screen",
        minCameraRatio: 0.02,
        maxCameraRatio: 4,
      },
    });
    if (isLarge) this.#drawMany(colour, types, events);
    // For measurements: bench/explorer.ts.
    this.#sigma.once("afterRender", () => requestAnimationFrame(() => performance.mark("graph-drawn")));
    this.#sigma.on("clickNode", ({ node }) => events.onConcept(node));
    this.#sigma.on("clickEdge", ({ edge }) => events.onRelation(Number(edge)));
    this.#layOut(isLarge);
  }

  #drawMany(colour: (name: string) => string, types: readonly string[], events: PictureEvents): void {
    const { graph } = this.#drawing;
    const ids = graph.nodes();
    const palette = types.map((type) => coloured(colour(colourName(types, type))));
    const other = coloured(colour("--faint"));
    this.#fit();
    drawMany(this.#sigma, {
      places: () => this.#places,
      ends: this.#drawing.ends(),
      lineColour: coloured(colour("--edge-faint")),
      colours: ids.map((id) => palette[types.indexOf(graph.getNodeAttribute(id, "type") as string)] ?? other),
      sizes: ids.map((id) => 2 * (graph.getNodeAttribute(id, "size") as number)),
    });
    // Without a graphics card, making sigma.js's programs for nodes and names takes as long as all else: points are there before.
    this.#sigma.once("afterRender", () => {
      requestAnimationFrame(() => {
        this.#shown.import(this.#drawing.hubs(HUBS));
        this.#move(this.#places); // which the layout may have changed meanwhile
      });
    });
    this.#sigma.on("clickStage", ({ event }) => {
      const number = nearest(this.#places, this.#sigma.viewportToGraph(event));
      const at = this.#sigma.graphToViewport({ x: this.#places[2 * number]!, y: this.#places[2 * number + 1]! });
      if (Math.hypot(at.x - event.x, at.y - event.y) <= NEAR) events.onConcept(ids[number]!);
    });
  }

  /** Tells sigma.js, which has only the hubs, how far all reach. */
  #fit(): void {
    const reach = (offset: number): [number, number] => {
      const sorted = this.#places.filter((_, i) => i % 2 === offset).sort();
      const few = Math.floor(sorted.length * OUTLIERS);
      return [sorted[few]!, sorted[sorted.length - 1 - few]!];
    };
    this.#sigma.setCustomBBox({ x: reach(0), y: reach(1) });
  }

  #layOut(isLarge: boolean): void {
    const places = this.#places.slice();
    const ends = this.#drawing.ends();
    const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const more = (): void => this.#worker.postMessage("more");
    this.#worker.addEventListener("message", ({ data }: MessageEvent<{ places: Float32Array; isLast: boolean }>) => {
      const began = performance.now();
      this.#move(data.places);
      if (data.isLast) return;
      // The page is there for its reader first: a picture that takes long to draw is seldom drawn anew.
      requestAnimationFrame(() => setTimeout(whenStill, Math.max(LAYOUT_EVERY, 10 * (performance.now() - began))));
    });
    let moved = 0;
    this.#sigma.getCamera().on("updated", () => {
      moved = performance.now();
    });
    const whenStill = (): void => {
      if (performance.now() - moved < LAYOUT_EVERY * 10) setTimeout(whenStill, LAYOUT_EVERY);
      else more();
    };
    if (!isStill) more();
    const task: LayoutTask = { places, ends, time: isLarge ? LAYOUT_TIME.many : LAYOUT_TIME.few };
    this.#worker.postMessage(task, [places.buffer, ends.buffer]);
  }

  #move(places: Float32Array): void {
    this.#places = places;
    if (this.#shown !== this.#drawing.graph) this.#fit();
    this.#shown.updateEachNodeAttributes(
      (id, attributes) => {
        const at = 2 * this.#numbers.get(id)!;
        return { ...attributes, x: places[at], y: places[at + 1] };
      },
      { attributes: ["x", "y"] },
    );
  }

  zoom(factor: number): void {
    const camera = this.#sigma.getCamera();
    void camera.animate({ ratio: camera.ratio / factor }, { duration: 150 });
  }

  whole(): void {
    void this.#sigma.getCamera().animate({ x: 0.5, y: 0.5, ratio: 1, angle: 0 }, { duration: 150 });
  }

  /** Gives the worker and WebGL's memory back. */
  close(): void {
    this.#worker.terminate();
    this.#sigma.kill();
  }
}
