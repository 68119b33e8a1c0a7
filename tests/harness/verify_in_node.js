// Runs the verifier of the browser under Node: node verify_in_node.js DIRECTORY, then paths of files
// on its standard input, one a line. Prints one JSON line per file: {"outcome": "proved" | "differs" | "no proof", "stage", "what", …}.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");
const zlib = require("node:zlib");

const [directory] = process.argv.slice(2);
const page = fs.readFileSync(path.join(directory, "index.html"), "utf8");
for (const [, name] of page.matchAll(/<script src="([^"]+)"/g)) {
  if (name === "page.js") continue;
  vm.runInThisContext(fs.readFileSync(path.join(directory, name), "utf8"), { filename: name });
}
const Q = globalThis.Quilowatt;

function outcome(file) {
  let bytes = fs.readFileSync(file);
  if (file.endsWith(".bytes")) return { sha256: Q.sha256(new Uint8Array(bytes)) };
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = zlib.gunzipSync(bytes);
  try {
    const verdict = Q.verify(Q.readProof(new Uint8Array(bytes)));
    const { finding, notes, passed } = verdict;
    return { outcome: finding ? "differs" : "proved", ...finding, notes: notes.length, passed: passed.length };
  } catch (error) {
    if (error instanceof Q.NoProof) return { outcome: "no proof", reason: error.message };
    return { outcome: "crashed", reason: error.stack };
  }
}

require("node:readline")
  .createInterface({ input: process.stdin })
  .on("line", (file) => console.log(JSON.stringify(outcome(file))));
