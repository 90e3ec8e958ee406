import { flagUsage, variableOf } from './names.js';
import { SETTING_NAMES, SETTINGS } from './settings.js';

/** Content of docs/settings.md. */
export function settingsDocs(): string {
  const rows = SETTING_NAMES.map(name => {
    const setting = SETTINGS[name];
    const flag = `\`${flagUsage(name)}\``.replaceAll('|', '\\|');
    return `| \`${name}\` | ${flag} | \`${variableOf(name)}\` | ${setting.defaultText} | ${setting.description} |`;
  });
  return `${HEAD}${rows.join('\n')}\n${TAIL}`;
}

const HEAD = `<!-- Follows from controller/settings/settings.ts; test/settings/docs.test.ts says when it does not. -->

# Settings

Nothing has to be set. Each setting can be given in three places; the first one that gives it counts:

1. a flag on the command line, after the command; those that all commands take may stand before it too;
2. an environment variable (an empty one counts as not given);
3. a line \`KEY: VALUE\` in the configuration file, which is YAML: \`--config FILE\`, else \`$MPISWARM_CONFIG\`, else
   \`/etc/mpiswarm/config.yaml\`, else \`$XDG_CONFIG_HOME/mpiswarm/config.yaml\` (\`~/.config\` where that is not set).

Otherwise the default holds. Unknown keys and bad values are errors that say where they came from.

| key | flag | variable | default | meaning |
| --- | --- | --- | --- | --- |
`;

const TAIL = `
- HOSTS is \`HOST:PORT\`, or several with commas between them. A DURATION is a number with a unit: \`500ms\`, \`2s\`, \`1m\`, \`1h\`, \`30d\`.
- A SIZE is a number of bytes as Kubernetes writes it: \`512Mi\`, \`10Gi\`, \`10G\`.
- A relative PATH starts from the working directory or, in the configuration file, from the folder of that file.
- \`--no-color\` is short for \`--color never\`.
- \`zookeeperAuth\` and \`zookeeperAuthFile\` exclude each other. The credential is never printed.
- \`get\`, \`describe\`, \`logs\`, \`leader\`, \`plan\` and \`down\` use the settings that say where things are, and their flags; only
  \`up\` takes the others as flags, but for \`manifests\`, which \`plan\` and the commands that edit manifests take too. \`validate\` uses
  none but \`color\`.

\`\`\`yaml
# /etc/mpiswarm/config.yaml
manifests: /srv/jobs
zookeeper: zk1:2181,zk2:2181,zk3:2181
zookeeperAuthFile: zookeeper.auth
tick: 1s
logFormat: json
\`\`\`
`;
