package dev.mpiswarm.worker;

/**
 * What a job's program implements: the class that the manifest names as {@code java.workerClass}. The starter makes one object
 * of it on every rank, by its constructor without parameters, and calls {@link #execute} once. The counterpart of
 * Twister2's {@code IWorker}.
 */
public interface Worker {
  /**
   * The work of one rank. MPI is initialised and will be finalised by the starter. The rank has completed when this returns, and
   * has failed, and the whole MPI job with it, when it throws. So has it, for the same reason, when any other thread of its process ends by
   * an exception that nobody catches: a thread that may fail must catch what it throws.
   *
   * @param config the job's configuration and arguments
   * @param workerId id of this worker, its rank in {@code MPI.COMM_WORLD}: 0 to {@code controller.getNumberOfWorkers() - 1}
   * @param controller the other workers of the job
   * @param volumes folders for files
   * @throws Exception anything, as the reason why the worker failed
   */
  void execute(JobConfig config, int workerId, WorkerController controller, Volumes volumes) throws Exception;
}
