#!/bin/sh
# Starts one rank and records that it ran here: an empty file named by the world rank, which the worker's agent
# sees at once. Open MPI puts it between its daemon and the program on every node, by environment alone:
#   4.x  OMPI_MCA_orte_fork_agent=/opt/mpiswarm/bin/rank
#   5.x  PRTE_MCA_odls_base_exec_agent=/opt/mpiswarm/bin/rank
# Without mpirun `each` starts it, with MPISWARM_RANK.
ranks=/run/mpiswarm/ranks
output=/run/mpiswarm/output
rank=${MPISWARM_RANK:-${OMPI_COMM_WORLD_RANK:-$PMIX_RANK}}
case $rank in
  *[!0-9]*) rank= ;; # not a rank: nothing to record
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
# rank: mpirun's own ways to tell ranks apart lose or mix up output (docs/explanation/decisions/0014).
if [ -z "$rank" ] || ! [ -d "$output/" ] || ! command -v tee >/dev/null ||
  ! mkfifo "$output/$rank.stdout.pipe" "$output/$rank.stderr.pipe" 2>/dev/null; then
  exec "$@"
fi
if [ -t 1 ]; then
  # The program no longer sees a terminal, and would hold its lines back
  export PYTHONUNBUFFERED="${PYTHONUNBUFFERED-1}"
  export GFORTRAN_UNBUFFERED_PRECONNECTED="${GFORTRAN_UNBUFFERED_PRECONNECTED-1}"
  ! command -v stdbuf >/dev/null || set -- stdbuf -oL "$@"
fi
# In a session of its own, tee outlives the signals that mpirun sends to a rank's process group, and passes on the last words
session=$(command -v setsid)
copy() {
  (
    trap '' HUP INT TERM
    exec ${session:+"$session"} tee "$output/$rank.$1" <"$output/$rank.$1.pipe"
  ) &
}
copy stdout
stdout=$!
copy stderr >&2
stderr=$!
# A signal to the process group reaches the program too; what it makes of it counts
trap : HUP INT QUIT TERM USR1 USR2
"$@" >"$output/$rank.stdout.pipe" 2>"$output/$rank.stderr.pipe"
code=$?
# mpirun ends the job at the first rank that fails, so this one has not ended before all it wrote is on its way
while kill -0 "$stdout" 2>/dev/null || kill -0 "$stderr" 2>/dev/null; do wait "$stdout" "$stderr"; done
case $code in
  # By ILL, TRAP, ABRT, BUS, FPE or SEGV: mpirun says so only of a rank that ends in the same way
  132 | 133 | 134 | 135 | 136 | 139) ulimit -c 0 && kill -$((code - 128)) $$ ;;
esac
exit "$code"
