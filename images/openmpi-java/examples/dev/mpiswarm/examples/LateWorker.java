package dev.mpiswarm.examples;

import dev.mpiswarm.worker.JobConfig;
import dev.mpiswarm.worker.Volumes;
import dev.mpiswarm.worker.Worker;
import dev.mpiswarm.worker.WorkerController;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/**
 * The last worker comes too late to a barrier: all are told that it was given up, and meet at the next one. The first argument is how long
 * the others wait, in milliseconds, 2000 when it is not given; the last worker comes twice as late.
 */
public final class LateWorker implements Worker {
  @Override
  public void execute(JobConfig config, int workerId, WorkerController controller, Volumes volumes) throws Exception {
    long limit = config.arguments().isEmpty() ? 2_000 : Long.parseLong(config.arguments().get(0));
    if (workerId == controller.getNumberOfWorkers() - 1) Thread.sleep(2 * limit);
    try {
      controller.waitOnBarrier(Duration.ofMillis(limit));
      System.out.println("Worker " + workerId + " passed the first barrier");
    } catch (TimeoutException error) {
      System.out.println("Worker " + workerId + ": " + error.getMessage());
    }
    controller.waitOnBarrier();
    System.out.println("Worker " + workerId + " passed the second barrier");
  }
}
