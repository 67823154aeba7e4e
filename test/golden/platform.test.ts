// Everything that the platform declares, as a file: the diff of that file is the review.
import { describe, expect, test } from "@jest/globals";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../sandbox/paths.ts";
import { platform } from "../../stacks/platform.ts";
import { runWithMocks, type Run } from "../support/mocks.ts";
import { asRaw, loadPlatform, stackFile } from "../support/stack-config.ts";

const run = (config: Record<string, unknown>, stack = "platform", secretKeys: string[] = []): Promise<Run> =>
  runWithMocks(() => platform(loadPlatform(asRaw(config, { stack, secretKeys }))), stack);

describe("what a stack declares is what was reviewed (UPDATE_GOLDEN=1 writes it anew)", () => {
  test.each(["platform", "sandbox-platform"])("%s", async (stack) => {
    const file = join(projectRoot, "test", "golden", `${stack}.json`);
    const dump = `${JSON.stringify(await run(stackFile(stack), stack), null, 2)}\n`;
    if (process.env.UPDATE_GOLDEN === "1") writeFileSync(file, dump);
    expect(existsSync(file)).toBe(true);
    expect(JSON.parse(dump)).toEqual(JSON.parse(readFileSync(file, "utf8")));
  });
});
