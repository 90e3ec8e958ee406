import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { REASONS } from '../../controller/core/model/reasons.js';
import { reasonsPage } from '../../scripts/reasons/main.js';

const CONTROLLER = new URL('../../controller/', import.meta.url);
const ALL: readonly string[] = Object.values(REASONS).flat();

describe('the reasons', () => {
  it('are on the page in docs/reference as their texts say: else run npm run generate', () => {
    const page = readFileSync(new URL('../../docs/reference/reasons.md', import.meta.url), 'utf8');
    expect(page).to.equal(reasonsPage());
  });

  it('are each listed once', () => {
    expect(ALL).to.have.length(new Set(ALL).size);
    expect(ALL).to.include.members(['SSHFailed', 'WorkerLost', 'BackOff', 'Refused']);
  });

  it('are each given somewhere in the controller', () => {
    const texts = readdirSync(CONTROLLER, { recursive: true, encoding: 'utf8' })
      .filter(file => file.endsWith('.ts') && !file.endsWith('model/reasons.ts'))
      .map(file => readFileSync(new URL(file, CONTROLLER), 'utf8'));
    expect(ALL.filter(reason => !texts.some(text => text.includes(`'${reason}'`)))).to.deep.equal([]);
  });
});
