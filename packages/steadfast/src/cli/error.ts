/**
 * A failure the user can act on. The command prints its message alone, without a stack, and ends
 * with code 1.
 */
export class CliError extends Error {
  override readonly name = "CliError";
}
