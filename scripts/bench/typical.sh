#!/bin/bash
# Runs one MPI job on a swarm as many do it by hand: one docker command after the other, and waiting by looking once a second.
# Usage: typical.sh RUN WORKERS IMAGE NETWORK FOLDER COMMAND…
# FOLDER holds ssh_config, sshd_config and mpi.env; DOCKER_HOST names the engine.
set -euo pipefail
run=$1 workers=$2 image=$3 network=$4 folder=$5; shift 5
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT

ssh-keygen -q -t ed25519 -N '' -C '' -f "$work/host_key"
ssh-keygen -q -t ed25519 -N '' -C '' -f "$work/client_key"
docker secret create "$run-host" "$work/host_key" >/dev/null
docker secret create "$run-client" "$work/client_key" >/dev/null
docker config create "$run-authorized" "$work/client_key.pub" >/dev/null
docker config create "$run-sshd" "$folder/sshd_config" >/dev/null

docker service create --detach --quiet --name "$run-workers" --replicas "$workers" \
  --network "$network" --endpoint-mode dnsrr --restart-condition none \
  --secret "source=$run-host,target=host_key,mode=0400" \
  --config "source=$run-authorized,target=/run/hand/authorized_keys" \
  --config "source=$run-sshd,target=/run/hand/sshd_config" \
  "$image" /usr/sbin/sshd -D -e -f /run/hand/sshd_config >/dev/null
docker service create --detach --quiet --name "$run-launcher" \
  --network "$network" --endpoint-mode dnsrr --restart-condition none --init \
  --secret "source=$run-client,target=client_key,mode=0400" \
  "$image" sleep infinity >/dev/null

running() { docker service ps --filter desired-state=running --format '{{.CurrentState}}' "$1" | grep -c '^Running' || true; }
until [ "$(running "$run-workers")" -eq "$workers" ]; do sleep 1; done
until [ "$(running "$run-launcher")" -eq 1 ]; do sleep 1; done

launcher=$(docker ps --quiet --filter "label=com.docker.swarm.service.name=$run-launcher")
docker exec "$launcher" mkdir -p /run/hand /twister2
docker exec -i "$launcher" sh -c 'cat >/run/hand/ssh_config' <"$folder/ssh_config"
sed 's/^/* /' "$work/host_key.pub" | docker exec -i "$launcher" sh -c 'cat >/run/hand/known_hosts'

for task in $(docker service ps --quiet --filter desired-state=running "$run-workers"); do
  address=$(docker inspect --format '{{range .NetworksAttachments}}{{index .Addresses 0}}{{end}}' "$task")
  address=${address%/*}
  until docker exec "$launcher" ssh -F /run/hand/ssh_config "$address" true; do sleep 1; done
  echo "$address slots=1" >>"$work/hostfile"
done
docker exec -i "$launcher" sh -c 'cat >/twister2/hostFile' <"$work/hostfile"
docker exec --env-file "$folder/mpi.env" "$launcher" "$@"
