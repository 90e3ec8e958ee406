package dev.mpiswarm.worker;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/** Who has joined: the ephemeral znodes {@code members/ID}, and what {@code ranks/ID} says of those that have none. */
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

  /** What ended a worker that is not there; empty when it has not come yet, or may come back. */
  synchronized Optional<End> end(int id) throws InterruptedException {
    String state = "";
    Optional<Json.Object> record = RankState.read(store, id);
    if (record.isPresent()) state = record.get().stringOr("state", "");
    if (state.equals(RankState.COMPLETED)) return Optional.of(new End(true, ""));
    if (state.equals(RankState.FAILED)) return Optional.of(new End(false, record.get().stringOr("error", "failed")));
    if (!seen.contains(id) && !state.equals(RankState.STARTED)) return Optional.empty();
    long now = System.nanoTime();
    long since = goneSince.computeIfAbsent(id, any -> now);
    return now - since < graceNanos ? Optional.empty() : Optional.of(new End(false, "lost its session of ZooKeeper"));
  }

  /** Why one of these workers will not come, or null when they all still may: {@code worker 2 has failed: …}. */
  synchronized String lossAmong(List<Integer> awaited) throws InterruptedException {
    Set<Integer> there = joined();
    for (int id : awaited) {
      if (there.contains(id)) continue;
      Optional<End> end = end(id);
      if (end.isPresent()) return "worker " + id + (end.get().completed ? " has completed" : " has failed: " + end.get().error);
    }
    return null;
  }
}
