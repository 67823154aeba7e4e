export type LogLevel = "info" | "warn" | "error";

/** Writes one log event; `fields` land beside the message. */
export type Log = (level: LogLevel, message: string, fields?: Record<string, unknown>) => void;

/** One JSON object a line on stdout: what the log gate of a release and log collectors read. */
export function jsonLog(common: Record<string, unknown>): Log {
  return (level, message, fields = {}) => {
    const line = { time: new Date().toISOString(), level, message, ...common, ...fields };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  };
}
