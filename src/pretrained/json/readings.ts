/** All places at which a text may stand in a grammar: several where choices (anyOf) begin alike. Steps are remembered. */
import type { JsonGrammar, Position } from "./positions.ts";

export interface Readings {
  readonly positions: readonly Position[];
  /** Of equal readings the same, as long as they are remembered. */
  readonly id: number;
  /** By byte; null: it does not fit. */
  readonly steps: Map<number, Readings | null>;
}

/**
 * Of more readings the first are kept. Each is a text that the schema allows, so what comes of the rest is still right.
 */
const MOST_READINGS = 64;
/** Some 1 kB each, with its steps. */
const MOST_REMEMBERED = 20_000;

export class ReadingSteps {
  readonly grammar: JsonGrammar;
  readonly start: Readings;
  readonly #known = new Map<string, Readings>();
  #made = 0;

  constructor(grammar: JsonGrammar) {
    this.grammar = grammar;
    this.start = this.of([grammar.start]);
  }

  of(positions: readonly Position[]): Readings {
    const ids = positions.map(({ id }) => id).sort((a, b) => a - b);
    const key = ids.join();
    let readings = this.#known.get(key);
    if (readings === undefined) {
      if (this.#known.size >= MOST_REMEMBERED) this.#forget();
      readings = { positions, id: this.#made++, steps: new Map() };
      this.#known.set(key, readings);
    }
    return readings;
  }

  /** Steps lead from one to the next, so they must go as well for anything to be freed. */
  #forget(): void {
    for (const { steps } of this.#known.values()) steps.clear();
    this.#known.clear();
  }

  after(readings: Readings, byte: number): Readings | null {
    const known = readings.steps.get(byte);
    if (known !== undefined) return known;
    const out = new Set<Position>();
    for (const position of readings.positions) this.grammar.step(position, byte, out);
    const next = out.size === 0 ? null : this.of([...out].slice(0, MOST_READINGS));
    readings.steps.set(byte, next);
    return next;
  }

  mayEnd({ positions }: Readings): boolean {
    return positions.some((position) => this.grammar.mayEnd(position));
  }
}
