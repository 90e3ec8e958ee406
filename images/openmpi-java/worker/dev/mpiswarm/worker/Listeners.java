package dev.mpiswarm.worker;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Looks every second who is there, as long as somebody listens, and tells what has changed. */
final class Listeners {
  private static final Logger LOG = Logger.getLogger(Listeners.class.getName());
  private static final long LOOK_MS = 1_000;

  private final Members members;
  private final List<WorkerInfo> workers;
  private final List<Told> told = new CopyOnWriteArrayList<>();
  private Thread thread;

  Listeners(Members members, List<WorkerInfo> workers) {
    this.members = members;
    this.workers = workers;
  }

  /** A listener, and what it knows. */
  private static final class Told {
    final WorkerListener listener;
    final Set<Integer> there = new HashSet<>();
    final Set<Integer> ended = new HashSet<>();
    final Set<Integer> everJoined = new HashSet<>();

    Told(WorkerListener listener) {
      this.listener = listener;
    }
  }

  synchronized void add(WorkerListener listener) {
    told.add(new Told(listener));
    if (thread != null) return;
    thread = new Thread(this::look, "worker listeners");
    thread.setDaemon(true);
    thread.start();
  }

  void remove(WorkerListener listener) {
    told.removeIf(one -> one.listener == listener);
  }

  synchronized void close() {
    told.clear();
    if (thread != null) thread.interrupt();
  }

  private void look() {
    try {
      while (true) {
        if (!told.isEmpty()) lookOnce();
        Thread.sleep(LOOK_MS);
      }
    } catch (InterruptedException closed) {
      // Nobody listens any more
    }
  }

  private void lookOnce() throws InterruptedException {
    try {
      Set<Integer> there = members.joined();
      Map<Integer, Members.End> ends = new HashMap<>();
      for (WorkerInfo worker : workers) {
        Members.End end = members.end(worker.id(), there).orElse(null);
        if (end != null) ends.put(worker.id(), end);
      }
      for (Told one : told) tell(one, there, ends);
    } catch (StoreException error) {
      LOG.log(Level.WARNING, "cannot look who is there: " + error.getMessage());
    }
  }

  private void tell(Told one, Set<Integer> there, Map<Integer, Members.End> ends) {
    for (WorkerInfo worker : workers) {
      int id = worker.id();
      Members.End end = ends.get(id);
      // A lost worker may come back. One that has completed is there until all have, and has joined only once.
      if (there.contains(id) && end == null) one.ended.remove(id);
      if (there.contains(id) && !one.ended.contains(id)) {
        if (one.there.add(id)) call(one, listener -> listener.joined(worker));
        if (one.everJoined.add(id) && one.everJoined.size() == workers.size()) call(one, WorkerListener::allJoined);
      }
      if (end == null || !one.ended.add(id)) continue;
      one.there.remove(id);
      call(one, listener -> {
        if (end.completed) listener.completed(worker);
        else listener.failed(worker, end.error);
      });
    }
  }

  private static void call(Told one, Consumer<WorkerListener> event) {
    try {
      event.accept(one.listener);
    } catch (RuntimeException error) {
      LOG.log(Level.WARNING, "a listener has failed", error);
    }
  }
}
