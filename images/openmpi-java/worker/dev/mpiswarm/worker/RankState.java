package dev.mpiswarm.worker;

import java.util.Optional;

/** The record {@code ranks/RANK}: what has become of a worker. The controller shows it, and other workers read it. */
final class RankState {
  static final String STARTED = "STARTED";
  static final String COMPLETED = "COMPLETED";
  static final String FAILED = "FAILED";

  /** Longest error in a record, in characters of at most four bytes: the record stays well below its 1 KiB. */
  private static final int ERROR_CHARACTERS = 240;
  private static final int MAX_CAUSES = 20;

  private RankState() {}

  /** @return the record as JSON; {@code at} is milliseconds since the epoch */
  static String record(String state, int container, Throwable error) {
    String text = "{\"state\":\"" + state + "\",\"worker\":" + container + ",\"at\":" + System.currentTimeMillis();
    return text + (error == null ? "" : ",\"error\":" + Json.quote(firstLine(error))) + "}";
  }

  /** State and error of a worker; empty when it has not said anything. */
  static Optional<Json.Object> read(Store store, int rank) throws InterruptedException {
    return store.read("ranks/" + rank).map(Json::object);
  }

  /**
   * The first line of the exception, and where in the program it came from: {@code java.lang.IllegalStateException: no data (Job.java:12)}.
   */
  static String firstLine(Throwable error) {
    Throwable told = error;
    // What reflection wraps is of no interest. A chain of causes may be a circle.
    for (int i = 0; i < MAX_CAUSES && told instanceof java.lang.reflect.InvocationTargetException && told.getCause() != null; i++)
      told = told.getCause();
    String line = told instanceof StartException ? told.getMessage() : told.toString();
    line = line.split("\\R", 2)[0];
    if (line.length() > ERROR_CHARACTERS) line = line.substring(0, ERROR_CHARACTERS) + "…";
    StackTraceElement[] trace = told.getStackTrace();
    if (told instanceof StartException || trace.length == 0) return line;
    return line + " (" + trace[0].getFileName() + ":" + trace[0].getLineNumber() + ")";
  }
}
