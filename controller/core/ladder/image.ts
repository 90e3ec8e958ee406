import { groupsOf, type IndexedGroup } from '../../api/types/groups.js';
import type { Reason } from '../model/reason.js';
import { indexed } from '../model/swarm-index.js';
import { eligibleWords, isEligible } from '../nodes/eligible.js';
import type { RunView } from '../observed/run-view.js';

/** Why the job's image, or the agent on the nodes, is not there yet. */
export function imaged(view: RunView): readonly Reason[] {
  return [...imageReasons(view), ...agentReasons(view)];
}

function imageReasons({ image, job, services }: RunView): readonly Reason[] {
  // The service already names the resolved image
  if (services.launcher) return [];
  const ref = job.spec.image;
  // Without the number of tries: a job that waits for ever would be stored again at each
  const missing = (error: string): readonly Reason[] => [
    { reason: 'ImageUnavailable', message: `image ${ref}: ${error}` },
  ];
  switch (image.state) {
    case 'resolved':
      return [];
    case 'unknown':
      return [{ reason: 'ImageResolving', message: `looking for image ${ref}` }];
    case 'resolving':
      if (image.error !== undefined) return missing(image.error);
      return [{ reason: 'ImagePulling', message: `pulling image ${ref}: ${image.progress}` }];
    case 'unavailable':
      return missing(image.error);
    default:
      return image satisfies never;
  }
}

/** The agent must be on every node that may host a container of this job. */
function agentReasons({ swarm, job, installation, services }: RunView): readonly Reason[] {
  if (services.launcher) return [];
  const service = indexed(swarm).agent(installation.agent.content);
  if (!service)
    return [{ reason: 'AgentInstalling', message: 'the agent is not installed on the nodes yet' }];
  const usable = swarm.nodes.filter(node => node.usable);
  const nodesOf = ({ placement }: IndexedGroup) => usable.filter(node => isEligible(node, placement));
  const groups = groupsOf(job);
  const homeless = groups.filter(group => nodesOf(group).length === 0).map(noUsableNode);
  if (homeless.length > 0) return homeless;
  return usable
    .filter(node => groups.some(group => nodesOf(group).includes(node)))
    .flatMap((node): readonly Reason[] => {
      const tasks = indexed(swarm).tasksOn(service.id, node.id);
      if (tasks.some(task => task.state === 'complete')) return [];
      const newest = [...tasks].sort((a, b) => b.createdAt - a.createdAt);
      // Swarm tries again and again; between two tries the newest task has nothing to say
      const failed = newest.find(task => task.error);
      if (failed) {
        return [
          {
            reason: 'AgentUnavailable',
            message: `agent on node ${node.hostname}: ${failed.error}`,
            about: node.hostname,
          },
        ];
      }
      return [
        {
          reason: 'AgentInstalling',
          message: `agent on node ${node.hostname}: ${newest[0]?.state ?? 'no task yet'}`,
          about: node.hostname,
        },
      ];
    });
}

function noUsableNode({ name, placement }: IndexedGroup): Reason {
  const words = eligibleWords(placement);
  const which = words === '' ? '' : ` that ${words}`;
  const whose = name === '' ? '' : `group ${name}: `;
  const message = `${whose}no node is ready and active${which}`;
  return { reason: 'NoUsableNode', message, ...(name === '' ? {} : { about: name }) };
}
