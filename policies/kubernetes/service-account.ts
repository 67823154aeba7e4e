import { resourceRule, want } from "../rule.ts";
import { hasPods, podOf } from "./pods.ts";

export const serviceAccount = resourceRule({
  name: "kubernetes-service-account",
  title: "Pods have an account of their own, and no token that they did not ask for",
  level: "mandatory",
  severity: "high",
  rows: ["SEC-25"],
  why: "The namespace's default account gives whatever somebody once gave it to every pod, and a mounted token is there for whoever gets into the container.",
  fix: "Set serviceAccountName to an account of the pod's own, and automountServiceAccountToken to false; where a program calls the API server, mount a token as a projected volume.",
  link: "https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/",
  types: hasPods,
  *check(resource) {
    const { serviceAccountName: account = "", automountServiceAccountToken: token } =
      podOf(resource)?.spec ?? {};
    yield () => want(account !== "" && account !== "default", "runs under the namespace's default account");
    yield () => want(token === false, "mounts the account's token without having asked for it");
  },
});
