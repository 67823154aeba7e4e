/** Where GitHub is, and as whom it is asked. */
export interface GithubOptions {
  /** Such as https://api.github.com. */
  url: string;
  token: string;
  /** `owner/name`. */
  repository: string;
}

/** GitHub refused, or could not be reached: a sentence. */
export class GithubError extends Error {
  /** Of GitHub's answer; undefined where there was none. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

/** A comment, or an issue: what has a text and an author. */
interface Written {
  id: number;
  number?: number;
  body?: string | null;
  user?: { type?: string } | null;
  pull_request?: unknown;
}

const pageSize = 100;

/** The few requests to GitHub's REST API that are needed here. */
export class Github {
  readonly #options: GithubOptions;

  constructor(options: GithubOptions) {
    this.#options = options;
  }

  /** Who owns the repository. */
  get owner(): string {
    return this.#options.repository.split("/")[0] ?? "";
  }

  /** Sends one request below the repository. Throws a GithubError where it fails. */
  async send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const { url, token, repository } = this.#options;
    let answer: Response;
    try {
      answer = await fetch(`${url}/repos/${repository}/${path}`, {
        method,
        signal: AbortSignal.timeout(30_000),
        headers: {
          accept: "application/vnd.github+json",
          authorization: `Bearer ${token}`,
          "x-github-api-version": "2022-11-28",
          ...(body !== undefined && { "content-type": "application/json" }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    } catch (error) {
      const { cause, message } = error as Error & { cause?: { code?: string } };
      throw new GithubError(`GitHub cannot be reached at ${url}: ${cause?.code ?? message}`);
    }
    const text = await answer.text();
    if (!answer.ok)
      throw new GithubError(
        `GitHub answers ${answer.status} to ${method} ${path}: ${text.slice(0, 300)}`,
        answer.status,
      );
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }

  /** Writes the one comment with this mark: updates it where it is there, so that it is never repeated. */
  async comment(pullRequest: number, mark: string, body: string): Promise<"updated" | "made"> {
    const mine = await this.#find(`issues/${pullRequest}/comments?`, mark);
    if (mine) {
      await this.send("PATCH", `issues/comments/${mine.id}`, { body });
      return "updated";
    }
    await this.send("POST", `issues/${pullRequest}/comments`, { body });
    return "made";
  }

  /** The open issue with this mark. */
  async issue(mark: string): Promise<number | undefined> {
    return (await this.#find("issues?state=open&", mark))?.number;
  }

  async #find(list: string, mark: string): Promise<Written | undefined> {
    for (let page = 1; ; page += 1) {
      const found = await this.send<Written[]>("GET", `${list}per_page=${pageSize}&page=${page}`);
      // Only a program's: people can write the mark too, and theirs is not ours to overwrite.
      const mine = found.find(
        ({ body, user, pull_request }) =>
          body?.startsWith(mark) === true && user?.type === "Bot" && pull_request === undefined,
      );
      if (mine || found.length < pageSize) return mine;
    }
  }
}
