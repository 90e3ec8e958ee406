package dev.mpiswarm.worker;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;

/** The znodes and files of a run, as controller and agents would have made them. */
final class TestRun implements AutoCloseable {
  static final String SERVER = "127.0.0.1:2181";
  private static final String CREDENTIAL = "run:secret";

  final String znode;
  final Path folder;
  final ZooKeeper client;

  private TestRun(String name) throws Exception {
    znode = "/" + name;
    folder = Path.of("/tmp", name);
    client = new ZooKeeper(SERVER, 10_000, event -> {});
    client.addAuthInfo("digest", CREDENTIAL.getBytes(StandardCharsets.UTF_8));
  }

  static TestRun open(String name) throws Exception {
    return new TestRun(name);
  }

  /** Makes a run of that many containers. */
  static TestRun make(String name, int containers) throws Exception {
    TestRun run = new TestRun(name);
    run.create("", "");
    for (String parent : List.of("workers", "ranks", "members", "barriers")) run.create("/" + parent, "");
    run.create("/job-master", SERVER + run.znode);
    for (int i = 0; i < containers; i++) {
      run.create(
          "/workers/" + i,
          "{\"index\":" + i + ",\"task\":\"t\",\"address\":\"10.0.1." + (i + 2) + "\",\"port\":2022,\"slots\":1,"
              + "\"node\":{\"id\":\"n\",\"hostname\":\"node" + (i % 3 + 1) + "\",\"rack\":\"r" + i + "\"},"
              + "\"resources\":{\"cpus\":0.5,\"memoryBytes\":268435456},\"ports\":{\"echo\":4000" + i + "}}");
      run.write(i);
    }
    return run;
  }

  void create(String path, String content) throws Exception {
    client.create(znode + path, content.getBytes(StandardCharsets.UTF_8), ZooDefs.Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT);
  }

  /** Removes a znode and its children. */
  void remove(String path) throws Exception {
    for (String child : children(path)) client.delete(znode + path + "/" + child, -1);
    client.delete(znode + path, -1);
  }

  String read(String path) throws Exception {
    return new String(client.getData(znode + path, false, null), StandardCharsets.UTF_8);
  }

  List<String> children(String path) throws Exception {
    return new ArrayList<>(new TreeSet<>(client.getChildren(znode + path, false)));
  }

  /** How often the bell was rung. */
  int rings() throws Exception {
    return client.exists(znode, false).getVersion();
  }

  /** The folder of one container, with its properties. */
  Path write(int container) throws IOException {
    Path job = folder.resolve(String.valueOf(container));
    Files.createDirectories(job.resolve("logs"));
    Files.writeString(job.resolve("job.properties"), "hello-key=Grüße\nhello-sleep-seconds=0\n", StandardCharsets.ISO_8859_1);
    Files.writeString(
        job.resolve("run.properties"),
        "job=default/hello\nrun=hello-1\nzookeeper=" + SERVER + "\nznode=" + znode + "\ncredential=" + CREDENTIAL
            + "\nsessionTimeoutMs=2000\nworker=" + container + "\nworkers=4\nslots=1\nconfiguration=" + job.resolve("job.properties")
            + "\nlogs=" + job.resolve("logs") + "\n");
    return job;
  }

  /** What the starter would read in that container. */
  Run container(int container) {
    System.setProperty("mpiswarm.job.folder", folder.resolve(String.valueOf(container)).toString());
    return Run.read();
  }

  @Override
  public void close() throws InterruptedException {
    client.close();
  }
}
