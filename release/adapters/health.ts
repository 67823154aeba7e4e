import type { WatchedConfig } from "../../infra/config/schema.ts";
import { colors, type Color } from "../../infra/domain/traffic.ts";
import type { ColorSignals, Signals } from "../domain/signals.ts";
import type { SignalSource } from "../ports.ts";
import { NoAnswer } from "./http.ts";
import { ColorDoor } from "./internal.ts";
import type { Access } from "./access.ts";

const timeoutMs = 1_500;

/**
 * Asks each colour's health path through the gateway, once a reading, and counts failures in a row. Goes on from the
 * count in `previous`. A listener that cannot be reached says nothing of the colour behind it: then it is not known.
 */
export function healthSource(config: WatchedConfig, access: Access, previous?: Signals): SignalSource {
  const door = new ColorDoor(config, access);
  const failures: Record<Color, number> = {
    blue: previous?.colors.blue.healthFailuresInARow ?? 0,
    green: previous?.colors.green.healthFailuresInARow ?? 0,
  };

  /** Undefined for a good answer. @throws Error with a sentence where nobody can tell. */
  const failureOf = async (color: Color): Promise<string | undefined> => {
    try {
      const { status } = await door.ask(color, config.app.healthPath, timeoutMs);
      return status >= 200 && status < 400 ? undefined : `answered with status ${status}`;
    } catch (error) {
      if (error instanceof NoAnswer && error.connected) return error.message;
      throw error instanceof NoAnswer
        ? new Error(`The Gateway's internal listener ${error.message}.`)
        : error;
    }
  };

  return {
    async read() {
      const problems = new Set<string>();
      const seen: Partial<Record<Color, ColorSignals>> = {};
      await Promise.all(
        colors.map(async (color) => {
          try {
            const failure = await failureOf(color);
            failures[color] = failure === undefined ? 0 : failures[color] + 1;
            if (failure !== undefined) problems.add(`${config.app.healthPath} of ${color} ${failure}.`);
            seen[color] = { healthFailuresInARow: failures[color] };
          } catch (error) {
            problems.add(error instanceof Error ? error.message : String(error));
          }
        }),
      );
      return { colors: seen, problems: [...problems] };
    },
  };
}
