import { faultCells } from '../../rig/deploy-faults/fault-cells.ts';
import { wholeNodes } from '../../rig/deploy-faults/whole-nodes.ts';

/** The table in docs/bridge-faults.md, row by row. */
wholeNodes(faultCells, { clusters: 2 });
