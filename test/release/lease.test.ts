// One driver at a time.
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { hostname } from "node:os";
import { ApiClient } from "../../infra/cluster/client.ts";
import { Busy, DriverLease } from "../../release/adapters/lease.ts";
import { thisProcess, type ProcessName } from "../../release/adapters/identity.ts";
import { ObjectServer } from "../support/object-server.ts";

const path = "/apis/coordination.k8s.io/v1/namespaces/ns/leases/app-release";
let server: ObjectServer;
beforeAll(async () => {
  server = await ObjectServer.start();
});
beforeEach(() => server.objects.clear());
afterAll(() => server.stop());

const open = () =>
  new DriverLease(new ApiClient({ kubeconfig: server.kubeconfig }), { namespace: "ns", name: "app" });

/** A lease of somebody else, renewed so many seconds ago. */
function heldBy(owner: ProcessName, secondsAgo: number): void {
  server.put(path, {
    metadata: { name: "app-release", annotations: { "pulse-infra.io/process": JSON.stringify(owner) } } as {
      name: string;
    },
    ...{
      spec: {
        holderIdentity: `ops@${owner.host} (process ${owner.pid} on ${owner.host})`,
        leaseDurationSeconds: 30,
        renewTime: new Date(Date.now() - secondsAgo * 1000).toISOString(),
      },
    },
  });
}

const elsewhere: ProcessName = { host: "another", pid: 1, start: "" };

test("is free, is held, and is free again", async () => {
  const lease = open();
  expect(await lease.holder()).toBeUndefined();
  await lease.take();
  expect(await open().holder()).toMatch(new RegExp(`process ${process.pid} on ${hostname()}`));
  await lease.release();
  expect(await open().holder()).toBeUndefined();
});

test("that another machine holds is refused, with who it is", async () => {
  heldBy(elsewhere, 20);
  await expect(open().take()).rejects.toThrow(new Busy("ops@another (process 1 on another)"));
});

test("that another machine has not renewed for its duration counts for nothing", async () => {
  heldBy(elsewhere, 31);
  await open().take();
});

test("of a dead process of this machine counts for nothing at once", async () => {
  heldBy({ host: hostname(), pid: 2 ** 22 + 1, start: "" }, 1);
  await open().take();
});

test("of a living process of this machine counts", async () => {
  heldBy(thisProcess(), 1);
  await expect(open().take()).rejects.toThrow(Busy);
});

test("goes to one of two who take it at the same moment", async () => {
  const results = await Promise.allSettled([open().take(), open().take()]);
  expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
});

test("is waited for as long as was said", async () => {
  const first = open();
  await first.take();
  const second = open().take(3_000);
  setTimeout(() => void first.release(), 300);
  await second;
});
