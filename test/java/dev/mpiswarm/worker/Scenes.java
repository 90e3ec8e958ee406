package dev.mpiswarm.worker;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.apache.zookeeper.ZooKeeper;

/** What workers of a run see of each other, without MPI: each worker is a controller with a session of its own. {@code java … Scenes SCENE}. */
final class Scenes {
  private static final Map<String, Callable<Void>> SCENES = new TreeMap<>();

  private interface Scene {
    void play() throws Exception;
  }

  private static void scene(String name, Scene scene) {
    SCENES.put(name, () -> {
      scene.play();
      return null;
    });
  }

  static {
    scene("barriers", Scenes::barriers);
    scene("late", Scenes::late);
    scene("failed", Scenes::failed);
    scene("completed", Scenes::completed);
    scene("lost", Scenes::lost);
    scene("joined", Scenes::joined);
    scene("limits", Scenes::limits);
    scene("listeners", Scenes::listeners);
    scene("expired", Scenes::expired);
    scene("unkept", Scenes::unkept);
    scene("json", Scenes::json);
    scene("lines", Scenes::lines);
    scene("files", Scenes::files);
    scene("config", Scenes::config);
  }

  private Scenes() {}

  public static void main(String[] args) throws Exception {
    java.util.logging.Logger.getLogger("").setLevel(Level.SEVERE);
    try {
      SCENES.get(args[0]).call();
    } catch (Throwable error) {
      error.printStackTrace();
      System.exit(1); // threads of the scene may still wait
    }
    System.out.println(args[0] + ": as expected");
    System.exit(0);
  }

  /** A worker that has joined. */
  private static final class Joined implements AutoCloseable {
    final Store store;
    final ZooKeeperController controller;
    final int id;

    Joined(TestRun run, int id, int size) throws Exception {
      this.id = id;
      Run container = run.container(id);
      store = new Store(container, 10_000);
      int[] containers = new int[size];
      for (int i = 0; i < size; i++) containers[i] = i;
      JobConfig config = new JobConfig("test", new Properties(), List.of());
      controller = new ZooKeeperController(config, Plan.of(store, containers, 2_000), id, store, container.sessionTimeoutMs());
      store.keep("members/" + id, "{}");
      say(RankState.STARTED, null);
    }

    void say(String state, Throwable error) throws InterruptedException {
      store.put("ranks/" + id, RankState.record(state, id, error));
      store.ring();
    }

    @Override
    public void close() {
      controller.close();
      store.close();
    }
  }

  /** Nobody leaves a barrier before all have come; what is behind is cleared away. */
  private static void barriers() throws Exception {
    try (TestRun run = TestRun.make("barriers", 4)) {
      List<Joined> workers = join(run, 4);
      int rounds = 30;
      AtomicInteger[] come = new AtomicInteger[rounds];
      for (int i = 0; i < rounds; i++) come[i] = new AtomicInteger();
      together(workers, worker -> {
        for (int i = 0; i < rounds; i++) {
          Thread.sleep((long) (Math.random() * 20));
          come[i].incrementAndGet();
          worker.controller.waitOnBarrier(Duration.ofSeconds(20));
          expect(come[i].get(), 4, "workers that had come when one left barrier " + i);
        }
        return "";
      });
      expect(run.children("/barriers"), List.of(String.valueOf(rounds - 1)), "barriers that are left");
    }
  }

  /** A barrier that one worker gives up is given up for all, and the next one works. */
  private static void late() throws Exception {
    try (TestRun run = TestRun.make("late", 3)) {
      List<Joined> workers = join(run, 3);
      List<String> said = together(workers, worker -> {
        if (worker.id == 2) Thread.sleep(1_500);
        long before = System.nanoTime();
        String error = "none";
        try {
          worker.controller.waitOnBarrier(Duration.ofMillis(worker.id == 0 ? 500 : 8_000));
        } catch (TimeoutException timeout) {
          error = timeout.getMessage();
        }
        long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before);
        if (took > 1_400) error += " after " + took + " ms";
        worker.controller.waitOnBarrier(Duration.ofSeconds(10));
        return error;
      });
      String words = "barrier 0 was given up after 500 ms by worker 0: of 3 workers worker 2 had not come";
      expect(said, List.of(words, words, words), "what the workers were told");
    }
  }

  /** Nobody waits for a worker that has failed. */
  private static void failed() throws Exception {
    try (TestRun run = TestRun.make("failed", 3)) {
      List<Joined> workers = join(run, 3);
      workers.get(1).say(RankState.FAILED, new IllegalStateException("no data\nat all"));
      workers.get(1).close();
      List<String> said = together(List.of(workers.get(0), workers.get(2)), worker -> {
        try {
          worker.controller.waitOnBarrier(Duration.ofSeconds(20));
          return "passed";
        } catch (WorkerLostException lost) {
          return lost.getMessage().replaceAll("worker [02] saw", "worker N saw").replaceAll("Scenes.java:[0-9]+", "Scenes.java:N");
        }
      });
      String words =
          "barrier 0 was given up after loss: worker N saw that worker 1 has failed: java.lang.IllegalStateException: no data (Scenes.java:N)";
      expect(said, List.of(words, words), "what the others were told");
    }
  }

  /** Nor for one that has completed, which is there until all have. */
  private static void completed() throws Exception {
    try (TestRun run = TestRun.make("completed", 2)) {
      List<Joined> workers = join(run, 2);
      Future<String> waits = Executors.newSingleThreadExecutor().submit(() -> {
        try {
          workers.get(0).controller.waitOnBarrier(Duration.ofSeconds(20));
          return "passed";
        } catch (WorkerLostException lost) {
          return lost.getMessage();
        }
      });
      Thread.sleep(1_500); // the barrier has looked after it more than once
      workers.get(1).say(RankState.COMPLETED, null);
      String words = "barrier 0 was given up after loss: worker 0 saw that worker 1 has completed";
      expect(waits.get(5, TimeUnit.SECONDS), words, "what the other was told");
      expect(workers.get(0).controller.getAllWorkers(Duration.ZERO).size(), 2, "workers that have joined");
    }
  }

  /** Nor for one that is gone without a word, once its session could have been made again. */
  private static void lost() throws Exception {
    try (TestRun run = TestRun.make("lost", 2)) {
      List<Joined> workers = join(run, 2);
      workers.get(1).close();
      long before = System.nanoTime();
      try {
        workers.get(0).controller.waitOnBarrier(Duration.ofSeconds(20));
        throw new AssertionError("passed");
      } catch (WorkerLostException lost) {
        long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before);
        expect(lost.getMessage().endsWith("worker 1 has failed: lost its session of ZooKeeper"), true, lost.getMessage());
        expect(took >= 2_000 && took < 8_000, true, "noticed after " + took + " ms");
      }
    }
  }

  /** Who has not joined is named; who joins later is seen. */
  private static void joined() throws Exception {
    try (TestRun run = TestRun.make("joined", 3)) {
      Joined first = new Joined(run, 0, 3);
      new Joined(run, 1, 3);
      try {
        first.controller.getAllWorkers(Duration.ofMillis(300));
        throw new AssertionError("all are said to have joined");
      } catch (TimeoutException error) {
        expect(error.getMessage(), "worker 2 of 3 had not joined after 300 ms", "the error");
      }
      expect(first.controller.getJoinedWorkers().size(), 2, "joined");
      Future<List<WorkerInfo>> all = Executors.newSingleThreadExecutor().submit(() -> first.controller.getAllWorkers());
      Thread.sleep(200);
      new Joined(run, 2, 3);
      expect(all.get(5, TimeUnit.SECONDS).toString(), first.controller.getAllWorkers(Duration.ZERO).toString(), "all workers");
      expect(
          first.controller.getWorkerInfoForID(2).toString(),
          "worker 2: 10.0.1.4:2022, container 2 on node3 (rack r2), cpus 0.5, memory 256 MiB, ports echo=40002",
          "a worker");
      expect(first.controller.getWorkerInfo().id(), 0, "own id");
    }
  }

  /** A limit may be as long as can be written, or have passed already. */
  private static void limits() throws Exception {
    try (TestRun run = TestRun.make("limits", 2)) {
      List<Joined> workers = join(run, 2);
      List<Duration> limits = List.of(Duration.ofMillis(Long.MAX_VALUE), Duration.ofSeconds(Long.MAX_VALUE));
      List<String> said = together(workers, worker -> {
        for (Duration limit : limits) {
          if (worker.id == 1) Thread.sleep(200); // the other has to wait
          worker.controller.waitOnBarrier(limit);
          worker.controller.getAllWorkers(limit);
        }
        return "passed";
      });
      expect(said, List.of("passed", "passed"), "what the workers did");
      try {
        workers.get(0).controller.waitOnBarrier(Duration.ofSeconds(Long.MIN_VALUE));
        throw new AssertionError("passed");
      } catch (TimeoutException error) {
        expect(error.getMessage(), "barrier 2 was given up after 0 ms by worker 0: of 2 workers worker 1 had not come", "the error");
      }
    }
  }

  private static void listeners() throws Exception {
    try (TestRun run = TestRun.make("listeners", 3)) {
      Joined first = new Joined(run, 0, 3);
      List<String> events = Collections.synchronizedList(new ArrayList<>());
      first.controller.addListener(new WorkerListener() {
        @Override
        public void joined(WorkerInfo worker) {
          events.add("joined " + worker.id());
          throw new IllegalStateException("a listener that fails stops nothing");
        }

        @Override
        public void allJoined() {
          events.add("all");
        }

        @Override
        public void completed(WorkerInfo worker) {
          events.add("completed " + worker.id());
        }

        @Override
        public void failed(WorkerInfo worker, String error) {
          events.add("failed " + worker.id() + " " + error);
        }
      });
      until(() -> events.size() == 1, events);
      Joined second = new Joined(run, 1, 3);
      until(() -> events.size() == 2, events);
      Joined third = new Joined(run, 2, 3);
      until(() -> events.size() == 4, events);
      second.say(RankState.COMPLETED, null);
      until(() -> events.size() == 5, events);
      third.say(RankState.FAILED, new StartException("no"));
      until(() -> events.size() == 6, events);
      second.close();
      third.close();
      Thread.sleep(2_500); // nobody is told a second time, whether they are there or gone
      expect(events, List.of("joined 0", "joined 1", "joined 2", "all", "completed 1", "failed 2 no"), "events");
    }
  }

  /** A worker whose session has expired is there again, without doing anything for it. */
  private static void expired() throws Exception {
    try (TestRun run = TestRun.make("expired", 1)) {
      Joined worker = new Joined(run, 0, 1);
      long owner = run.client.exists(run.znode + "/members/0", false).getEphemeralOwner();
      expire(worker.store.session());
      until(() -> {
        var stat = run.client.exists(run.znode + "/members/0", false);
        return stat != null && stat.getEphemeralOwner() != owner;
      }, "members/0");
      worker.controller.waitOnBarrier(Duration.ofSeconds(5));
    }
  }

  /** What kept a worker from being there in its new session is tried again. */
  private static void unkept() throws Exception {
    try (TestRun run = TestRun.make("unkept", 1)) {
      Joined worker = new Joined(run, 0, 1);
      ZooKeeper old = worker.store.session();
      run.remove("/members");
      expire(old);
      until(() -> worker.store.session() != old, "a new session");
      try {
        worker.store.rung();
        throw new AssertionError("works in a session in which it is not there");
      } catch (StoreException error) {
        expect(error.getMessage().contains("NoNode for /unkept/members/0"), true, error.getMessage());
      }
      run.create("/members", "");
      worker.store.rung();
      long owner = run.client.exists(run.znode + "/members/0", false).getEphemeralOwner();
      expect(owner, worker.store.session().getSessionId(), "session of the worker that is there");
    }
  }

  /** Whoever presents id and password of a session may close it (ZooKeeper's programmer's guide, "testing session expiry"). */
  private static void expire(ZooKeeper session) throws Exception {
    ZooKeeper thief = new ZooKeeper(TestRun.SERVER, 5_000, event -> {}, session.getSessionId(), session.getSessionPasswd());
    while (thief.getState() != ZooKeeper.States.CONNECTED) Thread.sleep(10);
    thief.close();
  }

  private static void json() {
    Json.Object read = Json.object(" {\"a\" : \"x\\u00e9\\n\\\"\", \"b\":-1.5e2,\"c\":[1,{},[]],\"d\":{\"e\":\"f\"},\"g\":null,\"h\":true} ");
    expect(read.string("a") + read.number("b") + read.objectOrEmpty("d").string("e"), "xé\n\"-150.0f", "values");
    expect(Json.object("{\"a\":" + Json.quote("x\u0001\"\\é\ud800") + "}").string("a"), "x\u0001\"\\é\ud800", "a string read back");
    List<String> bad =
        List.of("", "[]", "{", "{}x", "{\"a\":}", "{\"a\":01}", "{\"a\":1,}", "{a:1}", "{\"a\":\"\n\"}", "{\"a\":\"\\x\"}", "{\"a\":tru}",
            "{\"a\":" + "[".repeat(40) + "]".repeat(40) + "}");
    for (String text : bad) {
      try {
        Json.object(text);
        throw new AssertionError("was read: " + text);
      } catch (IllegalArgumentException error) {
        expect(error.getMessage().startsWith("expected "), true, error.getMessage());
      }
    }
  }

  private static void lines() {
    LogRecord record = new LogRecord(Level.INFO, "hello {0}");
    record.setParameters(new Object[] {"you"});
    record.setLoggerName("org.example.Job");
    String line = new Logs.Line(3).format(record);
    String time = "\\[[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:.]{12} [+-][0-9]{4}\\]";
    expect(line.matches(time + " \\[INFO\\] \\[worker-3\\] \\[main\\] org\\.example\\.Job: hello you\n"), true, line);
    expect(RankState.firstLine(new RuntimeException("x".repeat(5_000))).length() < 300, true, "length of an error");
    expect(Json.object(RankState.record(RankState.FAILED, 2, new StartException("é\"\nb"))).string("error"), "é\"", "the error");
  }

  /** Log files go into the container's own folder, which is a link, or into the one that the configuration names. */
  private static void files() throws Exception {
    try (TestRun run = TestRun.make("files", 1)) {
      Path job = run.folder.resolve("0");
      Files.move(job.resolve("logs"), job.resolve("own"));
      Files.createSymbolicLink(job.resolve("logs"), job.resolve("own"));
      expect(logged(run, "own"), List.of("own"), "lines in the container's own file");
      Files.writeString(job.resolve("job.properties"), "mpiswarm.worker.log.folder=" + job.resolve("volume/job") + "\n");
      expect(run.container(0).logs().toString(), "Optional[" + job.resolve("volume/job") + "]", "the folder");
      expect(logged(run, "volume/job"), List.of("volume/job"), "lines in the file that the configuration names");
    }
  }

  /** What is in the log file in a folder, after it was logged there. */
  private static List<String> logged(TestRun run, String folder) throws Exception {
    PrintStream console = System.err;
    System.setErr(new PrintStream(OutputStream.nullOutputStream()));
    Logs.toConsoleAndFile(7, run.container(0).logs());
    Logger.getLogger("org.example").severe(folder);
    System.setErr(console);
    for (var handler : Logger.getLogger("").getHandlers()) handler.close();
    List<String> lines = Files.readAllLines(run.folder.resolve("0").resolve(folder).resolve("worker-7.log.0"));
    lines.replaceAll(line -> line.replaceFirst("^.* \\[SEVERE\\] \\[worker-7\\] \\[main\\] org\\.example: ", ""));
    return lines;
  }

  private static void config() {
    Properties properties = new Properties();
    properties.setProperty("n", " 12");
    properties.setProperty("b", "True");
    JobConfig config = new JobConfig("job", properties, List.of("x"));
    expect(config.getLong("n", 1) + config.getDouble("n", 1) + config.getLong("none", 3), 27.0, "numbers");
    expect(config.getBoolean("b", false), true, "a boolean");
    try {
      config.getBoolean("n", false);
      throw new AssertionError("12 is a boolean");
    } catch (IllegalArgumentException error) {
      expect(error.getMessage(), "configuration n must be true or false, got \" 12\"", "the error");
    }
  }

  private interface Act {
    String by(Joined worker) throws Exception;
  }

  private static List<Joined> join(TestRun run, int size) throws Exception {
    List<Joined> workers = new ArrayList<>();
    for (int id = 0; id < size; id++) workers.add(new Joined(run, id, size));
    return workers;
  }

  /** All workers act at once; what each returns, by worker. */
  private static List<String> together(List<Joined> workers, Act act) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(workers.size());
    List<Future<String>> acting = new ArrayList<>();
    for (Joined worker : workers) acting.add(threads.submit(() -> act.by(worker)));
    List<String> said = new ArrayList<>();
    for (Future<String> one : acting) said.add(one.get(40, TimeUnit.SECONDS));
    return said;
  }

  private static void until(Callable<Boolean> holds, Object shown) throws Exception {
    for (int tries = 0; tries < 500; tries++) {
      if (holds.call()) return;
      Thread.sleep(20);
    }
    throw new AssertionError("not within 10 s: " + shown);
  }

  private static void expect(Object actual, Object expected, String what) {
    if (!actual.equals(expected)) throw new AssertionError(what + ": expected " + expected + ", got " + actual);
  }
}
