package dev.mpiswarm.worker;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeoutException;

/** The workers by the run's znodes. */
final class ZooKeeperController implements WorkerController {
  private static final String JOIN_LIMIT = "twister2.worker.controller.max.wait.time.for.all.workers.to.join";
  private static final String BARRIER_LIMIT = "twister2.worker.controller.max.wait.time.on.barrier";
  /** Twister2's. */
  private static final long LIMIT_MS = 100_000;
  private static final long SHORTEST_PAUSE_MS = 20;
  private static final long LONGEST_PAUSE_MS = 500;
  /** Hundred years stand for ever: as nanoseconds they can be added to those of System.nanoTime. */
  private static final Duration LONGEST_LIMIT = Duration.ofDays(36_500);

  private final JobConfig config;
  private final List<WorkerInfo> workers;
  private final int self;
  private final Members members;
  private final Barrier barrier;
  private final Listeners listeners;

  ZooKeeperController(JobConfig config, List<WorkerInfo> workers, int self, Store store, int sessionTimeoutMs) {
    this.config = config;
    this.workers = workers;
    this.self = self;
    this.members = new Members(store, sessionTimeoutMs);
    this.barrier = new Barrier(store, members, self, workers.size());
    this.listeners = new Listeners(members, workers);
  }

  @Override
  public WorkerInfo getWorkerInfo() {
    return workers.get(self);
  }

  @Override
  public WorkerInfo getWorkerInfoForID(int id) {
    if (id < 0 || id >= workers.size())
      throw new IllegalArgumentException("there is no worker " + id + ", only 0 to " + (workers.size() - 1));
    return workers.get(id);
  }

  @Override
  public int getNumberOfWorkers() {
    return workers.size();
  }

  @Override
  public List<WorkerInfo> getJoinedWorkers() throws InterruptedException {
    List<WorkerInfo> joined = new ArrayList<>();
    for (int id : members.joined()) if (id < workers.size()) joined.add(workers.get(id));
    return joined;
  }

  @Override
  public List<WorkerInfo> getAllWorkers() throws TimeoutException, InterruptedException {
    return getAllWorkers(limit(JOIN_LIMIT));
  }

  @Override
  public List<WorkerInfo> getAllWorkers(Duration asked) throws TimeoutException, InterruptedException {
    Duration limit = usable(asked);
    long end = System.nanoTime() + limit.toNanos();
    long pause = SHORTEST_PAUSE_MS;
    while (true) {
      Set<Integer> joined = members.joined();
      List<Integer> missing = new ArrayList<>();
      for (WorkerInfo worker : workers) if (!joined.contains(worker.id())) missing.add(worker.id());
      if (missing.isEmpty()) return workers;
      if (System.nanoTime() >= end)
        throw new TimeoutException(
            WorkerNames.of(missing) + " of " + workers.size() + " had not joined after " + limit.toMillis() + " ms");
      Thread.sleep(pause);
      pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
    }
  }

  @Override
  public void waitOnBarrier() throws TimeoutException, InterruptedException {
    waitOnBarrier(limit(BARRIER_LIMIT));
  }

  @Override
  public void waitOnBarrier(Duration limit) throws TimeoutException, InterruptedException {
    barrier.await(usable(limit));
  }

  @Override
  public void addListener(WorkerListener listener) {
    listeners.add(listener);
  }

  @Override
  public void removeListener(WorkerListener listener) {
    listeners.remove(listener);
  }

  /** No listener is told of anything after this. */
  void close() {
    listeners.close();
  }

  private static Duration usable(Duration limit) {
    if (limit.isNegative()) return Duration.ZERO;
    return limit.compareTo(LONGEST_LIMIT) < 0 ? limit : LONGEST_LIMIT;
  }

  private Duration limit(String key) {
    return Duration.ofMillis(config.getLong(key, LIMIT_MS));
  }
}
