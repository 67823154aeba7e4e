/** The parts of a Pod that are looked at. */
export interface Pod {
  metadata: { name: string; uid: string; labels?: Record<string, string>; deletionTimestamp?: string };
  spec: { containers: { name: string }[] };
  status?: {
    startTime?: string;
    initContainerStatuses?: ContainerStatus[];
    containerStatuses?: ContainerStatus[];
  };
}

export interface ContainerStatus {
  name: string;
  restartCount: number;
  state?: { running?: object; waiting?: { reason?: string }; terminated?: object };
  lastState?: { terminated?: { finishedAt?: string } };
}

/** The parts of a Deployment that are looked at. */
export interface Deployment {
  metadata: { labels?: Record<string, string> };
  spec: { replicas?: number };
  status?: { availableReplicas?: number };
}
