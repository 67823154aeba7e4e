import type * as k8s from "@pulumi/kubernetes";
import { resourceRule, want } from "../rule.ts";

const group = "kubernetes:rbac.authorization.k8s.io/v1";
const tooMuch = ["cluster-admin", "admin", "edit"];

export const rbac = resourceRule<k8s.rbac.v1.RoleArgs & k8s.rbac.v1.RoleBindingArgs>({
  name: "kubernetes-rbac",
  title: "Roles name what may be done, and nobody is bound to an administrator's role",
  level: "mandatory",
  severity: "critical",
  rows: ["SEC-25"],
  why: "An asterisk also means what will be invented tomorrow; a role of an administrator means everything.",
  fix: "List apiGroups, resources and verbs one by one, and bind a Role that has only those.",
  link: "https://kubernetes.io/docs/concepts/security/rbac-good-practices/",
  types: ["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"].map((kind) => `${group}:${kind}`),
  *check({ props }) {
    for (const [index, rule] of (props.rules ?? []).entries()) {
      for (const key of ["apiGroups", "resources", "verbs"] as const) {
        yield () => want(!(rule[key] ?? []).includes("*"), `has an asterisk for ${key} in rule ${index + 1}`);
      }
    }
    yield () => {
      const role = props.roleRef?.name ?? "";
      return want(!tooMuch.includes(role), `gives the role ${role} to somebody`);
    };
  },
});
