/*
 * Counts its own starts: rank 0 appends the line `TIME HOST PID` (seconds since the epoch) to a file, and the line is on the disk before
 * anything else happens. Arguments: FILE [SECONDS to sleep [EXIT CODE of every rank]].
 */
#include <errno.h>
#include <fcntl.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int append(const char *path) {
  char host[256] = "", line[400];
  struct timespec now;

  gethostname(host, sizeof host - 1);
  clock_gettime(CLOCK_REALTIME, &now);
  /* One write to a file opened for appending: lines of two starts never mix. */
  const int length =
      snprintf(line, sizeof line, "%lld.%03ld %s %d\n", (long long)now.tv_sec, now.tv_nsec / 1000000, host, (int)getpid());
  const int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file < 0) return -1;
  const int failed = write(file, line, (size_t)length) != length || fsync(file) != 0;
  const int why = errno;
  close(file);
  errno = why;
  return failed ? -1 : 0;
}

int main(int argc, char **argv) {
  int rank;

  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (argc < 2) {
    if (rank == 0) fprintf(stderr, "usage: ledger FILE [SECONDS [EXIT CODE]]\n");
    MPI_Finalize();
    return 2;
  }
  if (rank == 0 && append(argv[1]) != 0) {
    fprintf(stderr, "ledger: append to %s: %s\n", argv[1], strerror(errno));
    MPI_Abort(MPI_COMM_WORLD, 1);
  }
  if (argc > 2) {
    const double seconds = strtod(argv[2], NULL);
    struct timespec left = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) continue;
  }
  MPI_Finalize();
  return argc > 3 ? atoi(argv[3]) : 0;
}
