package dev.mpiswarm.worker;

import java.time.Duration;

/**
 * Worker 0 completes while there is nowhere to say so. The others make room for its word after a while, and wait for it at a barrier to which it
 * does not come.
 */
public final class Unheard implements Worker {
  /** Longer than worker 0 takes to end. */
  private static final long WHILE_MS = 5_000;

  @Override
  public void execute(JobConfig config, int workerId, WorkerController controller, Volumes volumes) throws Exception {
    controller.waitOnBarrier();
    try (TestRun run = TestRun.open(config.arguments().get(0))) {
      if (workerId == 0) {
        run.remove("/ranks");
        return;
      }
      Thread.sleep(WHILE_MS);
      if (workerId == 1) run.create("/ranks", "");
    }
    try {
      controller.waitOnBarrier(Duration.ofSeconds(40));
    } catch (WorkerLostException lost) {
      System.out.println("Worker " + workerId + ": " + lost.getMessage());
    }
  }
}
