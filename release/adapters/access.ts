/** The body of the API server's answer 200 to GET `path`; rejects with a sentence for everything else. */
export type KubeGet = (path: string, signal: AbortSignal) => Promise<string>;

/** How the adapters reach the cluster. */
export interface Access {
  kube: KubeGet;
}
