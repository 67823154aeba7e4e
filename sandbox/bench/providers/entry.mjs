import module from "node:module";

// As infra/entry.mjs does, so that the programs start alike.
module.enableCompileCache();

export default async () => (await import("./program.ts")).main();
