/** A number that counts once it is whole: what is half typed stays in the field, whatever answers change meanwhile. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

export interface NumberFieldProps {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  /** Default 1: whole numbers. */
  readonly step?: number;
  readonly disabled?: boolean;
  readonly onValue: (value: number) => void;
}

export function NumberField({ label, value, onValue, ...range }: NumberFieldProps): ComponentChildren {
  const [typed, setTyped] = useState<string>();
  return (
    <label>
      {label}
      <input
        type="number"
        {...range}
        value={typed ?? value}
        onInput={({ currentTarget: field }) => {
          setTyped(field.value);
          if (field.value !== "" && field.validity.valid) onValue(field.valueAsNumber);
        }}
        onChange={({ currentTarget: field }) => {
          if (field.value === "" || field.validity.valid) setTyped(undefined);
        }}
      />
    </label>
  );
}
