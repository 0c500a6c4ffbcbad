// npm's `solc` as an executable: answers the two calls that py-solc-x makes, and no others.
//
//   solc --version         prints the version as the native compiler does
//   solc --standard-json   reads standard JSON on stdin, prints standard JSON on stdout
//
// The package's own command line is not used: it prints lines that begin with `>>>` before the JSON. All sources come
// in the input, so that nothing is looked up on disk and source names hold no path of this machine.
"use strict";

const fs = require("node:fs");
const solc = require("solc");

const [option] = process.argv.slice(2);
if (option === "--version") {
  process.stdout.write(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}\n`);
} else if (option === "--standard-json") {
  process.stdout.write(solc.compile(fs.readFileSync(0, "utf8")) + "\n");
} else {
  process.stderr.write(`solc: option ${option} is not supported; allowed are --version and --standard-json\n`);
  process.exitCode = 1;
}
