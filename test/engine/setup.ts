import { startTestCluster } from "../support/test-cluster.ts";

export default () => startTestCluster("rootless");
