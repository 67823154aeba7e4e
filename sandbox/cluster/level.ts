import { execFileSync } from "node:child_process";

/**
 * Which cluster can run real pods here: the full level for root on Linux, else kind where Docker answers. Otherwise a
 * sentence that says what is missing and what still runs.
 */
export function detectLevel(): { level: "full" | "kind" } | { unavailable: string } {
  if (process.platform === "linux" && process.getuid?.() === 0) return { level: "full" };
  if (dockerAnswers()) return { level: "kind" };
  return {
    unavailable:
      "The sandbox cluster needs root on Linux or a running Docker, and there is neither here; " +
      '"npm test" still runs, on a real API server without real pods.',
  };
}

function dockerAnswers(): boolean {
  try {
    execFileSync("docker", ["info"], { stdio: "ignore", timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}
