import { expect } from 'chai';
import { mustBeOurs } from '../../../controller/adapters/docker/owner.js';
import { LABEL } from '../../../controller/core/model/names.js';
import { PortError } from '../../../controller/ports/errors.js';

const OURS = { [LABEL.part]: 'run', [LABEL.run]: 'ring-1a2b3c4d-1', [LABEL.role]: 'worker' };

async function refusal(labels: Readonly<Record<string, string>>): Promise<PortError | undefined> {
  const inspect = async () => ({ Spec: { Labels: labels } });
  return mustBeOurs('create secret ring-1a2b3c4d-1-worker', OURS, inspect).then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof PortError) return error;
      throw error;
    },
  );
}

describe('a name that is taken', () => {
  it('is ours when an earlier call made it, whatever key pair is in it', async () => {
    expect(await refusal({ ...OURS, [LABEL.publicKey]: 'ssh-ed25519 AAAA' })).to.equal(undefined);
  });

  for (const [whose, labels] of [
    ['nobody who says so', {}],
    ['another run', { ...OURS, [LABEL.run]: 'ring-1a2b3c4d-2' }],
    ['another installation', { ...OURS, [LABEL.installation]: 'other' }],
  ] as const) {
    it(`is not used when it is that of ${whose}, and is reported`, async () => {
      const error = await refusal(labels);
      expect(error?.kind).to.equal('blocked');
      expect(error?.message).to.equal(
        'create secret ring-1a2b3c4d-1-worker: the name is taken by one that is not ours; remove or rename it',
      );
    });
  }

  it('is free when the thing is gone by then', async () => {
    const inspect = () => Promise.reject(Object.assign(new Error('no such secret'), { statusCode: 404 }));
    await mustBeOurs('create secret x', OURS, inspect);
  });
});
