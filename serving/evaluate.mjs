/**
 * The second evaluator of model.json: docs/MODEL_FORMAT.md in JavaScript, without a dependency.
 *
 * It passes the same vectors as the one in Python (tests/conformance), and answers "what if" on the server's page.
 * What it does not know it refuses; a number never comes out of a model or a row that does not fit.
 */

const EXPONENT = 709;

/** Return a function from a row to {outputs, decision}; throw TypeError for a model that is not one of this format. */
export function evaluator(model) {
  if (model.format !== "counterseal/portable-model" || model.formatVersion !== 1) {
    throw new TypeError("expected counterseal/portable-model, formatVersion 1");
  }
  const answer = predictor(model.predictor);
  return (row) => {
    const odd = misfit(model.inputs, row);
    if (odd) throw new RangeError(odd);
    return decided(model, answer(row));
  };
}

/** Return what is wrong with a row, or null; its values are not quoted. */
export function misfit(inputs, row) {
  const names = new Set(inputs.map((input) => input.name));
  for (const name of Object.keys(row)) if (!names.has(name)) return `${name}: not a feature of the model`;
  for (const input of inputs) {
    if (!Object.hasOwn(row, input.name)) return `${input.name}: a value is missing`;
    const problem = problemOf(input, row[input.name]);
    if (problem) return `${input.name}: expected ${problem}`;
  }
  return null;
}

function problemOf(input, value) {
  if (value === null) return input.nullable ? null : "a value";
  if (input.type === "category") return input.categories.includes(value) ? null : "one of the listed categories";
  if (typeof value !== "number" || !Number.isFinite(value)) return "a finite number";
  if (input.type === "integer" && !Number.isInteger(value)) return "a whole number";
  if (value < input.minimum || value > input.maximum) return `a number from ${input.minimum} to ${input.maximum}`;
  return null;
}

function decided(model, outputs) {
  if (model.task === "regression") return { outputs, decision: null };
  const found = outputs.map((output) => Math.min(1, Math.max(0, output)));
  const place = model.task === "binary" ? Number(found[0] >= model.threshold) : found.indexOf(Math.max(...found));
  return { outputs: found, decision: model.classes[place] };
}

/* Predictors: from a row to its outputs. */

function predictor(part) {
  const made = { additive, trees, average, calibrated }[part.kind];
  if (!made) throw new TypeError(`no predictor is called ${part.kind}`);
  return made(part);
}

function additive(part) {
  const scores = part.scores.map(({ intercept, terms }) => {
    const shares = terms.map(share);
    return (row) => shares.reduce((total, term) => total + term(row), intercept);
  });
  return (row) => linked(part.link, scores.map((score) => score(row)));
}

function trees(part) {
  const columns = part.columns.map(column);
  const cast = { float32: Math.fround, none: (value) => value }[part.cast];
  const walks = part.trees.map(walk);
  const counts = part.base.map((_, place) => part.trees.filter((tree) => [null, place].includes(tree.output)).length);
  return (row) => {
    const values = columns.map((read) => cast(read(row)));
    const totals = part.aggregate === "mean" ? part.base.map(() => 0) : [...part.base];
    part.trees.forEach((tree, place) => add(totals, tree, walks[place](values)));
    if (part.aggregate !== "mean") return linked(part.link, totals);
    return linked(part.link, totals.map((total, place) => total / Math.max(1, counts[place]) + part.base[place]));
  };
}

function add(totals, tree, leaf) {
  if (tree.output !== null) totals[tree.output] += tree.value[leaf];
  else for (let place = 0; place < totals.length; place += 1) totals[place] += tree.value[leaf * totals.length + place];
}

/** Return a function from a tree's column values to the place of the leaf that is reached. */
function walk(tree) {
  const splits = new Map(), leaves = new Map();
  tree.feature.forEach((feature, node) => (feature < 0 ? leaves.set(node, leaves.size) : splits.set(node, splits.size)));
  const missingLeft = new Set(tree.missing_left), codes = new Map();
  for (const [node, listed] of Object.entries(tree.codes)) codes.set(Number(node), new Set(listed));
  return (values) => {
    let node = 0;
    while (splits.has(node)) {
      const place = splits.get(node), value = values[tree.feature[node]];
      let left = value <= tree.threshold[place];
      if (Number.isNaN(value)) left = missingLeft.has(node);
      else if (codes.has(node)) left = codes.get(node).has(value);
      node = (left ? tree.left : tree.right)[place];
    }
    return leaves.get(node);
  };
}

function average(part) {
  const members = part.members.map(predictor);
  return (row) =>
    members.reduce((totals, member, place) => {
      const outputs = member(row);
      return outputs.map((output, at) => (totals ? totals[at] : 0) + part.weights[place] * output);
    }, null);
}

function calibrated(part) {
  const member = predictor(part.member);
  const maps = part.maps.map((map) => (map.kind === "sigmoid" ? sigmoid(map) : isotonic(map)));
  return (row) => {
    const mapped = member(row).map((output, place) => maps[place](output));
    return mapped.length > 1 ? shared(mapped) : mapped;
  };
}

function sigmoid({ a, b }) {
  return (output) => logistic(-(a * output + b));
}

function isotonic({ x, y }) {
  return (output) => {
    if (output <= x[0]) return y[0];
    const at = x.findIndex((end) => output <= end);
    if (at < 0 || output >= x.at(-1)) return y.at(-1);
    return ((y[at] - y[at - 1]) / (x[at] - x[at - 1])) * (output - x[at - 1]) + y[at - 1];
  };
}

/* Terms and columns: from a row to a number. */

function share(term) {
  if (term.kind === "linear") return number(term, (value) => ((value - term.center) / term.scale) * term.weight);
  if (term.kind === "squared") return number(term, (value) => squared((value - term.center) / term.scale) * term.weight);
  if (term.kind === "bins") return binned(term.input, term.cuts, term.weights, term.missing);
  if (term.kind === "category") {
    const missing = term.impute === null ? term.unseen : look(term.weights, term.impute, term.unseen);
    return listed(term.input, term.weights, term.unseen, missing);
  }
  if (term.kind === "product") {
    const read = column(term);
    return (row) => read(row) * term.weight;
  }
  throw new TypeError(`no term is called ${term.kind}`);
}

function column(part) {
  if (part.kind === "number") return number(part, (value) => (value - part.center) / part.scale);
  if (part.kind === "code") return listed(part.input, part.codes, part.unseen ?? NaN, part.missing ?? NaN);
  if (part.kind === "bin") return binned(part.input, part.cuts, part.values, part.missing ?? NaN);
  if (part.kind === "product") {
    const [one, other] = part.of.map(column);
    return (row) => one(row) * other(row);
  }
  throw new TypeError(`no column is called ${part.kind}`);
}

function number({ input, impute }, made) {
  const missing = impute === null ? NaN : made(impute);
  return (row) => (row[input] === null ? missing : made(row[input]));
}

function listed(input, numbers, unseen, missing) {
  return (row) => (row[input] === null ? missing : look(numbers, row[input], unseen));
}

function binned(input, cuts, values, missing) {
  return (row) => (row[input] === null ? missing : values[cuts.filter((cut) => cut <= row[input]).length]);
}

function look(numbers, category, unseen) {
  return Object.hasOwn(numbers, category) ? numbers[category] : unseen;
}

function squared(value) {
  return value * value;
}

/* Links: from scores to outputs. */

function linked(link, scores) {
  if (link === "identity") return scores;
  if (link === "logit" || link === "exp") return scores.map(link === "exp" ? exponential : logistic);
  if (link === "ovr") return shared(scores.map(logistic));
  if (link === "softmax") return shared(scores.map((score) => exponential(score - Math.max(...scores))));
  throw new TypeError(`no link is called ${link}`);
}

function exponential(score) {
  return Math.exp(Math.min(Math.max(score, -EXPONENT), EXPONENT));
}

function logistic(score) {
  if (score >= 0) return 1 / (1 + Math.exp(-Math.min(score, EXPONENT)));
  const grown = Math.exp(Math.max(score, -EXPONENT));
  return grown / (1 + grown);
}

function shared(parts) {
  const total = parts.reduce((sum, part) => sum + part, 0);
  return parts.map((part) => (total ? part / total : 1 / parts.length));
}
