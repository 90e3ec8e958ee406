package dev.mpiswarm.worker;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * Who has joined and how workers ended. The ephemeral znode {@code members/ID} is there as long as the worker's process, which may be long
 * after its end: all leave MPI together. So {@code ranks/ID} says how a worker ended, and the ephemeral znode only tells that one was lost.
 */
final class Members {
  /** How a worker ended. */
  static final class End {
    final boolean completed;
    final String error;

    private End(boolean completed, String error) {
      this.completed = completed;
      this.error = error;
    }
  }

  private final Store store;
  private final long graceNanos;
  /** Workers that had joined and are gone without having said that they ended: since when, by System.nanoTime. */
  private final Map<Integer, Long> goneSince = new HashMap<>();
  private final Set<Integer> seen = new HashSet<>();
  /** What workers have said of their end, which is final. */
  private final Map<Integer, End> said = new HashMap<>();
  /** How often the run's bell had been rung when all were asked; -1 before. Those that say something ring it. */
  private int heard = -1;

  /** @param sessionTimeoutMs a worker whose session is lost has this long to make a new one, before it counts as lost */
  Members(Store store, int sessionTimeoutMs) {
    this.store = store;
    this.graceNanos = TimeUnit.MILLISECONDS.toNanos(sessionTimeoutMs);
  }

  /** Ids of the workers that are there now, ascending. */
  synchronized Set<Integer> joined() throws InterruptedException {
    Set<Integer> ids = new TreeSet<>();
    for (String name : store.children("members")) ids.add(Integer.valueOf(name));
    seen.addAll(ids);
    goneSince.keySet().removeAll(ids);
    return ids;
  }

  /**
   * What ended a worker; empty when it works, has not come yet, or may come back.
   *
   * @param there those that are there now
   */
  synchronized Optional<End> end(int id, Set<Integer> there) throws InterruptedException {
    listen();
    // Of one that is gone the last words may have come without the bell.
    String state = said.containsKey(id) || there.contains(id) ? "" : hear(id);
    if (said.containsKey(id)) return Optional.of(said.get(id));
    if (there.contains(id) || !seen.contains(id) && !state.equals(RankState.STARTED)) return Optional.empty();
    long now = System.nanoTime();
    long since = goneSince.computeIfAbsent(id, any -> now);
    return now - since < graceNanos ? Optional.empty() : Optional.of(new End(false, "lost its session of ZooKeeper"));
  }

  /** Why one of these workers will not come, or null when they all still may: {@code worker 2 has failed: …}. */
  synchronized String lossAmong(List<Integer> awaited) throws InterruptedException {
    Set<Integer> there = joined();
    for (int id : awaited) {
      Optional<End> end = end(id, there);
      if (end.isPresent()) return "worker " + id + (end.get().completed ? " has completed" : " has failed: " + end.get().error);
    }
    return null;
  }

  /** Reads what workers say of themselves, once for each time that the bell was rung: asking all of them each time would be many reads. */
  private void listen() throws InterruptedException {
    int rung = store.rung();
    if (rung == heard) return;
    for (String name : store.children("ranks")) if (!said.containsKey(Integer.valueOf(name))) hear(Integer.parseInt(name));
    heard = rung;
  }

  /** The state that a worker says it is in; empty when it says nothing. */
  private String hear(int id) throws InterruptedException {
    Optional<Json.Object> record = RankState.read(store, id);
    if (record.isEmpty()) return "";
    String state = record.get().stringOr("state", "");
    if (state.equals(RankState.COMPLETED)) said.put(id, new End(true, ""));
    if (state.equals(RankState.FAILED)) said.put(id, new End(false, record.get().stringOr("error", "failed")));
    return state;
  }
}
