import { stopTestCluster } from "../support/test-cluster.ts";

export default stopTestCluster;
