import type { DeployWords } from '../../node-deploy/deploy-words.ts';

/** The bridge's own parts of the node's program, below the resources. */
export const bridgeNodeParts = 'bridge/node';

export const bridgeWords: DeployWords = {
  look: 'sifaka bridge status',
  install: 'apt install ifupdown2 iproute2 iputils-ping',
  applying: 'reloads its network',
  mayFail: 'udevadm, systemctl or ifreload',
  beforeAtBoot: 'its network came up',
  live: 'links',
};
