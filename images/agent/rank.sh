#!/bin/sh
# Starts one MPI rank and records that it ran here: an empty file named by the world rank, which the worker's agent
# sees at once. Open MPI puts it between its daemon and the program on every node, by environment alone:
#   4.x  OMPI_MCA_orte_fork_agent=/opt/mpiswarm/bin/rank
#   5.x  PRTE_MCA_odls_base_exec_agent=/opt/mpiswarm/bin/rank
# The rank keeps this process id.
ranks=/run/mpiswarm/ranks
output=/run/mpiswarm/output
rank=${OMPI_COMM_WORLD_RANK:-$PMIX_RANK}
case $rank in
  *[!0-9]*) rank= ;; # not a rank of Open MPI: nothing to record
esac
if [ -n "$rank" ]; then
  # A rank that is not recorded counts as misplaced, so what went wrong belongs in the job's output.
  # (Not `:`: a shell must exit when a redirection of a special builtin fails.)
  printf '' 2>/dev/null >"$ranks/$rank" || echo "mpiswarm: rank $rank could not record itself in $ranks" >&2
fi

if ! command -v -- "$1" >/dev/null; then
  echo "mpiswarm: rank ${rank:-?}: program not found: $1" >&2
  exit 127
fi

# What the rank writes goes on to mpirun as ever, and by tee also into files from which the agent hands it over rank by
# rank: mpirun's own ways to tell ranks apart lose or mix up output (docs/decisions/0014). tee is no child of the program,
# which may wait for all of its children, and outlives the signals that end the program, whose last words it passes on.
copy() {
  (
    trap '' HUP INT TERM
    tee "$output/$rank.$1" <"$output/$rank.$1.pipe" &
  )
}
if [ -n "$rank" ] && [ -d "$output/" ] && command -v tee >/dev/null &&
  mkfifo "$output/$rank.stdout.pipe" "$output/$rank.stderr.pipe" 2>/dev/null; then
  if [ -t 1 ]; then
    # The program no longer sees a terminal, and would hold its lines back
    export PYTHONUNBUFFERED="${PYTHONUNBUFFERED-1}"
    export GFORTRAN_UNBUFFERED_PRECONNECTED="${GFORTRAN_UNBUFFERED_PRECONNECTED-1}"
    ! command -v stdbuf >/dev/null || set -- stdbuf -oL "$@"
  fi
  copy stdout
  copy stderr >&2
  exec >"$output/$rank.stdout.pipe" 2>"$output/$rank.stderr.pipe"
fi
exec "$@"
