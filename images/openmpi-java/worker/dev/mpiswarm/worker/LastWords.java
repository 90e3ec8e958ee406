package dev.mpiswarm.worker;

/** What a worker that has failed says before it ends. */
final class LastWords {
  /** It ends, whoever does not answer. */
  private static final long LIMIT_MS = 5_000;

  private LastWords() {}

  /** Writes that the rank has failed. Where that cannot be written, it is said on standard error: it must not hide why it failed. */
  static void failed(Run run, int rank, Throwable error) {
    if (rank < 0) return;
    try (Store store = new Store(run, LIMIT_MS)) {
      store.put("ranks/" + rank, RankState.record(RankState.FAILED, run.worker(), error));
      store.ring();
    } catch (StoreException | StartException | InterruptedException problem) {
      System.err.println("worker starter: the failure could not be recorded: " + problem.getMessage());
    }
  }
}
