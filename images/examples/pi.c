/*
 * Computes pi as the integral of 4 / (1 + x^2) over 0..1 by the midpoint rule. Argument: number of intervals,
 * 100 million when not given.
 */
#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  const double exact = 3.14159265358979323846;
  int rank, size;

  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);

  const long intervals = argc > 1 ? strtol(argv[1], NULL, 10) : 100000000L;
  if (intervals < 1) {
    if (rank == 0) fprintf(stderr, "pi: intervals must be at least 1, got %s\n", argv[1]);
    MPI_Finalize();
    return 2;
  }

  const double started = MPI_Wtime();
  const double width = 1.0 / (double)intervals;
  double part = 0.0, sum = 0.0;
  for (long i = rank; i < intervals; i += size) {
    const double x = ((double)i + 0.5) * width;
    part += 4.0 / (1.0 + x * x);
  }
  part *= width;
  MPI_Reduce(&part, &sum, 1, MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD);

  if (rank == 0) {
    printf("pi is %.16f (%ld intervals, %d processes)\n", sum, intervals, size);
    printf("error is %.1e\n", fabs(sum - exact));
    printf("time is %.3f s\n", MPI_Wtime() - started);
  }
  MPI_Finalize();
  return 0;
}
