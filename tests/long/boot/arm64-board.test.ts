import { existsSync } from 'node:fs';
import { beforeAll, beforeEach, describe } from 'vitest';
import { arm64 } from '../../rig/boot/architecture.ts';
import { bootNodes } from '../../rig/boot/boot-lab.ts';
import { type BoardProof, bootProofTools, proveBoard } from '../../rig/boot/boot-proof.ts';
import { isOnPath, requireTools, unproven } from '../../rig/required-tools.ts';
import { type Boot, claimsOfEveryBoot, claimsOfTheAgent } from './claims.ts';

const tools = [...bootProofTools, ...arm64.tools];
const isRoot = process.getuid?.() === 0;
let proof: BoardProof;

beforeAll(async () => {
  if (isRoot && tools.every(isOnPath) && arm64.files.every(existsSync)) proof = await proveBoard();
});
beforeEach((context) => {
  requireTools(context, ...tools);
  for (const file of arm64.files) if (!existsSync(file)) unproven(context, `needs ${file}`);
  if (!isRoot) unproven(context, 'needs root, for mmdebstrap and loop devices');
});

const boots = (): Boot[] => [
  { ...bootNodes.agent, answers: proof.agent.first },
  { ...bootNodes.agent, answers: proof.agent.second },
];

describe('a card burned for an arm64 board', () => {
  claimsOfEveryBoot(boots, () => proof.lab);
  claimsOfTheAgent(
    () => proof.agent,
    () => proof.lab,
  );
});
