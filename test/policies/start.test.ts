// The pack starts with every preview: what it does not need, it does not load; and what is put off still comes.
import { expect, test } from "@jest/globals";
import { policies } from "../../sandbox/paths.ts";
import { runProcess } from "../../sandbox/process.ts";

const program = `
import { createRequire } from "node:module";
await import(process.cwd() + "/index.mjs");
const require = createRequire(process.cwd() + "/package.json");
const loaded = (part) => Object.keys(require.cache).filter((file) => file.includes(part)).length;
const count = () => [loaded("/@npmcli/"), loaded("/typescript/"), loaded("/@pulumi/aws/"), loaded("/@pulumi/kubernetes/")];
const before = count();
const sdk = createRequire(require.resolve("@pulumi/pulumi"));
const [{ Arborist }, { SyntaxKind }] = [sdk("@npmcli/arborist"), sdk("typescript")];
console.error(JSON.stringify({ before, after: [typeof Arborist, typeof SyntaxKind] }));
process.exit(0);
`;

test("neither npm's resolver nor a compiler nor a vendor's SDK is loaded until somebody asks", async () => {
  const args = ["--input-type=module", "--eval", program];
  const { code, stderr } = await runProcess(process.execPath, args, { cwd: policies.pack });
  expect([code, JSON.parse(stderr)]).toEqual([
    0,
    // One entry each for what is put off: what stands for it.
    { before: [1, 1, 0, 0], after: ["function", "object"] },
  ]);
}, 30_000);
