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
  const year = (label: string, value: string, name: "fromYear" | "toYear"): ComponentChildren => (
    <label>
      {label}
      <input
        type="number"
        min={statistics.firstYear ?? 1800}
        max={statistics.lastYear ?? 2100}
        value={value}
        placeholder={String((name === "fromYear" ? statistics.firstYear : statistics.lastYear) ?? "")}
        onChange={(event) => onChange({ ...question, [name]: event.currentTarget.value })}
      />
    </label>
  );
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
        {year("From year", question.fromYear, "fromYear")}
        {year("to year", question.toYear, "toYear")}
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
