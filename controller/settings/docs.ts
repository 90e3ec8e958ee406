import { defaultWords, flagUsage, variableOf } from './names.js';
import { SETTING_NAMES, SETTINGS } from './settings.js';

/** Content of docs/reference/settings.md. */
export function settingsDocs(): string {
  const rows = SETTING_NAMES.map(name => {
    const setting = SETTINGS[name];
    const flag = `\`${flagUsage(name)}\``.replaceAll('|', '\\|');
    return `| \`${name}\` | ${flag} | \`${variableOf(name)}\` | ${defaultWords(setting)} | ${setting.description} |`;
  });
  return `${HEAD}${rows.join('\n')}\n${TAIL}`;
}

const HEAD = `<!-- Generated from the table of settings by scripts/settings.ts. Do not edit: run npm run generate. -->

# Settings

You need not set anything. Each setting can be given in three places; the first one that has it is used:

1. a flag on the command line, after the command; flags that all commands take may also come before it;
2. an environment variable (empty means not given);
3. a line \`KEY: VALUE\` in the configuration file, which is YAML: \`--config FILE\`, else \`$MPISWARM_CONFIG\`, else
   \`/etc/mpiswarm/config.yaml\`, else \`$XDG_CONFIG_HOME/mpiswarm/config.yaml\` (\`~/.config\` if that is not set).

Otherwise the default is used. Unknown keys and bad values are errors that say where they came from.

| key | flag | variable | default | meaning |
| --- | --- | --- | --- | --- |
`;

const TAIL = `
- HOSTS is \`HOST:PORT\`, or several separated by commas. A DURATION is a number with a unit: \`500ms\`, \`2s\`, \`1m\`, \`1h\`, \`30d\`.
- A SIZE is a number of bytes in Kubernetes notation: \`512Mi\`, \`10Gi\`, \`10G\`.
- A relative PATH is relative to the working directory or, in the configuration file, to the folder of that file.
- \`--no-color\` is short for \`--color never\`.
- Give either \`zookeeperAuth\` or \`zookeeperAuthFile\`, not both. The credential is never printed.
- \`get\`, \`describe\`, \`logs\`, \`leader\`, \`plan\` and \`down\` take the flags that say where things are. Only \`up\` takes the
  other flags, except \`--manifests\`, which \`plan\` and the commands that edit manifests take too. \`validate\` and \`import\`
  need none of them.
- Which command takes which flag: [Commands](cli.md).

\`\`\`yaml
# /etc/mpiswarm/config.yaml
manifests: /srv/jobs
zookeeper: zk1:2181,zk2:2181,zk3:2181
zookeeperAuthFile: zookeeper.auth
tick: 1s
logFormat: json
\`\`\`
`;
