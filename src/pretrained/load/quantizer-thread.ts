/** A thread that quantises the tiles which `quantizer.ts` sends it, one after the other. */
import { parentPort } from "node:worker_threads";
import { type QuantizerTile, quantizeTile } from "./quantize-tile.ts";

const port = parentPort!;

port.on("message", (tile: QuantizerTile) => {
  const result = quantizeTile(tile);
  const given = result === undefined ? [] : [result.blocks.buffer, result.scales.buffer];
  port.postMessage(result, given as ArrayBuffer[]);
});
