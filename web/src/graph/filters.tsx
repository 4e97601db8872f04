/** What is left out of the picture: kinds of relations, improbable ones, those of other years. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { GraphStatsResponse } from "../../../src/server/contract.ts";
import { percent } from "../parts.tsx";
import type { GraphQuestion } from "./question.ts";

export interface FiltersProps {
  readonly question: GraphQuestion;
  readonly statistics: GraphStatsResponse;
  readonly onChange: (question: GraphQuestion) => void;
}

const AMOUNTS = [20, 40, 100, 500, 2000, 10_000, 50_000, 100_000];

export function Filters({ question, statistics, onChange }: FiltersProps): ComponentChildren {
  const [least, setLeast] = useState<number>();
  const kinds = [...new Set(statistics.relationTypes.map(({ relation }) => relation))];
  const amounts = [...new Set([...AMOUNTS, question.limit])].sort((a, b) => a - b);
  const years = [statistics.firstYear ?? undefined, statistics.lastYear ?? undefined] as const;
  return (
    <fieldset class="filters">
      <legend>Show</legend>
      <label>
        Relation
        <select
          value={question.relation}
          onChange={(event) => onChange({ ...question, relation: event.currentTarget.value })}
        >
          <option value="">every kind</option>
          {kinds.map((kind) => (
            <option key={kind} value={kind}>
              {kind}
            </option>
          ))}
        </select>
      </label>
      <label>
        At least {percent(least ?? question.threshold)} probable
        <input
          type="range"
          min="0"
          max="1"
          step="0.01"
          value={least ?? question.threshold}
          onInput={(event) => setLeast(Number(event.currentTarget.value))}
          onChange={(event) => {
            setLeast(undefined);
            onChange({ ...question, threshold: Number(event.currentTarget.value) });
          }}
        />
      </label>
      <div class="row tight">
        <Year
          label="From year"
          value={question.fromYear}
          years={years}
          placeholder={years[0]}
          onChange={(fromYear) => onChange({ ...question, fromYear })}
        />
        <Year
          label="to year"
          value={question.toYear}
          years={years}
          placeholder={years[1]}
          onChange={(toYear) => onChange({ ...question, toYear })}
        />
      </div>
      {question.path === undefined ? (
        <label>
          {question.concepts.length === 0 ? "At most" : "At most, of each concept"}
          <select
            value={question.limit}
            onChange={(event) => onChange({ ...question, limit: Number(event.currentTarget.value) })}
          >
            {amounts.map((amount) => (
              <option key={amount} value={amount}>
                {amount.toLocaleString("en")} relations
              </option>
            ))}
          </select>
        </label>
      ) : null}
    </fieldset>
  );
}

interface YearProps {
  readonly label: string;
  readonly value: string;
  readonly years: readonly [first: number | undefined, last: number | undefined];
  readonly placeholder: number | undefined;
  readonly onChange: (value: string) => void;
}

/** A year that counts once it is typed whole. What is half typed is kept apart, or an answer that comes meanwhile would wipe it out. */
function Year({ label, value, years: [first, last], placeholder, onChange }: YearProps): ComponentChildren {
  const [typed, setTyped] = useState<string>();
  return (
    <label>
      {label}
      <input
        type="number"
        min={first ?? 1800}
        max={last ?? 2100}
        value={typed ?? value}
        placeholder={String(placeholder ?? "")}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onChange={(event) => {
          setTyped(undefined);
          onChange(event.currentTarget.value);
        }}
      />
    </label>
  );
}
