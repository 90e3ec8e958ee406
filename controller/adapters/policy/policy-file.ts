import { readFile } from 'node:fs/promises';
import { type ParsedPolicy, type Policy, parsePolicy } from '../../api/policy/policy.js';
import { PortError } from '../../ports/errors.js';
import { reason } from '../lib/fs-error.js';

/** Reads a policy file once. Never throws. */
export async function readPolicy(file: string): Promise<ParsedPolicy> {
  try {
    return parsePolicy(await readFile(file, 'utf8'), file);
  } catch (error) {
    return { ok: false, problem: `${file}: the policy cannot be read: ${reason(error)}` };
  }
}

/** The operator's policy, as it was when it was last right. */
export class PolicyFile {
  #problem = '';

  private constructor(
    private readonly file: string,
    private readonly say: (line: string) => void,
    private last: Policy,
  ) {}

  /** Rejects with a {@link PortError} where it is not right: nothing may start without it. */
  static async open(file: string, say: (line: string) => void): Promise<PolicyFile> {
    const first = await readPolicy(file);
    if (!first.ok) throw new PortError('blocked', `${first.problem}; correct it, or start without policy`);
    return new PolicyFile(file, say, first.policy);
  }

  /** The policy as it is now; where it is broken, as it was last, and says so once. */
  async current(): Promise<Policy> {
    const now = await readPolicy(this.file);
    const problem = now.ok ? '' : now.problem;
    if (problem !== this.#problem) {
      this.say(
        problem === ''
          ? `${this.file}: the policy is right again`
          : `${problem}; the last one that was right counts`,
      );
    }
    this.#problem = problem;
    if (now.ok) this.last = now.policy;
    return this.last;
  }
}
