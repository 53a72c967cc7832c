import { chooseCells } from '../../rig/deploy-faults/choose-cells.ts';
import { faultSeed, wholeNodes } from '../../rig/deploy-faults/whole-nodes.ts';

/** Some of the table in docs/bridge-faults.md; all of it is in tests/long/bridge. */
wholeNodes(chooseCells(faultSeed, 3), { clusters: 1 });
