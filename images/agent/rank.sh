#!/bin/sh
# Starts one MPI rank and records that it ran here: an empty file named by the world rank, which the worker's agent
# sees at once. Open MPI puts it between its daemon and the program on every node, by environment alone:
#   4.x  OMPI_MCA_orte_fork_agent=/opt/mpiswarm/bin/rank
#   5.x  PRTE_MCA_odls_base_exec_agent=/opt/mpiswarm/bin/rank
# Only builtins before the exec: no process is added, and the rank keeps this process id.
ranks=/run/mpiswarm/ranks
rank=${OMPI_COMM_WORLD_RANK:-$PMIX_RANK}
case $rank in
  '' | *[!0-9]*) ;; # not a rank of Open MPI: nothing to record
  *)
    # A rank that is not recorded counts as misplaced, so what went wrong belongs in the job's output.
    # (Not `:`: a shell must exit when a redirection of a special builtin fails.)
    printf '' 2>/dev/null >"$ranks/$rank" || echo "mpiswarm: rank $rank could not record itself in $ranks" >&2
    ;;
esac

if ! command -v -- "$1" >/dev/null; then
  echo "mpiswarm: rank ${rank:-?}: program not found: $1" >&2
  exit 127
fi
exec "$@"
