import type * as vercel from "@pulumiverse/vercel";
import { stagesMistake } from "../../infra/domain/rollingRelease.ts";
import { resourceRule } from "../rule.ts";

export const rollingRelease = resourceRule<vercel.ProjectRollingReleaseArgs>({
  name: "vercel-rolling-release",
  title: "A release in stages begins with few visitors and ends with all",
  level: "mandatory",
  severity: "medium",
  rows: ["ENV-18"],
  why: "Stages that begin with everybody, or never reach them, are no release in stages.",
  fix: "Let the percents grow from below 100 to 100, with a duration for each stage but the last, or for none.",
  link: "https://vercel.com/docs/rolling-releases",
  types: ["vercel:index/projectRollingRelease:ProjectRollingRelease"],
  *check({ props }) {
    yield () => {
      const stages = (props.stages ?? []).map(({ targetPercentage: percent = 0, duration: minutes }) => ({
        percent,
        ...(minutes !== undefined && { minutes }),
      }));
      if (stages.length < 2) return "has no stage before the one with everybody";
      const mistake = stagesMistake(stages);
      return mistake && `has wrong stages: ${mistake}`;
    };
  },
});
