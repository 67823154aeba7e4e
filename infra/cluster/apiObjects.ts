/** The few fields of API objects that the guards read. */
export interface HttpRoute {
  metadata?: { generation?: number };
  spec?: { rules?: { backendRefs?: { name: string; weight?: number }[] }[] };
  status?: { parents?: { parentRef?: { name?: string }; conditions?: RouteCondition[] }[] };
}

export interface RouteCondition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  observedGeneration?: number;
}

export interface Deployment {
  metadata?: { generation?: number };
  spec?: { replicas?: number };
  status?: { replicas?: number; updatedReplicas?: number; observedGeneration?: number };
}

export interface EndpointSlices {
  items: {
    endpoints?: {
      addresses: string[];
      conditions?: { ready?: boolean; terminating?: boolean };
      targetRef?: { name?: string };
    }[];
  }[];
}

export interface Pods {
  items: Pod[];
}

export interface Pod {
  metadata?: { name?: string; deletionTimestamp?: string };
  status?: {
    phase?: string;
    conditions?: { type: string; status: string; message?: string }[];
    containerStatuses?: ContainerStatus[];
  };
}

export interface ContainerStatus {
  image: string;
  ready: boolean;
  started?: boolean;
  restartCount: number;
  state?: ContainerState;
  lastState?: ContainerState;
}

interface ContainerState {
  running?: object;
  waiting?: { reason?: string; message?: string };
  terminated?: { exitCode: number };
}
