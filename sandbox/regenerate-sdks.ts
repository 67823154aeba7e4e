// `npm run sdks`: makes sdks/ anew from the schemas kept beside them.
import { UserError } from "./errors.ts";
import { regenerateSdks } from "./sdks.ts";

try {
  await regenerateSdks((message) => console.log(message));
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
