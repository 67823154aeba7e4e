/** The two price levels that an environment can have. */
export const plans = ["free", "pro"] as const;
export type Plan = (typeof plans)[number];

/** What the vendors' plans of that price include; what they do not include is not declared. */
export interface PlanProfile {
  /** Vercel Pro: production takes traffic in stages. Hobby switches at once. */
  rollingRelease: boolean;
  /** Vercel Pro: how long a browser goes on talking to the version that it loaded; undefined: not at all. */
  skewProtection: "12 hours" | undefined;
  /** Vercel Pro: roles by project. On Hobby there is one user. */
  projectMembers: boolean;
  /** Sentry's paid plans watch any number of addresses. Developer watches one, and that is production's. */
  manyMonitors: boolean;
}

export function planProfile(plan: Plan): PlanProfile {
  return plan === "pro"
    ? { rollingRelease: true, skewProtection: "12 hours", projectMembers: true, manyMonitors: true }
    : { rollingRelease: false, skewProtection: undefined, projectMembers: false, manyMonitors: false };
}

/** What a month costs at least, in US dollars, by vendor; usage comes on top. */
export interface MonthlyCost {
  github: number;
  vercel: number;
  sentry: number;
  supabase: number;
  posthog: number;
  total: number;
}

const dollars = {
  /** GitHub Actions' free minutes; the repositories are part of the organisation's own plan. */
  github: { free: 0, pro: 0 },
  /** Vercel Hobby, and Pro by user. */
  vercel: { free: 0, pro: 20 },
  /** Sentry Developer, and Team from. */
  sentry: { free: 0, pro: 26 },
  /** Supabase Free, and Pro from. */
  supabase: { free: 0, pro: 25 },
  /** PostHog's free tier. */
  posthog: { free: 0, pro: 0 },
} as const satisfies Record<string, Record<Plan, number>>;

/**
 * The vendors bill a team, not an environment: one environment on pro makes the team pay. `users` are the people with
 * a seat at Vercel.
 */
export function monthlyCost(chosen: readonly Plan[], users: number): MonthlyCost {
  const plan: Plan = chosen.includes("pro") ? "pro" : "free";
  const costs = {
    github: dollars.github[plan],
    vercel: dollars.vercel[plan] * users,
    sentry: dollars.sentry[plan],
    supabase: dollars.supabase[plan],
    posthog: dollars.posthog[plan],
  };
  return { ...costs, total: Object.values(costs).reduce((sum, cost) => sum + cost, 0) };
}
