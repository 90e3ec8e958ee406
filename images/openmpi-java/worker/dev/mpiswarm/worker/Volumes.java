package dev.mpiswarm.worker;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Folders of this worker's container. Volumes that the manifest mounts are at the paths that it gives them, and need no looking up.
 */
public final class Volumes {
  private final Run run;

  Volumes(Run run) {
    this.run = run;
  }

  /** Content of the job's package, to be read only; empty when the job has none. */
  public Optional<Path> packageContent() {
    return run.packageContent();
  }

  /**
   * Where this worker's log file is; other files may be put there. The folder goes with the container, unless the job's configuration
   * {@code mpiswarm.worker.log.folder} names one in a volume; what {@code mpiswarm logs --rank} shows stays. Empty when the container has no
   * room for one.
   */
  public Optional<Path> logs() {
    return run.logs();
  }

  /** A folder for files that nobody needs once the container is gone. */
  public Path temporary() {
    return Path.of(System.getProperty("java.io.tmpdir"));
  }
}
