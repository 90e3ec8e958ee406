package dev.mpiswarm.worker;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The barriers of a job, one after the other. Barrier n is the znode {@code barriers/n}, where each worker that comes makes a child with its id,
 * and whoever sees how it ended makes the child {@code outcome}, once: so there is one outcome, whatever is going on at that moment.
 * The recipe's "ready" node (https://zookeeper.apache.org/doc/current/recipes.html#sc_doubleBarriers), which may also say that there was
 * no barrier. Workers watch that node alone.
 */
final class Barrier {
  private static final String PASSED = "passed";
  /** How often those that have not come are looked after. */
  private static final long LOOK_MS = 1_000;

  private final Store store;
  private final Members members;
  private final int self;
  private final int size;
  private long next;
  /** The first barrier whose znodes may still be there. */
  private long oldest;

  Barrier(Store store, Members members, int self, int size) {
    this.store = store;
    this.members = members;
    this.self = self;
    this.size = size;
  }

  /**
   * See {@link WorkerController#waitOnBarrier(Duration)}.
   *
   * @param limit not negative, and short enough to be added to System.nanoTime
   */
  void await(Duration limit) throws TimeoutException, InterruptedException {
    long started = System.nanoTime();
    long number = next;
    String outcome = outcome(number, started + limit.toNanos(), limit);
    // Only now: a call that ZooKeeper's absence ended may be repeated.
    next++;
    if (!outcome.equals(PASSED)) {
      String message = "barrier " + number + " was given up after " + outcome;
      if (outcome.startsWith("loss")) throw new WorkerLostException(message);
      throw new TimeoutException(message);
    }
    // All have come here, so nobody looks at an earlier barrier any more.
    if (self == 0) for (; oldest < number; oldest++) clear(oldest);
  }

  private String outcome(long number, long end, Duration limit) throws InterruptedException {
    String barrier = "barriers/" + number;
    store.create(barrier, "");
    store.create(barrier + "/" + self, "");
    if (missing(barrier).isEmpty()) return decide(barrier, PASSED);
    Semaphore woken = new Semaphore(0);
    while (true) {
      String decided = store.read(barrier + "/outcome", event -> woken.release()).orElse(null);
      if (decided != null) return decided;
      long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      // The watch tells of the outcome; the rest of the time belongs to looking after those that are awaited.
      if (left > 0) woken.tryAcquire(Math.min(left, LOOK_MS), TimeUnit.MILLISECONDS);
      woken.drainPermits();
      List<Integer> missing = missing(barrier);
      if (missing.isEmpty()) return decide(barrier, PASSED);
      String lost = members.lossAmong(missing);
      if (lost != null) return decide(barrier, "loss: worker " + self + " saw that " + lost);
      if (System.nanoTime() >= end)
        return decide(
            barrier,
            limit.toMillis() + " ms by worker " + self + ": of " + size + " workers " + WorkerNames.of(missing) + " had not come");
    }
  }

  /** The first decision counts, whosever it is. */
  private String decide(String barrier, String outcome) throws InterruptedException {
    if (store.create(barrier + "/outcome", outcome)) return outcome;
    return store.read(barrier + "/outcome").orElseThrow(() -> new StoreException(barrier + "/outcome was removed"));
  }

  private List<Integer> missing(String barrier) throws InterruptedException {
    Set<String> come = new HashSet<>(store.children(barrier));
    List<Integer> missing = new ArrayList<>();
    for (int id = 0; id < size; id++) if (!come.contains(String.valueOf(id))) missing.add(id);
    return missing;
  }

  private void clear(long number) throws InterruptedException {
    for (String child : store.children("barriers/" + number)) store.remove("barriers/" + number + "/" + child);
    store.remove("barriers/" + number);
  }
}
