package dev.mpiswarm.examples;

import dev.mpiswarm.worker.JobConfig;
import dev.mpiswarm.worker.Volumes;
import dev.mpiswarm.worker.Worker;
import dev.mpiswarm.worker.WorkerController;
import mpi.MPI;

/**
 * One worker throws an exception while all others wait for it in MPI, which can never end by itself. The first argument is the id of that
 * worker, 1 when it is not given.
 */
public final class FailingWorker implements Worker {
  @Override
  public void execute(JobConfig config, int workerId, WorkerController controller, Volumes volumes) throws Exception {
    int failing = config.arguments().isEmpty() ? 1 : Integer.parseInt(config.arguments().get(0));
    if (workerId == failing) throw new IllegalStateException("worker " + workerId + " has found no data");
    MPI.COMM_WORLD.barrier();
    System.out.println("never reached");
  }
}
