#!/bin/sh
# Says what the package holds beside this program, once on each rank.
echo "rank ${OMPI_COMM_WORLD_RANK:-?}: $(cat "$(dirname "$0")/greeting.txt")"
