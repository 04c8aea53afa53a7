/** Put every vector to the evaluator in JavaScript; print what differs, and end with 1 if anything does. */

import { readdirSync, readFileSync } from "node:fs";
import { evaluator } from "../../serving/evaluate.mjs";

const TOLERANCE = 1e-12;
const folder = new URL("vectors/", import.meta.url);
let compared = 0, odd = 0;

for (const name of readdirSync(folder).filter((file) => file !== "invalid.json")) {
  const { model, rows, refused } = JSON.parse(readFileSync(new URL(name, folder)));
  const answer = evaluator(model);
  for (const { row, outputs, decision } of rows) {
    const found = answer(row);
    const far = outputs.some((output, at) => !(Math.abs(found.outputs[at] - output) <= TOLERANCE * Math.max(1, Math.abs(output))));
    tell(name, row, far || found.outputs.length !== outputs.length || found.decision !== decision, found);
  }
  for (const row of refused) tell(name, row, taken(answer, row), "taken");
}
console.log(`${compared} answers and refusals compared, ${odd} differ`);
process.exitCode = Number(odd > 0 || compared === 0);

function taken(answer, row) {
  try {
    answer(row);
    return true;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return false;
  }
}

function tell(name, row, differs, found) {
  compared += 1;
  odd += Number(differs);
  if (differs) console.log(name, JSON.stringify(row), found);
}
