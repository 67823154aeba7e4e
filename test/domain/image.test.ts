import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { compareVersions, imageMistake, imageVersion } from "../../infra/domain/image.ts";

const digest = `sha256:${"a".repeat(64)}`;

test.each([
  ["localhost/pulse-messages:1.0.0"],
  ["localhost/pulse-messages:1.2.0-unready"],
  ["ghcr.io/example/app:v2.10.3"],
  ["registry.example.com:5000/a/b_c:1.0.0"],
  [`ghcr.io/example/app@${digest}`],
  [`ghcr.io/example/app:1.0.0@${digest}`],
])("%s may be deployed outside production", (image) => {
  expect(imageMistake(image, "digest or full version")).toBeUndefined();
});

test.each([
  ["app", "has neither tag nor digest, which means latest"],
  ["localhost:5000/app", "has neither tag nor digest, which means latest"],
  ["app:latest", "has the tag latest, which can move"],
  ["app:1", "has the tag 1, which can move"],
  ["app:1.4", "has the tag 1.4, which can move"],
  ["app:stable-1.4.2", "has the tag stable-1.4.2, which can move"],
  ["", "is not an image reference"],
  ["an image", "is not an image reference"],
  ["app@sha256:short", "is not an image reference"],
])("%s may not: %s", (image, mistake) => {
  expect(imageMistake(image, "digest or full version")).toBe(mistake);
});

test("production takes digests only", () => {
  expect(imageMistake("app:1.0.0", "digest")).toBe("has a tag, which can be pushed again");
  expect(imageMistake(`app:1.0.0@${digest}`, "digest")).toBeUndefined();
});

test("versions are read from tags", () => {
  expect(imageVersion("app:v1.2.3")).toBe("1.2.3");
  expect(imageVersion(`app:1.2.3@${digest}`)).toBe("1.2.3");
  expect(imageVersion(`app@${digest}`)).toBeUndefined();
  expect(imageVersion("app:latest")).toBeUndefined();
  expect(imageVersion(undefined)).toBeUndefined();
});

test("the order of Semantic Versioning's own example", () => {
  const ordered = [
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0.10",
    "1.2.0",
  ];
  fc.assert(
    fc.property(fc.nat(ordered.length - 1), fc.nat(ordered.length - 1), (a, b) => {
      expect(Math.sign(compareVersions(ordered[a] ?? "", ordered[b] ?? ""))).toBe(Math.sign(a - b));
    }),
  );
});
