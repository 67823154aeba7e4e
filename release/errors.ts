/** How a command ends. docs/release.md lists them for people. */
export const exitCodes = {
  done: 0,
  refused: 1,
  usage: 2,
  /** The gates, or a failed step, brought the old version back. */
  rolledBack: 3,
  /** Somebody else is at work. */
  busy: 4,
  /** Traffic is where it should be, but the stack could not be brought in line. */
  unreconciled: 5,
  /** The release is paused or has failed: a person decides. */
  waiting: 6,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Something that a person can mend: shown as its sentence alone. */
export class ReleaseError extends Error {
  readonly code: ExitCode;

  constructor(message: string, code: ExitCode = exitCodes.refused) {
    super(message);
    this.code = code;
  }
}
