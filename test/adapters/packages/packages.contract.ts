import { expect } from 'chai';
import { LABEL } from '../../../controller/core/model/names.js';
import type { PackageWant } from '../../../controller/core/model/specs.js';
import type { Delivery, PackageView } from '../../../controller/core/model/world.js';
import type { Packages } from '../../../controller/ports/packages.js';

/** What the suite needs of a world beside its port. */
export interface PackagesUnderTest {
  readonly packages: Packages;
  /** The port of another controller, which remembers nothing of what this one does. */
  readonly another: () => Packages;
  /** What the Swarm port shows. */
  readonly list: () => Promise<readonly PackageView[]>;
  /** Networks that are there. */
  readonly networks: readonly [string, string];
  /** A package that can be read, by its name in the folder, and what is in it. */
  readonly readable: Pick<PackageWant, 'path' | 'content'>;
  /** Makes time pass, in small pieces, until the condition holds; fails when it never does. */
  readonly until: (what: string, condition: () => Promise<boolean>) => Promise<void>;
}

/** Names must not meet those of an earlier run of the suite on the same engine. */
const SUFFIX = Math.floor(Math.random() * 2 ** 32).toString(16);

/** The `Packages` port's contract: holds for Docker as for the fake that the other tests rely on. */
export function packagesContract(title: string, world: () => Promise<PackagesUnderTest>): void {
  describe(`the Packages port, ${title}`, () => {
    let under: PackagesUnderTest;

    before(async () => {
      under = await world();
    });

    after(async () => under.packages.close());

    function want(what: string, parts: Partial<PackageWant> = {}): PackageWant {
      const { readable, networks } = under;
      const labels = {
        [LABEL.part]: 'package',
        [LABEL.installation]: 'contract',
        [LABEL.content]: readable.content.sha256,
      };
      const name = `contract-${SUFFIX}-${what}`;
      return { name, labels, file: 'team/job.yaml', network: networks[0], ...readable, ...parts };
    }

    const find = async ({ name }: PackageWant) => (await under.list()).find(one => one.name === name);

    async function delivered(of: PackageWant, packages = under.packages): Promise<Delivery> {
      await under.until(`${of.name} delivered`, async () => packages.delivery(of.name).state !== 'sending');
      return packages.delivery(of.name);
    }

    it('knows nothing of packages that were never requested', () => {
      expect(under.packages.delivery('contract-none')).to.deep.equal({ state: 'idle' });
    });

    it('brings a package to a container that runs, on the network, with the labels', async () => {
      const wanted = want('brought');
      under.packages.offer(wanted, 'run:secret');
      expect(under.packages.delivery(wanted.name)).to.deep.equal({ state: 'sending' });
      expect(await delivered(wanted)).to.deep.equal({ state: 'idle' });
      const there = await find(wanted);
      expect(there).to.include({ name: wanted.name, serves: true });
      expect(there?.labels).to.include(wanted.labels);
      expect(there?.networks).to.deep.equal([wanted.network]);
    });

    it('leaves what is there, and attaches it to another network where that is asked for', async () => {
      const wanted = want('twice');
      under.packages.offer(wanted, 'run:secret');
      await delivered(wanted);
      const first = await find(wanted);
      under.packages.offer({ ...wanted, network: under.networks[1] }, 'run:secret');
      await delivered(wanted);
      const second = await find(wanted);
      expect(second?.id).to.equal(first?.id);
      expect([...(second?.networks ?? [])].sort()).to.deep.equal([...under.networks].sort());
    });

    it('says why a package cannot be read, and leaves nothing; the next controller brings it when it can', async () => {
      const wanted = want('late', { path: 'no-such.jar' });
      under.packages.offer(wanted, 'run:secret');
      const delivery = await delivered(wanted);
      expect(delivery.state).to.equal('failed');
      expect(delivery.state === 'failed' && delivery.error).to.equal('it does not exist');
      expect(await find(wanted), 'it would take room').to.equal(undefined);
      const another = under.another();
      expect(another.delivery(wanted.name)).to.deep.equal({ state: 'idle' });
      const mended = want('late');
      another.offer(mended, 'run:secret');
      expect(await delivered(mended, another)).to.deep.equal({ state: 'idle' });
      expect((await find(mended))?.serves).to.equal(true);
      await another.close();
    });

    it('removes what it made, and what is gone already', async () => {
      for (const { id, labels } of await under.list()) {
        if (labels[LABEL.installation] !== 'contract') continue;
        await under.packages.remove(id);
        await under.packages.remove(id);
      }
      const left = (await under.list()).filter(({ labels }) => labels[LABEL.installation] === 'contract');
      expect(left).to.deep.equal([]);
    });
  });
}
