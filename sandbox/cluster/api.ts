import { readFileSync } from "node:fs";
import { get } from "node:https";
import { adminToken, credential } from "./credentials.ts";

/**
 * Asks the API server on this port of 127.0.0.1 as the administrator. For polling: starting kubectl each time would
 * cost more than the answer. Rejects where it does not answer or not with success.
 */
export function askApi(dir: string, port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(
      {
        host: "127.0.0.1",
        port,
        path,
        ca: readFileSync(credential(dir, "ca.crt")),
        headers: { authorization: `Bearer ${adminToken(dir)}`, accept: "application/json" },
        timeout: 3000,
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        response.once("error", reject);
        response.once("end", () => {
          if (response.statusCode === 200) resolve(text);
          else reject(new Error(`${path} answered ${response.statusCode ?? 0}`));
        });
      },
    );
    request.once("timeout", () => request.destroy(new Error(`${path} did not answer in 3 s`)));
    request.once("error", reject);
  });
}

/** An object with status conditions, as nodes, gateway classes and resource definitions are. */
export interface Conditioned {
  status?: { conditions?: { type: string; status: string }[] };
}

/** Whether the object's condition of this type is true. */
export const holds = (object: Conditioned, type: string): boolean =>
  (object.status?.conditions ?? []).some(
    (condition) => condition.type === type && condition.status === "True",
  );
