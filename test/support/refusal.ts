import { runWithMocks } from "./mocks.ts";

/** The sentences with which a program refuses its arguments; fails when it accepts them. */
export async function refusal(program: () => unknown): Promise<string> {
  let message: string | undefined;
  await runWithMocks(() => {
    // An error that leaves the program would end the test's process.
    try {
      program();
    } catch (error) {
      message = error instanceof Error ? error.message : String(error);
    }
  });
  if (message === undefined) throw new Error("the program refused nothing");
  return message;
}
