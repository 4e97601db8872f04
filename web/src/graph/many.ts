/**
 * A picture of many: its relations as lines one pixel wide and its concepts as points, in two calls. sigma.js draws ribbons and shapes, and each twice
 * (once to find what the pointer is over), for which a processor without a graphics card takes seconds.
 *
 * While the picture moves the lines are left out.
 */
import type Sigma from "sigma";

const VERTEX = `#version 300 es
uniform mat3 u_matrix;
in vec2 a_place;
in vec4 a_colour;
in float a_size;
out vec4 v_colour;
void main() {
  gl_Position = vec4((u_matrix * vec3(a_place, 1.0)).xy, 0.0, 1.0);
  gl_PointSize = a_size;
  v_colour = a_colour;
}`;
const FRAGMENT = `#version 300 es
precision mediump float;
uniform bool u_round;
in vec4 v_colour;
out vec4 colour;
void main() {
  if (u_round && length(gl_PointCoord - 0.5) > 0.5) discard;
  colour = vec4(v_colour.rgb * v_colour.a, v_colour.a);
}`;

/** Lines of the first picture, the strongest: the others follow at once, but something is there by then. */
const FIRST = 5000;
/** Milliseconds after the last move before lines are drawn again. */
const REST = 150;

/** Red, green, blue and opacity, in [0, 1]. */
export type Colour = readonly [number, number, number, number];

export interface Many {
  /** x and y of each concept, as the graph has them; asked for whenever sigma.js has taken in new places. */
  readonly places: () => Float32Array;
  /** Concept at each end: two numbers a relation, the strongest first. */
  readonly ends: Uint32Array;
  readonly lineColour: Colour;
  /** Of each concept. */
  readonly colours: readonly Colour[];
  /** Pixels, of each concept. */
  readonly sizes: readonly number[];
}

/** Adds them below sigma.js's own nodes. */
export function drawMany(sigma: Sigma, many: Many): void {
  const { ends, lineColour, colours, sizes } = many;
  let moved = Number.NEGATIVE_INFINITY;
  let timer: ReturnType<typeof setTimeout> | undefined;
  sigma.getCamera().on("updated", () => {
    moved = performance.now();
    clearTimeout(timer);
    timer = setTimeout(() => sigma.scheduleRender(), REST);
  });
  sigma.on("kill", () => clearTimeout(timer));
  let most = FIRST;
  sigma.once("afterRender", () => {
    requestAnimationFrame(() => {
      most = ends.length / 2;
      sigma.scheduleRender();
    });
  });
  sigma.addCustomLayerProgram("many", "edges", (gl) => {
    const program = linked(gl);
    const lines = new Vertices(gl, program);
    const points = new Vertices(gl, program);
    points.fill("a_colour", Float32Array.from(colours.flat()), 4);
    points.fill(
      "a_size",
      Float32Array.from(sizes, (size) => size * devicePixelRatio),
      1,
    );
    return {
      cacheData() {
        const places = normalizedPlaces(sigma, many.places());
        points.fill("a_place", places, 2);
        const of = new Float32Array(2 * ends.length);
        for (const [i, end] of ends.entries()) of.set(places.subarray(2 * end, 2 * end + 2), 2 * i);
        lines.fill("a_place", of, 2);
      },
      render({ matrix }) {
        gl.useProgram(program);
        gl.uniformMatrix3fv(gl.getUniformLocation(program, "u_matrix"), false, matrix);
        gl.uniform1i(gl.getUniformLocation(program, "u_round"), 0);
        if (performance.now() - moved >= REST) {
          gl.vertexAttrib4f(gl.getAttribLocation(program, "a_colour"), ...lineColour);
          lines.draw(gl.LINES, Math.min(2 * most, ends.length));
        }
        gl.uniform1i(gl.getUniformLocation(program, "u_round"), 1);
        points.draw(gl.POINTS, sizes.length);
      },
      kill() {
        gl.deleteProgram(program);
        for (const vertices of [lines, points]) vertices.delete();
      },
    };
  });
}

/** Attributes of vertices on the graphics card. */
class Vertices {
  readonly #gl: WebGL2RenderingContext;
  readonly #program: WebGLProgram;
  readonly #array: WebGLVertexArrayObject;
  readonly #buffers = new Map<string, WebGLBuffer>();

  constructor(gl: WebGL2RenderingContext, program: WebGLProgram) {
    this.#gl = gl;
    this.#program = program;
    this.#array = gl.createVertexArray();
  }

  /** @param size numbers of one vertex */
  fill(name: string, values: Float32Array, size: number): void {
    const gl = this.#gl;
    const buffer = this.#buffers.get(name) ?? gl.createBuffer();
    this.#buffers.set(name, buffer);
    const place = gl.getAttribLocation(this.#program, name);
    gl.bindVertexArray(this.#array);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.DYNAMIC_DRAW);
    gl.enableVertexAttribArray(place);
    gl.vertexAttribPointer(place, size, gl.FLOAT, false, 0, 0);
    gl.bindVertexArray(null);
  }

  draw(mode: number, count: number): void {
    this.#gl.bindVertexArray(this.#array);
    this.#gl.drawArrays(mode, 0, count);
    this.#gl.bindVertexArray(null);
  }

  delete(): void {
    for (const buffer of this.#buffers.values()) this.#gl.deleteBuffer(buffer);
    this.#gl.deleteVertexArray(this.#array);
  }
}

/** As sigma.js's matrix takes them. */
function normalizedPlaces(sigma: Sigma, places: Float32Array): Float32Array {
  const normalized = sigma.getNormalizationFunction();
  const found = new Float32Array(places.length);
  for (let i = 0; i < places.length; i += 2) {
    const { x, y } = normalized({ x: places[i]!, y: places[i + 1]! });
    found[i] = x;
    found[i + 1] = y;
  }
  return found;
}

/** @throws Error where the browser does not take the program */
function linked(gl: WebGL2RenderingContext): WebGLProgram {
  const program = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, FRAGMENT],
  ] as const) {
    const shader = gl.createShader(type)!;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (gl.getProgramParameter(program, gl.LINK_STATUS) !== true)
    throw new Error(gl.getProgramInfoLog(program) ?? "WebGL");
  return program;
}

/** The concept nearest to a place. */
export function nearest(places: Float32Array, { x, y }: { readonly x: number; readonly y: number }): number {
  let [best, distance] = [-1, Number.POSITIVE_INFINITY];
  for (let i = 0; i < places.length / 2; i++) {
    const away = (places[2 * i]! - x) ** 2 + (places[2 * i + 1]! - y) ** 2;
    if (away < distance) [best, distance] = [i, away];
  }
  return best;
}
