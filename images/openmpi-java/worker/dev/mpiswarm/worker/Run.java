package dev.mpiswarm.worker;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;

/**
 * What the container says of the run: {@code run.properties} and {@code job.properties}, which mpiswarm's agent writes into
 * {@code /run/mpiswarm/job} before anything can be started in the container.
 */
final class Run {
  /** Key of the job's configuration: where log files go instead, such as into a folder of a volume. */
  private static final String LOG_FOLDER = "mpiswarm.worker.log.folder";
  /** System property with another folder to read, for tests. */
  private static final String FOLDER = "mpiswarm.job.folder";

  private final Path file;
  private final Properties properties;

  private Run(Path file, Properties properties) {
    this.file = file;
    this.properties = properties;
  }

  /** @throws StartException when the file is not there, or cannot be read by this user */
  static Run read() {
    Path file = Path.of(System.getProperty(FOLDER, "/run/mpiswarm/job"), "run.properties");
    return new Run(file, load(file));
  }

  /** {@code host:port[,host:port]}. */
  String zookeeper() {
    return required("zookeeper");
  }

  /** Absolute path of the run's znode. */
  String znode() {
    return required("znode");
  }

  /** {@code user:password}, for ZooKeeper's digest scheme. */
  String credential() {
    return required("credential");
  }

  int sessionTimeoutMs() {
    return number("sessionTimeoutMs");
  }

  /** Index of this container among the workers. */
  int worker() {
    return number("worker");
  }

  Optional<Path> packageContent() {
    return Optional.ofNullable(properties.getProperty("package")).map(Path::of);
  }

  /** Where log files go; may not be there yet. */
  Optional<Path> logs() {
    return Optional.ofNullable(configuration().getProperty(LOG_FOLDER, properties.getProperty("logs"))).map(Path::of);
  }

  /** The job's configuration. */
  Properties configuration() {
    return load(Path.of(required("configuration")));
  }

  private int number(String key) {
    String value = required(key);
    if (!value.matches("[0-9]{1,9}"))
      throw new StartException(file + ": " + key + " must be a whole number, got \"" + value + "\"");
    return Integer.parseInt(value);
  }

  private String required(String key) {
    String value = properties.getProperty(key);
    if (value == null) throw new StartException(file + ": " + key + " is missing");
    return value;
  }

  private static Properties load(Path file) {
    Properties found = new Properties();
    try (InputStream in = Files.newInputStream(file)) {
      found.load(in);
      return found;
    } catch (IOException | IllegalArgumentException error) {
      throw new StartException(
          "cannot read " + file + ": " + error + "; the worker starter runs in containers of an mpiswarm job alone", error);
    }
  }
}
