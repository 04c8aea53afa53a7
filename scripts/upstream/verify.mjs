// Verifies every bundle beside this file with @sigstore/verify, which is looked for in the working folder.
// CI's keys must have signed the Statements, the promoter's keys the promotions; no other key will do.
import { createHash, createPublicKey } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(join(process.cwd(), "here.js"));
const { bundleFromJSON } = require("@sigstore/bundle");
const { Verifier, toSignedEntity, toTrustMaterial } = require("@sigstore/verify");

const bundles = fileURLToPath(new URL(".", import.meta.url));
const keys = join(bundles, "..", "keys");
const noAuthorities = { certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [] };

function verifierOf(role) {
  const known = {};
  for (const name of readdirSync(keys).filter((name) => name.startsWith(`${role}-`))) {
    const pem = readFileSync(join(keys, name));
    const hint = createHash("sha256").update(pem).digest("hex");
    known[hint] = { rawBytes: createPublicKey(pem).export({ type: "spki", format: "der" }) };
  }
  const thresholds = { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 };
  return new Verifier(toTrustMaterial(noAuthorities, known), thresholds);
}

function verified(name) {
  const bundle = bundleFromJSON(JSON.parse(readFileSync(join(bundles, name))));
  verifierOf(name.startsWith("promotion-") ? "promoter" : "ci").verify(toSignedEntity(bundle));
  return JSON.parse(bundle.content.dsseEnvelope.payload).predicateType;
}

const names = readdirSync(bundles).filter((name) => name.endsWith(".sigstore.json")).sort();
process.exitCode = names.length > 0 ? 0 : 1;
for (const name of names) {
  try {
    console.log(`verified ${name}: ${verified(name)}`);
  } catch (error) {
    console.log(`REFUSED ${name}: ${error.code ?? error.name}: ${error.message}`);
    process.exitCode = 1;
  }
}
