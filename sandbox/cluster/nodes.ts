import { askApi, holds, type Conditioned } from "./api.ts";
import type { Context } from "./context.ts";
import { waiting } from "./control-plane.ts";
import { waitFor } from "./wait.ts";

/**
 * Waits until this many nodes are ready and the default service account, without which no pod starts, exists.
 * `guardian` is the process that makes nodes ready: if it ends, so does the wait.
 */
export async function waitForNodes(context: Context, guardian: string, count: number): Promise<void> {
  const ask = (path: string) => askApi(context.dir, context.state.ports.api ?? 0, path);
  await waitFor(
    async () => {
      const [nodes] = await Promise.all([
        ask("/api/v1/nodes"),
        ask("/api/v1/namespaces/default/serviceaccounts/default"),
      ]);
      const { items } = JSON.parse(nodes) as { items: Conditioned[] };
      return items.filter((node) => holds(node, "Ready")).length >= count;
    },
    { ...waiting(context, "kube-apiserver", "kube-controller-manager", guardian), what: "The node" },
  );
}
