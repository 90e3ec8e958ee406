package dev.mpiswarm.examples;

import dev.mpiswarm.worker.JobConfig;
import dev.mpiswarm.worker.Volumes;
import dev.mpiswarm.worker.Worker;
import dev.mpiswarm.worker.WorkerController;
import dev.mpiswarm.worker.WorkerInfo;
import java.util.List;

/**
 * Twister2's {@code HelloWorld} (v0.1.0): greets, lists all workers, sleeps a while. Configuration: {@code hello-key}, the message;
 * {@code hello-sleep-seconds}, 60 when it is not given.
 */
public final class HelloWorld implements Worker {
  @Override
  public void execute(JobConfig config, int workerId, WorkerController controller, Volumes volumes) throws Exception {
    String message = config.get("hello-key", "Twister2-Hello");
    System.out.println(
        "Hello World from Worker " + workerId + "; there are " + controller.getNumberOfWorkers() + " total workers and I got a message: "
            + message);

    List<WorkerInfo> workers = controller.getAllWorkers();
    // One write, so that the lines of workers do not mix.
    StringBuilder list = new StringBuilder("All workers have joined the job. Worker list: \nNumber of workers: " + workers.size() + "\n");
    for (WorkerInfo worker : workers)
      list.append(worker.id() + " workerID=" + worker.id() + " IP:Port='" + worker.address() + ":" + worker.port() + "' " + worker.node() + "\n");
    System.out.print(list);
    System.out.flush();

    long seconds = config.getLong("hello-sleep-seconds", 60);
    System.out.println("I am sleeping for " + (seconds == 60 ? "1 minute" : seconds + " seconds") + " and then exiting.");
    Thread.sleep(seconds * 1_000);
    System.out.println("I am done sleeping. Exiting.");
  }
}
