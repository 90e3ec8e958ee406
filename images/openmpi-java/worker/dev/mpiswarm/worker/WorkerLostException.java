package dev.mpiswarm.worker;

/** Something waits for a worker that will not come: it has failed, was lost, or has completed. */
public final class WorkerLostException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  WorkerLostException(String message) {
    super(message);
  }
}
