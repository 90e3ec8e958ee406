import { createHash } from 'node:crypto';
import { PassThrough, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type Docker from 'dockerode';
import { pack } from 'tar-stream';
import { PACKAGE_PORT } from '../../core/desired/package.js';
import { LABEL } from '../../core/model/names.js';
import type { PackageWant } from '../../core/model/specs.js';
import type { Delivery } from '../../core/model/world.js';
import { PACKAGE_RETRY_MS } from '../../core/plan/package.js';
import { LeadershipLost, PortError } from '../../ports/errors.js';
import type { Packages } from '../../ports/packages.js';
import type { Wake } from '../../ports/wake.js';
import { backoff } from '../../shared/backoff.js';
import { PACKAGE_SERVER, type PackageService } from '../../shared/protocol/package-service.js';
import { droppedCapabilities } from '../docker/capabilities.js';
import { call, portError, statusCode } from '../docker/engine.js';
import { reason } from '../lib/fs-error.js';
import { packageContent } from './content.js';
import { listPackage, PackageFault } from './listing.js';

export interface DockerPackagesOptions {
  /** The watched folder. */
  readonly root: string;
  /** The agent's image and its command. */
  readonly agent: { readonly image: string; readonly command: readonly string[] };
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Called right before each effect that had to wait; an error from it ends the call. */
  readonly confirm?: () => void;
}

/**
 * {@link Packages} by containers of the agent's image on this engine, one for each content. A container is started
 * only once it holds the archive, so a running one is complete; one that was never started is recreated.
 */
export class DockerPackages implements Packages {
  readonly #closing = new AbortController();
  readonly #deliveries = new Map<string, Delivery>();
  readonly #tries = new Map<string, number>();
  readonly #wakes = new Set<Wake>();

  constructor(
    private readonly docker: Docker,
    private readonly options: DockerPackagesOptions,
  ) {}

  delivery(name: string): Delivery {
    return this.#deliveries.get(name) ?? { state: 'idle' };
  }

  offer(want: PackageWant, credential: string): void {
    const { name } = want;
    if (this.delivery(name).state === 'sending' || this.#closing.signal.aborted) return;
    this.#deliveries.set(name, { state: 'sending' });
    this.#deliver(want, credential)
      .then(
        () => {
          this.#deliveries.delete(name);
          this.#tries.delete(name);
        },
        (error: unknown) => this.#failed(name, error),
      )
      .finally(() => {
        for (const wake of this.#wakes) wake();
      });
  }

  async remove(id: string): Promise<void> {
    // 409: its removal is under way
    await call(
      `remove container ${id}`,
      () => this.docker.getContainer(id).remove({ force: true, v: true }),
      [404, 409],
    );
  }

  onChange(wake: Wake): void {
    this.#wakes.add(wake);
  }

  async close(): Promise<void> {
    this.#wakes.clear();
    this.#closing.abort();
  }

  #failed(name: string, error: unknown): void {
    if (error instanceof LeadershipLost) {
      this.#deliveries.delete(name);
      return;
    }
    const tries = (this.#tries.get(name) ?? 0) + 1;
    this.#tries.set(name, tries);
    const pauseMs = backoff(tries, PACKAGE_RETRY_MS);
    this.#deliveries.set(name, {
      state: 'failed',
      error: reason(error),
      retryAt: this.options.now() + pauseMs,
    });
  }

  async #deliver(want: PackageWant, credential: string): Promise<void> {
    const { name, network } = want;
    const found = await this.#find(want);
    if (found?.state === 'running') {
      if (!found.networks.includes(network)) await this.#attach(name, network);
      return;
    }
    // Damaged or incompletely filled: don't rely on its content, which takes disk space
    if (found) await this.#discard(found.id);
    // Use its id from here on: another controller may have created another one of that name
    const id = await this.#create(want, credential);
    try {
      await this.#fill(want, id);
    } catch (error) {
      await this.#discard(id);
      throw error;
    }
    this.options.confirm?.();
    await call(`start container ${name}`, () => this.docker.getContainer(id).start(), [304]);
  }

  async #discard(id: string): Promise<void> {
    this.options.confirm?.();
    await this.remove(id);
  }

  async #find({ name, labels }: PackageWant): Promise<Found | undefined> {
    try {
      const { Id, Config, State, NetworkSettings } = await this.docker.getContainer(name).inspect();
      const ours = [LABEL.part, LABEL.installation, LABEL.content].every(
        key => Config.Labels[key] === labels[key],
      );
      if (!ours) throw new PortError('blocked', `container ${name}: it is not ours; remove or rename it`);
      return { id: Id, state: State.Status, networks: Object.keys(NetworkSettings.Networks) };
    } catch (error) {
      if (statusCode(error) === 404) return undefined;
      throw error instanceof PortError ? error : portError(`look for container ${name}`, error);
    }
  }

  /** @returns its id. */
  async #create({ name, labels, content, network }: PackageWant, credential: string): Promise<string> {
    const { image, command } = this.options.agent;
    const service: PackageService = {
      ...content,
      port: PACKAGE_PORT,
      credentialSha256: createHash('sha256').update(credential).digest('hex'),
    };
    const body = {
      name,
      Image: image,
      Labels: labels,
      Cmd: [...command, 'serve-package'],
      Env: [`${PACKAGE_SERVER.env}=${JSON.stringify(service)}`],
      HostConfig: {
        Init: true,
        CapDrop: [...droppedCapabilities({ auditWrite: false })],
        NetworkMode: network,
        RestartPolicy: { Name: 'unless-stopped' },
      },
    };
    this.options.confirm?.();
    try {
      return (await this.docker.createContainer(body)).id;
    } catch (error) {
      throw portError(`create container ${name}`, error);
    }
  }

  /** Puts the archive into the container. */
  async #fill(want: PackageWant, id: string): Promise<void> {
    const { name, content, file, path } = want;
    const listing = await listPackage(this.options.root, file, path);
    const ending = new AbortController();
    const abortSignal = AbortSignal.any([ending.signal, this.#closing.signal]);
    const archive = pack();
    // The writer gets the error too; without this listener it would end the process
    archive.on('error', () => undefined);
    const hash = createHash('sha256');
    const measure = new Transform({
      transform: (chunk: Buffer, _, done) => {
        hash.update(chunk);
        done(undefined, chunk);
      },
    });
    const folder = PACKAGE_SERVER.folder.slice(1);
    const put = async (): Promise<void> => {
      archive.entry({ name: `${folder}/`, type: 'directory', mode: 0o755 });
      const slot = { name: `${folder}/archive`, size: content.bytes, mode: 0o444 };
      await pipeline(packageContent(listing), measure, archive.entry(slot));
      archive.finalize();
    };
    const body = archive.pipe(new PassThrough());
    const what = `put package ${path} into container ${name}`;
    const sent = call(what, () => this.docker.getContainer(id).putArchive(body, { path: '/', abortSignal }));
    try {
      await Promise.race([Promise.all([put(), sent]), sent]);
    } catch (error) {
      // Abort both sides; the first error is the one reported
      ending.abort();
      sent.catch(() => undefined);
      archive.destroy();
      throw isOfContent(error) ? new PackageFault(`it changed while it was read`, { cause: error }) : error;
    }
    if (hash.digest('hex') !== content.sha256) throw new PackageFault('it changed while it was read');
  }

  async #attach(name: string, network: string): Promise<void> {
    this.options.confirm?.();
    try {
      await this.docker.getNetwork(network).connect({ Container: name });
    } catch (error) {
      if (/already exists in network/.test(String(error))) return;
      throw portError(`attach ${name} to network ${network}`, error);
    }
  }
}

interface Found {
  readonly id: string;
  /** As Docker names it. */
  readonly state: string;
  readonly networks: readonly string[];
}

/** tar-stream's message if an entry has more or fewer bytes than announced. */
function isOfContent(error: unknown): boolean {
  return error instanceof Error && /size mismatch/i.test(error.message);
}
