// What clients get at the edge: TLS with the sandbox's certificate, headers for browsers, and limits.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { Readable } from "node:stream";
import { connect } from "node:tls";
import { eventually } from "../support/cluster-api.ts";
import type { EnvironmentStack } from "../support/environment-stack.ts";
import { ask, liveEnvironment } from "../support/live-environment.ts";
import { testCluster } from "../support/test-cluster.ts";

let stack: EnvironmentStack;
beforeAll(async () => {
  stack = await liveEnvironment("edge", (config) => {
    config["pulse-infra:edge"] = { requestsPerSecond: 5000, requestSize: "100Ki", webSockets: false };
  });
}, 240_000);
afterAll(async () => {
  if (await namespaceExists()) await stack.destroy();
}, 180_000);

const namespaceExists = (): Promise<boolean> => stack.api.exists("v1", "Namespace", "", stack.namespace);

/** What a TLS handshake ends in: the protocol, or the reason why there was none. */
function handshake(options: {
  servername: string;
  ca?: string;
  maxVersion?: "TLSv1.1" | "TLSv1.2";
}): Promise<string> {
  const port = Number(new URL(testCluster().gatewayUrl ?? "").port);
  const old = options.maxVersion === "TLSv1.1";
  return new Promise((resolve) => {
    const socket = connect({
      host: "127.0.0.1",
      port,
      ...options,
      // OpenSSL itself offers nothing that old unless it is told to.
      ...(old && { minVersion: "TLSv1", ciphers: "ALL:@SECLEVEL=0" }),
    });
    socket.once("secureConnect", () => {
      resolve(socket.getProtocol() ?? "none");
      socket.destroy();
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

test("SEC-17: TLS 1.2 and 1.3 for the environment's own name, nothing older, and nobody else's name", async () => {
  const ca = readFileSync(testCluster().authority, "utf8");
  const servername = "edge.pulse.localhost";
  expect(await handshake({ servername, ca })).toBe("TLSv1.3");
  expect(await handshake({ servername, ca, maxVersion: "TLSv1.2" })).toBe("TLSv1.2");
  expect(await handshake({ servername, ca, maxVersion: "TLSv1.1" })).toMatch(
    /PROTOCOL_VERSION|ECONNRESET|ALERT/,
  );
  expect(await handshake({ servername: "other.pulse.localhost", ca })).toMatch(/ECONNRESET|ALERT/);
  expect(await handshake({ servername })).toMatch(/UNABLE_TO_VERIFY|SELF_SIGNED/);
});

test("SEC-17: plain HTTP is sent on to HTTPS, with path and query", async () => {
  const { request } = await import("undici");
  const { statusCode, headers, body } = await request(`${testCluster().httpUrl ?? ""}/a/b?c=d`, {
    headers: { host: "edge.pulse.localhost" },
  });
  await body.dump();
  expect(statusCode).toBe(301);
  expect(headers.location).toBe("https://edge.pulse.localhost/a/b?c=d");
});

test("SEC-14..16: every answer of the application carries the security headers, also an error", async () => {
  for (const path of ["/", "/nowhere"]) {
    expect((await ask(stack, path)).headers).toMatchObject({
      "content-security-policy":
        "default-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
      "permissions-policy": "camera=(), geolocation=(), microphone=()",
      "referrer-policy": "strict-origin-when-cross-origin",
      "strict-transport-security": "max-age=63072000; includeSubDomains",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
    });
  }
});

test("a request's body may be as large as the config says, whether or not it tells its length", async () => {
  const post = (size: number, chunked: boolean) => {
    const body = "x".repeat(size);
    return ask(stack, "/", { method: "POST", body: chunked ? Readable.from([body]) : body });
  };
  // The sample application takes no POST there, so that its own answer is 405.
  expect((await post(100 * 1024, false)).status).toBe(405);
  expect((await post(100 * 1024 + 1, false)).status).toBe(413);
  expect((await post(50 * 1024, true)).status).toBe(405);
  expect((await post(500 * 1024, true)).status).toBe(413);
});

test("K8S-17, SEC-19: a client that asks too often is told so, and may ask again a second later", async () => {
  stack.edit((config) => {
    config["pulse-infra:edge"] = { requestsPerSecond: 10 };
  });
  await stack.mustUp();
  const burst = async (count: number): Promise<number[]> => {
    const answers = await Promise.all(Array.from({ length: count }, () => ask(stack)));
    return answers.map(({ status }) => status);
  };
  // Two Envoys, each with a bucket of its own: 10 to 20 of 60 pass, and a few more when a second passes meanwhile.
  await eventually("the limit holds", 30, async () => (await burst(60)).includes(429));
  const statuses = await burst(60);
  const passed = statuses.filter((status) => status === 200).length;
  expect(statuses.filter((status) => status !== 200 && status !== 429)).toEqual([]);
  expect(passed).toBeLessThan(50);
  await eventually("it may ask again", 10, async () => (await ask(stack)).ok);
}, 120_000);

test("destroy ends the pods and leaves the namespace gone, and no Envoy of its Gateway", async () => {
  await stack.destroy();
  await eventually("the namespace is gone", 60, async () => !(await namespaceExists()));
  await eventually("its Envoys are gone", 90, async () => {
    const pods = await stack.api.pods("envoy-gateway-system");
    return !pods.some(({ metadata }) => metadata.name.startsWith(`envoy-${stack.namespace}-`));
  });
}, 240_000);
