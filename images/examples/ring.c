/*
 * Passes a counter around all ranks. Rank 0 starts it at 10 and takes one off each time it comes by; a rank that has
 * passed on the 0 is done. With one process the ring is that process alone.
 */
#include <mpi.h>
#include <stdio.h>

enum { TAG = 201, ROUNDS = 10 };

int main(int argc, char **argv) {
  int rank, size, value;

  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  /* Lines appear as they happen, also where standard output is a pipe. */
  setvbuf(stdout, NULL, _IOLBF, BUFSIZ);

  const int next = (rank + 1) % size;
  const int previous = (rank + size - 1) % size;

  if (rank == 0) {
    value = ROUNDS;
    printf("Process 0 sending %d to rank %d (%d processes in ring)\n", value, next, size);
  }
  for (int first = 1;; first = 0) {
    if (rank != 0 || !first) {
      if (size > 1) MPI_Recv(&value, 1, MPI_INT, previous, TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
      if (rank == 0) printf("Process 0 decremented value: %d\n", --value);
    }
    if (size > 1) MPI_Send(&value, 1, MPI_INT, next, TAG, MPI_COMM_WORLD);
    if (value == 0) break;
  }
  /* The 0 that rank 0 sent has gone all the way round. */
  if (rank == 0 && size > 1) MPI_Recv(&value, 1, MPI_INT, previous, TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);

  printf("Process %d exiting\n", rank);
  MPI_Finalize();
  return 0;
}
