import type { Command } from 'commander';
import type { RunCommand } from '../command-context.ts';
import { addBridgeCheckCommands } from './bridge-check.ts';
import { addBridgeDeployCommands } from './bridge-deploy.ts';
import { addBridgeDesignCommands } from './bridge-design.ts';
import { addBridgePlanCommands } from './bridge-plan.ts';

export function addBridgeCommands(program: Command, run: RunCommand): void {
  const bridge = program.command('bridge').description('the Thunderbolt bridge between the nodes');
  addBridgeDesignCommands(bridge, run);
  addBridgePlanCommands(bridge, run);
  addBridgeDeployCommands(bridge, run);
  addBridgeCheckCommands(bridge, run);
}
