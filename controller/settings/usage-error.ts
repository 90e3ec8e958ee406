/** The call itself is at fault: a flag, a variable, the configuration file. Ends the program with code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What was asked for is not there, invalid or out of reach. Ends the program with code 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
