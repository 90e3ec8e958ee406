package dev.mpiswarm.worker;

/**
 * Told of changes among the workers, in a thread of the controller, one call at a time. A change is noticed within about two seconds;
 * a worker that is lost without a word, after the session timeout of ZooKeeper beside that. An exception that a method throws is
 * logged, and stops nothing.
 */
public interface WorkerListener {
  /** A worker has joined, or has joined again. Also called for those that had joined when the listener was added. */
  default void joined(WorkerInfo worker) {}

  /** All workers of the job have joined. Called once. */
  default void allJoined() {}

  /** The {@code execute} of a worker has returned. */
  default void completed(WorkerInfo worker) {}

  /**
   * A worker has failed or was lost. {@code mpirun} ends the whole job soon after, so there may be little time.
   *
   * @param error the first line of its exception, or how it was lost
   */
  default void failed(WorkerInfo worker, String error) {}
}
