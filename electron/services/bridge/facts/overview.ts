import type { BridgeDescription, BridgeOverview } from '../../../../shared/schemas/bridge.ts';
import type { BridgeServiceParts } from '../bridge-service.ts';
import type { LabFolder } from '../../lab/lab-folder.ts';
import { type ClusterBridge, clusterBridge } from '../cluster-bridge.ts';
import { lookAtNodes } from './look.ts';

/** The bridge as it is to be. BRIDGE_MISSING, LAB_FILE_INVALID. */
export async function bridgeDescription(lab: LabFolder): Promise<BridgeDescription> {
  return describe(await clusterBridge(lab));
}

/** The bridge as it is to be and as every node of it is now. BRIDGE_MISSING, LAB_FILE_INVALID, CANCELLED. */
export async function bridgeOverview(
  parts: Pick<BridgeServiceParts, 'lab' | 'ssh' | 'clock'>,
  signal: AbortSignal,
): Promise<BridgeOverview> {
  const described = await clusterBridge(parts.lab);
  const description = describe(described);
  return { ...description, nodes: await lookAtNodes(parts, described, description.nodes, signal) };
}

function describe({ cluster, bridge, mtu, cables, nodes }: ClusterBridge): BridgeDescription {
  return {
    cluster,
    bridge,
    mtu,
    cables: cables.map(({ from, to }) => ({ from: { ...from }, to: { ...to } })),
    nodes: nodes.map(({ node }) => node),
  };
}
