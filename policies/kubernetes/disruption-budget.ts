import type * as k8s from "@pulumi/kubernetes";
import { stackRule } from "../rule.ts";
import { beside, deploymentType, selects, serving } from "./pods.ts";

const budgetType = "kubernetes:policy/v1:PodDisruptionBudget";

export const disruptionBudget = stackRule({
  name: "kubernetes-disruption-budget",
  title: "Deployments that users reach have a PodDisruptionBudget",
  level: "mandatory",
  severity: "high",
  rows: ["K8S-07"],
  why: "Without one, draining nodes for maintenance may end all pods of the colour that serves at the same time.",
  fix: "Declare a PodDisruptionBudget with minAvailable of at least 1 whose selector is the Deployment's.",
  link: "https://kubernetes.io/docs/tasks/run-application/configure-pdb/",
  onlyWith: deploymentType,
  *check(stack) {
    const budgets = stack.all<k8s.policy.v1.PodDisruptionBudgetArgs>(budgetType);
    for (const deployment of serving(stack)) {
      yield [
        deployment,
        () => {
          const labels = deployment.props.spec?.template?.metadata?.labels;
          const own = beside(deployment, budgets).filter(({ props }) =>
            selects(props.spec?.selector?.matchLabels, labels),
          );
          if (own.length === 0) return "has no PodDisruptionBudget, and users reach it";
          const keeps = own.some(({ props: { spec } }) =>
            spec?.minAvailable === undefined
              ? spec?.maxUnavailable !== undefined && spec.maxUnavailable !== "100%"
              : spec.minAvailable !== 0 && spec.minAvailable !== "0%",
          );
          return keeps ? undefined : "has a PodDisruptionBudget that lets all pods end at once";
        },
      ];
    }
  },
});
