import module, { createRequire } from "node:module";

// Imported before anything else by what Pulumi starts: the program and the policy pack.

// Parsing is a third of the start: keep its results for the next run.
module.enableCompileCache();

// The SDK notes where every promise was made, and looks each place up in source maps: a third of a big program's time.
// Node runs TypeScript where it stands, so that our own stack traces are right without any.
Error.prepareStackTrace = undefined;

// To serialize functions, which nothing here does, the SDK loads npm's resolver and the TypeScript compiler: half of the
// rest of the start. They are loaded when somebody asks them for something.
const { cache, resolve } = createRequire(createRequire(import.meta.url).resolve("@pulumi/pulumi"));
for (const name of ["@npmcli/arborist", "typescript"]) {
  const file = resolve(name);
  if (cache[file] !== undefined) continue;
  const later = new module.Module(file);
  later.loaded = true;
  later.exports = new Proxy(
    {},
    {
      get: (_target, property) => {
        if (property === "__esModule") return true;
        if (cache[file] === later) delete cache[file];
        return createRequire(file)(file)[property];
      },
    },
  );
  cache[file] = later;
}
