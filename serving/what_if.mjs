/**
 * What if? The row that is typed is answered here, in the browser, and told against the typical row.
 *
 * The model is asked for once, and from then on which promotion serves. What is typed leaves this page by no way.
 */

import { evaluator, misfit } from "./evaluate.mjs";

const PAUSE = 5000;
const page = document.querySelector("[data-what-if]");
const name = page.dataset.whatIf;
const part = (said, within = page) => within.querySelector(`[data-${said}]`);

begin().catch((error) => tell(`The form cannot be tried here: ${error.message}`));

async function begin() {
  const model = await admitted();
  if (!model) return;
  const fields = [...page.querySelectorAll("[data-field]")].map((box, place) => field(box, model.inputs[place]));
  const show = shower(model, fields);
  page.addEventListener("input", show);
  part("reset").addEventListener("click", () => {
    fields.forEach((item) => item.reset());
    show();
  });
  page.querySelector("fieldset").disabled = part("reset").hidden = false;
  show();
  window.addEventListener("focus", look);
  watch();
}

/** Return the model that this page was written for, or null if another one serves by now. */
async function admitted() {
  const response = await fetch(`/model/${name}/model.json`);
  if (response.headers.get("etag") === `"${page.dataset.digest}"`) return response.json();
  await look();
  return null;
}

/* Fields: from what is typed to a value of the row. */

function field(box, input) {
  const value = part("value", box), missing = part("missing", box), start = value.value;
  const read = () => {
    value.disabled = Boolean(missing?.checked);
    if (value.disabled) return null;
    return input.type === "category" ? input.categories[value.value] : value.valueAsNumber;
  };
  const reset = () => {
    value.value = start;
    if (missing) missing.checked = missing.defaultChecked;
  };
  const mark = (problem, changed) => {
    part("problem", box).textContent = problem ?? "";
    value.setAttribute("aria-invalid", String(problem !== null));
    box.classList.toggle("changed", changed);
  };
  return { input, read, reset, mark };
}

function problemOf(input, value) {
  const found = misfit([input], { [input.name]: value });
  return found && found.slice(input.name.length + 2);
}

/* Answers: each output as it is, and as it is for the typical row. */

function shower(model, fields) {
  const answer = evaluator(model), typical = answer(model.reference);
  const write = model.task === "regression" ? (value) => String(Number(value.toPrecision(6))) : (value) => value.toFixed(4);
  return () => {
    const row = Object.fromEntries(fields.map(({ input, read }) => [input.name, read()]));
    const odd = fields.filter((item) => marked(item, row[item.input.name], model.reference[item.input.name]));
    showOutputs(odd.length ? null : answer(row), typical, write);
    part("told").textContent = odd.length ? `See ${names(odd.map(({ input }) => input))}.` : compared(model, row);
  };
}

function marked({ input, mark }, value, reference) {
  const problem = problemOf(input, value);
  mark(problem, value !== reference);
  return problem !== null;
}

function showOutputs(found, typical, write) {
  const kept = found && found.decision !== typical.decision ? `${found.decision}, not ${typical.decision}` : found?.decision;
  part("decision").textContent = found ? (kept ?? "") : "no answer";
  page.querySelectorAll("[data-output]").forEach((box, place) => {
    const now = found ? found.outputs[place] : null, before = typical.outputs[place];
    const data = box.querySelector("data");
    data.value = now === null ? "" : String(now);
    data.textContent = now === null ? "·" : write(now);
    part("change", box).textContent = `typical row ${write(before)}${difference(now, before, write)}`;
    box.querySelector(".bar")?.setAttribute("width", String(100 * (now ?? 0)));
  });
}

function difference(now, before, write) {
  if (now === null || write(now) === write(before)) return "";
  return `, ${now > before ? "+" : "−"}${write(Math.abs(now - before))}`;
}

function compared(model, row) {
  const changed = model.inputs.filter((input) => row[input.name] !== model.reference[input.name]);
  return changed.length ? `Other than in the typical row: ${names(changed)}.` : "This is the typical row.";
}

function names(inputs) {
  return inputs.map((input) => input.name).join(", ");
}

/* Standing: does the promotion that this page answers by still serve? */

async function watch() {
  await look();
  setTimeout(watch, PAUSE);
}

async function look() {
  tell(await standing().catch(() => "The server does not answer; this page still does, by what it was given."));
}

async function standing() {
  const serving = await (await fetch(`/model/${name}`)).json();
  const here = `this page still answers by promotion ${page.dataset.number}`;
  if (!serving.serves) return `${name} does not serve any more; ${here}.`;
  if (String(serving.number) === page.dataset.number && serving.entry === page.dataset.entry) return "";
  return `Promotion ${serving.number}, version ${serving.version}, serves by now; ${here}. Load it again.`;
}

function tell(text) {
  const told = part("standing");
  if (told.textContent !== text) told.textContent = text;
}
