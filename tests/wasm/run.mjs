// Runs every test of a module: `node run.mjs MODULE.wasm`. Ends with 1 if one of them fails.
import { readFileSync } from "node:fs";
import { WASI } from "node:wasi";

const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const isWasi = WebAssembly.Module.imports(module).some(({ module }) => module === "wasi_snapshot_preview1");

function instantiate() {
  if (!isWasi) return new WebAssembly.Instance(module, {});
  const wasi = new WASI({ version: "preview1" });
  const instance = new WebAssembly.Instance(module, wasi.getImportObject());
  wasi.initialize(instance);
  return instance;
}

function text(exports, start, length) {
  return new TextDecoder().decode(new Uint8Array(exports.memory.buffer, start, length));
}

let failed = 0;
const count = instantiate().exports.prepare();
for (let test = 0; test < count; test++) {
  // A panic ends an instance, so each test has an instance of its own.
  const { exports } = instantiate();
  exports.prepare();
  const name = text(exports, exports.name(test), exports.name_len(test));
  try {
    exports.run(test);
    console.log(`test ${name} ... ok`);
  } catch (error) {
    failed++;
    console.log(`test ${name} ... FAILED: ${error}: ${text(exports, exports.message(), exports.message_len())}`);
  }
}
console.log(`${count} tests, ${failed} failed`);
process.exit(failed === 0 && count > 0 ? 0 : 1);
