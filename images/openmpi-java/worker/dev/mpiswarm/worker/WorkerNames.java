package dev.mpiswarm.worker;

import java.util.List;
import java.util.stream.Collectors;

/** How workers are named in messages. */
final class WorkerNames {
  private static final int SHOWN = 10;

  private WorkerNames() {}

  /** {@code worker 3}, {@code workers 1, 3}, {@code workers 1, 2, … (40)}. */
  static String of(List<Integer> ids) {
    String names = ids.stream().limit(SHOWN).map(String::valueOf).collect(Collectors.joining(", "));
    if (ids.size() > SHOWN) names += ", … (" + ids.size() + ")";
    return (ids.size() == 1 ? "worker " : "workers ") + names;
  }
}
