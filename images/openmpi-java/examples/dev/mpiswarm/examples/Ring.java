package dev.mpiswarm.examples;

import mpi.Intracomm;
import mpi.MPI;
import mpi.MPIException;

/**
 * Passes a counter around all ranks, ten times: a plain MPI program, which {@code mpirun} starts by itself. Rank 0 takes one off
 * each time it comes by; a rank that has passed on the 0 is done. With one process the ring is that process alone.
 * The output is that of Twister2's {@code BasicMpiJob}, and so of Open MPI's own {@code ring_java}.
 */
public final class Ring {
  private static final int TAG = 201;
  private static final int ROUNDS = 10;

  private Ring() {}

  public static void main(String[] args) throws MPIException {
    MPI.Init(args);
    Intracomm world = MPI.COMM_WORLD;
    int rank = world.getRank();
    int size = world.getSize();
    int next = (rank + 1) % size;
    int previous = (rank + size - 1) % size;
    int[] value = {ROUNDS};

    if (rank == 0) {
      System.out.println("Process 0 sending " + value[0] + " to rank " + next + " (" + size + " processes in ring)");
      if (size > 1) world.send(value, 1, MPI.INT, next, TAG);
    }
    while (true) {
      if (size > 1) world.recv(value, 1, MPI.INT, previous, TAG);
      if (rank == 0) System.out.println("Process 0 decremented value: " + --value[0]);
      if (size > 1) world.send(value, 1, MPI.INT, next, TAG);
      if (value[0] == 0) break;
    }
    // The 0 that rank 0 sent has gone all the way round.
    if (rank == 0 && size > 1) world.recv(value, 1, MPI.INT, previous, TAG);

    System.out.println("Process " + rank + " exiting");
    MPI.Finalize();
  }
}
