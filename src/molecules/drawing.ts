/** A molecule as a picture: what RDKit draws of its SMILES, in colours for a light or a dark page. */
import { readMolecule } from "./chemistry.ts";

export interface DrawingOptions {
  /** Pixels. Default 320. */
  readonly width?: number;
  /** Pixels. Default 220. */
  readonly height?: number;
  /** Whether it stands on a dark ground; its own is transparent. Default false. */
  readonly dark?: boolean;
}

/** Red, green and blue, in [0, 1], by atomic number; -1 for all that are not named. */
type Palette = Readonly<Record<string, readonly [number, number, number]>>;

/** Each at least 4.5 to 1 against the page's panels. */
const LIGHT: Palette = {
  "-1": [0.11, 0.12, 0.13],
  "6": [0.11, 0.12, 0.13],
  "7": [0.04, 0.36, 0.64],
  "8": [0.72, 0.13, 0.13],
  "9": [0.1, 0.44, 0.2],
  "15": [0.66, 0.3, 0.03],
  "16": [0.42, 0.38, 0],
  "17": [0.1, 0.44, 0.2],
  "35": [0.52, 0.24, 0.1],
  "53": [0.42, 0.2, 0.56],
};
const DARK: Palette = {
  "-1": [0.91, 0.91, 0.89],
  "6": [0.91, 0.91, 0.89],
  "7": [0.48, 0.77, 0.93],
  "8": [0.96, 0.57, 0.52],
  "9": [0.5, 0.8, 0.52],
  "15": [0.94, 0.64, 0.37],
  "16": [0.83, 0.78, 0.35],
  "17": [0.5, 0.8, 0.52],
  "35": [0.87, 0.62, 0.45],
  "53": [0.79, 0.59, 0.87],
};

/** SVG. Throws as `molecularGraph`; takes milliseconds for a drug, seconds for some hundreds of atoms. */
export function drawMolecule(
  smiles: string,
  { width = 320, height = 220, dark = false }: DrawingOptions = {},
): Promise<string> {
  const details = JSON.stringify({
    ...{ width, height, bondLineWidth: 1.5, padding: 0.06, clearBackground: false },
    atomColourPalette: dark ? DARK : LIGHT,
  });
  return readMolecule(smiles, (molecule) => molecule.get_svg_with_highlights(details));
}
