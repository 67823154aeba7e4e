/** How far an object is on its way to being ready. */
export type Readiness =
  /** Nothing more to wait for. */
  | { state: "ready" }
  /** Not there yet: what is missing, as a phrase such as `2/3 pods ready`. */
  | { state: "waiting"; message: string }
  /** It will not come right by itself. */
  | { state: "failed"; message: string };

export const ready: Readiness = { state: "ready" };
export const waiting = (message: string): Readiness => ({ state: "waiting", message });
export const failed = (message: string): Readiness => ({ state: "failed", message });
