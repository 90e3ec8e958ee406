package dev.mpiswarm.worker;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Starts a {@link Worker} on one rank of an MPI job: {@code java -Dmpiswarm.worker.class=CLASS -cp … dev.mpiswarm.worker.WorkerStarter
 * JOB JOB_MASTER [ARGUMENT…]}; what {@code MesosMPIWorkerStarter} was for Twister2. It initialises MPI, takes the rank as the worker's id,
 * sets up logging, finds the job master, joins the others, tells what becomes of the worker, and ends the whole MPI job when
 * the worker fails.
 *
 * <p>Exit codes: 0 when {@code execute} returned, whether ZooKeeper could be told so or not; 1 when it threw, or the job could not be
 * joined; 2 for a wrong command line, a missing class or a missing jar, which are found before MPI is touched.
 */
public final class WorkerStarter {
  /** System property with the name of the user's class. */
  private static final String CLASS = "mpiswarm.worker.class";
  private static final int UNUSABLE = 2;

  private WorkerStarter() {}

  /** @param args name of the job, how the job master is reached, then the program's own arguments */
  public static void main(String[] args) {
    // ssh passes on no locale, and Java would write a question mark for each letter beyond ASCII.
    System.setOut(new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8));
    // Threads that a worker left behind must not keep its rank alive.
    System.exit(start(args));
  }

  private static int start(String[] args) {
    Run run = null;
    Class<? extends Worker> type;
    try {
      if (args.length < 2)
        throw new StartException("usage: WorkerStarter JOB JOB_MASTER [ARGUMENT...], got " + args.length + " arguments");
      run = Run.read();
      type = WorkerClass.find(System.getProperty(CLASS));
    } catch (StartException error) {
      System.err.println("worker starter: " + error.getMessage());
      if (run != null) LastWords.failed(run, rankByEnvironment(), error);
      return UNUSABLE;
    }
    return new WorkerProcess(run, type, args).work();
  }

  /** The rank as Open MPI's environment has it, where MPI is not initialised yet; -1 where there is none. */
  private static int rankByEnvironment() {
    String rank = System.getenv("OMPI_COMM_WORLD_RANK");
    return rank != null && rank.matches("[0-9]{1,9}") ? Integer.parseInt(rank) : -1;
  }
}
