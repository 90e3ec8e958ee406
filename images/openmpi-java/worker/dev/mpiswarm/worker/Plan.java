package dev.mpiswarm.worker;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The resource plan: all workers of the job, by id. */
final class Plan {
  private static final long PAUSE_MS = 100;

  private Plan() {}

  /**
   * Builds the plan from what the containers registered.
   *
   * @param containers index of the container of each rank, by rank
   * @param limitMs milliseconds that a record may be missing; a container that has lost its session is there again soon
   * @throws StartException when a container is not registered, or its record is not as expected
   */
  static List<WorkerInfo> of(Store store, int[] containers, long limitMs) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(limitMs);
    Map<Integer, Json.Object> records = new HashMap<>();
    List<WorkerInfo> workers = new ArrayList<>();
    for (int rank = 0; rank < containers.length; rank++) {
      int container = containers[rank];
      if (!records.containsKey(container)) records.put(container, record(store, container, end));
      workers.add(new WorkerInfo(rank, container, records.get(container)));
    }
    return List.copyOf(workers);
  }

  private static Json.Object record(Store store, int container, long end) throws InterruptedException {
    while (true) {
      Optional<String> text = store.read("workers/" + container);
      if (text.isPresent()) return checked(container, text.get());
      if (System.nanoTime() >= end)
        throw new StartException("container " + container + " is not registered in ZooKeeper; has its agent ended?");
      Thread.sleep(PAUSE_MS);
    }
  }

  private static Json.Object checked(int container, String text) {
    try {
      Json.Object record = Json.object(text);
      record.string("address");
      record.number("port");
      return record;
    } catch (IllegalArgumentException error) {
      throw new StartException("the registration of container " + container + " is not as expected: " + error.getMessage(), error);
    }
  }
}
