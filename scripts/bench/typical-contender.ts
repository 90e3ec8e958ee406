import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { command } from '../cluster/lib/command.js';
import type { Contender } from './contender.js';
import { handJob, IMAGE, NETWORK } from './job.js';
import type { Place } from './place.js';

const DEADLINE_MS = 180_000;

/** The typical script. It is started for each job, as a person would; its start is the go signal. */
export function typicalContender({ socket, subnet, folder }: Place): Contender {
  const script = fileURLToPath(new URL('typical.sh', import.meta.url));
  const env = { DOCKER_HOST: `unix://${socket}` };
  return {
    name: 'typical',
    run: async (run, workers) => {
      const job = handJob(workers, subnet);
      const variables = Object.entries(job.env).map(([name, value]) => `${name}=${value}\n`);
      await writeFile(join(folder, 'mpi.env'), variables.join(''));
      await writeFile(join(folder, 'sshd_config'), job.sshdConfig);
      await writeFile(join(folder, 'ssh_config'), job.sshConfig);
      const argv = ['bash', script, run, String(workers), IMAGE, NETWORK, folder, ...job.command];
      const go = Date.now();
      const { stdout } = await command(argv, { env, deadlineMs: DEADLINE_MS });
      return { go, output: stdout, marks: [] };
    },
    remove: async run => {
      const docker = (...argv: readonly string[]) => command(['docker', ...argv], { env });
      await docker('service', 'rm', `${run}-launcher`, `${run}-workers`);
      await docker('secret', 'rm', `${run}-host`, `${run}-client`);
      await docker('config', 'rm', `${run}-authorized`, `${run}-sshd`);
    },
    close: async () => undefined,
  };
}
