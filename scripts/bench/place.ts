import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { type Cluster, openCluster } from '../cluster/cluster.js';
import { type Prepared, prepareCluster } from '../prepare/cluster.js';
import { IMAGE, NETWORK } from './job.js';

/** Where all contenders work: one real engine, a swarm of its own, the images and the overlay are there. */
export interface Place {
  readonly cluster: Cluster;
  readonly docker: Docker;
  /** Path of the engine's socket. */
  readonly socket: string;
  /** Words before a command that run it in the engine's network. */
  readonly prefix: readonly string[];
  /** `sha256:…` */
  readonly imageId: string;
  /** CIDR of the overlay. */
  readonly subnet: string;
  /** For files of this run of the benchmark; removed at its end. */
  readonly folder: string;
  close(): Promise<void>;
}

export interface PlaceOptions {
  readonly say: (line: string) => void;
  /** Use the cluster that an earlier run with `keep` left, as it is. */
  readonly reuse: boolean;
  readonly keep: boolean;
}

/** Name of the private cluster. */
const CLUSTER = 'bench';

export async function preparePlace({ say, reuse, keep }: PlaceOptions): Promise<Place> {
  const { cluster, prefix } = reuse ? await reopened() : await prepareCluster(CLUSTER, 1, say);
  const docker = cluster.docker(0);
  const subnet = await ensureNetwork(docker);
  const { Id: imageId } = await docker.getImage(IMAGE).inspect();
  const folder = await mkdtemp(join(tmpdir(), 'mpiswarm-bench-'));
  return {
    ...{ cluster, docker, prefix, imageId, subnet, folder },
    socket: cluster.node(0).socket,
    close: async () => {
      await rm(folder, { recursive: true, force: true });
      if (!keep) await cluster.clean();
    },
  };
}

async function reopened(): Promise<Pick<Prepared, 'cluster' | 'prefix'>> {
  const cluster = await openCluster(CLUSTER);
  return { cluster, prefix: cluster.nsenterPrefix(0) };
}

/** Swarm's manager allocates a network a moment after it was made. */
const ALLOCATED_MS = 10_000;

/** The subnet of the network that all jobs share, which is made where it is not there. */
export async function ensureNetwork(docker: Docker, deadlineMs = ALLOCATED_MS): Promise<string> {
  const find = async () => {
    const found = await docker.listNetworks({ filters: { name: [NETWORK] } });
    return found.find(({ Name }) => Name === NETWORK);
  };
  if (!(await find())) await docker.createNetwork({ Name: NETWORK, Driver: 'overlay', Attachable: true });
  for (const from = performance.now(); ; await sleep(50)) {
    const subnet = (await find())?.IPAM?.Config?.[0]?.Subnet;
    if (subnet !== undefined) return subnet;
    if (performance.now() - from > deadlineMs)
      throw new Error(`network ${NETWORK} has no subnet after ${deadlineMs / 1_000} s`);
  }
}
