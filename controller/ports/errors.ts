/** Every call that leaves the process has its own deadline; expected failures are thrown as {@link PortError}. */
export class PortError extends Error {
  /**
   * @param kind `retry`: may pass by itself; `blocked`: a person must change something.
   * @param message what was tried, on what, and what the other side said: "create network pi-net: 409 …".
   */
  constructor(
    readonly kind: 'retry' | 'blocked',
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'PortError';
  }
}

/**
 * This controller may not act: its term is over, or it cannot be sure that it lasts. Whatever it had planned is dropped;
 * the next tick plans again.
 */
export class LeadershipLost extends Error {
  override readonly name = 'Deposed';
}
