// What a person who types npm run gate wrong is told, and with which exit code.
import { expect, test } from "@jest/globals";
import { policies } from "../../sandbox/paths.ts";
import { runProcess } from "../../sandbox/process.ts";

const gate = (...args: string[]) =>
  runProcess(process.execPath, [policies.gate, ...args], { env: { PATH: "/nowhere" } });

test.each<[string[], RegExp]>([
  [[], /^The gate could not run: no stack is named\.\n\nnpm run gate -- --stack NAME/],
  [["--stak", "production"], /The gate could not run: Unknown option '--stak'/],
  [
    ["--stack", "production"],
    /The gate could not run: could not start pulumi: .*; it has to be on the PATH\n$/,
  ],
])(
  "%j could not run, and says why without a stack trace",
  async (args, message) => {
    const { code, stdout, stderr } = await gate(...args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
  },
  30_000,
);

test("--help says what there is", async () => {
  const { code, stdout } = await gate("--help");
  expect(code).toBe(0);
  for (const option of ["--stack", "--json", "--config-file", "--levels"]) expect(stdout).toContain(option);
}, 30_000);
