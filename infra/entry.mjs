// Every Node can read this file, so it is where an old one is told what is missing.
import { RunError } from "@pulumi/pulumi/errors.js";

if (Number(process.versions.node.split(".")[0]) < 24) {
  throw new RunError(
    `pulse-infra needs Node 24 or newer and runs on ${process.version}: ` +
      "use `npm run pulumi -- <command>`, which brings its own, or put a newer node first on PATH",
  );
}
await import("./start/later.mjs");

export default async () => (await import("./index.ts")).main();
