// The measurement behind docs/adr/0001-stack-kinds.md, repeated on every run: one provider that cannot start
// stops every operation on its stack, even one that targets a resource of a healthy provider.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { brokenPlugin, scratchProject, type ScratchProject } from "../support/scratch-project.ts";

const healthy = `
export const settings = new k8s.core.v1.ConfigMap("settings", {
  metadata: { name: "settings", namespace: "default", annotations: { "pulumi.com/patchForce": "true" } },
  data: { key: "value" },
});
`;
const broken = `
class Thing extends pulumi.CustomResource {
  constructor(name) { super("broken:index:Thing", name, {}, { version: "1.0.0" }); }
}
new Thing("vendor");
`;

describe("blast radius of one broken provider", () => {
  let project: ScratchProject;
  beforeAll(async () => {
    project = await scratchProject("blast-radius", healthy + broken);
    brokenPlugin(project, "broken", "1.0.0");
  }, 60_000);
  afterAll(() => project.remove());

  test("the whole update fails", async () => {
    const { code, output } = await project.up();
    expect(code).not.toBe(0);
    expect(output).toMatch(/broken/);
  }, 60_000);

  test("an update that targets only the healthy resource fails too", async () => {
    const target = `urn:pulumi:${project.stack}::${project.name}::kubernetes:core/v1:ConfigMap::settings`;
    const { code, output } = await project.up("--target", target);
    expect(code).not.toBe(0);
    expect(output).toMatch(/broken/);
  }, 60_000);

  test("without the broken provider the same resource goes through", async () => {
    writeFileSync(join(project.dir, "index.ts"), project.header + healthy);
    const { code, output } = await project.up();
    expect({ code, output }).toMatchObject({ code: 0 });
  }, 60_000);
});
