/** What time servers correct without a jump, and what two readings of two clocks may differ by, is less. */
const JUMP_MS = 10_000;

/** Sees when the clock that people and time servers set jumps against the one that nobody sets. */
export class ClockJumps {
  #last: { readonly wall: number; readonly elapsed: number } | undefined;

  /** By how much the clock jumped since the last reading: forward is positive, 0 is not at all. */
  read(wall: number, elapsed: number): number {
    const last = this.#last;
    this.#last = { wall, elapsed };
    if (!last) return 0;
    const jump = wall - last.wall - (elapsed - last.elapsed);
    return Math.abs(jump) > JUMP_MS ? jump : 0;
  }
}
