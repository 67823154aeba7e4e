import type { Announcer } from "../../ports.ts";
import { join } from "../http.ts";
import { deliver, json, NotTold, requireSuccess } from "./deliver.ts";

/** Where messages go: an incoming webhook, or a channel by a bot's token. */
export type SlackTarget = { webhook: string } | { url: string; token: string; channel: string };

/** A message for every event. */
export function slack(target: SlackTarget): Announcer {
  return {
    name: "Slack",
    async announce({ text }, signal) {
      if ("webhook" in target) {
        const answer = await deliver("Slack", json(target.webhook, { text: escaped(text) }), signal);
        requireSuccess("Slack", answer);
        return;
      }
      const { url, token, channel } = target;
      const message = json(
        join(url, "/api/chat.postMessage"),
        { channel, text: escaped(text) },
        { authorization: `Bearer ${token}` },
      );
      const answer = await deliver("Slack", message, signal);
      requireSuccess("Slack", answer);
      // Slack says no with status 200, in one word such as channel_not_found.
      const word = /"ok":\s*true/.test(answer.body) ? undefined : /"error":\s*"(\w+)"/.exec(answer.body);
      if (word !== undefined)
        throw new NotTold(`Slack refused the message: ${word?.[1] ?? "no reason given"}.`);
    },
  };
}

/** The three characters that mean something in Slack's text. */
const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
