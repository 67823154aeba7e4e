import { expect, test } from "@jest/globals";
import { AlertChannels, type ChannelArgs } from "../../../components/slack/AlertChannels.ts";
import { runWithMocks } from "../../support/mocks.ts";
import { refusal } from "../../support/refusal.ts";

const incidents: ChannelArgs = { name: "incidents", topic: "What is broken", purpose: "", private: false };

test("a channel keeps its name and its people, whatever happens to it", async () => {
  const { resources } = await runWithMocks(() => {
    new AlertChannels("channels", { channels: [incidents], adopt: true, protect: true });
  });
  expect(resources.find(({ type }) => type === "slack:index/conversation:Conversation")).toMatchObject({
    name: "channels-incidents",
    parent: "pulse:slack:AlertChannels channels",
    protect: true,
    inputs: {
      name: "incidents",
      isPrivate: false,
      adoptExistingChannel: true,
      actionOnUpdatePermanentMembers: "none",
      actionOnDestroy: "archive",
    },
  });
});

test("names that Slack would not take, and a second channel of a name, are refused", async () => {
  const channels = [incidents, { ...incidents, name: "#On Call" }, { ...incidents, topic: "x".repeat(251) }];
  expect(await refusal(() => new AlertChannels("channels", { channels, adopt: true, protect: true }))).toBe(
    [
      "AlertChannels channels has 3 mistakes:",
      '  channels.1.name is "#On Call"; allowed: at most 80 of a-z, 0-9, - and _, without #',
      '  channels.2.name is "incidents" for the second time; allowed: each name once',
      "  channels.2.topic has 251 characters; allowed: at most 250",
    ].join("\n"),
  );
});
