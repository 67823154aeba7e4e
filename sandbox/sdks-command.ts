// The local SDKs from the command line. `build` compiles those that are not compiled yet: npm scripts that import them
// run it first, because npm runs no install scripts here. `regenerate` makes them anew from sdks/schemas.
import { UserError } from "./errors.ts";
import { buildSdks, regenerateSdks } from "./sdks.ts";

const commands = { build: buildSdks, regenerate: regenerateSdks };
const [name = ""] = process.argv.slice(2);

try {
  if (!(name in commands)) {
    throw new UserError(
      `"${name}" is not a command for the SDKs; there are ${Object.keys(commands).join(" and ")}.`,
    );
  }
  await commands[name as keyof typeof commands]((message) => console.log(message));
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
