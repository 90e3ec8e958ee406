/* Prints `rank R of N on HOST` for every rank, in rank order: rank 0 gathers the host names and writes all lines. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  char name[MPI_MAX_PROCESSOR_NAME] = "";
  char *names = NULL;
  int rank, size, length;

  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  MPI_Get_processor_name(name, &length);

  if (rank == 0) {
    names = malloc((size_t)size * sizeof name);
    if (names == NULL) {
      fprintf(stderr, "placement: no memory for the names of %d ranks\n", size);
      MPI_Abort(MPI_COMM_WORLD, 1);
    }
  }
  MPI_Gather(name, sizeof name, MPI_CHAR, names, sizeof name, MPI_CHAR, 0, MPI_COMM_WORLD);
  if (rank == 0) {
    for (int r = 0; r < size; r++) printf("rank %d of %d on %s\n", r, size, names + (size_t)r * sizeof name);
    free(names);
  }
  MPI_Finalize();
  return 0;
}
