import type { Github } from "./github.ts";
import { GithubError } from "./github.ts";

interface Content {
  sha: string;
  content: string;
}

const branchOf = (stack: string): string => `sync/${stack}`;

const explanation = (file: string): string =>
  `What serves was switched since \`${file}\` was committed. This takes over what the environment's journal says, so ` +
  "that the file tells the truth again. Until it is merged, workflows read the journal anyway.";

/**
 * Proposes a stack's config as the journal has it: one branch and one pull request a stack, updated and not repeated.
 * Answers with what it did.
 */
export async function proposeConfig(github: Github, stack: string, text: string): Promise<string> {
  const file = `Pulumi.${stack}.yaml`;
  const branch = branchOf(stack);
  const proposed = await contentOf(github, file, branch);
  const open = await github.send<{ number: number }[]>(
    "GET",
    `pulls?state=open&base=main&head=${github.owner}:${branch}`,
  );
  if (open[0] && proposed && decoded(proposed) === text)
    return `${file} is proposed already in pull request ${open[0].number}.`;

  const main = await github.send<{ object: { sha: string } }>("GET", "git/ref/heads/main");
  const { sha } = main.object;
  if (proposed) await github.send("PATCH", `git/refs/heads/${branch}`, { sha, force: true });
  else await github.send("POST", "git/refs", { ref: `refs/heads/${branch}`, sha });
  const before = await contentOf(github, file, branch);
  await github.send("PUT", `contents/${file}`, {
    branch,
    message: `chore: take over what serves in ${stack}`,
    content: Buffer.from(text).toString("base64"),
    ...(before && { sha: before.sha }),
  });
  if (open[0]) return `${file} is proposed anew in pull request ${open[0].number}.`;
  const { number } = await github.send<{ number: number }>("POST", "pulls", {
    title: `chore: take over what serves in ${stack}`,
    body: explanation(file),
    head: branch,
    base: "main",
  });
  return `${file} is proposed in pull request ${number}.`;
}

const decoded = ({ content }: Content): string => Buffer.from(content, "base64").toString();

/** A file on a branch; undefined without the file, or the branch. */
async function contentOf(github: Github, file: string, branch: string): Promise<Content | undefined> {
  try {
    return await github.send<Content>("GET", `contents/${file}?ref=${branch}`);
  } catch (error) {
    if (error instanceof GithubError && error.status === 404) return undefined;
    throw error;
  }
}
