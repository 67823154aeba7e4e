import module, { createRequire } from "node:module";

// Parsing is a good part of the pack's start: keep its results for the next preview.
module.enableCompileCache();

// To serialize functions, which no policy does, the SDK loads npm's resolver and the TypeScript compiler: half of the
// pack's start. They are loaded when somebody asks them for something.
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
