// npm run gate -- --stack NAME: 0 all is well, 1 something has to be mended, 2 it could not run.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { GateError } from "./finding.ts";
import { runGate, stops } from "./gate.ts";
import { Engine } from "./preview.ts";
import { reportOf } from "./report.ts";

const usage = `npm run gate -- --stack NAME [--json FILE] [--config-file FILE] [--levels NAME]

Previews a stack with the policies, and looks at what they cannot see: what would be deleted or replaced, and secrets
in plain text. Prints one report.
  -s, --stack        the stack
      --json         also write the result to this file
      --config-file  the stack's config, where it is not Pulumi.NAME.yaml
      --levels       how strict: a name in policies/levels; by default what the stack's config says it is`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      stack: { type: "string", short: "s" },
      json: { type: "string" },
      "config-file": { type: "string" },
      levels: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  const { stack, json, levels } = values;
  if (stack === undefined) throw new GateError(`no stack is named.\n\n${usage}`);
  process.stderr.write(`Previewing ${stack} with the policies...\n`);
  const engine = new Engine(stack, { configFile: values["config-file"] });
  const result = await runGate(engine, { stack, ...(levels !== undefined && { levels }), now: Date.now() });
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(result, undefined, 2)}\n`);
  process.stdout.write(`${reportOf(result)}\n`);
  return stops(result) ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  const known = error instanceof GateError || (error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS");
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`The gate could not run: ${message}\n`);
  if (!known && process.env.DEBUG === "pulse" && error instanceof Error) {
    process.stderr.write(`${error.stack ?? ""}\n`);
  }
  process.exitCode = 2;
}
