/** The graph as WebGL draws it (sigma.js): moved and zoomed by pointer, nodes and edges chosen by a click. */
import Sigma from "sigma";
import { extremityArrow } from "sigma/rendering";
import type { Drawing } from "./drawing.ts";
import type { LayoutTask } from "./layout-worker.ts";

export interface PictureEvents {
  readonly onConcept: (id: string) => void;
  readonly onRelation: (index: number) => void;
}

/** From so many relations on they are hidden while the picture moves, and drawn without arrows. */
const MANY_EDGES = 3000;
/** Milliseconds that the layout may work: longer for pictures of many. */
const LAYOUT_TIME = { few: 2500, many: 20_000 };

/** Colours of types, in the order of the palette of the style sheet, which says them for light and dark. */
export function colourName(types: readonly string[], type: string): string {
  return `--type-${Math.max(0, types.indexOf(type)) % 8}`;
}

/** A value for what the pointer is over, and one for all else. */
function hovered<Value>(over: Value, other: Value): { whenState: "isHovered"; then: Value; else: Value } {
  // biome-ignore lint/suspicious/noThenProperty: the name that sigma.js gives it
  return { whenState: "isHovered", then: over, else: other };
}

export class Picture {
  readonly #drawing: Drawing;
  readonly #sigma: Sigma;
  readonly #worker = new Worker(new URL("./layout-worker.ts", import.meta.url), { type: "module" });
  /** False once the reader has zoomed: then the picture stays where it is. */
  #isRunning = false;

  /** @throws Error where the browser draws no WebGL 2 */
  constructor(container: HTMLElement, drawing: Drawing, types: readonly string[], events: PictureEvents) {
    this.#drawing = drawing;
    const style = getComputedStyle(container);
    const colour = (name: string): string => style.getPropertyValue(name).trim();
    const isLarge = drawing.relations.length >= MANY_EDGES;
    this.#sigma = new Sigma(drawing.graph, container, {
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
          labelVisibility: hovered("visible", "auto"),
          depth: hovered("topNodes", "nodes"),
          backdropVisibility: hovered("visible", "hidden"),
          backdropColor: colour("--panel"),
          backdropShadowColor: colour("--line"),
          backdropShadowBlur: 8,
          backdropPadding: 4,
        },
        edges: {
          size: { attribute: "size" },
          color: hovered(colour("--accent"), colour(isLarge ? "--edge-faint" : "--edge")),
          head: isLarge ? "none" : "arrow",
          depth: hovered("topEdges", "edges"),
        },
      },
      settings: {
        hideEdgesOnMove: isLarge,
        hideLabelsOnMove: isLarge,
        enableEdgeEvents: !isLarge,
        gestureTarget: "shared",
        enableCameraRotation: false,
        minEdgeThickness: isLarge ? 0.5 : 1.2,
        antialiasEdges: !isLarge,
        labelRenderedSizeThreshold: 5,
        autoRescaleContent: isLarge ? "positions" : "labels",
        itemSizesReference: "screen",
        minCameraRatio: 0.02,
        maxCameraRatio: 4,
      },
    });
    // For measurements: bench/explorer.ts.
    this.#sigma.once("afterRender", () => requestAnimationFrame(() => performance.mark("graph-drawn")));
    this.#sigma.on("clickNode", ({ node }) => events.onConcept(node));
    this.#sigma.on("clickEdge", ({ edge }) => events.onRelation(Number(edge)));
    this.#layOut(isLarge);
  }

  #layOut(isLarge: boolean): void {
    const { graph, relations } = this.#drawing;
    const numbers = new Map(graph.mapNodes((id, _attributes) => id).map((id, i) => [id, i]));
    const places = new Float32Array(2 * graph.order);
    graph.forEachNode((id, { x, y }) => {
      const i = numbers.get(id)!;
      places[2 * i] = x as number;
      places[2 * i + 1] = y as number;
    });
    const ends = Uint32Array.from(
      relations.flatMap(({ head, tail }) => [numbers.get(head.id)!, numbers.get(tail.id)!]),
    );
    const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#isRunning = true;
    this.#worker.addEventListener("message", ({ data }: MessageEvent<{ places: Float32Array; isLast: boolean }>) => {
      if (data.isLast) this.#isRunning = false;
      if (!isStill || data.isLast) this.#move(data.places);
    });
    const task: LayoutTask = { places, ends, time: isLarge ? LAYOUT_TIME.many : LAYOUT_TIME.few };
    this.#worker.postMessage(task, [places.buffer, ends.buffer]);
  }

  #move(places: Float32Array): void {
    let i = 0;
    this.#drawing.graph.updateEachNodeAttributes(
      (_id, attributes) => {
        const at = 2 * i++;
        return { ...attributes, x: places[at], y: places[at + 1] };
      },
      { attributes: ["x", "y"] },
    );
  }

  /** Whether nodes are still being moved. */
  get isSettling(): boolean {
    return this.#isRunning;
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
