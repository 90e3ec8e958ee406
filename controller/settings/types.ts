/** What a value of a setting looks like, and how it is checked. */
export type SettingType =
  /** Relative to the working directory or, in a configuration file, to that file. */
  | { readonly kind: 'path' }
  | {
      readonly kind: 'text';
      readonly pattern: RegExp;
      readonly expected: string;
      readonly placeholder: string;
    }
  | { readonly kind: 'port' }
  | { readonly kind: 'duration'; readonly atLeastMs: number }
  | { readonly kind: 'count'; readonly atLeast: number; readonly atMost: number }
  /** Bytes, written as Kubernetes writes quantities. */
  | { readonly kind: 'size' }
  | { readonly kind: 'choice'; readonly of: readonly string[] }
  /** A flag without a value; `true` or `false` elsewhere. */
  | { readonly kind: 'switch' };

export type Setting = Described & Default;

interface Described {
  readonly type: SettingType;
  /** Commands that take the flag: all, or `up` alone. The other two sources are the same for every command. */
  readonly for: 'all' | 'up';
  /** A variable of other tools that gives it where nothing of ours does. */
  readonly usualVariable?: string;
  readonly description: string;
  readonly secret?: true;
}

type Default =
  /** What holds when nothing is given, as it would be written; where it depends on the host, with words for the docs. */
  | {
      readonly default: string | { readonly of: (host: Host) => string; readonly words: string };
      readonly absent?: never;
    }
  /** The setting is absent when nothing is given; what that means, for the docs. */
  | { readonly default?: never; readonly absent: string };

/** What defaults depend on. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly isRoot: boolean;
  readonly version: string;
}
