package dev.mpiswarm.worker;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.logging.ConsoleHandler;
import java.util.logging.FileHandler;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Logging of one worker by java.util.logging: on the console, and in {@code worker-ID.log.0} in the folder for logs. */
final class Logs {
  /** Key of the job's configuration. */
  static final String LEVEL = "twister2.logging.level";
  /** The file is full, and becomes {@code .log.1}, at this size; of those, the oldest goes. */
  private static final int FILE_BYTES = 10 * 1024 * 1024;
  private static final int FILES = 5;
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS Z").withZone(ZoneId.systemDefault());

  private Logs() {}

  /**
   * Has all that is logged written in lines {@code [date time zone] [LEVEL] [worker-3] [thread] class: message}. What the console shows is
   * standard error. A worker without a log file works, and says so in its log.
   *
   * @param folder where the file is made, and made itself where it is not there; empty for none
   */
  static void toConsoleAndFile(int worker, Optional<Path> folder) {
    Logger root = Logger.getLogger("");
    for (Handler handler : root.getHandlers()) root.removeHandler(handler);
    add(root, new ConsoleHandler(), worker);
    // The client tells of each connection that it makes.
    keep(Logger.getLogger("org.apache.zookeeper")).setLevel(Level.SEVERE);
    if (folder.isEmpty()) return;
    try {
      // Java 17 takes a link to a folder for something else that is in the way.
      if (!Files.isDirectory(folder.get())) Files.createDirectories(folder.get());
      String pattern = folder.get().toString().replace("%", "%%") + "/worker-" + worker + ".log.%g";
      add(root, new FileHandler(pattern, FILE_BYTES, FILES, true), worker);
    } catch (IOException error) {
      Logger.getLogger(Logs.class.getName()).warning("no log file in " + folder.get() + ": " + error);
    }
  }

  /**
   * Has all that is logged from a level on, where a logger has none of its own. A level that java.util.logging does not know changes nothing,
   * and is told in the log.
   *
   * @param level such as FINE, in capitals or not; empty for what the JVM's own settings say, which is INFO where nobody set them
   */
  static void from(Optional<String> level) {
    if (level.isEmpty()) return;
    try {
      Logger.getLogger("").setLevel(Level.parse(level.get().trim().toUpperCase(Locale.ROOT)));
    } catch (IllegalArgumentException error) {
      String words = "expected a level of java.util.logging such as WARNING or FINE, got \"" + level.get() + "\"";
      Logger.getLogger(Logs.class.getName()).warning("configuration " + LEVEL + ": " + words);
    }
  }

  /** A logger that nobody holds forgets its level. */
  private static Logger kept;

  private static Logger keep(Logger logger) {
    kept = logger;
    return kept;
  }

  private static void add(Logger root, Handler handler, int worker) {
    try {
      handler.setEncoding(StandardCharsets.UTF_8.name());
    } catch (IOException error) {
      throw new IllegalStateException(error); // every Java has it
    }
    handler.setLevel(Level.ALL);
    handler.setFormatter(new Line(worker));
    root.addHandler(handler);
  }

  /** One record as a line, an exception's stack below it. */
  static final class Line extends Formatter {
    private final int worker;

    Line(int worker) {
      this.worker = worker;
    }

    @Override
    public String format(LogRecord record) {
      // A handler is called in the thread that logs.
      String head =
          String.format(
              "[%s] [%s] [worker-%d] [%s] %s: ",
              TIME.format(Instant.ofEpochMilli(record.getMillis())),
              record.getLevel().getName(),
              worker,
              Thread.currentThread().getName(),
              record.getLoggerName());
      return head + formatMessage(record) + "\n" + stack(record.getThrown());
    }

    private static String stack(Throwable thrown) {
      if (thrown == null) return "";
      StringWriter text = new StringWriter();
      thrown.printStackTrace(new PrintWriter(text, true));
      return text.toString();
    }
  }
}
