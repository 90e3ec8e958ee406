package dev.mpiswarm.worker;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;

/**
 * The workers of a job as one of them sees them; what Twister2's {@code IWorkerController} gave. Safe to be used by several threads,
 * but for the barriers. Where ZooKeeper does not answer, methods that ask it throw {@link StoreException} after 30 s, or after their time
 * limit and these 30 s.
 */
public interface WorkerController {
  /** This worker. */
  WorkerInfo getWorkerInfo();

  /**
   * A worker of the job, whether it has joined or not.
   *
   * @throws IllegalArgumentException when there is no such worker
   */
  WorkerInfo getWorkerInfoForID(int id);

  /** How many workers the job has: the number of MPI ranks. */
  int getNumberOfWorkers();

  /** The workers that have joined and whose processes are alive now, by id; one that has completed is, until all have. Asks ZooKeeper. */
  List<WorkerInfo> getJoinedWorkers() throws InterruptedException;

  /**
   * Waits until all workers have joined, whether they work or have completed since, at most as long as the configuration's
   * {@code twister2.worker.controller.max.wait.time.for.all.workers.to.join} says, in milliseconds; 100 s when it does not.
   *
   * @return all workers, by id
   * @throws TimeoutException naming the workers that have not joined
   */
  List<WorkerInfo> getAllWorkers() throws TimeoutException, InterruptedException;

  /** As {@link #getAllWorkers()}, with a time limit. Zero looks once. */
  List<WorkerInfo> getAllWorkers(Duration limit) throws TimeoutException, InterruptedException;

  /**
   * Waits at a barrier, at most as long as the configuration's {@code twister2.worker.controller.max.wait.time.on.barrier} says, in
   * milliseconds; 100 s when it does not. See {@link #waitOnBarrier(Duration)}.
   */
  void waitOnBarrier() throws TimeoutException, InterruptedException;

  /**
   * Waits until every worker of the job has come to the barrier. The n-th call of one worker meets the n-th call of all others, so
   * all must call it equally often, from one thread each. A barrier ends in one way for all: if one worker's time is up, the barrier is given
   * up, and those that wait, or come later, are told so at once. All are then in step for the next one.
   *
   * @throws TimeoutException when the barrier was given up, naming the workers that had not come
   * @throws WorkerLostException when a worker that has not come has failed, was lost, or has completed; within about two
   *     seconds, or for one that was lost after the session timeout of ZooKeeper beside that
   */
  void waitOnBarrier(Duration limit) throws TimeoutException, InterruptedException;

  /** Has the listener told of changes, until it is removed or the worker ends. */
  void addListener(WorkerListener listener);

  /** Does nothing when the listener was not added. */
  void removeListener(WorkerListener listener);
}
