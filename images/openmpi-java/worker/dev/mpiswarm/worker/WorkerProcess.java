package dev.mpiswarm.worker;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import java.util.logging.Logger;
import mpi.MPI;
import mpi.MPIException;

/** The life of one worker, from MPI's beginning to its end. */
final class WorkerProcess {
  private static final Logger LOG = Logger.getLogger(WorkerProcess.class.getName());
  private static final int FAILED = 1;
  private static final long PAUSE_MS = 100;
  /** What is looked up is there before a worker is, unless a session was lost just now. */
  private static final long FIND_MS = 20_000;
  private static final long CALL_MS = 30_000;
  /** Between two tries to say that a worker has completed. */
  private static final long SAY_AGAIN_MS = 1_000;
  /** A worker that has failed is gone after this time, whatever hangs. */
  private static final long END_MS = 20_000;

  private final Run run;
  private final Class<? extends Worker> type;
  private final String[] args;
  private final AtomicBoolean ending = new AtomicBoolean();
  private int rank = -1;

  WorkerProcess(Run run, Class<? extends Worker> type, String[] args) {
    this.run = run;
    this.type = type;
    this.args = args;
  }

  /** @return the exit code, of a worker that has completed; one that has failed does not return */
  int work() {
    try {
      MPI.Init(args);
      rank = MPI.COMM_WORLD.getRank();
      int size = MPI.COMM_WORLD.getSize();
      Logs.toConsoleAndFile(rank, run.logs());
      Logs.from(Optional.ofNullable(run.configuration().getProperty(Logs.LEVEL)));
      Thread.setDefaultUncaughtExceptionHandler((thread, error) -> fail(error, false));
      System.out.println("Worker ranking..:" + rank + " Number of workers..:" + size);
      try (Store store = new Store(run, CALL_MS)) {
        join(store, containers(size));
        // Here for as long as others may look for it: all ranks leave together.
        MPI.Finalize();
      }
      return 0;
    } catch (Throwable error) {
      fail(error, true);
      return FAILED;
    }
  }

  /** Where each rank runs: what the ranks say of themselves, not what was planned. */
  private int[] containers(int size) throws MPIException {
    int[] containers = new int[size];
    MPI.COMM_WORLD.allGather(new int[] {run.worker()}, 1, MPI.INT, containers, 1, MPI.INT);
    return containers;
  }

  private void join(Store store, int[] containers) throws Throwable {
    String jobName = args[0];
    findJobMaster(store, args[1]);
    List<WorkerInfo> plan = Plan.of(store, containers, FIND_MS);
    if (rank == 0) tell(plan);
    List<String> arguments = Arrays.asList(args).subList(2, args.length);
    JobConfig config = new JobConfig(jobName, run.configuration(), arguments);
    ZooKeeperController controller = new ZooKeeperController(config, plan, rank, store, run.sessionTimeoutMs());
    store.keep("members/" + rank, "{\"worker\":" + run.worker() + ",\"pid\":" + ProcessHandle.current().pid() + "}");
    LOG.info("worker " + rank + " of " + plan.size() + " starts " + type.getName());
    told(store, RankState.STARTED);
    WorkerClass.instance(type).execute(config, rank, controller, new Volumes(run));
    controller.close();
    // An interrupt that the user's code left behind is none of what follows.
    Thread.interrupted();
    if (!told(store, RankState.COMPLETED)) tellLater(store);
    LOG.info("worker " + rank + " of " + plan.size() + " has completed");
  }

  /** What ranks say is told and decides nothing: no run fails because ZooKeeper could not be told. @return false when it could not */
  private boolean told(Store store, String state) throws InterruptedException {
    try {
      tell(store, state);
      return true;
    } catch (StoreException error) {
      LOG.warning("worker " + rank + " is not shown as " + state + ", and the run goes on: " + error.getMessage());
      return false;
    }
  }

  private void tell(Store store, String state) throws InterruptedException {
    store.put("ranks/" + rank, RankState.record(state, run.worker(), null));
    store.ring();
  }

  /** This worker stays until all are done, and some may wait at a barrier for it until they hear that it has completed. */
  private void tellLater(Store store) {
    Thread later = new Thread(() -> {
      while (!ending.get()) {
        try {
          Thread.sleep(SAY_AGAIN_MS);
          tell(store, RankState.COMPLETED);
          return;
        } catch (StoreException again) {
          // The warning has been given; the next try may be heard
        } catch (InterruptedException ended) {
          return;
        }
      }
    }, "completed");
    later.setDaemon(true);
    later.start();
  }

  /** The job master's address is given to all ranks and is in the run's znode; where they differ, this is not the run that was meant. */
  private static void findJobMaster(Store store, String given) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(FIND_MS);
    while (true) {
      Optional<String> found = store.read("job-master");
      if (found.isPresent() && found.get().equals(given)) return;
      if (found.isPresent()) throw new StartException("the job master is at " + found.get() + ", expected it at " + given);
      if (System.nanoTime() >= end)
        throw new StartException("the job master at " + given + " was not found in ZooKeeper within " + FIND_MS + " ms");
      Thread.sleep(PAUSE_MS);
    }
  }

  private static void tell(List<WorkerInfo> plan) {
    LOG.info("resource plan: " + plan.size() + " workers");
    for (WorkerInfo worker : plan) LOG.info(worker.toString());
  }

  /**
   * Says why, and ends the whole MPI job: a rank that went on to {@code MPI_Finalize} would wait there for the others, and they for it
   * (twister2 issue 730). Only the thread that initialised MPI may call it; what ends otherwise, {@code mpirun} notices.
   */
  private void fail(Throwable error, boolean byMpi) {
    if (!ending.compareAndSet(false, true)) return;
    startEnd();
    try {
      LOG.log(Level.SEVERE, "worker " + rank + " has failed: " + RankState.firstLine(error), error);
      LastWords.failed(run, rank, error);
      if (byMpi && MPI.isInitialized()) MPI.COMM_WORLD.abort(FAILED);
    } catch (Throwable more) {
      System.err.println("worker " + rank + " has failed, and then could not say so: " + more);
    } finally {
      Runtime.getRuntime().halt(FAILED);
    }
  }

  private static void startEnd() {
    Thread end = new Thread(() -> {
      try {
        Thread.sleep(END_MS);
      } catch (InterruptedException now) {
        // The end is due all the same
      }
      Runtime.getRuntime().halt(FAILED);
    }, "end");
    end.setDaemon(true);
    end.start();
  }
}
