import { Conversation } from "@pulumi/slack/bin/conversation.js";
import * as pulumi from "@pulumi/pulumi";
import type { Mistake } from "../../infra/domain/mistake.ts";
import { refuseMistakes } from "../mistakes.ts";

export interface ChannelArgs {
  /** Without #: at most 80 of a-z, 0-9, - and _. */
  name: string;
  /** The line at the head of the channel; at most 250 characters. */
  topic: pulumi.Input<string>;
  /** What it is for; at most 250 characters. */
  purpose: pulumi.Input<string>;
  /** Whether only invited people see it. Slack cannot change it afterwards. */
  private: boolean;
}

export interface AlertChannelsArgs {
  channels: readonly ChannelArgs[];
  /** Takes over a public channel that has the name already, instead of failing. */
  adopt: boolean;
  /** Refuses to archive or replace a channel. */
  protect: boolean;
}

/** The channels in which people hear of incidents and deployments. Nobody is ever thrown out of one. */
export class AlertChannels extends pulumi.ComponentResource {
  /** Slack's ids by the channel's name. */
  readonly ids: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, args: AlertChannelsArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("pulse:slack:AlertChannels", name, {}, opts);
    refuseMistakes("AlertChannels", name, channelMistakes(args));
    this.ids = Object.fromEntries(
      args.channels.map((channel) => [channel.name, this.#channel(`${name}-${channel.name}`, channel, args)]),
    );
    this.registerOutputs({ ids: this.ids });
  }

  #channel(name: string, channel: ChannelArgs, { adopt, protect }: AlertChannelsArgs): pulumi.Output<string> {
    const conversation = new Conversation(
      name,
      {
        name: channel.name,
        topic: channel.topic,
        purpose: channel.purpose,
        isPrivate: channel.private,
        adoptExistingChannel: adopt,
        // The provider's default kicks everybody who is not listed, at once.
        actionOnUpdatePermanentMembers: "none",
        actionOnDestroy: "archive",
      },
      // The provider takes a change of isPrivate for an update that never works: better a replacement, which a
      // protected channel refuses. The old one goes first, since both have the same name.
      { parent: this, protect, replaceOnChanges: ["isPrivate"], deleteBeforeReplace: true },
    );
    return conversation.id;
  }
}

export function channelMistakes({ channels }: AlertChannelsArgs): Mistake[] {
  return channels.flatMap(({ name, purpose, topic }, index) => {
    const path = `channels.${index}`;
    const mistakes: Mistake[] = [];
    if (!/^[a-z0-9_-]{1,80}$/.test(name)) {
      mistakes.push({
        path: `${path}.name`,
        problem: `is ${JSON.stringify(name)}`,
        hint: "allowed: at most 80 of a-z, 0-9, - and _, without #",
      });
    }
    if (channels.findIndex((channel) => channel.name === name) < index) {
      mistakes.push({
        path: `${path}.name`,
        problem: `is ${JSON.stringify(name)} for the second time`,
        hint: "allowed: each name once",
      });
    }
    for (const [key, text] of [
      ["topic", topic],
      ["purpose", purpose],
    ] as const) {
      if (typeof text !== "string" || text.length <= 250) continue;
      mistakes.push({
        path: `${path}.${key}`,
        problem: `has ${text.length} characters`,
        hint: "allowed: at most 250",
      });
    }
    return mistakes;
  });
}
