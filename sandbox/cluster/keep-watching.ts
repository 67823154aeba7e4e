import type { KubernetesObject, makeInformer } from "@kubernetes/client-node";

const retryMs = 300;

/**
 * Calls `refresh` with all objects whenever one comes, changes or goes. While the API server is away nothing is called,
 * so that what was known last goes on being used; the watch is tried again until it is back.
 */
export function keepWatching<T extends KubernetesObject>(
  informer: ReturnType<typeof makeInformer<T>>,
  what: string,
  refresh: (objects: readonly T[]) => void,
): void {
  const changed = () => refresh(informer.list());
  informer.on("add", changed);
  informer.on("update", changed);
  informer.on("delete", changed);
  const watch = () => {
    informer.start().catch(again);
  };
  const again = (error: unknown) => {
    console.error(`watching ${what}: ${String(error)}`);
    setTimeout(watch, retryMs);
  };
  informer.on("error", again);
  watch();
}
