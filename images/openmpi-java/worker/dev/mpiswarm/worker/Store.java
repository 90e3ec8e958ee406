package dev.mpiswarm.worker;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;

/**
 * The znodes of the run, by their names below the run's own. Every call has a deadline, and is repeated until then while the connection
 * is lost or the session has expired; a new session makes the worker's ephemeral znode again. "Connection loss" does not say whether a
 * write happened, so what is created is told apart by its content, and all other writes here may be made twice.
 */
final class Store implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(Store.class.getName());
  private static final long PAUSE_MS = 100;
  private static final long LONGEST_CLOSE_MS = 5_000;

  private final Run run;
  private final long deadlineMs;
  private ZooKeeper client;
  private boolean closed;
  /** Name and content of the znode that is there as long as this process is; null before it is asked for. */
  private String keptName;
  private String keptContent;
  /** The client in whose session that znode is, or needed not be made yet; null before. */
  private ZooKeeper keptIn;

  /**
   * Connects in the background.
   *
   * @param deadlineMs longest time of a call, in milliseconds
   */
  Store(Run run, long deadlineMs) {
    this.run = run;
    this.deadlineMs = deadlineMs;
  }

  /** What can be asked of ZooKeeper once. */
  private interface Call<T> {
    T on(ZooKeeper client) throws KeeperException, InterruptedException;
  }

  /** The record, or empty when there is none. */
  Optional<String> read(String name) throws InterruptedException {
    return read(name, null);
  }

  /** As {@link #read(String)}; {@code changed} is told once when that changes, or when the connection does. */
  Optional<String> read(String name, Watcher changed) throws InterruptedException {
    return call("read " + name, zk -> {
      try {
        return Optional.of(text(zk.getData(path(name), changed, null)));
      } catch (KeeperException.NoNodeException error) {
        // Asks for a word on its creation instead.
        if (changed != null && zk.exists(path(name), changed) != null)
          return Optional.of(text(zk.getData(path(name), changed, null)));
        return Optional.empty();
      }
    });
  }

  /** Names of the children, in no order; none when the znode is not there. */
  List<String> children(String name) throws InterruptedException {
    return call("list " + name, zk -> {
      try {
        return zk.getChildren(path(name), false);
      } catch (KeeperException.NoNodeException error) {
        return new ArrayList<>();
      }
    });
  }

  /** Makes a record, or replaces it. */
  void put(String name, String content) throws InterruptedException {
    if (!create(name, content)) call("write " + name, zk -> zk.setData(path(name), bytes(content), -1));
  }

  /** Makes a record that stays. @return false when there was one already, which may be that of an earlier try of this call */
  boolean create(String name, String content) throws InterruptedException {
    return call("create " + name, zk -> {
      try {
        zk.create(path(name), bytes(content), ZooDefs.Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT);
        return true;
      } catch (KeeperException.NodeExistsException error) {
        return false;
      }
    });
  }

  /** Removes a record; does nothing when there is none. */
  void remove(String name) throws InterruptedException {
    call("remove " + name, zk -> {
      try {
        zk.delete(path(name), -1);
      } catch (KeeperException.NoNodeException error) {
        // That it is gone is all that was wanted
      }
      return null;
    });
  }

  /** Makes a record that is there as long as this process is, also after a lost session. One for a store. */
  void keep(String name, String content) throws InterruptedException {
    synchronized (this) {
      keptName = name;
      keptContent = content;
    }
    call("keep " + name, this::makeKept);
  }

  /** Tells all that look at the run that something has changed. A lost ring costs them an interval, no more. */
  void ring() throws InterruptedException {
    call("ring the bell of " + run.znode(), zk -> zk.setData(run.znode(), bytes("changed"), -1));
  }

  /** How often the bell was rung. */
  int rung() throws InterruptedException {
    return call("look at " + run.znode(), zk -> {
      Stat stat = zk.exists(run.znode(), false);
      if (stat == null) throw KeeperException.create(Code.NONODE, run.znode());
      return stat.getVersion();
    });
  }

  /** Ends the session, and with it the kept record. */
  @Override
  public void close() {
    ZooKeeper open;
    synchronized (this) {
      closed = true;
      open = client;
      client = null;
    }
    try {
      if (open != null) open.close((int) Math.min(deadlineMs, LONGEST_CLOSE_MS));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private <T> T call(String what, Call<T> call) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(deadlineMs);
    while (true) {
      try {
        return call.on(connected(end));
      } catch (KeeperException error) {
        boolean passing = error.code() == Code.CONNECTIONLOSS || error.code() == Code.OPERATIONTIMEOUT;
        boolean expired = error.code() == Code.SESSIONEXPIRED || error.code() == Code.SESSIONMOVED;
        if (!passing && !expired)
          throw new StoreException("zookeeper " + run.zookeeper() + ": " + what + ": " + error.getMessage(), error);
        if (System.nanoTime() >= end)
          throw new StoreException(
              "zookeeper " + run.zookeeper() + ": " + what + ": no answer within " + deadlineMs + " ms: " + error.getMessage(),
              error);
        Thread.sleep(PAUSE_MS);
      }
    }
  }

  /** A client of a session that is not known to have expired, connected, with the kept record made in it. */
  private ZooKeeper connected(long end) throws KeeperException, InterruptedException {
    ZooKeeper current;
    boolean kept;
    synchronized (this) {
      if (closed) throw new StoreException("the run's znodes are closed");
      if (client == null || !client.getState().isAlive()) {
        if (client != null) LOG.warning("the session of ZooKeeper has expired; making a new one");
        client = open();
      }
      current = client;
      kept = keptIn == current;
    }
    while (current.getState() == ZooKeeper.States.CONNECTING || current.getState() == ZooKeeper.States.NOT_CONNECTED) {
      if (System.nanoTime() >= end) throw KeeperException.create(Code.CONNECTIONLOSS);
      Thread.sleep(5);
    }
    if (kept) return current;
    makeKept(current);
    // Only now: of a call that ended before, the next one makes it.
    synchronized (this) {
      keptIn = current;
    }
    return current;
  }

  private ZooKeeper open() {
    try {
      ZooKeeper made = new ZooKeeper(run.zookeeper(), run.sessionTimeoutMs(), this::session);
      made.addAuthInfo("digest", run.credential().getBytes(StandardCharsets.UTF_8));
      return made;
    } catch (IOException error) {
      throw new StoreException("connect to zookeeper " + run.zookeeper() + ": " + error.getMessage(), error);
    }
  }

  /**
   * An expired session takes the kept record with it: somebody has to notice when no call is under way. So they have when the new session
   * comes after the call that asked for it has given up.
   */
  private void session(WatchedEvent event) {
    boolean expired = event.getState() == Watcher.Event.KeeperState.Expired;
    boolean connected = event.getState() == Watcher.Event.KeeperState.SyncConnected;
    if (!expired && !(connected && lacksKept())) return;
    Thread again = new Thread(this::reopen, "zookeeper session");
    again.setDaemon(true);
    again.start();
  }

  private synchronized boolean lacksKept() {
    return !closed && keptName != null && keptIn != client;
  }

  private void reopen() {
    try {
      ring();
    } catch (StoreException | InterruptedException error) {
      LOG.log(Level.WARNING, "no new session of ZooKeeper: " + error.getMessage());
    }
  }

  /** The znode of an earlier session of this worker may still be there; ours has this session as its owner. */
  private Void makeKept(ZooKeeper zk) throws KeeperException, InterruptedException {
    String name;
    String content;
    synchronized (this) {
      name = keptName;
      content = keptContent;
    }
    if (name == null) return null;
    while (true) {
      try {
        zk.create(path(name), bytes(content), ZooDefs.Ids.CREATOR_ALL_ACL, CreateMode.EPHEMERAL);
        return null;
      } catch (KeeperException.NodeExistsException exists) {
        Stat stat = zk.exists(path(name), false);
        if (stat != null && stat.getEphemeralOwner() == zk.getSessionId()) return null;
        if (stat != null) deleteQuietly(zk, path(name), stat.getVersion());
      }
    }
  }

  /** The session that is there now, for tests; null before the first call. */
  synchronized ZooKeeper session() {
    return client;
  }

  private static void deleteQuietly(ZooKeeper zk, String path, int version) throws KeeperException, InterruptedException {
    try {
      zk.delete(path, version);
    } catch (KeeperException.NoNodeException | KeeperException.BadVersionException error) {
      // It went by itself, or is another by now: the next look tells
    }
  }

  private String path(String name) {
    return run.znode() + "/" + name;
  }

  private static byte[] bytes(String content) {
    return content.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] content) {
    return content == null ? "" : new String(content, StandardCharsets.UTF_8);
  }
}
