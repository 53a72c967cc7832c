import { parseClientConfig } from '../../../electron/services/ssh/client-config.ts';
import { openBridge } from './deploy-world.ts';

/** An app that deploys until it is killed: says each step, and at its end how it ended, as lines of JSON. */
const [lab = '', home = '', folder = '', design = 'attempt2'] = process.argv.slice(2);
const bridge = await openBridge({
  lab,
  folder,
  account: {
    homeFolder: home,
    userName: 'root',
    agent: undefined,
    readConfig: async () => parseClientConfig(''),
  },
});
const { jobId } = await bridge.start({ source: { kind: 'design', name: design }, windowSeconds: 60 });
console.log(JSON.stringify({ jobId }));
const end = await bridge.ended(jobId, ({ step }) => console.log(JSON.stringify({ step })));
console.log(JSON.stringify({ end }));
await bridge.close();
