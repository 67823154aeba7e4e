// The SDK compiles a policy pack's .ts entry with its own old compiler, whatever PulumiPolicy.yaml says; from an ES
// module it leaves TypeScript to Node.
import "../infra/start/later.mjs";
import "./pack.ts";
