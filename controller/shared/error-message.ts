/** What was thrown, as text: the message of an error, and anything else as it is. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
